//! The folder of a run.
//!
//! ```text
//!  runs/PointMaze-UMaze-v0-metra-0-1/
//!    config.toml      the resolved settings
//!    manifest.json    versions, seed, and each process with its host, command line and commit
//!    metrics.jsonl    the metrics; metrics.csv and tensorboard/ are views of it
//!    checkpoints/     step-0000160000/ ..
//!    figures/
//!    .lock            held by the process that works here; released by the system when it ends in any way
//! ```

use std::fs::{self, File, TryLockError};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use toml::Table;

use crate::checkpoint::{Checkpoint, Checkpoints};
use crate::disk::{at, names, write_atomic};
use crate::manifest::Manifest;
use crate::{Layers, TrainerError};

/// Top-level settings that may change between sessions: they decide when a run ends, logs and checkpoints and how fast
/// it is, not what it computes.
const FREE: [&str; 10] = [
    "checkpoint_every",
    "data",
    "device",
    "env_steps",
    "evaluate",
    "evaluate_every",
    "gradient_steps",
    "keep_checkpoints",
    "log_every",
    "threads",
];

/// A run folder that this process holds.
#[derive(Debug)]
pub struct Run {
    dir: PathBuf,
    config: Table,
    /// Whether the settings are not in the folder yet.
    is_new: bool,
    manifest: Manifest,
    // Dropping the file releases the lock.
    _lock: File,
}

impl Run {
    /// Makes the run folder `dir`, which must not exist or be empty, for a run with the resolved settings `config`.
    ///
    /// # Errors
    /// [`TrainerError::Usage`] when the folder has content or another process works in it, [`TrainerError::Io`] when it
    /// cannot be written.
    pub fn create(dir: &Path, config: &Table) -> Result<Self, TrainerError> {
        let taken = || {
            let dir = dir.display();
            TrainerError::Usage(format!(
                "run folder {dir} exists; resume it with --resume {dir} or choose another --out"
            ))
        };
        if dir.is_file() || names(dir)?.iter().any(|name| name != ".lock") {
            return Err(taken());
        }
        fs::create_dir_all(dir).map_err(at(dir))?;
        let lock = lock(dir)?;
        // Another process may have come between the first look and the lock.
        if dir.join("config.toml").exists() {
            return Err(taken());
        }
        // First: a folder with settings can be resumed, whatever else a kill leaves out.
        write_settings(dir, config)?;
        let run = Self {
            dir: dir.into(),
            config: config.clone(),
            is_new: false,
            manifest: Manifest::new(config),
            _lock: lock,
        };
        run.complete()?;
        Ok(run)
    }

    /// Takes up the run in `dir` again: its settings are in [`Run::config`], and [`fit`](crate::fit) goes on from the
    /// newest checkpoint.
    ///
    /// # Errors
    /// [`TrainerError::Usage`] when it is no run folder or another process works in it, [`TrainerError::Io`] when it
    /// cannot be written.
    pub fn open(dir: &Path) -> Result<Self, TrainerError> {
        let config = config(dir)?;
        let lock = lock(dir)?;
        let manifest: Option<Manifest> =
            fs::read(dir.join("manifest.json")).ok().and_then(|text| serde_json::from_slice(&text).ok());
        // A kill between the settings and the manifest leaves none; this session is then the first that counts.
        let manifest = manifest.map_or_else(|| Manifest::new(&config), Manifest::resumed);
        let run = Self { dir: dir.into(), config, is_new: false, manifest, _lock: lock };
        run.complete()?;
        run.checkpoints().clean()?;
        Ok(run)
    }

    /// Makes the first of the folders `parent/ENV-OBJECTIVE-SEED-1`, `..-2`, .. that does not exist, empty: runs that start at
    /// the same moment get different ones.
    ///
    /// # Errors
    /// [`TrainerError::Io`] when it cannot be made.
    pub fn free_folder(parent: &Path, env: &str, objective: &str, seed: u64) -> Result<PathBuf, TrainerError> {
        fs::create_dir_all(parent).map_err(at(parent))?;
        let mut number = 1_u64;
        loop {
            let path = parent.join(format!("{env}-{objective}-{seed}-{number}"));
            match fs::create_dir(&path) {
                Ok(()) => return Ok(path),
                Err(error) if error.kind() == ErrorKind::AlreadyExists => number += 1,
                Err(error) => return Err(at(&path)(error)),
            }
        }
    }

