//! Curves from the metrics of a run.

use std::collections::BTreeMap;
use std::path::Path;

use freeroam_trainer::{Progress, Record, read_metrics};

use crate::EvalError;

/// Metrics of a run along its training.
#[derive(Clone, Debug, PartialEq)]
pub struct RunCurves {
    /// What steps are: `environment steps`, or `gradient steps` where the run takes none of those.
    pub axis: &'static str,
    /// Metric to points (steps, value), steps ascending; no points where there are no records of it.
    pub points: BTreeMap<String, Vec<[f64; 2]>>,
}

/// Reads the curves of `keys` from a file of metrics ([`read_metrics`]). Values that are no finite numbers are left out; a missing
/// file has no points.
///
/// # Errors
/// [`EvalError::Trainer`] if the file cannot be read or a line of it is no record.
pub fn read_curves(path: &Path, keys: &[&str]) -> Result<RunCurves, EvalError> {
    let records = read_metrics(path)?;
    let points = |key: &str| {
        let point = |(progress, record): &(Progress, Record)| {
            let value = record.get(key).filter(|value| value.is_finite())?;
            Some([progress.clock() as f64, value])
        };
        records.iter().filter_map(point).collect()
    };
    let in_a_world = records.last().is_none_or(|(progress, _)| progress.env_steps > 0);
    Ok(RunCurves {
        axis: if in_a_world { "environment steps" } else { "gradient steps" },
        points: keys.iter().map(|key| ((*key).to_owned(), points(key))).collect(),
    })
}

/// Seconds of training on the clock, from a file of metrics; 0 where it says nothing of them.
///
/// # Errors
/// As [`read_curves`].
pub(crate) fn wall_s(path: &Path) -> Result<f64, EvalError> {
    let latest = read_metrics(path)?.iter().rev().find_map(|(_, record)| record.get("time/wall_s"));
    Ok(latest.unwrap_or(0.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(env_steps: u64, gradient_steps: u64, metrics: &str) -> String {
        format!("{{\"step\":1,\"env_steps\":{env_steps},\"gradient_steps\":{gradient_steps},{metrics}}}\n")
    }

    #[test]
    fn points_are_collected_and_a_cut_last_line_is_left_out() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("metrics.jsonl");
        let good = line(10, 1, "\"a\":1.5") + &line(20, 2, "\"b\":2,\"a\":\"NaN\",\"time/wall_s\":3.0");
        std::fs::write(&path, format!("{good}{{\"env_st")).expect("writes");
        let curves = read_curves(&path, &["a", "b", "c"]).expect("reads");
        assert_eq!(curves.axis, "environment steps");
        assert_eq!(curves.points["a"], [[10.0, 1.5]]);
        assert_eq!(curves.points["b"], [[20.0, 2.0]]);
        assert!(curves.points["c"].is_empty());
        assert_eq!(wall_s(&path).expect("reads"), 3.0);
        std::fs::write(&path, format!("[1]\n{good}")).expect("writes");
        let error = read_curves(&path, &["a"]).expect_err("no record").to_string();
        assert!(error.contains("metrics.jsonl:1:"), "{error}");
        let none = folder.path().join("none.jsonl");
        assert!(read_curves(&none, &["a"]).expect("no file, no points").points["a"].is_empty());
        assert_eq!(wall_s(&none).expect("no file"), 0.0);
    }

    #[test]
    fn runs_on_data_are_drawn_along_their_gradient_steps() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("metrics.jsonl");
        std::fs::write(&path, line(0, 100, "\"a\":1.0") + &line(0, 200, "\"a\":4.0")).expect("writes");
        let curves = read_curves(&path, &["a"]).expect("reads");
        assert_eq!((curves.axis, curves.points["a"].as_slice()), ("gradient steps", &[[100.0, 1.0], [200.0, 4.0]][..]));
    }
}
