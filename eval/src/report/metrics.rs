//! Curves from the metrics of a run.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use serde_json::Value;

use crate::EvalError;

/// Reads the curves of `keys` from a file of metrics, one JSON object per line: for every key its points
/// (`env_steps`, value). Lines without `env_steps` or without a key add nothing to it, and neither does `null`.
///
/// A last line that was cut off is left out: a run may be killed while it writes.
///
/// # Errors
/// [`EvalError::Io`] if the file cannot be read, [`EvalError::Content`] for any other line that is not a JSON object.
pub fn read_curves(path: &Path, keys: &[&str]) -> Result<BTreeMap<String, Vec<[f64; 2]>>, EvalError> {
    let file = File::open(path).map_err(EvalError::io("read", path))?;
    let mut curves: BTreeMap<String, Vec<[f64; 2]>> = keys.iter().map(|key| ((*key).to_owned(), Vec::new())).collect();
    let mut broken: Option<EvalError> = None;
    for (index, line) in BufReader::new(file).lines().enumerate() {
        let line = line.map_err(EvalError::io("read", path))?;
        if let Some(error) = broken.take() {
            return Err(error);
        }
        if line.trim().is_empty() {
            continue;
        }
        let record: BTreeMap<String, Value> = match serde_json::from_str(&line) {
            Ok(record) => record,
            Err(error) => {
                let reason = format!("{error}, expected a JSON object");
                broken = Some(EvalError::Content { path: path.into(), line: Some(index + 1), reason });
                continue;
            }
        };
        let Some(steps) = record.get("env_steps").and_then(Value::as_f64) else { continue };
        for (key, curve) in &mut curves {
            if let Some(value) = record.get(key).and_then(Value::as_f64) {
                curve.push([steps, value]);
            }
        }
    }
    Ok(curves)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_are_collected_and_a_cut_last_line_is_left_out() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("metrics.jsonl");
        let good = "{\"env_steps\":10,\"a\":1.5}\n\n{\"env_steps\":20,\"b\":2,\"a\":null}\n{\"a\":7}\n";
        std::fs::write(&path, format!("{good}{{\"env_st")).expect("writes");
        let curves = read_curves(&path, &["a", "b", "c"]).expect("reads");
        assert_eq!(curves["a"], [[10.0, 1.5]]);
        assert_eq!(curves["b"], [[20.0, 2.0]]);
        assert!(curves["c"].is_empty());
        std::fs::write(&path, format!("[1]\n{good}")).expect("writes");
        let error = read_curves(&path, &["a"]).expect_err("not an object").to_string();
        assert!(error.contains("metrics.jsonl, line 1:"), "{error}");
    }
}
