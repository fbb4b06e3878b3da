//! Numbers from Arrow's arrays.

use std::path::Path;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    Float16Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type, UInt16Type,
    UInt32Type, UInt64Type,
};
use arrow_array::{Array, ArrayRef};
use arrow_schema::DataType;

use crate::dataset::{DatasetError, Rows};

/// The types that can be read, for messages.
pub(crate) const READABLE: &str = "numbers, bool, or lists of a fixed size of them, without nulls";

/// A column of a file: its name there, and its numbers.
pub(crate) type Named = (String, Rows);

/// The numeric columns in `array` below `name`, which has parts if it is a struct: those of a `Dict` space have the
/// names of its keys, with `/` between those of one in another. Other columns go into `skipped`.
pub(crate) fn numeric(
    path: &Path,
    name: &str,
    array: &ArrayRef,
    found: &mut Vec<Named>,
    skipped: &mut Vec<String>,
) -> Result<(), DatasetError> {
    if let Some(parts) = array.as_struct_opt() {
        for (part, array) in parts.column_names().into_iter().zip(parts.columns()) {
            let name = if name.is_empty() { part.to_owned() } else { format!("{name}/{part}") };
            numeric(path, &name, array, found, skipped)?;
        }
        return Ok(());
    }
    match rows(path, name, array)? {
        Some(rows) => found.push((name.to_owned(), rows)),
        None => skipped.push(format!("{name} of type {}", array.data_type())),
    }
    Ok(())
}

/// The numbers of an array, if that is what it has.
fn rows(path: &Path, name: &str, array: &ArrayRef) -> Result<Option<Rows>, DatasetError> {
    if array.null_count() > 0 {
        return Ok(None);
    }
    let Some(lists) = array.as_fixed_size_list_opt() else {
        return Ok(numbers(path, name, array)?.map(|values| Rows { width: 1, values }));
    };
    let width = usize::try_from(lists.value_length()).unwrap_or(0);
    Ok(numbers(path, name, lists.values())?.filter(|_| width > 0).map(|values| Rows { width, values }))
}

/// float32 keeps its bits, other types are rounded to it.
fn numbers(path: &Path, name: &str, array: &ArrayRef) -> Result<Option<Vec<f32>>, DatasetError> {
    macro_rules! cast {
        ($kind:ty) => {
            array.as_primitive::<$kind>().values().iter().map(|&number| number as f32).collect()
        };
    }
    if array.null_count() > 0 {
        return Ok(None);
    }
    let values: Vec<f32> = match array.data_type() {
        DataType::Float32 => array.as_primitive::<Float32Type>().values().to_vec(),
        DataType::Float64 => {
            let numbers = array.as_primitive::<Float64Type>().values();
            let beyond = |number: &f64| number.is_finite() && (*number as f32).is_infinite();
            if let Some(index) = numbers.iter().position(beyond) {
                return Err(DatasetError::Value {
                    path: path.to_path_buf(),
                    array: name.to_owned(),
                    index,
                    got: numbers[index].to_string(),
                    expected: "a number in the range of float32",
                });
            }
            numbers.iter().map(|&number| number as f32).collect()
        }
        DataType::Float16 => array.as_primitive::<Float16Type>().values().iter().map(|n| n.to_f32()).collect(),
        DataType::Int8 => cast!(Int8Type),
        DataType::Int16 => cast!(Int16Type),
        DataType::Int32 => cast!(Int32Type),
        DataType::Int64 => cast!(Int64Type),
        DataType::UInt8 => cast!(UInt8Type),
        DataType::UInt16 => cast!(UInt16Type),
        DataType::UInt32 => cast!(UInt32Type),
        DataType::UInt64 => cast!(UInt64Type),
        DataType::Boolean => array.as_boolean().values().iter().map(|flag| if flag { 1.0 } else { 0.0 }).collect(),
        _ => return Ok(None),
    };
    Ok(Some(values))
}
