//! Weights in files.

use std::path::Path;

use burn::module::Module;
use burn::store::ModuleRecord;

use crate::TrainerError;

/// Writes the weights of `module` to `NAME.bpk` in `dir`.
///
/// # Errors
/// [`TrainerError::Checkpoint`] when the file cannot be written.
pub fn save_weights<M: Module>(module: &M, dir: &Path, name: &str) -> Result<(), TrainerError> {
    let path = dir.join(format!("{name}.bpk"));
    module.clone().into_record().save(&path).map_err(|error| bad(&path, &error))
}

/// `module` with the weights that [`save_weights`] wrote.
///
/// # Errors
/// [`TrainerError::Checkpoint`] when the file is missing or cannot be read.
pub fn load_weights<M: Module>(module: M, dir: &Path, name: &str) -> Result<M, TrainerError> {
    let path = dir.join(format!("{name}.bpk"));
    let record = ModuleRecord::load(&path).map_err(|error| bad(&path, &error))?;
    Ok(module.load_record(record))
}

pub(super) fn bad(path: &Path, error: &impl std::fmt::Display) -> TrainerError {
    TrainerError::Checkpoint { path: path.to_owned(), reason: error.to_string() }
}
