//! A learner that its caller steps: for schedulers that decide when a training goes on.
//!
//! ```text
//!  step, step, .. ──► save: a run folder with one checkpoint ──► load, here or elsewhere ──► step, ..
//! ```

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use freeroam_agents::{PolicyLearner, RunConfig, learner};
use freeroam_eval::EvalError;
use freeroam_trainer::{Run, Schedule, Watch, device, fit, newest_checkpoint};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::error::from_eval;
use crate::layers::layers;
use crate::train::{metrics, place};

/// A training in the hands of the caller.
#[pyclass(frozen, module = "freeroam")]
pub(crate) struct Learner {
    config: RunConfig,
    /// Only locked while the interpreter's lock is released, so that no two threads wait for each other.
    learner: Mutex<Box<dyn PolicyLearner>>,
}

#[pymethods]
impl Learner {
    #[new]
    #[pyo3(signature = (config = None, **settings))]
    fn new(py: Python<'_>, config: Option<&Bound<'_, PyAny>>, settings: Option<&Bound<'_, PyDict>>) -> PyResult<Self> {
        let none = PyDict::new(py);
        let layers = layers(config, settings.unwrap_or(&none))?;
        py.detach(|| {
            let (config, _) = RunConfig::resolve(&layers)?;
            let mut learner = fresh(&config)?;
            learner.initialise()?;
            Ok(Self { config, learner: Mutex::new(learner) })
        })
        .map_err(|error: EvalError| from_eval(error))
    }

    /// The resolved settings, nested.
    #[getter]
    fn config<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        py.import("tomllib")?.call_method1("loads", (self.config.to_toml(),))
    }

    /// How far it has come: `step`, `env_steps`, `gradient_steps`.
    #[getter]
    fn progress<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let progress = self.with(py, |learner| Ok(learner.progress()))?;
        place(py, progress)
    }

    /// One epoch; its metrics.
    fn step<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let record = self.with(py, |learner| Ok(learner.step()?))?;
        metrics(py, &record)
    }

    /// Evaluates; changes nothing that later steps compute.
    fn evaluate<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let record = self.with(py, |learner| Ok(learner.evaluate()?))?;
        metrics(py, &record)
    }

    /// Writes a run folder with one checkpoint: the whole state.
    fn save(&self, py: Python<'_>, folder: PathBuf) -> PyResult<()> {
        self.with(py, |learner| {
            let mut run = Run::create(&folder, &self.config.table())?;
            // A session that is stopped before its first step writes down what it was given.
            let endless = Schedule {
                env_steps: u64::MAX,
                gradient_steps: 0,
                log_every: 1,
                evaluate_every: 0,
                checkpoint_every: 0,
                keep_checkpoints: 1,
            };
            let mut watch = Watch::default();
            watch.stop.set();
            fit(&mut **learner, &mut run, &endless, &mut watch)?;
            Ok(())
        })
    }

    /// Restores the newest checkpoint of a run of the same shape; the settings stay those that it was made with.
    fn load(&self, py: Python<'_>, folder: PathBuf) -> PyResult<()> {
        self.with(py, |learner| {
            let checkpoint = newest_checkpoint(&folder)?;
            // One that could not be restored would be part this, part that.
            let mut restored = fresh(&self.config)?;
            restored.load(&checkpoint.learner())?;
            *learner = restored;
            Ok(())
        })
    }
}

impl Learner {
    /// Does something with the learner while other threads of Python run.
    fn with<R: Send>(
        &self,
        py: Python<'_>,
        act: impl FnOnce(&mut Box<dyn PolicyLearner>) -> Result<R, EvalError> + Send,
    ) -> PyResult<R> {
        py.detach(|| act(&mut self.learner.lock().unwrap_or_else(PoisonError::into_inner))).map_err(from_eval)
    }
}

fn fresh(config: &RunConfig) -> Result<Box<dyn PolicyLearner>, EvalError> {
    Ok(learner(config, &config.world()?, &device(&config.device)?)?)
}
