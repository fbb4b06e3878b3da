//! Worlds in lanes, as a Python class.

use std::sync::{Arc, Mutex, PoisonError};

use freeroam_envs::{Autoreset, EnvsError, LanesConfig, Spec, StepBatch, world};
use numpy::{
    AllowTypeChange, Element, PyArray1, PyArray2, PyArrayLike1, PyArrayLikeDyn, PyArrayMethods, PyUntypedArrayMethods,
};
use pyo3::prelude::*;

use crate::error::refuse;

/// The ids of all worlds.
#[pyfunction]
pub(crate) fn ids() -> Vec<&'static str> {
    freeroam_envs::ids()
}

/// Results of one step, one row per lane. The arrays are new at every call.
#[pyclass(frozen, get_all)]
pub(crate) struct Step {
    observation: Py<PyArray2<f32>>,
    final_observation: Py<PyArray2<f32>>,
    reward: Py<PyArray1<f32>>,
    terminated: Py<PyArray1<bool>>,
    truncated: Py<PyArray1<bool>>,
    diverged: Py<PyArray1<bool>>,
    reset: Py<PyArray1<bool>>,
}

/// Many copies of a world, stepped together; the same bits for any number of threads.
#[pyclass(frozen)]
pub(crate) struct Lanes {
    spec: Arc<Spec>,
    lanes: usize,
    horizon: u32,
    state: Mutex<State>,
}

/// What a step changes. Only locked while the interpreter's lock is released, so that no two threads wait for each other.
struct State {
    lanes: freeroam_envs::Lanes,
    batch: StepBatch,
}

#[pymethods]
impl Lanes {
    #[new]
    #[pyo3(signature = (id, lanes = 1, threads = 1, seed = 0, horizon = None, autoreset = "next_step"))]
    fn new(
        py: Python<'_>,
        id: &str,
        lanes: usize,
        threads: usize,
        seed: u64,
        horizon: Option<u32>,
        autoreset: &str,
    ) -> PyResult<Self> {
        let autoreset = match autoreset {
            "next_step" => Autoreset::NextStep,
            "same_step" => Autoreset::SameStep,
            "disabled" => Autoreset::Disabled,
            other => {
                return Err(refuse(format!("autoreset is `{other}`, expected `next_step`, `same_step` or `disabled`")));
            }
        };
        if horizon == Some(0) {
            return Err(refuse("horizon is 0, expected at least 1, or None for the world's own"));
        }
        let config = LanesConfig { lanes, threads, seed, horizon: horizon.unwrap_or(0), autoreset };
        py.detach(|| {
            let stepped = freeroam_envs::Lanes::new(&world(id)?, config)?;
            Ok(Self {
                spec: Arc::clone(stepped.spec()),
                lanes,
                horizon: stepped.horizon(),
                state: Mutex::new(State { batch: stepped.batch(), lanes: stepped }),
            })
        })
        .map_err(|error: EnvsError| refuse(error))
    }

    #[getter]
    fn id(&self) -> &'static str {
        self.spec.id
    }

    #[getter]
    fn observation_names(&self) -> Vec<&str> {
        self.spec.observation.iter().map(|channel| channel.name.as_str()).collect()
    }

    #[getter]
    fn action_names(&self) -> Vec<&str> {
        self.spec.action.iter().map(String::as_str).collect()
    }

    #[getter]
    fn dt(&self) -> f64 {
        self.spec.dt
    }

    #[getter]
    fn horizon(&self) -> u32 {
        self.horizon
    }

    fn __len__(&self) -> usize {
        self.lanes
    }

    /// Starts an episode in every lane, or where `mask` is true; observations of all lanes.
    #[pyo3(signature = (mask = None))]
    fn reset<'py>(
        &self,
        py: Python<'py>,
        mask: Option<PyArrayLike1<'py, bool>>,
    ) -> PyResult<Bound<'py, PyArray2<f32>>> {
        let mask: Option<Vec<bool>> = mask.map(|mask| mask.as_array().to_vec());
        let batch = self.with(py, |State { lanes, batch }| match &mask {
            Some(mask) => lanes.reset_masked_into(mask, batch),
            None => lanes.reset_into(batch),
        })?;
        self.rows(py, &batch.observation)
    }

    /// Steps all lanes; `actions` is `[lanes, action]`, in [-1, 1]. Other threads of Python run meanwhile.
    fn step(&self, py: Python<'_>, actions: PyArrayLikeDyn<'_, f32, AllowTypeChange>) -> PyResult<Step> {
        let expected = (self.lanes, self.spec.action.len());
        if actions.shape() != [expected.0, expected.1] {
            let got = actions.getattr("shape")?;
            return Err(refuse(format!("actions have shape {got}, expected {expected:?}: one row per lane")));
        }
        let actions: Vec<f32> = actions.as_array().iter().copied().collect();
        let batch = self.with(py, |State { lanes, batch }| lanes.step_into(&actions, batch))?;
        Ok(Step {
            observation: self.rows(py, &batch.observation)?.unbind(),
            final_observation: self.rows(py, &batch.final_observation)?.unbind(),
            reward: column(py, &batch.reward),
            terminated: column(py, &batch.terminated),
            truncated: column(py, &batch.truncated),
            diverged: column(py, &batch.diverged),
            reset: column(py, &batch.reset),
        })
    }
}

impl Lanes {
    /// Does something to the state while other threads of Python run; gives the batch as it then is.
    fn with(
        &self,
        py: Python<'_>,
        change: impl FnOnce(&mut State) -> Result<(), EnvsError> + Send,
    ) -> PyResult<StepBatch> {
        py.detach(|| {
            // A panic inside leaves the lanes in a state that they refuse to go on from by themselves.
            let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            change(&mut state)?;
            Ok(state.batch.clone())
        })
        .map_err(|error: EnvsError| refuse(error))
    }

    /// A new array `[lanes, observation]`.
    fn rows<'py>(&self, py: Python<'py>, values: &[f32]) -> PyResult<Bound<'py, PyArray2<f32>>> {
        PyArray1::from_slice(py, values).reshape([self.lanes, self.spec.observation.len()])
    }
}

/// A new array `[lanes]`.
fn column<T: Element>(py: Python<'_>, values: &[T]) -> Py<PyArray1<T>> {
    PyArray1::from_slice(py, values).unbind()
}