    /// The folder.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The folder for figures.
    #[must_use]
    pub fn figures(&self) -> PathBuf {
        self.dir.join("figures")
    }

    /// The resolved settings.
    #[must_use]
    pub const fn config(&self) -> &Table {
        &self.config
    }

    /// Changes settings of a run that is taken up again, e.g. a longer `env_steps`: the free ones (when to end, log,
    /// evaluate and checkpoint; device; threads) at any time, others only before the first checkpoint. [`fit`](crate::fit) writes
    /// them into the folder once the newest checkpoint goes on with them.
    ///
    /// # Errors
    /// [`TrainerError::Usage`] when a checkpoint depends on what would change.
    pub fn set_config(&mut self, config: &Table) -> Result<(), TrainerError> {
        let any = names(&self.checkpoints().dir)?.iter().any(|name| name.starts_with("step-"));
        if any && settings_checksum(config) != settings_checksum(&self.config) {
            return Err(TrainerError::Usage(format!(
                "run {}: its checkpoints belong to its settings; on resume only {} may change",
                self.dir.display(),
                FREE.join(", ")
            )));
        }
        self.is_new = *config != self.config;
        self.config = config.clone();
        Ok(())
    }

    /// Writes settings that were changed: once it is known that the run goes on with them.
    pub(crate) fn settle(&mut self) -> Result<(), TrainerError> {
        if std::mem::take(&mut self.is_new) {
            write_settings(&self.dir, &self.config)?;
        }
        Ok(())
    }

    pub(crate) fn checkpoints(&self) -> Checkpoints {
        checkpoints(&self.dir, &self.config)
    }

    pub(crate) const fn started_unix_s(&self) -> u64 {
        self.manifest.started_unix_s
    }

    /// Times that the run was taken up again.
    pub(crate) fn resumes(&self) -> usize {
        self.manifest.sessions.len() - 1
    }

    fn complete(&self) -> Result<(), TrainerError> {
        for name in ["checkpoints", "figures", "tensorboard"] {
            let path = self.dir.join(name);
            fs::create_dir_all(&path).map_err(at(&path))?;
        }
        let text = serde_json::to_vec_pretty(&self.manifest).expect("plain data serialises");
        write_atomic(&self.dir.join("manifest.json"), &text)
    }
}

/// The settings of the run in `dir`.
///
/// # Errors
/// [`TrainerError::Usage`] when it is no run folder or its `config.toml` is not TOML.
pub fn config(dir: &Path) -> Result<Table, TrainerError> {
    let path = dir.join("config.toml");
    let text = fs::read_to_string(&path)
        .map_err(|error| TrainerError::Usage(format!("{} is no run folder: config.toml: {error}", dir.display())))?;
    // As a layer over nothing it would have unknown keys only; all that is wanted here is the error of its syntax.
    text.parse().map_err(|_| {
        let syntax = Layers::new(Table::new()).text(&path.display().to_string(), &text);
        syntax.expect_err("it does not parse")
    })
}

/// The newest checkpoint of the run in `dir`, verified, for reading; no lock is taken, so a run may be going on.
///
/// # Errors
/// [`TrainerError::Usage`] when it is no run folder or has no checkpoint yet, [`TrainerError::Checkpoint`] when the
/// newest is damaged.
pub fn newest_checkpoint(dir: &Path) -> Result<Checkpoint, TrainerError> {
    let checkpoint = checkpoints(dir, &config(dir)?).newest()?;
    checkpoint.ok_or_else(|| TrainerError::Usage(format!("run {} has no checkpoint yet", dir.display())))
}

/// The complete checkpoints of the run in `dir`, oldest first; they are not verified.
///
/// # Errors
/// [`TrainerError::Usage`] when it is no run folder, [`TrainerError::Io`] when it cannot be listed.
pub fn checkpoint_folders(dir: &Path) -> Result<Vec<PathBuf>, TrainerError> {
    checkpoints(dir, &config(dir)?).folders()
}

