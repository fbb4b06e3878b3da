//! Settings from Python values.

use std::path::PathBuf;

use freeroam_trainer::{Layer, Table};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyFloat, PyInt, PyList, PyMapping, PyString, PyTuple};
use toml::Value;

use crate::error::refuse_setting;

/// What errors call the place that a setting came from.
const ORIGIN: &str = "Python argument";

/// The layers of a call: `config`, a path or a mapping, below the keyword arguments `settings`.
pub(crate) fn layers(config: Option<&Bound<'_, PyAny>>, settings: &Bound<'_, PyDict>) -> PyResult<Vec<Layer>> {
    let mut layers = Vec::new();
    if let Some(config) = config {
        layers.push(match config.cast::<PyMapping>() {
            Ok(mapping) => Layer::Values { origin: ORIGIN.into(), values: table("", mapping)? },
            Err(_) => {
                Layer::File(config.extract::<PathBuf>().map_err(|_| {
                    refuse_setting(format!("config is {}, expected a path or a mapping", shown(config)))
                })?)
            }
        });
    }
    layers.push(Layer::Values { origin: ORIGIN.into(), values: table("", settings.as_mapping())? });
    Ok(layers)
}

fn table(prefix: &str, mapping: &Bound<'_, PyMapping>) -> PyResult<Table> {
    let mut table = Table::new();
    for item in mapping.items()?.iter() {
        let (key, object) = item.extract::<(Bound<'_, PyAny>, Bound<'_, PyAny>)>()?;
        let Ok(name) = key.extract::<String>() else {
            return Err(refuse_setting(format!("key {} ({ORIGIN}), expected a string", shown(&key))));
        };
        let key = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
        table.insert(name, value(&key, &object)?);
    }
    Ok(table)
}

/// `object`, given for the dotted `key`, as TOML has it. NumPy's scalars count as Python's, paths as text.
fn value(key: &str, object: &Bound<'_, PyAny>) -> PyResult<Value> {
    let refused =
        |expected: &str| refuse_setting(format!("`{key}` = {} ({ORIGIN}), expected {expected}", shown(object)));
    if let Ok(mapping) = object.cast::<PyMapping>() {
        return Ok(Value::Table(table(key, mapping)?));
    }
    if object.is_instance_of::<PyList>() || object.is_instance_of::<PyTuple>() {
        let items = object.try_iter()?.map(|item| value(key, &item?));
        return Ok(Value::Array(items.collect::<PyResult<_>>()?));
    }
    if let Ok(text) = object.cast::<PyString>() {
        return Ok(Value::String(text.to_string()));
    }
    if let Ok(path) = object.call_method0("__fspath__") {
        return Ok(Value::String(path.extract().map_err(|_| refused("a path of text"))?));
    }
    // NumPy's scalars say by `item` what they are in Python.
    let plain = match object.getattr("item") {
        Ok(item) => item.call0().map_err(|_| refused("one value"))?,
        Err(_) => object.clone(),
    };
    if let Ok(truth) = plain.cast::<PyBool>() {
        Ok(Value::Boolean(truth.is_true()))
    } else if plain.is_instance_of::<PyInt>() {
        plain.extract().map(Value::Integer).map_err(|_| refused("an integer of 64 bits with sign"))
    } else if let Ok(number) = plain.cast::<PyFloat>() {
        Ok(Value::Float(number.value()))
    } else {
        Err(refused("a string, a number, a truth value, or a list or mapping of them"))
    }
}

/// How Python prints it.
fn shown(object: &Bound<'_, PyAny>) -> String {
    object.repr().map_or_else(|_| "an object".into(), |text| text.to_string())
}
