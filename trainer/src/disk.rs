//! Files that are either whole or absent, and room for them.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::TrainerError;

/// An [`TrainerError::Io`] of `path`.
pub(crate) fn at(path: &Path) -> impl FnOnce(io::Error) -> TrainerError {
    let path = path.to_path_buf();
    move |source| TrainerError::Io { path, source }
}

/// Writes `path` so that a reader, or a machine that loses power, finds the old content or the new one.
pub(crate) fn write_atomic(path: &Path, bytes: &[u8]) -> Result<(), TrainerError> {
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(".tmp");
    let temporary = path.with_file_name(name);
    let write = || {
        let mut file = File::create(&temporary)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&temporary, path)
    };
    write().map_err(at(path))?;
    path.parent().map_or(Ok(()), sync_dir)
}

/// Makes the names in `dir` durable.
pub(crate) fn sync_dir(dir: &Path) -> Result<(), TrainerError> {
    // Other systems cannot open a folder as a file, and keep names in their journal.
    if cfg!(unix) { File::open(dir).and_then(|dir| dir.sync_all()).map_err(at(dir)) } else { Ok(()) }
}

/// Names in `dir`, sorted; none when it does not exist.
pub(crate) fn names(dir: &Path) -> Result<Vec<String>, TrainerError> {
    let entries = match fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(at(dir)(error)),
    };
    let mut names = Vec::new();
    for entry in entries {
        names.push(entry.map_err(at(dir))?.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    Ok(names)
}

/// Refuses to start a run whose checkpoints would not fit: `bytes` must be free where `dir` is, or will be.
///
/// # Errors
/// [`TrainerError::Usage`] with the room needed and the room there is. A disk that does not tell passes.
pub fn require_space(dir: &Path, bytes: u64) -> Result<(), TrainerError> {
    let existing = dir.ancestors().find(|parent| parent.exists()).map_or_else(|| PathBuf::from("."), Path::to_path_buf);
    match free_bytes(&existing) {
        Some(free) if free < bytes => Err(TrainerError::Usage(format!(
            "the run needs about {} MB for checkpoints, {} has {} MB free",
            bytes.div_ceil(1_000_000),
            dir.display(),
            free / 1_000_000
        ))),
        _ => Ok(()),
    }
}

#[cfg(unix)]
fn free_bytes(dir: &Path) -> Option<u64> {
    let status = rustix::fs::statvfs(dir).ok()?;
    status.f_bavail.checked_mul(status.f_frsize)
}

#[cfg(not(unix))]
fn free_bytes(_dir: &Path) -> Option<u64> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn space_is_held_against_the_disk_of_the_nearest_existing_folder() {
        let dir = tempfile::tempdir().expect("temporary folder");
        let run = dir.path().join("runs/one");
        require_space(&run, 1).expect("one byte is free");
        let message = require_space(&run, u64::MAX).expect_err("no disk is that large").to_string();
        assert!(message.contains("needs about 18446744073710 MB") && message.contains("runs/one has "), "{message}");
    }

    #[test]
    fn a_rewritten_file_leaves_nothing_else_behind() {
        let dir = tempfile::tempdir().expect("temporary folder");
        let path = dir.path().join("a.json");
        write_atomic(&path, b"one").expect("writes");
        write_atomic(&path, b"two").expect("writes");
        assert_eq!(fs::read(&path).expect("reads"), b"two");
        assert_eq!(names(dir.path()).expect("lists"), ["a.json"]);
    }
}
