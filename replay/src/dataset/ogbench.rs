//! Data sets of OGBench, <https://github.com/seohongpark/ogbench> (`ogbench/utils.py`): an npz for training, and beside
//! it one for validation whose name ends in `-val.npz`.
//!
//! ```text
//!  observations  float32 [rows, observation]   with the last state of each trajectory, as here
//!  actions       float32 [rows, action]        with a meaningless one in that row
//!  terminals     bool [rows]                   true in the last row of each trajectory, and nowhere else
//!  qpos, qvel, button_states                   optional, further columns
//! ```
//!
//! `terminals` says where trajectories end, not where values end: that is what `masks` says in the arrays that OGBench
//! makes for tasks with rewards (1 where the value of the next state counts, else 0). What OGBench's files have no
//! place for goes into arrays that its loader does not look at: `rewards`; `masks`, in a data set where something
//! terminated; `truncated`, where it is not just the last transition of each trajectory that did not terminate; extra
//! columns.

use std::ops::Range;
use std::path::{Path, PathBuf};

use super::columns::is_reserved;
use super::npz::{Npz, NpzWriter};
use super::{Columns, Compression, Dataset, DatasetError};

/// Reads an npz, compressed or not, in the layout of the files: compact, before OGBench's loader has shifted anything.
///
/// Every array becomes a column, those without a meaning above an extra one. float32 and bool keep their bits, integers
/// and float64 are rounded to float32 (OGBench's loader does so too). Without `masks` nothing terminated; a trajectory
/// that did not terminate is truncated in its last transition.
///
/// # Errors
/// [`DatasetError`] if the file is no npz, damaged, lacks one of the three arrays, or has an array that does not fit
/// them; also if it has the arrays `next_observations` or `valids`, in whose presence `terminals` means something else.
pub fn read(path: &Path) -> Result<Dataset, DatasetError> {
    let mut npz = Npz::open(path)?;
    let names = npz.names().to_vec();
    if let Some(shifted) = names.iter().find(|name| ["next_observations", "valids"].contains(&name.as_str())) {
        let reason =
            format!("it has an array `{shifted}`; expected the layout of OGBench's files, as before its loader");
        return Err(DatasetError::File { path: path.to_path_buf(), reason });
    }
    let terminals = npz.flags("terminals", None)?;
    let rows = terminals.len();
    if terminals.last() == Some(&false) {
        return Err(npz.value("terminals", rows - 1, "0".to_owned(), "1: the last trajectory ends there"));
    }
    let ends = terminals.iter().enumerate().filter(|(_, terminal)| **terminal).map(|(row, _)| row);
    let mut starts: Vec<usize> = std::iter::once(0).chain(ends.map(|row| row + 1)).collect();
    starts.pop();
    let mut columns = Columns {
        observations: npz.rows("observations", Some(rows))?,
        actions: npz.rows("actions", Some(rows))?,
        starts,
        ..Columns::default()
    };
    let has = |array: &str| names.iter().any(|name| name == array);
    if has("rewards") {
        columns.rewards = Some(npz.numbers("rewards", Some(rows))?);
    }
    columns.terminated = match has("masks") {
        true => npz.flags("masks", Some(rows))?.iter().map(|mask| !mask).collect(),
        false => vec![false; rows],
    };
    columns.truncated = match has("truncated") {
        true => npz.flags("truncated", Some(rows))?,
        false => truncated_at_ends(&terminals, &columns.terminated),
    };
    for name in names.iter().filter(|name| !is_reserved(name)) {
        columns.extras.insert(name.clone(), npz.rows(name, Some(rows))?);
    }
    Dataset::new(columns)
}

/// Writes an npz that OGBench's loader reads; nothing is lost. It is whole or absent, and equal data gives equal bytes.
///
/// # Errors
/// [`DatasetError::Io`] if it cannot be written.
pub fn write(dataset: &Dataset, path: &Path, compression: Compression) -> Result<(), DatasetError> {
    let mut npz = NpzWriter::create(path, compression)?;
    npz.rows("observations", &dataset.columns().observations)?;
    write_rest(dataset, npz)
}

/// As [`write()`], with pictures in the place of the observations: `observations` is uint8 `[rows, height, width, 3]`, as in
/// OGBench's visual data sets. `draw` is asked for `piece` rows at a time, in order; it gets the rows and their bytes.
///
/// # Errors
/// As `write`, and what `draw` gives.
pub fn write_visual<E: From<DatasetError>>(
    dataset: &Dataset,
    [height, width]: [usize; 2],
    piece: usize,
    draw: impl FnMut(Range<usize>, &mut [u8]) -> Result<(), E>,
    path: &Path,
    compression: Compression,
) -> Result<(), E> {
    let mut npz = NpzWriter::create(path, compression)?;
    npz.pieces("observations", &[dataset.rows(), height, width, 3], piece, draw)?;
    Ok(write_rest(dataset, npz)?)
}

/// Writes all but the observations.
fn write_rest(dataset: &Dataset, mut npz: NpzWriter) -> Result<(), DatasetError> {
    let Columns { actions, rewards, terminated, truncated, extras, .. } = dataset.columns();
    let terminals = terminals(dataset);
    npz.rows("actions", actions)?;
    npz.flags("terminals", &terminals)?;
    if let Some(rewards) = rewards {
        npz.numbers("rewards", &[rewards.len()], rewards)?;
    }
    if terminated.contains(&true) {
        let masks: Vec<f32> = terminated.iter().map(|&terminated| if terminated { 0.0 } else { 1.0 }).collect();
        npz.numbers("masks", &[masks.len()], &masks)?;
    }
    if *truncated != truncated_at_ends(&terminals, terminated) {
        npz.flags("truncated", truncated)?;
    }
    for (name, column) in extras {
        npz.rows(name, column)?;
    }
    npz.finish()
}

/// Where OGBench looks for the validation data beside `path`: `NAME-val.npz` for `NAME.npz`.
#[must_use]
pub fn validation_path(path: &Path) -> PathBuf {
    let mut name = path.file_stem().unwrap_or_default().to_os_string();
    name.push("-val.npz");
    path.with_file_name(name)
}

/// True in the last row of each episode.
fn terminals(dataset: &Dataset) -> Vec<bool> {
    let mut terminals = vec![false; dataset.rows()];
    for episode in 0..dataset.episodes() {
        terminals[dataset.episode(episode).end - 1] = true;
    }
    terminals
}

/// True in the last transition of each episode that did not terminate there.
fn truncated_at_ends(terminals: &[bool], terminated: &[bool]) -> Vec<bool> {
    let last = |row: usize| !terminals[row] && terminals.get(row + 1) == Some(&true);
    (0..terminals.len()).map(|row| last(row) && !terminated[row]).collect()
}
