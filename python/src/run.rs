//! Folders of runs.

use std::collections::BTreeMap;
use std::path::PathBuf;

use freeroam_eval::session::evaluate_run;
use freeroam_trainer::{checkpoint_folders, read_metrics};
use numpy::PyArray1;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::error::from_eval;
use crate::layers::layers;

/// Folders of the complete checkpoints of the run in `run`, oldest first.
#[pyfunction]
pub(crate) fn checkpoints(run: PathBuf) -> PyResult<Vec<PathBuf>> {
    checkpoint_folders(&run).map_err(from_eval)
}

/// The metrics of the run in `run`: a column, `[records]`, for each; NaN where a record lacks it.
#[pyfunction]
pub(crate) fn metrics<'py>(py: Python<'py>, run: PathBuf) -> PyResult<Bound<'py, PyDict>> {
    let records = py.detach(|| read_metrics(&run.join("metrics.jsonl"))).map_err(from_eval)?;
    let mut columns: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    for key in records.iter().flat_map(|(_, record)| record.0.keys()) {
        columns.entry(key).or_default();
    }
    for (key, column) in &mut columns {
        *column = records.iter().map(|(_, record)| record.get(key).unwrap_or(f64::NAN)).collect();
    }
    let count = |of: fn(&freeroam_trainer::Progress) -> u64| -> Vec<f64> {
        records.iter().map(|(progress, _)| of(progress) as f64).collect()
    };
    let table = PyDict::new(py);
    table.set_item("step", PyArray1::from_vec(py, count(|progress| progress.steps)))?;
    table.set_item("env_steps", PyArray1::from_vec(py, count(|progress| progress.env_steps)))?;
    table.set_item("gradient_steps", PyArray1::from_vec(py, count(|progress| progress.gradient_steps)))?;
    for (key, column) in columns {
        table.set_item(key, PyArray1::from_vec(py, column))?;
    }
    Ok(table)
}

/// Evaluates the newest checkpoint of the run in `run` and writes its report; the folder of the report.
#[pyfunction]
pub(crate) fn evaluate(py: Python<'_>, run: PathBuf, settings: &Bound<'_, PyDict>) -> PyResult<PathBuf> {
    let layers = layers(None, settings)?;
    let (_, folder) = py.detach(|| evaluate_run(&run, &layers, None)).map_err(from_eval)?;
    Ok(folder)
}
