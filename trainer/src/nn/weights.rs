//! Weights in files.

use std::io;
use std::path::Path;

use burn::module::Module;
use burn::store::ModuleRecord;

use crate::TrainerError;

/// Writes the weights of `module` to `NAME.bpk` in `dir`.
///
/// # Errors
/// [`TrainerError::Io`] when the disk is full, [`TrainerError::Checkpoint`] when the file cannot be written otherwise.
pub fn save_weights<M: Module>(module: &M, dir: &Path, name: &str) -> Result<(), TrainerError> {
    let path = dir.join(format!("{name}.bpk"));
    module.clone().into_record().save(&path).map_err(|error| unwritten(&path, &error))
}

/// `module` with the weights that [`save_weights`] wrote.
///
/// # Errors
/// [`TrainerError::Checkpoint`] when the file is missing, cannot be read, or holds other weights than `module` has.
pub fn load_weights<M: Module>(module: M, dir: &Path, name: &str) -> Result<M, TrainerError> {
    let path = dir.join(format!("{name}.bpk"));
    let record = ModuleRecord::load(&path).map_err(|error| bad(&path, &error))?;
    module.try_load_record(record).map_err(|error| bad(&path, &error))
}

pub(super) fn bad(path: &Path, error: &impl std::fmt::Display) -> TrainerError {
    TrainerError::Checkpoint { path: path.to_owned(), reason: error.to_string() }
}

/// That a file cannot be written. Of what the system said only the words are left; a full disk is what a user can mend.
pub(super) fn unwritten(path: &Path, error: &impl std::fmt::Display) -> TrainerError {
    let reason = error.to_string();
    if reason.contains("No space left") || reason.contains("os error 28") {
        return TrainerError::Io { path: path.to_owned(), source: io::Error::new(io::ErrorKind::StorageFull, reason) };
    }
    bad(path, &reason)
}
