//! Robust statistics over runs and tasks.

use freeroam_envs::Stream;
use freeroam_eval::stats::{self, Resampling, Scores};
use numpy::{AllowTypeChange, PyArray1, PyArrayLike1, PyArrayLikeDyn, PyUntypedArrayMethods};
use pyo3::prelude::*;

use crate::error::{from_eval, refuse};

type Array<'py> = PyArrayLikeDyn<'py, f64, AllowTypeChange>;

/// The scores `[runs, tasks]`, or `[runs]` of one task.
fn read(array: &Array<'_>) -> PyResult<Scores> {
    let view = array.as_array();
    let tasks = match *array.shape() {
        [_] => vec![view.iter().copied().collect()],
        [_, tasks] => {
            (0..tasks).map(|task| view.index_axis(numpy::ndarray::Axis(1), task).iter().copied().collect()).collect()
        }
        _ => {
            let got = array.getattr("shape")?;
            return Err(refuse(format!("scores have shape {got}, expected (runs, tasks), or (runs,) of one task")));
        }
    };
    Scores::new(tasks).map_err(from_eval)
}

#[pyfunction]
pub(crate) fn iqm(scores: Array<'_>) -> PyResult<f64> {
    Ok(read(&scores)?.iqm())
}

#[pyfunction]
pub(crate) fn mean(scores: Array<'_>) -> PyResult<f64> {
    Ok(read(&scores)?.mean())
}

#[pyfunction]
pub(crate) fn median(scores: Array<'_>) -> PyResult<f64> {
    Ok(read(&scores)?.median())
}

#[pyfunction]
pub(crate) fn optimality_gap(scores: Array<'_>, target: f64) -> PyResult<f64> {
    Ok(read(&scores)?.optimality_gap(target))
}

#[pyfunction]
pub(crate) fn probability_of_improvement(x: Array<'_>, y: Array<'_>) -> PyResult<f64> {
    stats::probability_of_improvement(&read(&x)?, &read(&y)?).map_err(from_eval)
}

#[pyfunction]
pub(crate) fn performance_profile<'py>(
    py: Python<'py>,
    scores: Array<'py>,
    thresholds: PyArrayLike1<'py, f64, AllowTypeChange>,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let thresholds: Vec<f64> = thresholds.as_array().iter().copied().collect();
    Ok(PyArray1::from_vec(py, read(&scores)?.profile(&thresholds)))
}

/// Value, low and high of `statistic`; `other` is the method that `probability_of_improvement` compares with.
#[pyfunction]
#[expect(clippy::too_many_arguments, reason = "those of the function in Python")]
pub(crate) fn interval(
    py: Python<'_>,
    scores: Array<'_>,
    statistic: &str,
    confidence: f64,
    samples: usize,
    seed: u64,
    other: Option<Array<'_>>,
    target: f64,
) -> PyResult<(f64, f64, f64)> {
    let scores = read(&scores)?;
    let other = other.map(|other| read(&other)).transpose()?;
    let resampling = Resampling { reps: samples, confidence };
    let mut stream = Stream::new(seed, "bootstrap", 0);
    let estimate = match (statistic, other) {
        ("probability_of_improvement", Some(other)) => {
            py.detach(|| stats::bootstrap_improvement(&scores, &other, resampling, &mut stream))
        }
        ("probability_of_improvement", None) => {
            return Err(refuse("`other` is missing, expected the scores that `scores` are compared with"));
        }
        (_, Some(_)) => {
            let message = format!("`other` is for `probability_of_improvement`, not for `{statistic}`");
            return Err(refuse(message));
        }
        (name, None) => {
            let of: fn(&Scores, f64) -> f64 = match name {
                "iqm" => |scores, _| scores.iqm(),
                "mean" => |scores, _| scores.mean(),
                "median" => |scores, _| scores.median(),
                "optimality_gap" => Scores::optimality_gap,
                _ => {
                    return Err(refuse(format!(
                        "statistic is `{name}`, expected iqm, mean, median, optimality_gap or probability_of_improvement"
                    )));
                }
            };
            py.detach(|| stats::bootstrap(&scores, |scores| of(scores, target), resampling, &mut stream))
        }
    };
    let estimate = estimate.map_err(from_eval)?;
    Ok((estimate.value, estimate.lower(), estimate.upper()))
}
