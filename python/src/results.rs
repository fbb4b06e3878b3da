//! Handing results to Python: NumPy arrays, and what Gymnasium expects in `info`.

use freeroam_envs::{Autoreset, StepBatch};
use numpy::{
    Element, PyArray1, PyArray2, PyArrayMethods, PyReadwriteArray, PyUntypedArray, PyUntypedArrayMethods, ToPyArray,
    ndarray::{ArrayView2, Dimension},
};
use pyo3::{
    intern,
    prelude::*,
    types::{PyDict, PyTuple},
};

use crate::{arrays::tuple, error::refuse};

/// The caller's buffers for a step: observations `[lanes, observation]`, rewards, terminated, truncated `[lanes]`.
pub(crate) struct Buffers<'py> {
    all: Bound<'py, PyTuple>,
    observation: PyReadwriteArray<'py, f32, numpy::Ix2>,
    reward: PyReadwriteArray<'py, f32, numpy::Ix1>,
    terminated: PyReadwriteArray<'py, bool, numpy::Ix1>,
    truncated: PyReadwriteArray<'py, bool, numpy::Ix1>,
}

impl<'py> Buffers<'py> {
    /// Takes hold of the buffers for the time of a step.
    pub(crate) fn new(all: &Bound<'py, PyTuple>, lanes: usize, width: usize) -> PyResult<Self> {
        if all.len() != 4 {
            let got = all.len();
            return Err(refuse(format!(
                "out has {got} arrays, expected 4: observations, rewards, terminated, truncated"
            )));
        }
        Ok(Self {
            observation: buffer(all, 0, "float32", &[lanes, width])?,
            reward: buffer(all, 1, "float32", &[lanes])?,
            terminated: buffer(all, 2, "bool", &[lanes])?,
            truncated: buffer(all, 3, "bool", &[lanes])?,
            all: all.clone(),
        })
    }

    fn fill(&mut self, batch: &StepBatch) -> PyResult<()> {
        self.observation.as_slice_mut()?.copy_from_slice(&batch.observation);
        self.reward.as_slice_mut()?.copy_from_slice(&batch.reward);
        self.terminated.as_slice_mut()?.copy_from_slice(&batch.terminated);
        self.truncated.as_slice_mut()?.copy_from_slice(&batch.truncated);
        Ok(())
    }
}

/// One of the caller's arrays, checked, for writing.
fn buffer<'py, T: Element, D: Dimension>(
    all: &Bound<'py, PyTuple>,
    index: usize,
    dtype: &str,
    shape: &[usize],
) -> PyResult<PyReadwriteArray<'py, T, D>> {
    let item = all.get_item(index)?;
    let wrong = |got: String| match tuple(all.py(), shape) {
        Ok(shape) => {
            refuse(format!("out[{index}] is {got}, expected a writable array in C order, {dtype} of shape {shape}"))
        }
        Err(error) => error,
    };
    let Ok(untyped) = item.cast::<PyUntypedArray>() else {
        return Err(wrong(format!("of type {}", item.get_type().name()?)));
    };
    let got = format!("{} of shape {}", untyped.dtype(), tuple(all.py(), untyped.shape())?);
    if untyped.shape() != shape || !untyped.is_c_contiguous() {
        return Err(wrong(got));
    }
    let array = item.cast_into::<numpy::PyArray<T, D>>().map_err(|_| wrong(got.clone()))?;
    array.try_readwrite().map_err(|error| wrong(format!("{got}, {error}")))
}

/// `(observations, rewards, terminated, truncated, info)` of a step of many lanes: in new arrays, or in the caller's.
pub(crate) fn stepped<'py>(
    py: Python<'py>,
    batch: &StepBatch,
    info: &Bound<'py, PyDict>,
    out: Option<Buffers<'py>>,
) -> PyResult<Bound<'py, PyTuple>> {
    if let Some(mut out) = out {
        out.fill(batch)?;
        let [observation, reward, terminated, truncated] = [0, 1, 2, 3].map(|index| out.all.get_item(index));
        return (observation?, reward?, terminated?, truncated?, info).into_pyobject(py);
    }
    let reward = PyArray1::from_slice(py, &batch.reward);
    let terminated = PyArray1::from_slice(py, &batch.terminated);
    let truncated = PyArray1::from_slice(py, &batch.truncated);
    (rows(py, batch, &batch.observation)?, reward, terminated, truncated, info).into_pyobject(py)
}

