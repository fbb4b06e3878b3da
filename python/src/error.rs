//! What Python sees when something is refused or fails.

use std::fmt::Display;

use freeroam_agents::AgentsError;
use freeroam_eval::EvalError;
use freeroam_trainer::TrainerError;
use pyo3::PyErr;

// Two bases each, which Python writes more plainly: `freeroam/errors.py`.
pyo3::import_exception!(freeroam.errors, InputError);
pyo3::import_exception!(freeroam.errors, SettingsError);
pyo3::import_exception!(freeroam.errors, RunError);

/// An argument that cannot be used.
pub(crate) fn refuse(message: impl Display) -> PyErr {
    InputError::new_err(message.to_string())
}

/// A setting that cannot be used.
pub(crate) fn refuse_setting(message: impl Display) -> PyErr {
    SettingsError::new_err(message.to_string())
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
