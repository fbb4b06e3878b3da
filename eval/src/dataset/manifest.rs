//! What a data set is: its world, its settings, its files with their checksums.
//!
//! Nothing in it depends on when or where it was made: equal settings give an equal manifest.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use freeroam_envs::Spec;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{DatasetConfig, Fingerprint};
use crate::EvalError;

/// Name of the file in the folder of a data set.
pub(super) const MANIFEST: &str = "manifest.json";

/// `manifest.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// Layout number of this file.
    pub format: u32,
    /// Name of the data set, and of its files.
    pub name: String,
    /// Version of freeroam.
    pub freeroam: String,
    /// Commit of the source, where the build was told it.
    pub git: Option<String>,
    /// All settings, but those that make no difference to the data.
    pub settings: toml::Table,
    /// Where the policy came from; nothing for the scripted one.
    pub policy: Option<PolicySource>,
    /// Names and units of the observation's numbers; none of pictures.
    pub observation: Vec<[String; 2]>,
    /// How pictures were taken that are the observations.
    pub pictures: Option<Pictures>,
    /// Names of the action's numbers.
    pub action: Vec<String>,
    /// Rows of the maze, `#` wall and `.` free; nothing on open ground.
    pub layout: Option<Vec<String>>,
    /// Training, then validation.
    pub files: Vec<ManifestFile>,
}

/// A policy that acted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PolicySource {
    /// World of the run.
    pub world: String,
    /// Objective of the run.
    pub objective: String,
    /// Seed of the run.
    pub seed: u64,
    /// Name of the checkpoint.
    pub checkpoint: String,
    /// Of the acting network's file, where there is one.
    pub sha256: Option<String>,
    /// Whether it saw the body at the origin, since it was trained in another world.
    pub centred: bool,
}

/// Pictures of the states of another data set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pictures {
    /// The view of the camera, by name.
    pub view: String,
    /// Pixels along both sides.
    pub edge: usize,
    /// Checksum of the manifest of the states.
    pub states: String,
}

/// A file, or the folder of a data set of Minari.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ManifestFile {
    /// Beside the manifest.
    pub path: PathBuf,
    /// Size; of all files of a folder.
    pub bytes: u64,
    /// As `sha256sum` gives it; of a folder, that of the lines that `sha256sum` gives for its files in the order of their
    /// paths below it.
    pub sha256: String,
    /// Episodes.
    pub episodes: usize,
    /// Transitions of all episodes.
    pub transitions: usize,
    /// Statistics.
    pub fingerprint: Fingerprint,
}

impl Manifest {
    /// The manifest of a data set without its files.
    pub(super) fn new(config: &DatasetConfig, spec: &Spec, policy: Option<PolicySource>) -> Self {
        let mut settings = toml::Table::try_from(config).expect("settings are plain values");
        for free in ["threads", "device", "policy"] {
            settings.remove(free);
        }
        let channel = |channel: &freeroam_envs::Channel| [channel.name.clone(), channel.unit.to_owned()];
        Self {
            format: 1,
            name: config.name(),
            freeroam: env!("CARGO_PKG_VERSION").to_owned(),
            git: option_env!("FREEROAM_GIT_HASH").map(str::to_owned),
            settings,
            policy,
            observation: spec.observation.iter().map(channel).collect(),
            pictures: None,
            action: spec.action.clone(),
            layout: spec.layout.as_ref().map(|layout| layout.rows.clone()),
            files: Vec::new(),
        }
    }

    /// Reads the manifest in the folder of a data set.
    ///
    /// # Errors
    /// [`EvalError::Io`] where there is none, [`EvalError::Content`] where it is none.
    pub fn read(folder: &Path) -> Result<Self, EvalError> {
        let path = folder.join(MANIFEST);
        let text = fs::read(&path).map_err(EvalError::io("read", &path))?;
        serde_json::from_slice(&text).map_err(|error| EvalError::Content {
            line: Some(error.line()),
            reason: format!("{error}; expected the manifest of a data set"),
            path,
        })
    }

    /// Writes it into a folder.
    pub(super) fn write(&self, folder: &Path) -> Result<(), EvalError> {
        let path = folder.join(MANIFEST);
        let mut text = serde_json::to_vec_pretty(self).expect("plain data serialises");
        text.push(b'\n');
        fs::write(&path, text).map_err(EvalError::io("write", &path))
    }
}

/// Size and checksum of a file, or of the files of a folder.
pub(super) fn checksum(path: &Path) -> Result<(u64, String), EvalError> {
    if !path.is_dir() {
        let bytes = fs::metadata(path).map_err(EvalError::io("read", path))?.len();
        return Ok((bytes, sha256(path)?));
    }
    let mut files = Vec::new();
    list(path, path, &mut files)?;
    files.sort();
    let (mut total, mut lines) = (0, Sha256::new());
    for name in files {
        let (bytes, sum) = checksum(&path.join(&name))?;
        total += bytes;
        lines.update(format!("{sum}  {}\n", name.display()));
    }
    Ok((total, hex(lines)))
}

/// The files below `folder`, relative to `root`.
fn list(root: &Path, folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), EvalError> {
    for entry in fs::read_dir(folder).map_err(EvalError::io("read", folder))? {
        let path = entry.map_err(EvalError::io("read", folder))?.path();
        match path.strip_prefix(root) {
            _ if path.is_dir() => list(root, &path, files)?,
            Ok(name) => files.push(name.to_path_buf()),
            Err(_) => {}
        }
    }
    Ok(())
}

/// The checksum of a file, as `sha256sum` gives it.
pub(super) fn sha256(path: &Path) -> Result<String, EvalError> {
    let mut file = File::open(path).map_err(EvalError::io("read", path))?;
    let (mut sum, mut buffer) = (Sha256::new(), vec![0; 1 << 16]);
    loop {
        match file.read(&mut buffer).map_err(EvalError::io("read", path))? {
            0 => return Ok(hex(sum)),
            count => sum.update(&buffer[..count]),
        }
    }
}

fn hex(sum: Sha256) -> String {
    sum.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums_are_those_of_sha256sum() {
        let root = tempfile::tempdir().expect("temporary folder");
        let path = root.path().join("b/c.txt");
        fs::create_dir(root.path().join("b")).expect("makes");
        fs::write(&path, "abc").expect("writes");
        fs::write(root.path().join("a"), "").expect("writes");
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(checksum(&path).expect("reads"), (3, abc.to_owned()));
        // printf abc > b/c.txt; : > a; sha256sum a b/c.txt | sha256sum
        let both = "db9606eded842c3869edde0c72c95b4f7391e67176aa06594639d53299507042";
        assert_eq!(checksum(root.path()).expect("reads"), (3, both.to_owned()));
    }
}
