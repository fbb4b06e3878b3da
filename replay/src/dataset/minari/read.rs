//! Minari's files, read.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use arrow_array::RecordBatch;
use arrow_ipc::reader::FileReader;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::arrays::{Named, READABLE, numeric};
use super::json;
use crate::dataset::columns::is_reserved;
use crate::dataset::error::{at, unreadable};
use crate::dataset::{Columns, Dataset, DatasetError, Rows};

/// Reads the data set in `folder`, which has `data` in it; its files may be Parquet or Arrow.
///
/// Observations and actions may be of any shape, which is flattened, and of any numbers: float32 keeps its bits, others
/// are rounded to float32. Of a `Dict` space, `observation` becomes the observations, the other keys become extra
/// columns. So do `infos` with numbers in every episode; one whose name is taken is called `infos/NAME`. What else is
/// in `infos`, and seeds and options of resets, are left out.
///
/// # Errors
/// [`DatasetError`] if a file is absent or damaged, the data is in HDF5, or a column is not of numbers (images are
/// JPEG).
pub fn read(folder: &Path) -> Result<Dataset, DatasetError> {
    let data = folder.join("data");
    let path = data.join("metadata.json");
    let text = fs::read_to_string(&path).map_err(at(&path))?;
    let metadata = json::parse(&text).map_err(|error| unreadable(&path, error))?;
    let format = match metadata["data_format"].as_str() {
        Some("parquet") => Format::Parquet,
        Some("arrow") => Format::Arrow,
        _ => {
            let got = &metadata["data_format"];
            return Err(unreadable(&path, format!("its data_format is {got}, expected \"parquet\" or \"arrow\"")));
        }
    };
    let episodes = metadata["total_episodes"].as_u64().ok_or_else(|| {
        unreadable(&path, format!("its total_episodes is {}, expected a number", metadata["total_episodes"]))
    })?;
    let mut all: Option<Columns> = None;
    for index in 0..episodes {
        let path = data.join(index.to_string());
        let episode = episode(&path, format)?;
        match &mut all {
            None => all = Some(episode),
            Some(all) => append(all, episode, &path)?,
        }
    }
    Dataset::new(all.ok_or_else(|| unreadable(&path, "it has no episode"))?)
}

#[derive(Clone, Copy)]
enum Format {
    Parquet,
    Arrow,
}

/// The rows of a file, in pieces.
fn pieces(path: &Path, format: Format) -> Result<Vec<Columns>, DatasetError> {
    let file = File::open(path).map_err(at(path))?;
    let read = || -> Result<Vec<Columns>, DatasetError> {
        let batches: Result<Vec<RecordBatch>, _> = match format {
            Format::Parquet => {
                let reader =
                    ParquetRecordBatchReaderBuilder::try_new(file).and_then(ParquetRecordBatchReaderBuilder::build);
                reader.map_err(|error| unreadable(path, error))?.collect()
            }
            Format::Arrow => FileReader::try_new(file, None).map_err(|error| unreadable(path, error))?.collect(),
        };
        batches.map_err(|error| unreadable(path, error))?.iter().map(|batch| columns(path, batch)).collect()
    };
    // The readers check much of what they find, but a damaged file can still make them panic.
    catch_unwind(AssertUnwindSafe(read)).unwrap_or_else(|_| Err(unreadable(path, "its content is damaged")))
}

/// The files of an episode, as pyarrow finds them.
fn files(folder: &Path) -> Result<Vec<PathBuf>, DatasetError> {
    let entries = fs::read_dir(folder).map_err(at(folder))?;
    let mut paths =
        entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>().map_err(at(folder))?;
    paths.retain(|path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        !["_", ".", "metadata.json"].iter().any(|ignored| name.starts_with(ignored))
    });
    paths.sort_unstable();
    Ok(paths)
}

/// The rows of one episode.
fn episode(folder: &Path, format: Format) -> Result<Columns, DatasetError> {
    let mut all: Option<Columns> = None;
    for path in files(folder)? {
        for more in pieces(&path, format)? {
            match &mut all {
                None => all = Some(more),
                Some(all) => append(all, more, &path)?,
            }
        }
    }
    let mut columns = all
        .filter(|columns| !columns.terminated.is_empty())
        .ok_or_else(|| unreadable(folder, "the episode has no rows"))?;
    columns.starts = vec![0];
    Ok(columns)
}

