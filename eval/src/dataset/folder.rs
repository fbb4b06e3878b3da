//! A folder that is whole or absent: filled under another name beside it.

use std::fs::{self, File, TryLockError};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use freeroam_trainer::TrainerError;

use crate::EvalError;

/// Held by the process that fills the folder; released by the system when it ends in any way.
const LOCK: &str = ".lock";

/// A folder that is being filled. Dropped before [`Folder::finish`] it vanishes.
pub(super) struct Folder {
    target: PathBuf,
    temporary: PathBuf,
    /// Nothing once finished.
    lock: Option<File>,
}

impl Folder {
    /// Begins to fill what will be `target`. What another process left there unfinished is thrown away.
    ///
    /// # Errors
    /// [`TrainerError::Usage`] where `target` has content or another process is filling it, [`EvalError::Io`] where it cannot
    /// be written.
    pub(super) fn begin(target: &Path) -> Result<Self, EvalError> {
        let usage = |what: &str| TrainerError::Usage(format!("{} {what}", target.display())).into();
        match fs::read_dir(target) {
            Ok(mut entries) => {
                if entries.next().is_some() {
                    return Err(usage("exists and is not empty; choose another --out or delete it"));
                }
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) if error.kind() == ErrorKind::NotADirectory => return Err(usage("exists and is no folder")),
            Err(error) => return Err(EvalError::io("read", target)(error)),
        }
        let Some(name) = target.file_name() else { return Err(usage("has no name; expected that of a new folder")) };
        let mut hidden = std::ffi::OsString::from(".");
        hidden.push(name);
        hidden.push(".tmp");
        let temporary = target.with_file_name(hidden);
        fs::create_dir_all(&temporary).map_err(EvalError::io("create", &temporary))?;
        let path = temporary.join(LOCK);
        let lock = File::options().create(true).truncate(false).write(true).open(&path);
        let lock = lock.map_err(EvalError::io("create", &path))?;
        match lock.try_lock() {
            Err(TryLockError::WouldBlock) => return Err(usage("is being filled by another process")),
            // Some network file systems have no locks; there the user has to take care.
            Err(TryLockError::Error(error)) if error.kind() != ErrorKind::Unsupported => {
                return Err(EvalError::io("create", &path)(error));
            }
            _ => {}
        }
        for entry in fs::read_dir(&temporary).map_err(EvalError::io("read", &temporary))?.flatten() {
            let path = entry.path();
            if entry.file_name() != LOCK {
                let removed = if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
                removed.map_err(EvalError::io("create", &path))?;
            }
        }
        Ok(Self { target: target.to_path_buf(), temporary, lock: Some(lock) })
    }

    /// Where to put the files.
    pub(super) fn path(&self) -> &Path {
        &self.temporary
    }

    /// Gives the folder its name.
    ///
    /// # Errors
    /// [`EvalError::Io`] where that fails, as when something came to be there meanwhile.
    pub(super) fn finish(mut self) -> Result<PathBuf, EvalError> {
        let lock = self.temporary.join(LOCK);
        fs::remove_file(&lock).map_err(EvalError::io("create", &lock))?;
        // An empty folder may be there, which not every system renames over.
        match fs::remove_dir(&self.target) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                return Err(EvalError::io("create", &self.target)(error));
            }
            _ => {}
        }
        fs::rename(&self.temporary, &self.target).map_err(EvalError::io("create", &self.target))?;
        self.lock = None;
        Ok(self.target.clone())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if self.lock.take().is_some() {
            // Room for the user; an error that matters came before.
            let _ = fs::remove_dir_all(&self.temporary);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_whole_or_absent_and_nothing_is_overwritten() {
        let root = tempfile::tempdir().expect("temporary folder");
        let target = root.path().join("deep/set");
        let folder = Folder::begin(&target).expect("begins");
        fs::write(folder.path().join("a"), "1").expect("writes");
        let message = Folder::begin(&target).err().expect("is held").to_string();
        assert!(message.contains("deep/set is being filled by another process"), "{message}");
        drop(folder);
        assert_eq!(fs::read_dir(root.path().join("deep")).expect("reads").count(), 0, "nothing is left");

        // What a killed process leaves.
        fs::create_dir_all(root.path().join("deep/.set.tmp/sub")).expect("makes");
        fs::create_dir(&target).expect("makes");
        let folder = Folder::begin(&target).expect("an empty folder is as good as none");
        fs::write(folder.path().join("a"), "1").expect("writes");
        assert_eq!(folder.finish().expect("finishes"), target);
        let names: Vec<_> = fs::read_dir(&target).expect("reads").flatten().map(|entry| entry.file_name()).collect();
        assert_eq!(names, ["a"]);
        let message = Folder::begin(&target).err().expect("exists").to_string();
        assert!(message.contains("exists and is not empty"), "{message}");
        let message = Folder::begin(&target.join("a")).err().expect("a file").to_string();
        assert!(message.contains("exists and is no folder"), "{message}");
    }
}
