//! Whether what a run learns from is still what it began with.

use std::fs;
use std::path::Path;

use freeroam_trainer::TrainerError;

/// A number that other data hardly has: FNV-1a.
pub(crate) fn fingerprint(numbers: impl IntoIterator<Item = u64>) -> u64 {
    numbers.into_iter().fold(0xcbf2_9ce4_8422_2325, |hash, x| (hash ^ x).wrapping_mul(0x0100_0000_01b3))
}

/// Keeps the fingerprint of what the run in `dir` learns from in the file `name`.
pub(crate) fn keep(dir: &Path, name: &str, fingerprint: u64) -> Result<(), TrainerError> {
    let path = dir.join(name);
    fs::write(&path, fingerprint.to_string()).map_err(|source| TrainerError::Io { path, source })
}

/// Refuses data whose fingerprint is not the one that the run in `dir` kept; `what` are its setting and value.
pub(crate) fn compare(dir: &Path, name: &str, fingerprint: u64, what: &str) -> Result<(), TrainerError> {
    match fs::read_to_string(dir.join(name)) {
        Ok(known) if known.trim() != fingerprint.to_string() => {
            Err(TrainerError::Usage(format!("{what}: it has changed since run {} began", dir.display())))
        }
        _ => Ok(()),
    }
}
