//! What can go wrong around a run.

use std::path::PathBuf;

/// Errors of this crate. Each names the value, where it came from and what was expected.
#[derive(Debug, thiserror::Error)]
pub enum TrainerError {
    /// The user asked for something that does not exist or is out of range; exit code 2.
    #[error("{0}")]
    Usage(String),
    /// A file could not be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// A checkpoint is damaged or belongs to another configuration; exit code 2.
    #[error("checkpoint {}: {reason}", path.display())]
    Checkpoint {
        /// The checkpoint.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A learner failed while running; exit code 1.
    #[error("{0}")]
    Learner(String),
}

impl TrainerError {
    /// The exit code of a program that ends with this error: 2 when the user has to change something, else 1.
    #[must_use]
    pub const fn exit_code(&self) -> u8 {
        match self {
            Self::Usage(_) | Self::Checkpoint { .. } => 2,
            Self::Io { .. } | Self::Learner(_) => 1,
        }
    }
}
