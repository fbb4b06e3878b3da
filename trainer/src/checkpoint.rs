//! Checkpoints that are either whole or absent.
//!
//! ```text
//!  checkpoints/step-0000160000/
//!    learner/..       what Learner::save wrote
//!    loop.json        progress, sums since the last log line, length of metrics.jsonl
//!    checksums.json   length and CRC-32C of every file above, checksum of the settings
//! ```
//!
//! All files are written and synced under a name that starts with `tmp-`, then the folder is renamed: a kill leaves the
//! older checkpoints and a `tmp-` folder, which the next session removes.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::disk::{at, names, sync_dir, write_atomic};
use crate::fit::LoopState;
use crate::{Learner, TrainerError};

const FORMAT: u32 = 1;
const SEALED: &str = "step-";
const TEMPORARY: &str = "tmp-";

/// A verified checkpoint.
#[derive(Debug)]
pub struct Checkpoint {
    path: PathBuf,
    state: LoopState,
}

#[derive(Serialize, Deserialize)]
struct Checksums {
    format: u32,
    settings_crc32c: u32,
    files: BTreeMap<String, Sum>,
}

#[derive(PartialEq, Eq, Serialize, Deserialize)]
struct Sum {
    bytes: u64,
    crc32c: u32,
}

impl Checkpoint {
    /// Its folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The folder for [`Learner::load`].
    #[must_use]
    pub fn learner(&self) -> PathBuf {
        self.path.join("learner")
    }

    pub(crate) fn into_state(self) -> LoopState {
        self.state
    }

    /// Verifies those files of the checkpoint at `path` that are `needed` against its checksums, and it against the settings
    /// of the run.
    fn open(path: &Path, settings: u32, needed: &dyn Fn(&str) -> bool) -> Result<Self, TrainerError> {
        let damaged = |reason: String| TrainerError::Checkpoint { path: path.into(), reason };
        let read = |name: &str| fs::read(path.join(name)).map_err(|error| damaged(format!("{name}: {error}")));
        let checksums: Checksums = serde_json::from_slice(&read("checksums.json")?)
            .map_err(|error| damaged(format!("checksums.json is damaged: {error}")))?;
        if checksums.format != FORMAT {
            return Err(damaged(format!("it has format {}, this build reads format {FORMAT}", checksums.format)));
        }
        for (name, expected) in checksums.files.iter().filter(|(name, _)| needed(name)) {
            let found = checksum(&path.join(name)).map_err(|error| damaged(format!("{name}: {error}")))?;
            if found.bytes != expected.bytes {
                return Err(damaged(format!("{name} has {} bytes, expected {}", found.bytes, expected.bytes)));
            }
            if found != *expected {
                return Err(damaged(format!("{name} was altered: its checksum does not match")));
            }
        }
        if checksums.settings_crc32c != settings {
            return Err(damaged("it was written with other settings than config.toml has now".into()));
        }
        let state = serde_json::from_slice(&read("loop.json")?)
            .map_err(|error| damaged(format!("loop.json is damaged: {error}")))?;
        Ok(Self { path: path.into(), state })
    }
}

/// The checkpoints of a run.
#[derive(Clone, Debug)]
pub(crate) struct Checkpoints {
    pub(crate) dir: PathBuf,
    /// Checksum of the settings that a checkpoint depends on.
    pub(crate) settings: u32,
}

impl Checkpoints {
    /// Removes what killed processes left half-written or half-deleted.
    pub(crate) fn clean(&self) -> Result<(), TrainerError> {
        for name in names(&self.dir)?.iter().filter(|name| name.starts_with(TEMPORARY)) {
            let path = self.dir.join(name);
            fs::remove_dir_all(&path).map_err(at(&path))?;
        }
        Ok(())
    }

    /// The newest checkpoint, verified; `None` when there is none. A damaged one is an error that says which older one
    /// is whole: falling back would throw work away unasked.
    pub(crate) fn newest(&self) -> Result<Option<Checkpoint>, TrainerError> {
        let mut sealed = self.sealed()?;
        let Some(newest) = sealed.pop() else { return Ok(None) };
        let error = match self.open(&self.dir.join(newest), &|_| true) {
            Ok(checkpoint) => return Ok(Some(checkpoint)),
            Err(error) => error,
        };
        let TrainerError::Checkpoint { path, reason } = error else { return Err(error) };
        let older = sealed.iter().rev().find(|name| self.open(&self.dir.join(name), &|_| true).is_ok());
        let way_out = match older {
            Some(name) => format!("{name} is whole: to go on from there, delete the newer folders and resume"),
            None => "no older checkpoint is whole".into(),
        };
        Err(TrainerError::Checkpoint { path, reason: format!("{reason}; {way_out}") })
    }

    /// The checkpoint at `path`, of which the files that are `needed` are verified.
    pub(crate) fn open(&self, path: &Path, needed: &dyn Fn(&str) -> bool) -> Result<Checkpoint, TrainerError> {
        Checkpoint::open(path, self.settings, needed)
    }

