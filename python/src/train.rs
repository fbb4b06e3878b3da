//! Training from Python.
//!
//! ```text
//!  thread of the caller, the interpreter's lock released ──► session::train
//!                                                               │ after each step        │ with each record
//!                     lock taken for a moment:            signals checked          callback(progress, metrics)
//!                                                               └─ an exception or False ┴─► StopFlag: checkpoint, return
//! ```

use std::cell::RefCell;
use std::path::PathBuf;

use freeroam_eval::session::{HEADLINE, TrainOptions};
use freeroam_trainer::{Display, Progress, Record, StopFlag, Watch};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::error::{from_eval, refuse_setting};
use crate::layers::layers;

/// Trains a run, or goes on with the run in `resume`, until its end, or until `callback` returns False or something raises;
/// the folder of the run.
#[pyfunction]
#[expect(clippy::too_many_arguments, reason = "they are keywords in Python")]
pub(crate) fn train(
    py: Python<'_>,
    config: Option<Bound<'_, PyAny>>,
    settings: &Bound<'_, PyDict>,
    out: Option<PathBuf>,
    resume: Option<PathBuf>,
    init: Option<PathBuf>,
    callback: Option<Py<PyAny>>,
    progress: bool,
) -> PyResult<PathBuf> {
    if resume.is_some() && (out.is_some() || config.is_some() || init.is_some()) {
        let message = "`resume` goes on in a folder with its own settings, expected neither `out` nor `config` nor `init` beside it";
        return Err(refuse_setting(message));
    }
    let options = TrainOptions { layers: layers(config.as_ref(), settings)?, out, resume, init };
    let (result, raised) = py.detach(|| {
        let display = if progress { Display::stderr(&HEADLINE) } else { Display::hidden() };
        let stop = StopFlag::default();
        let raised: RefCell<Option<PyErr>> = RefCell::new(None);
        let fail = |error: PyErr| {
            stop.set();
            raised.borrow_mut().get_or_insert(error);
        };
        let on_step = || {
            if let Err(error) = Python::attach(interrupted) {
                fail(error);
            }
        };
        let on_record = |progress: Progress, record: &Record| {
            let Some(callback) = callback.as_ref().filter(|_| raised.borrow().is_none()) else { return };
            match Python::attach(|py| call(py, callback, progress, record)) {
                Ok(true) => {}
                Ok(false) => stop.set(),
                Err(error) => fail(error),
            }
        };
        let mut watch = Watch {
            stop: stop.clone(),
            display,
            on_step: Some(Box::new(on_step)),
            on_record: Some(Box::new(on_record)),
            probe: None,
        };
        let result = freeroam_eval::session::train(&options, &mut watch);
        drop(watch);
        (result, raised.into_inner())
    });
    match (result, raised) {
        (Ok(trained), None) => Ok(trained.run),
        (Ok(_), Some(raised)) => Err(raised),
        (Err(error), raised) => {
            let error = from_eval(error);
            error.set_cause(py, raised);
            Err(error)
        }
    }
}

/// What the handlers of pending signals raise, `KeyboardInterrupt` for Ctrl-C; Python runs them in its main thread only.
fn interrupted(py: Python<'_>) -> PyResult<()> {
    py.check_signals()
}

/// Whether `callback` wants to go on.
fn call(py: Python<'_>, callback: &Py<PyAny>, progress: Progress, record: &Record) -> PyResult<bool> {
    let answer = callback.bind(py).call1((place(py, progress)?, metrics(py, record)?))?;
    Ok(answer.extract::<Option<bool>>()? != Some(false))
}

/// How far a learner has come: `step`, `env_steps`, `gradient_steps`.
pub(crate) fn place(py: Python<'_>, progress: Progress) -> PyResult<Bound<'_, PyDict>> {
    let place = PyDict::new(py);
    place.set_item("step", progress.steps)?;
    place.set_item("env_steps", progress.env_steps)?;
    place.set_item("gradient_steps", progress.gradient_steps)?;
    Ok(place)
}

/// The metrics of a record.
pub(crate) fn metrics<'py>(py: Python<'py>, record: &Record) -> PyResult<Bound<'py, PyDict>> {
    let metrics = PyDict::new(py);
    for (key, value) in &record.0 {
        metrics.set_item(key, value)?;
    }
    Ok(metrics)
}
