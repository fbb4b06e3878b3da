//! Minari's files, written.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::{ArrayRef, BooleanArray, FixedSizeListArray, Float32Array, RecordBatch, StructArray};
use arrow_schema::{DataType, Field, FieldRef, Fields, Schema};
use parquet::arrow::ArrowWriter;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use serde_json::{Value, json};

use super::{Bounds, Description, VERSION, folder, json};
use crate::dataset::error::at;
use crate::dataset::{Columns, Dataset, DatasetError, Rows};

/// Rows of an episode that Minari reads in one piece; of a longer one its loader gives the first piece only.
const MOST_ROWS: usize = 1 << 17;

/// Writes a data set below `root`, from where `minari.load_dataset(id)` loads it when `MINARI_DATASETS_PATH` names
/// `root`. Returns its folder, which is whole or absent.
///
/// Numbers are float32 and keep their bits; rewards are 0 where there are none. Extra columns are `infos`.
///
/// # Errors
/// [`DatasetError::Column`] if the id is not one of Minari's, a space has other sizes than the data, there is no
/// episode, or an episode has no transition or more than 2^17 - 1; [`DatasetError::Io`] if the folder exists or cannot
/// be written.
pub fn write(dataset: &Dataset, root: &Path, description: &Description) -> Result<PathBuf, DatasetError> {
    let target = folder(root, &description.id)?;
    let Columns { observations, actions, .. } = dataset.columns();
    let observation_space = bounds("observation_space", description.observation_space.as_ref(), observations)?;
    let action_space = bounds("action_space", description.action_space.as_ref(), actions)?;
    check(dataset)?;
    if target.exists() {
        let reason = "it exists; choose another id or delete it";
        return Err(at(&target)(io::Error::new(io::ErrorKind::AlreadyExists, reason)));
    }
    let parent = target.parent().unwrap_or(root);
    namespaces(root, parent)?;
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    // Minari does not look at names that start with a dot.
    let temporary = parent.join(format!(".{name}.tmp"));
    let fill = || -> Result<(), DatasetError> {
        if temporary.exists() {
            fs::remove_dir_all(&temporary).map_err(at(&temporary))?;
        }
        let data = temporary.join("data");
        fs::create_dir_all(&data).map_err(at(&data))?;
        let bytes = episodes(dataset, &data)?;
        let metadata = metadata(dataset, description, &observation_space, &action_space, bytes);
        text(&data.join("metadata.json"), &metadata)?;
        fs::rename(&temporary, &target).map_err(at(&target))
    };
    fill().inspect_err(|_| {
        // Room for the user; the error that matters is the first.
        let _ = fs::remove_dir_all(&temporary);
    })?;
    Ok(target)
}

fn check(dataset: &Dataset) -> Result<(), DatasetError> {
    let wrong =
        |got: String, expected: String| Err(DatasetError::Column { column: "starts".to_owned(), got, expected });
    if dataset.episodes() == 0 {
        return wrong("no episode".to_owned(), "at least one".to_owned());
    }
    for index in 0..dataset.episodes() {
        let rows = dataset.episode(index).len();
        if !(2..=MOST_ROWS).contains(&rows) {
            let got = format!("episode {index} has {} transitions", rows - 1);
            return wrong(got, format!("1 to {}, as Minari reads them", MOST_ROWS - 1));
        }
    }
    Ok(())
}

/// The space of a column as Minari keeps it.
fn bounds(name: &str, given: Option<&Bounds>, column: &Rows) -> Result<String, DatasetError> {
    let width = column.width;
    let unbounded = Bounds { low: vec![f32::NEG_INFINITY; width], high: vec![f32::INFINITY; width] };
    let bounds = given.unwrap_or(&unbounded);
    if (bounds.low.len(), bounds.high.len()) == (width, width) {
        return Ok(json::space(bounds));
    }
    Err(DatasetError::Column {
        column: name.to_owned(),
        got: format!("{} least and {} greatest numbers", bounds.low.len(), bounds.high.len()),
        expected: format!("{width} each, as in a row of the data"),
    })
}

/// Makes the folders from `root` to `parent`, which Minari's namespaces are, known to it.
fn namespaces(root: &Path, parent: &Path) -> Result<(), DatasetError> {
    fs::create_dir_all(parent).map_err(at(parent))?;
    for folder in parent.ancestors().take_while(|folder| *folder != root) {
        let path = folder.join("namespace_metadata.json");
        if !path.exists() {
            fs::write(&path, "{}").map_err(at(&path))?;
        }
    }
    Ok(())
}