/// The checkpoint called `name` of the run in `dir`, or the newest; only those of its files that `needed` picks by name,
/// such as `learner/replay.bin`, are verified.
///
/// # Errors
/// [`TrainerError::Usage`] when it is no run folder or has no such checkpoint, [`TrainerError::Checkpoint`] when a file
/// that is needed is damaged.
pub fn checkpoint_part(
    dir: &Path,
    name: Option<&str>,
    needed: &dyn Fn(&str) -> bool,
) -> Result<Checkpoint, TrainerError> {
    let checkpoints = checkpoints(dir, &config(dir)?);
    let folders = checkpoints.folders()?;
    let folder = match name {
        Some(name) => folders.iter().find(|folder| folder.ends_with(name)),
        None => folders.last(),
    };
    let Some(folder) = folder else {
        let have: Vec<_> = folders.iter().filter_map(|folder| folder.file_name()?.to_str()).collect();
        let problem = match name {
            Some(name) if !have.is_empty() => format!("no checkpoint `{name}`, it has {}", have.join(", ")),
            _ => "no checkpoint yet".into(),
        };
        return Err(TrainerError::Usage(format!("run {} has {problem}", dir.display())));
    };
    checkpoints.open(folder, needed)
}

fn checkpoints(dir: &Path, config: &Table) -> Checkpoints {
    Checkpoints { dir: dir.join("checkpoints"), settings: settings_checksum(config) }
}

fn write_settings(dir: &Path, config: &Table) -> Result<(), TrainerError> {
    let text = toml::to_string_pretty(config).map_err(|error| TrainerError::Usage(format!("settings: {error}")))?;
    write_atomic(&dir.join("config.toml"), text.as_bytes())
}

fn settings_checksum(config: &Table) -> u32 {
    let mut bound = config.clone();
    for key in FREE {
        bound.remove(key);
    }
    crc32c::crc32c(bound.to_string().as_bytes())
}

fn lock(dir: &Path) -> Result<File, TrainerError> {
    let path = dir.join(".lock");
    let file = File::options().create(true).truncate(false).write(true).open(&path).map_err(at(&path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => {
            Err(TrainerError::Usage(format!("run folder {} is in use by another process", dir.display())))
        }
        // Some network file systems have no locks; there the user has to take care.
        Err(TryLockError::Error(error)) if error.kind() == ErrorKind::Unsupported => Ok(file),
        Err(TryLockError::Error(error)) => Err(at(&path)(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(text: &str) -> Table {
        text.parse().expect("valid TOML")
    }

    #[test]
    fn a_folder_is_made_once_and_held_by_one() {
        let root = tempfile::tempdir().expect("temporary folder");
        let free = || Run::free_folder(&root.path().join("runs"), "Ant-v0", "metra", 3).expect("is made");
        let dir = free();
        assert!(dir.ends_with("runs/Ant-v0-metra-3-1"));
        assert!(free().ends_with("Ant-v0-metra-3-2"), "two that start at once do not meet");
        let run = Run::create(&dir, &table("seed = 3\n[sac]\ntau = 0.1")).expect("is made");
        let message = Run::open(&dir).expect_err("is held").to_string();
        assert!(message.contains("in use by another process"), "{message}");
        drop(run);
        let message = Run::create(&dir, &Table::new()).expect_err("exists").to_string();
        assert!(message.contains("exists; resume it with --resume"), "{message}");
        let run = Run::open(&dir).expect("the lock is free again");
        assert_eq!((run.config(), run.resumes()), (&table("seed = 3\n[sac]\ntau = 0.1"), 1));
        let manifest = fs::read_to_string(dir.join("manifest.json")).expect("reads");
        assert!(manifest.contains("\"seed\": 3") && manifest.matches("\"host\"").count() == 2, "{manifest}");
    }

    #[test]
    fn folders_that_are_no_runs_are_refused() {
        let root = tempfile::tempdir().expect("temporary folder");
        let message = Run::open(root.path()).expect_err("empty").to_string();
        assert!(message.contains("is no run folder"), "{message}");
        fs::write(root.path().join("config.toml"), "seed = = 3").expect("writes");
        let message = Run::open(root.path()).expect_err("no TOML").to_string();
        assert!(message.contains("config.toml:1:8: "), "{message}");
        assert!(Run::create(root.path(), &Table::new()).is_err());
    }

    #[test]
    fn when_to_end_is_not_part_of_what_is_computed() {
        let one = settings_checksum(&table("env_steps = 10\nseed = 0"));
        assert_eq!(one, settings_checksum(&table("env_steps = 20\nlog_every = 3\nseed = 0")));
        assert_ne!(one, settings_checksum(&table("env_steps = 10\nseed = 1")));
    }
}