/// `(observation, reward, terminated, truncated, info)` of a step of the only lane.
pub(crate) fn stepped_one<'py>(py: Python<'py>, batch: &StepBatch) -> PyResult<Bound<'py, PyTuple>> {
    let info = info_one(py, batch)?;
    if let Some(&success) = batch.success.first() {
        info.set_item(intern!(py, "success"), success)?;
    }
    if batch.diverged[0] {
        info.set_item(intern!(py, "diverged"), true)?;
    }
    let observation = PyArray1::from_slice(py, &batch.observation);
    (observation, f64::from(batch.reward[0]), batch.terminated[0], batch.truncated[0], info).into_pyobject(py)
}

/// What `info` says after a reset of the only lane.
pub(crate) fn info_one<'py>(py: Python<'py>, batch: &StepBatch) -> PyResult<Bound<'py, PyDict>> {
    let info = PyDict::new(py);
    if !batch.goal.is_empty() {
        info.set_item(intern!(py, "goal"), PyArray1::from_slice(py, &batch.goal))?;
    }
    Ok(info)
}

/// What `info` says after a reset of many lanes, or of those in `mask`. Goals are given for all.
pub(crate) fn info_reset<'py>(
    py: Python<'py>,
    batch: &StepBatch,
    mask: Option<&[bool]>,
) -> PyResult<Bound<'py, PyDict>> {
    let info = PyDict::new(py);
    if !batch.goal.is_empty() {
        let all = || vec![true; batch.reward.len()];
        put(&info, "goal", rows(py, batch, &batch.goal)?, &mask.map_or_else(all, <[_]>::to_vec))?;
    }
    Ok(info)
}

/// What `info` says after a step of many lanes. With same-step autoreset, what is said of the step that ended an episode is
/// in `final_info`.
pub(crate) fn info_step<'py>(py: Python<'py>, batch: &StepBatch, autoreset: Autoreset) -> PyResult<Bound<'py, PyDict>> {
    let info = info_reset(py, batch, None)?;
    if batch.goal.is_empty() && !batch.truncated.contains(&true) && !batch.terminated.contains(&true) {
        return Ok(info);
    }
    let ended = || batch.terminated.iter().zip(&batch.truncated).map(|(terminated, truncated)| terminated | truncated);
    let renewed: Vec<bool> = match autoreset {
        Autoreset::SameStep => ended().collect(),
        Autoreset::NextStep | Autoreset::Disabled => batch.reset.clone(),
    };
    if !batch.success.is_empty() {
        let running: Vec<bool> = renewed.iter().zip(&batch.reset).map(|(renewed, reset)| !(renewed | reset)).collect();
        let success: Vec<bool> =
            batch.success.iter().zip(&running).map(|(&success, &running)| success && running).collect();
        put(&info, "success", PyArray1::from_slice(py, &success), &running)?;
    }
    let diverged = batch.diverged.contains(&true);
    if autoreset != Autoreset::SameStep {
        if diverged {
            put(&info, "diverged", PyArray1::from_slice(py, &batch.diverged), &batch.diverged)?;
        }
    } else if renewed.contains(&true) {
        let last = PyDict::new(py);
        if !batch.final_goal.is_empty() {
            put(&last, "goal", rows(py, batch, &batch.final_goal)?, &renewed)?;
            put(&last, "success", PyArray1::from_slice(py, &batch.success), &renewed)?;
        }
        if diverged {
            put(&last, "diverged", PyArray1::from_slice(py, &batch.diverged), &batch.diverged)?;
        }
        put(&info, "final_obs", final_observations(py, batch, &renewed), &renewed)?;
        put(&info, "final_info", last, &renewed)?;
    }
    Ok(info)
}

/// An array of objects `[lanes]`: the last observations of the episodes that have ended, None elsewhere.
fn final_observations<'py>(py: Python<'py>, batch: &StepBatch, ended: &[bool]) -> Bound<'py, PyArray1<Py<PyAny>>> {
    let width = batch.observation.len() / batch.reward.len();
    let rows = batch.final_observation.chunks_exact(width).zip(ended);
    let objects = rows.map(|(row, &ended)| match ended {
        true => PyArray1::from_slice(py, row).into_any().unbind(),
        false => py.None(),
    });
    PyArray1::from_vec(py, objects.collect())
}

/// An entry of `info` with its mask.
pub(crate) fn put<'py>(
    info: &Bound<'py, PyDict>,
    key: &str,
    value: impl IntoPyObject<'py>,
    mask: &[bool],
) -> PyResult<()> {
    info.set_item(key, value)?;
    info.set_item(format!("_{key}"), PyArray1::from_slice(info.py(), mask))
}

/// A new array `[lanes, observation]`.
pub(crate) fn rows<'py>(py: Python<'py>, batch: &StepBatch, values: &[f32]) -> PyResult<Bound<'py, PyArray2<f32>>> {
    let lanes = batch.reward.len();
    Ok(ArrayView2::from_shape((lanes, values.len() / lanes), values).map_err(refuse)?.to_pyarray(py))
}
