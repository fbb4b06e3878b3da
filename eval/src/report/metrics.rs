//! Curves from the metrics of a run.

use std::collections::BTreeMap;
use std::path::Path;

use freeroam_trainer::read_metrics;

use crate::EvalError;

/// Reads the curves of `keys` from a file of metrics: for every key its points (clock, value), where the clock is that of
/// [`Progress::clock`](freeroam_trainer::Progress::clock): environment steps, or gradient steps of runs on a data set. Values that
/// are no numbers add nothing; a missing file has no points.
///
/// # Errors
/// Those of [`read_metrics`].
pub fn read_curves(path: &Path, keys: &[&str]) -> Result<BTreeMap<String, Vec<[f64; 2]>>, EvalError> {
    let mut curves: BTreeMap<String, Vec<[f64; 2]>> = keys.iter().map(|key| ((*key).to_owned(), Vec::new())).collect();
    for (progress, record) in read_metrics(path)? {
        for (key, curve) in &mut curves {
            if let Some(value) = record.get(key).filter(|value| value.is_finite()) {
                curve.push([progress.clock() as f64, value]);
            }
        }
    }
    Ok(curves)
}

/// What the clock of such curves counts.
pub(crate) fn clock_of(runs_on_data: &[bool]) -> &'static str {
    match (runs_on_data.contains(&true), runs_on_data.contains(&false)) {
        (false, _) => "environment steps",
        (true, false) => "gradient steps",
        (true, true) => "environment steps, on data sets gradient steps",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_are_collected_by_environment_steps_or_else_gradient_steps() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("metrics.jsonl");
        let line = |env_steps: u64, gradient_steps: u64, values: &str| {
            format!("{{\"step\":1,\"env_steps\":{env_steps},\"gradient_steps\":{gradient_steps},{values}}}\n")
        };
        let lines = [line(10, 3, "\"a\":1.5"), line(20, 6, "\"b\":2,\"a\":\"NaN\""), line(0, 7, "\"b\":3")].concat();
        std::fs::write(&path, format!("{lines}{{\"env_st")).expect("writes");
        let curves = read_curves(&path, &["a", "b", "c"]).expect("reads");
        assert_eq!(curves["a"], [[10.0, 1.5]]);
        assert_eq!(curves["b"], [[20.0, 2.0], [7.0, 3.0]]);
        assert!(curves["c"].is_empty());
        std::fs::write(&path, format!("[1]\n{lines}")).expect("writes");
        let error = read_curves(&path, &["a"]).expect_err("not a record").to_string();
        assert!(error.contains("metrics.jsonl:1:"), "{error}");
        assert!(read_curves(&folder.path().join("none"), &["a"]).expect("no points")["a"].is_empty());
    }

    #[test]
    fn the_clock_is_named_by_what_it_counts() {
        assert_eq!([clock_of(&[false]), clock_of(&[true])], ["environment steps", "gradient steps"]);
        assert!(clock_of(&[true, false]).contains("data sets"));
    }
}
