//! What can go wrong with an evaluation.

use std::path::PathBuf;

/// Errors of this crate. Each names the value, where it came from and what was expected.
#[derive(Debug, thiserror::Error)]
pub enum EvalError {
    /// There is nothing to compute with.
    #[error("{what} is empty, expected at least {expected}")]
    Empty {
        /// What was empty.
        what: String,
        /// The least that is needed.
        expected: String,
    },
    /// A value is not a number.
    #[error("{what} {index} is {value}, expected a finite number")]
    NonFinite {
        /// What the values are.
        what: String,
        /// Position of the value.
        index: usize,
        /// The value.
        value: f64,
    },
    /// A value is out of its range.
    #[error("{what} is {value}, expected {expected}")]
    Range {
        /// What the value is.
        what: String,
        /// The value.
        value: f64,
        /// The range.
        expected: String,
    },
    /// Two things that belong together differ in length.
    #[error("{what} has {got} elements, expected {expected}")]
    Length {
        /// What has the wrong length.
        what: String,
        /// Its length.
        got: usize,
        /// The length needed.
        expected: String,
    },
    /// A file could not be read or written.
    #[error("cannot {action} {path}: {source}")]
    Io {
        /// "read", "write" or "create".
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file is not what it should be.
    #[error("{path}{}: {reason}", .line.map(|line| format!(", line {line}")).unwrap_or_default())]
    Content {
        /// The file.
        path: PathBuf,
        /// The line, counted from one, where there are lines.
        line: Option<usize>,
        /// What is wrong and what was expected.
        reason: String,
    },
    /// A figure could not be drawn.
    #[error("cannot draw the figure `{name}`: {reason}")]
    Figure {
        /// The figure.
        name: String,
        /// What failed.
        reason: String,
    },
    /// A world failed.
    #[error(transparent)]
    Envs(#[from] freeroam_envs::EnvsError),
    /// An agent or its collection failed.
    #[error(transparent)]
    Agents(#[from] freeroam_agents::AgentsError),
    /// A data set or its file failed.
    #[error(transparent)]
    Dataset(#[from] freeroam_replay::dataset::DatasetError),
    /// The run around the agent failed.
    #[error(transparent)]
    Trainer(#[from] freeroam_trainer::TrainerError),
}

impl EvalError {
    /// Wraps an I/O error with what was done to which file; for `map_err`.
    pub fn io(action: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { action, path, source }
    }
}
