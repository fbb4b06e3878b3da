//! Data sets of Minari, <https://minari.farama.org>, as version 0.5.4 stores them in Parquet or Arrow files.
//!
//! ```text
//!  ROOT/NAMESPACE/NAME-v0/data/
//!    metadata.json             totals, format, and the spaces as JSON in a string
//!    0/metadata.json           of episode 0: id, total_steps
//!    0/part-0.parquet          a row per observation: observations, actions, rewards, terminations, truncations, infos
//! ```
//!
//! Minari's rows are those of a [`Dataset`](super::Dataset): the last one of an episode has no action, and Minari drops
//! what is there.
//! Extra columns are `infos`. `ROOT` is what the environment variable `MINARI_DATASETS_PATH` names, else
//! `~/.minari/datasets`.

mod arrays; // numbers from Arrow's arrays
mod json; // JSON as Python writes it
mod read; // from files
mod write; // to files

use std::path::{Path, PathBuf};

pub use read::read;
pub use write::write;

use super::DatasetError;

/// The version of Minari whose layout is written.
const VERSION: &str = "0.5.4";

/// What Minari wants to know of a data set besides its data.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Description {
    /// `NAMESPACE/NAME-vN`; the namespace may have several parts, or be absent.
    pub id: String,
    /// Unbounded when absent.
    pub observation_space: Option<Bounds>,
    /// Unbounded when absent.
    pub action_space: Option<Bounds>,
    /// Gymnasium's `EnvSpec.to_json()` of the environment, from which Minari makes it again.
    pub env_spec: Option<String>,
    /// Who made the data.
    pub author: Vec<String>,
    /// How to reach them.
    pub author_email: Vec<String>,
    /// What acted.
    pub algorithm_name: Option<String>,
    /// Where the code is that made the data.
    pub code_permalink: Option<String>,
    /// What the data is for.
    pub description: Option<String>,
    /// What has to be installed for the environment, as pip takes it.
    pub requirements: Vec<String>,
}

/// Bounds of the numbers of a row; infinite where there is none.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Bounds {
    /// The least of each number.
    pub low: Vec<f32>,
    /// The greatest of each number.
    pub high: Vec<f32>,
}

/// The folder of the data set `id` below `root`.
///
/// # Errors
/// [`DatasetError::Column`] if the id is not one: names of ASCII letters, digits, `-` and `_` separated by `/`, the
/// last one followed by `-v` and a number, what comes before it at least two characters long.
pub fn folder(root: &Path, id: &str) -> Result<PathBuf, DatasetError> {
    let (namespace, name) = id.rsplit_once('/').map_or((None, id), |(namespace, name)| (Some(namespace), name));
    let is_name = |part: &str| {
        !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
    };
    let versioned = name.rsplit_once("-v").is_some_and(|(name, version)| {
        is_name(name) && !version.is_empty() && version.bytes().all(|byte| byte.is_ascii_digit())
    });
    if versioned && namespace.is_none_or(|namespace| namespace.len() > 1 && namespace.split('/').all(is_name)) {
        return Ok(root.join(id));
    }
    Err(DatasetError::Column {
        column: "id".to_owned(),
        got: format!("`{id}`"),
        expected: "NAMESPACE/NAME-v0 or NAME-v0, of letters, digits, `-` and `_`".to_owned(),
    })
}