fn columns(path: &Path, batch: &RecordBatch) -> Result<Columns, DatasetError> {
    let mut observations = parts(path, batch, "observations")?;
    let mut extras = BTreeMap::new();
    let is_main = |(name, _): &Named| name.is_empty() || name == "observation";
    let Some(main) = observations.iter().position(is_main) else {
        let got = observations.iter().map(|(name, _)| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        return Err(DatasetError::Shape {
            path: path.to_path_buf(),
            array: "observations".to_owned(),
            got: format!("a Dict or Tuple of {got}"),
            expected: "one Box, or a Dict with the key `observation`".to_owned(),
        });
    };
    let (_, main) = observations.swap_remove(main);
    extras.extend(observations);
    if let Some(infos) = batch.column_by_name("infos") {
        let (mut found, mut skipped) = (Vec::new(), Vec::new());
        numeric(path, "", infos, &mut found, &mut skipped)?;
        for (name, rows) in found {
            let taken = name.is_empty() || is_reserved(&name) || extras.contains_key(&name);
            extras.insert(if taken { format!("infos/{name}") } else { name }, rows);
        }
    }
    Ok(Columns {
        observations: main,
        actions: only(path, batch, "actions")?,
        rewards: Some(one(path, batch, "rewards")?),
        terminated: flags(path, batch, "terminations")?,
        truncated: flags(path, batch, "truncations")?,
        starts: Vec::new(),
        extras,
    })
}

/// A column and its parts, all numbers.
fn parts(path: &Path, batch: &RecordBatch, name: &str) -> Result<Vec<Named>, DatasetError> {
    let Some(array) = batch.column_by_name(name) else {
        let found =
            batch.schema_ref().fields().iter().map(|field| field.name().as_str()).collect::<Vec<_>>().join(", ");
        return Err(DatasetError::Missing { path: path.to_path_buf(), array: name.to_owned(), found });
    };
    let (mut found, mut skipped) = (Vec::new(), Vec::new());
    numeric(path, "", array, &mut found, &mut skipped)?;
    match skipped.pop() {
        None => Ok(found),
        Some(got) => Err(DatasetError::Dtype {
            path: path.to_path_buf(),
            array: name.to_owned(),
            got: got.trim_start_matches(" of type ").to_owned(),
            expected: READABLE,
        }),
    }
}

/// A column without parts.
fn only(path: &Path, batch: &RecordBatch, name: &str) -> Result<Rows, DatasetError> {
    let mut found = parts(path, batch, name)?;
    match (found.pop(), found.is_empty()) {
        (Some((part, rows)), true) if part.is_empty() => Ok(rows),
        _ => Err(DatasetError::Shape {
            path: path.to_path_buf(),
            array: name.to_owned(),
            got: "a Dict or Tuple".to_owned(),
            expected: "one Box or Discrete".to_owned(),
        }),
    }
}

/// A column with one number per row.
fn one(path: &Path, batch: &RecordBatch, name: &str) -> Result<Vec<f32>, DatasetError> {
    let rows = only(path, batch, name)?;
    match rows.width {
        1 => Ok(rows.values),
        width => Err(DatasetError::Shape {
            path: path.to_path_buf(),
            array: name.to_owned(),
            got: format!("({}, {width})", batch.num_rows()),
            expected: "one number per row".to_owned(),
        }),
    }
}

fn flags(path: &Path, batch: &RecordBatch, name: &str) -> Result<Vec<bool>, DatasetError> {
    let numbers = one(path, batch, name)?;
    match numbers.iter().position(|&number| number != 0.0 && number != 1.0) {
        None => Ok(numbers.iter().map(|&number| number == 1.0).collect()),
        Some(index) => Err(DatasetError::Value {
            path: path.to_path_buf(),
            array: name.to_owned(),
            index,
            got: numbers[index].to_string(),
            expected: "0 or 1",
        }),
    }
}

/// Puts rows behind others. Extra columns that one of both lacks are left out.
fn append(all: &mut Columns, more: Columns, path: &Path) -> Result<(), DatasetError> {
    all.append(more).map_err(|(array, before, width)| DatasetError::Shape {
        path: path.to_path_buf(),
        array,
        got: format!("{width} numbers in a row"),
        expected: format!("{before}, as in the episodes before"),
    })
}