/// Writes the episodes; their size in bytes.
fn episodes(dataset: &Dataset, data: &Path) -> Result<u64, DatasetError> {
    let mut bytes = 0;
    for index in 0..dataset.episodes() {
        let folder = data.join(index.to_string());
        fs::create_dir(&folder).map_err(at(&folder))?;
        let path = folder.join("part-0.parquet");
        let rows = dataset.episode(index);
        bytes += arrays(dataset.columns(), &rows).and_then(|arrays| parquet(&path, arrays)).map_err(at(&path))?;
        text(&folder.join("metadata.json"), &json!({"id": index, "total_steps": rows.len() - 1}))?;
    }
    Ok(bytes)
}

/// The columns of an episode under Minari's names.
fn arrays(columns: &Columns, rows: &Range<usize>) -> io::Result<Vec<(&'static str, ArrayRef)>> {
    let rewards = match &columns.rewards {
        Some(rewards) => rewards[rows.clone()].to_vec(),
        None => vec![0.0; rows.len()],
    };
    let mut arrays: Vec<(&str, ArrayRef)> = vec![
        ("observations", lists(rows, &columns.observations)?),
        ("actions", lists(rows, &columns.actions)?),
        ("rewards", Arc::new(Float32Array::from(rewards))),
        ("terminations", Arc::new(BooleanArray::from(columns.terminated[rows.clone()].to_vec()))),
        ("truncations", Arc::new(BooleanArray::from(columns.truncated[rows.clone()].to_vec()))),
    ];
    if !columns.extras.is_empty() {
        let info = |(name, column): (&String, &Rows)| -> io::Result<(FieldRef, ArrayRef)> {
            let array = lists(rows, column)?;
            let shape = HashMap::from([("shape".to_owned(), column.width.to_string())]);
            let field = Field::new(name, array.data_type().clone(), true).with_metadata(shape);
            Ok((FieldRef::new(field), array))
        };
        let infos = columns.extras.iter().map(info).collect::<io::Result<Vec<_>>>()?;
        arrays.push(("infos", Arc::new(StructArray::from(infos))));
    }
    Ok(arrays)
}

/// Rows of numbers as a list of a fixed size each.
fn lists(rows: &Range<usize>, column: &Rows) -> io::Result<ArrayRef> {
    let width = column.width;
    let values = &column.values[rows.start * width..rows.end * width];
    let field = FieldRef::new(Field::new_list_field(DataType::Float32, true));
    let width = i32::try_from(width).map_err(io::Error::other)?;
    let lists = FixedSizeListArray::try_new(field, width, Arc::new(Float32Array::from(values.to_vec())), None);
    Ok(Arc::new(lists.map_err(io::Error::other)?))
}

/// Writes a file of one row group; its size in bytes.
fn parquet(path: &Path, columns: Vec<(&str, ArrayRef)>) -> io::Result<u64> {
    let fields: Fields =
        columns.iter().map(|(name, array)| Field::new(*name, array.data_type().clone(), true)).collect();
    let schema = Arc::new(Schema::new(fields));
    let arrays = columns.into_iter().map(|(_, array)| array).collect();
    let batch = RecordBatch::try_new(Arc::clone(&schema), arrays).map_err(io::Error::other)?;
    // Floating-point numbers of physics hardly repeat: no dictionary, nothing to compress by.
    let properties = WriterProperties::builder()
        .set_dictionary_enabled(false)
        .set_statistics_enabled(EnabledStatistics::None)
        .build();
    let mut writer = ArrowWriter::try_new(File::create(path)?, schema, Some(properties)).map_err(io::Error::other)?;
    writer.write(&batch).map_err(io::Error::other)?;
    let file = writer.into_inner().map_err(io::Error::other)?;
    Ok(file.metadata()?.len())
}

fn metadata(dataset: &Dataset, description: &Description, observation: &str, action: &str, bytes: u64) -> Value {
    let mut metadata = json!({
        "total_episodes": dataset.episodes(),
        "total_steps": dataset.transitions(),
        "data_format": "parquet",
        "jpeg_encoding": false,
        "observation_space": observation,
        "action_space": action,
        "dataset_id": description.id,
        "minari_version": VERSION,
        // In megabytes, with one decimal.
        "dataset_size": (bytes as f64 / 1e5).round() / 10.0,
    });
    let lists = [
        ("author", &description.author),
        ("author_email", &description.author_email),
        ("requirements", &description.requirements),
    ];
    for (key, list) in lists.into_iter().filter(|(_, list)| !list.is_empty()) {
        metadata[key] = json!(list);
    }
    let texts = [
        ("env_spec", &description.env_spec),
        ("algorithm_name", &description.algorithm_name),
        ("code_permalink", &description.code_permalink),
        ("description", &description.description),
    ];
    for (key, text) in texts.into_iter().filter_map(|(key, text)| text.as_ref().map(|text| (key, text))) {
        metadata[key] = json!(text);
    }
    metadata
}

fn text(path: &Path, value: &Value) -> Result<(), DatasetError> {
    fs::write(path, value.to_string()).map_err(at(path))
}
