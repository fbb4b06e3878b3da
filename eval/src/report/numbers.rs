//! Reports as JSON, for programs.

use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::EvalError;

/// Reads a report that [`write`] wrote.
pub(super) fn read<T: DeserializeOwned>(path: &Path) -> Result<T, EvalError> {
    let text = std::fs::read_to_string(path).map_err(EvalError::io("read", path))?;
    serde_json::from_str(&text).map_err(|error| EvalError::Content {
        path: path.into(),
        line: Some(error.line()),
        reason: error.to_string(),
    })
}

/// Writes a report, which has only plain fields, as `report.json` into `folder`.
pub(super) fn write<T: Serialize>(report: &T, folder: &Path) -> Result<(), EvalError> {
    let path = folder.join("report.json");
    let text = serde_json::to_string_pretty(report).expect("a report has only plain fields");
    std::fs::write(&path, text + "\n").map_err(EvalError::io("write", path))
}
