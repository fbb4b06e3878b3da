//! What can go wrong with a data set.

use std::io;
use std::path::{Path, PathBuf};

use crate::ReplayError;

/// Errors of data sets. Each names the file and array or the column, what was found and what was expected.
#[derive(Debug, thiserror::Error)]
pub enum DatasetError {
    /// A file could not be opened, read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// A file is cut short, altered, or of another format.
    #[error("cannot read {}: {reason}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A file lacks an array.
    #[error("{} has no array `{array}`, it has {found}", path.display())]
    Missing {
        /// The file.
        path: PathBuf,
        /// The array.
        array: String,
        /// The arrays that it has.
        found: String,
    },
    /// An array has a type of numbers that cannot be used.
    #[error("array `{array}` of {} has dtype {got}, expected {expected}", path.display())]
    Dtype {
        /// The file.
        path: PathBuf,
        /// The array.
        array: String,
        /// Its type.
        got: String,
        /// The types that can be used.
        expected: &'static str,
    },
    /// An array has the wrong shape.
    #[error("array `{array}` of {} has shape {got}, expected {expected}", path.display())]
    Shape {
        /// The file.
        path: PathBuf,
        /// The array.
        array: String,
        /// Its shape.
        got: String,
        /// The shape needed.
        expected: String,
    },
    /// A number of an array cannot be used.
    #[error("array `{array}` of {}: element {index} is {got}, expected {expected}", path.display())]
    Value {
        /// The file.
        path: PathBuf,
        /// The array.
        array: String,
        /// Position of the number, counted in memory order.
        index: usize,
        /// The number.
        got: String,
        /// The numbers that can be used.
        expected: &'static str,
    },
    /// A column does not fit the others, or what is to be done with it.
    #[error("column `{column}`: {got}, expected {expected}")]
    Column {
        /// The column.
        column: String,
        /// What it has.
        got: String,
        /// What is needed.
        expected: String,
    },
    /// A replay cannot be filled.
    #[error(transparent)]
    Replay(#[from] ReplayError),
}

/// A [`DatasetError::Io`] of `path`.
pub(crate) fn at(path: &Path) -> impl FnOnce(io::Error) -> DatasetError {
    let path = path.to_path_buf();
    move |source| DatasetError::Io { path, source }
}

/// A [`DatasetError::File`] of `path`.
pub(crate) fn unreadable(path: &Path, reason: impl ToString) -> DatasetError {
    DatasetError::File { path: path.to_path_buf(), reason: reason.to_string() }
}
