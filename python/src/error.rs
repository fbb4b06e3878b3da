//! What Python sees when something is refused or fails.

use std::{fmt::Display, io::ErrorKind};

use freeroam_agents::AgentsError;
use freeroam_envs::EnvsError;
use freeroam_eval::EvalError;
use freeroam_replay::dataset::DatasetError;
use freeroam_trainer::TrainerError;
use pyo3::{
    PyErr,
    exceptions::{PyFileExistsError, PyOSError, PyRuntimeError, PyTypeError},
};

use crate::fleet::FleetError;

// Two bases each, which Python writes more plainly: `freeroam/errors.py`.
pyo3::import_exception!(freeroam.errors, InputError);
pyo3::import_exception!(freeroam.errors, SettingsError);
pyo3::import_exception!(freeroam.errors, RunError);

// Gymnasium has names for calls in the wrong order; its users catch them.
pyo3::import_exception!(gymnasium.error, ResetNeeded);
pyo3::import_exception!(gymnasium.error, ClosedEnvironmentError);
pyo3::import_exception!(gymnasium.error, AlreadyPendingCallError);
pyo3::import_exception!(gymnasium.error, NoAsyncCallError);

/// A value that cannot be used.
pub(crate) fn refuse(message: impl Display) -> PyErr {
    InputError::new_err(message.to_string())
}

/// A setting that cannot be used.
pub(crate) fn refuse_setting(message: impl Display) -> PyErr {
    SettingsError::new_err(message.to_string())
}

/// A value of a kind that cannot be used.
pub(crate) fn refuse_kind(message: impl Display) -> PyErr {
    PyTypeError::new_err(message.to_string())
}

/// A call after `close`.
pub(crate) fn closed() -> PyErr {
    ClosedEnvironmentError::new_err("the lanes are closed; make new ones")
}

/// A call while another thread is inside one.
pub(crate) fn busy() -> PyErr {
    PyRuntimeError::new_err(
        "the lanes are in use by another thread; give each thread lanes of its own, or let the threads take turns",
    )
}

/// An error of the worlds.
pub(crate) fn from_envs(error: EnvsError) -> PyErr {
    match &error {
        EnvsError::NeedsReset { .. } => ResetNeeded::new_err(error.to_string()),
        EnvsError::Worker { .. } => PyRuntimeError::new_err(error.to_string()),
        _ => refuse(error),
    }
}

/// An error of a run or of its evaluation.
pub(crate) fn from_eval(error: impl Into<EvalError>) -> PyErr {
    let error = error.into();
    match &error {
        EvalError::Trainer(TrainerError::Usage(_))
        | EvalError::Agents(AgentsError::Trainer(TrainerError::Usage(_))) => refuse_setting(error),
        EvalError::Empty { .. } | EvalError::NonFinite { .. } | EvalError::Range { .. } | EvalError::Length { .. } => {
            refuse(error)
        }
        _ => RunError::new_err(error.to_string()),
    }
}

/// An error of data sets: those of the system as Python has them, e.g. `FileNotFoundError`.
pub(crate) fn from_dataset(error: DatasetError) -> PyErr {
    match &error {
        DatasetError::Io { path, source } => match source.raw_os_error() {
            Some(code) => {
                // Python shows the code by itself.
                let reason = source.to_string().replace(&format!(" (os error {code})"), "");
                PyOSError::new_err((code, reason, path.clone().into_os_string()))
            }
            None if source.kind() == ErrorKind::AlreadyExists => PyFileExistsError::new_err(error.to_string()),
            None => PyOSError::new_err(error.to_string()),
        },
        _ => refuse(error),
    }
}

impl From<FleetError> for PyErr {
    fn from(error: FleetError) -> Self {
        let message = error.to_string();
        match error {
            FleetError::Envs(error) => from_envs(error),
            FleetError::Batch { .. } => refuse(message),
            FleetError::NotReset | FleetError::PartialReset => ResetNeeded::new_err(message),
            FleetError::Pending { .. } | FleetError::Sent { .. } => AlreadyPendingCallError::new_err((message, "send")),
            FleetError::NothingSent => NoAsyncCallError::new_err((message, "recv")),
            FleetError::Lost => PyRuntimeError::new_err(message),
        }
    }
}