    /// Folders of the complete checkpoints, oldest first.
    pub(crate) fn folders(&self) -> Result<Vec<PathBuf>, TrainerError> {
        Ok(self.sealed()?.into_iter().map(|name| self.dir.join(name)).collect())
    }

    /// Whether there is a checkpoint of `clock`.
    pub(crate) fn has(&self, clock: u64) -> bool {
        self.dir.join(sealed_name(clock)).is_dir()
    }

    /// Writes a checkpoint. Calls `probe` between its effects on the disk.
    pub(crate) fn write(
        &self,
        learner: &dyn Learner,
        state: &LoopState,
        probe: &mut dyn FnMut(&'static str),
    ) -> Result<(), TrainerError> {
        let name = sealed_name(state.progress.clock());
        let temporary = self.dir.join(format!("{TEMPORARY}{name}"));
        if let Err(error) = self.fill(&temporary, learner, state, probe) {
            // Room for the user; the error that matters is the first.
            let _ = fs::remove_dir_all(&temporary);
            return Err(self.explained(error));
        }
        probe("checkpoint filled");
        let path = self.dir.join(&name);
        fs::rename(&temporary, &path).map_err(at(&path))?;
        sync_dir(&self.dir)?;
        probe("checkpoint sealed");
        Ok(())
    }

    fn fill(
        &self,
        dir: &Path,
        learner: &dyn Learner,
        state: &LoopState,
        probe: &mut dyn FnMut(&'static str),
    ) -> Result<(), TrainerError> {
        let inner = dir.join("learner");
        fs::create_dir_all(&inner).map_err(at(&inner))?;
        probe("checkpoint begun");
        learner.save(&inner)?;
        probe("learner saved");
        write_atomic(&dir.join("loop.json"), &serde_json::to_vec_pretty(state).expect("plain data serialises"))?;
        let mut files = BTreeMap::new();
        seal(dir, "", &mut files)?;
        let checksums = Checksums { format: FORMAT, settings_crc32c: self.settings, files };
        let text = serde_json::to_vec_pretty(&checksums).expect("plain data serialises");
        write_atomic(&dir.join("checksums.json"), &text)
    }

    /// Removes all but the newest `keep` (at least one).
    pub(crate) fn prune(&self, keep: usize, probe: &mut dyn FnMut(&'static str)) -> Result<(), TrainerError> {
        let sealed = self.sealed()?;
        for name in &sealed[..sealed.len().saturating_sub(keep.max(1))] {
            // Renamed first, so that a kill leaves no checkpoint with half its files.
            let doomed = self.dir.join(format!("{TEMPORARY}{name}"));
            fs::rename(self.dir.join(name), &doomed).map_err(at(&doomed))?;
            probe("checkpoint doomed");
            fs::remove_dir_all(&doomed).map_err(at(&doomed))?;
            probe("checkpoint pruned");
        }
        Ok(())
    }

    /// Names of the complete checkpoints, oldest first.
    fn sealed(&self) -> Result<Vec<String>, TrainerError> {
        let mut sealed = names(&self.dir)?;
        sealed.retain(|name| clock_of(name).is_some());
        sealed.sort_by_key(|name| clock_of(name));
        Ok(sealed)
    }

    /// A full disk, said in words, with what is left to resume from.
    fn explained(&self, error: TrainerError) -> TrainerError {
        match error {
            TrainerError::Io { path, source } if source.kind() == io::ErrorKind::StorageFull => {
                let left = self.sealed().ok().and_then(|mut sealed| sealed.pop());
                let left = left.map_or_else(|| "there is no older one".into(), |name| format!("{name} is whole"));
                let reason = format!("disk full while writing a checkpoint; {left}: free some space and resume");
                TrainerError::Io { path, source: io::Error::new(io::ErrorKind::StorageFull, reason) }
            }
            error => error,
        }
    }
}

fn sealed_name(clock: u64) -> String {
    format!("{SEALED}{clock:010}")
}

fn clock_of(name: &str) -> Option<u64> {
    name.strip_prefix(SEALED)?.parse().ok()
}

/// Syncs all files below `dir` and notes their checksums under their path, `/`-separated.
fn seal(dir: &Path, prefix: &str, files: &mut BTreeMap<String, Sum>) -> Result<(), TrainerError> {
    for name in names(dir)? {
        let path = dir.join(&name);
        let key = format!("{prefix}{name}");
        if path.is_dir() {
            seal(&path, &format!("{key}/"), files)?;
        } else {
            File::open(&path).and_then(|file| file.sync_all()).map_err(at(&path))?;
            files.insert(key, checksum(&path).map_err(at(&path))?);
        }
    }
    sync_dir(dir)
}

fn checksum(path: &Path) -> io::Result<Sum> {
    let mut file = File::open(path)?;
    let mut buffer = vec![0; 1 << 20];
    let mut sum = Sum { bytes: 0, crc32c: 0 };
    loop {
        let count = file.read(&mut buffer)?;
        if count == 0 {
            return Ok(sum);
        }
        sum.crc32c = crc32c::crc32c_append(sum.crc32c, &buffer[..count]);
        sum.bytes += count as u64;
    }
}
