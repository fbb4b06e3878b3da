//! Handing results to Python: NumPy arrays, and what Gymnasium expects in `info`.

use freeroam_envs::{Autoreset, Spec, StepBatch};
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

/// The caller's buffers for a step: observations `[lanes, observation]`, or `[lanes, height, width, channels]` where these
/// are frames, rewards, terminated, truncated `[lanes]`.
pub(crate) struct Buffers<'py> {
    all: Bound<'py, PyTuple>,
    observation: Observations<'py>,
    reward: PyReadwriteArray<'py, f32, numpy::Ix1>,
    terminated: PyReadwriteArray<'py, bool, numpy::Ix1>,
    truncated: PyReadwriteArray<'py, bool, numpy::Ix1>,
}

enum Observations<'py> {
    Numbers(PyReadwriteArray<'py, f32, numpy::Ix2>),
    Frames(PyReadwriteArray<'py, u8, numpy::Ix4>),
}

impl<'py> Buffers<'py> {
    /// Takes hold of the buffers for the time of a step.
    pub(crate) fn new(all: &Bound<'py, PyTuple>, lanes: usize, spec: &Spec) -> PyResult<Self> {
        if all.len() != 4 {
            let got = all.len();
            return Err(refuse(format!(
                "out has {got} arrays, expected 4: observations, rewards, terminated, truncated"
            )));
        }
        let observation = match spec.frames.map(|frames| frames.shape()) {
            None => Observations::Numbers(buffer(all, 0, "float32", &[lanes, spec.observation.len()])?),
            Some([height, width, channels]) => {
                Observations::Frames(buffer(all, 0, "uint8", &[lanes, height, width, channels])?)
            }
        };
        Ok(Self {
            observation,
            reward: buffer(all, 1, "float32", &[lanes])?,
            terminated: buffer(all, 2, "bool", &[lanes])?,
            truncated: buffer(all, 3, "bool", &[lanes])?,
            all: all.clone(),
        })
    }

    fn fill(&mut self, batch: &StepBatch) -> PyResult<()> {
        match &mut self.observation {
            Observations::Numbers(numbers) => numbers.as_slice_mut()?.copy_from_slice(&batch.observation),
            Observations::Frames(frames) => frames.as_slice_mut()?.copy_from_slice(&batch.frames),
        }
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
    spec: &Spec,
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
    let observation = match spec.frames.map(|frames| frames.shape()) {
        None => rows(py, batch, &batch.observation)?.into_any(),
        Some([height, width, channels]) => {
            let shape = [batch.reward.len(), height, width, channels];
            PyArray1::from_slice(py, &batch.frames).reshape(shape)?.into_any()
        }
    };
    (observation, reward, terminated, truncated, info).into_pyobject(py)
}

/// `(observation, reward, terminated, truncated, info)` of a step of the only lane.
pub(crate) fn stepped_one<'py>(py: Python<'py>, spec: &Spec, batch: &StepBatch) -> PyResult<Bound<'py, PyTuple>> {
    let info = info_one(py, spec, batch)?;
    if let Some(&success) = batch.success.first() {
        info.set_item(intern!(py, "success"), success)?;
    }
    if batch.diverged[0] {
        info.set_item(intern!(py, "diverged"), true)?;
    }
    let observation = one(py, spec, &batch.observation, &batch.frames)?;
    (observation, f64::from(batch.reward[0]), batch.terminated[0], batch.truncated[0], info).into_pyobject(py)
}

/// What the only lane shows: `[observation]`, or `[height, width, channels]` where that is a frame.
pub(crate) fn one<'py>(py: Python<'py>, spec: &Spec, observation: &[f32], frame: &[u8]) -> PyResult<Bound<'py, PyAny>> {
    Ok(match &spec.frames {
        None => PyArray1::from_slice(py, observation).into_any(),
        Some(frames) => PyArray1::from_slice(py, frame).reshape(frames.shape())?.into_any(),
    })
}

/// What `info` says after a reset of the only lane.
pub(crate) fn info_one<'py>(py: Python<'py>, spec: &Spec, batch: &StepBatch) -> PyResult<Bound<'py, PyDict>> {
    let info = PyDict::new(py);
    if spec.frames.is_some() {
        info.set_item(intern!(py, "state"), PyArray1::from_slice(py, &batch.observation))?;
    }
    if !batch.goal.is_empty() {
        info.set_item(intern!(py, "goal"), PyArray1::from_slice(py, &batch.goal))?;
    }
    Ok(info)
}

/// What `info` says after a reset of many lanes, or of those in `mask`. Goals and states are given for all.
pub(crate) fn info_reset<'py>(
    py: Python<'py>,
    spec: &Spec,
    batch: &StepBatch,
    mask: Option<&[bool]>,
) -> PyResult<Bound<'py, PyDict>> {
    let info = PyDict::new(py);
    let said = || mask.map_or_else(|| vec![true; batch.reward.len()], <[_]>::to_vec);
    if spec.frames.is_some() {
        put(&info, "state", rows(py, batch, &batch.observation)?, &said())?;
    }
    if !batch.goal.is_empty() {
        put(&info, "goal", rows(py, batch, &batch.goal)?, &said())?;
    }
    Ok(info)
}

/// What `info` says after a step of many lanes. With same-step autoreset, what is said of the step that ended an episode is
/// in `final_info`.
pub(crate) fn info_step<'py>(
    py: Python<'py>,
    spec: &Spec,
    batch: &StepBatch,
    autoreset: Autoreset,
) -> PyResult<Bound<'py, PyDict>> {
    let info = info_reset(py, spec, batch, None)?;
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
        if spec.frames.is_some() {
            put(&last, "state", rows(py, batch, &batch.final_observation)?, &renewed)?;
        }
        if !batch.final_goal.is_empty() {
            put(&last, "goal", rows(py, batch, &batch.final_goal)?, &renewed)?;
            put(&last, "success", PyArray1::from_slice(py, &batch.success), &renewed)?;
        }
        if diverged {
            put(&last, "diverged", PyArray1::from_slice(py, &batch.diverged), &batch.diverged)?;
        }
        put(&info, "final_obs", final_observations(py, spec, batch, &renewed)?, &renewed)?;
        put(&info, "final_info", last, &renewed)?;
    }
    Ok(info)
}

/// An array of objects `[lanes]`: the last observations of the episodes that have ended, None elsewhere.
fn final_observations<'py>(
    py: Python<'py>,
    spec: &Spec,
    batch: &StepBatch,
    ended: &[bool],
) -> PyResult<Bound<'py, PyArray1<Py<PyAny>>>> {
    let (width, bytes) = (spec.observation.len(), spec.frame_bytes());
    let objects = ended.iter().enumerate().map(|(lane, &ended)| {
        if !ended {
            return Ok(py.None());
        }
        let (row, frame) = (&batch.final_observation[lane * width..], &batch.final_frames[lane * bytes..]);
        Ok(one(py, spec, &row[..width], &frame[..bytes])?.unbind())
    });
    Ok(PyArray1::from_vec(py, objects.collect::<PyResult<_>>()?))
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
