//! TOML text, flattened to dotted keys that remember their place.

use toml::de::{DeTable, DeValue};
use toml::{Table, Value};

use crate::TrainerError;

/// One value and where it was written.
#[derive(Debug)]
pub(super) struct Entry {
    /// Dotted key.
    pub(super) key: String,
    /// Anything but a table that has keys.
    pub(super) value: Value,
    /// `origin:line:column` or `--set ..`.
    pub(super) origin: String,
}

/// The entries of `text`.
pub(super) fn parse(origin: &str, text: &str) -> Result<Vec<Entry>, TrainerError> {
    let syntax = |error: &toml::de::Error| {
        let offset = error.span().map_or(text.len(), |span| span.start);
        let line = text.get(..offset).map_or(1, |before| before.split('\n').count());
        let shown = text.split('\n').nth(line - 1).unwrap_or_default().trim_end();
        TrainerError::Usage(format!("{origin}:{}: {}\n  {shown}", place(text, offset), error.message()))
    };
    let spanned = DeTable::parse(text).map_err(|error| syntax(&error))?;
    let table: Table = text.parse().map_err(|error| syntax(&error))?;
    let mut entries = Vec::new();
    walk("", spanned.get_ref(), table, &mut entries, &|offset| format!("{origin}:{}", place(text, offset)));
    Ok(entries)
}

/// What errors call an assignment of a command line.
pub(super) fn set_origin(assignment: &str) -> String {
    format!("--set {assignment}")
}

/// The entries of a table, nested or with dotted keys.
pub(super) fn table(values: Table, origin: &str) -> Vec<Entry> {
    values.into_iter().flat_map(|(key, value)| entries(&key, value, origin)).collect()
}

/// The entries of one assignment: several when `value` is a table.
pub(super) fn entries(key: &str, value: Value, origin: &str) -> Vec<Entry> {
    match value {
        Value::Table(table) if !table.is_empty() => {
            table.into_iter().flat_map(|(name, value)| entries(&format!("{key}.{name}"), value, origin)).collect()
        }
        value => vec![Entry { key: key.into(), value, origin: origin.into() }],
    }
}

/// The value that `text` stands for on a command line, given the default it replaces.
pub(super) fn value(text: &str, default: &Value) -> Value {
    let parsed = format!("v = {text}").parse::<Table>().ok().filter(|table| table.len() == 1);
    let parsed = parsed.and_then(|mut table| table.remove("v"));
    match (parsed, default) {
        (Some(Value::String(string)), _) => Value::String(string),
        // A bare word, and also `123` or `true` where a string belongs.
        (_, Value::String(_)) => Value::String(text.into()),
        (Some(value), _) => value,
        // Rust reads numbers that TOML does not: `.5`, `1.`, `007`.
        (None, Value::Float(_)) if text.parse::<f64>().is_ok() => Value::Float(text.parse().unwrap_or(f64::NAN)),
        (None, _) => Value::String(text.into()),
    }
}

fn walk(
    prefix: &str,
    spanned: &DeTable<'_>,
    mut table: Table,
    entries: &mut Vec<Entry>,
    origin: &dyn Fn(usize) -> String,
) {
    for (name, place) in spanned {
        let start = name.span().start;
        let name: &str = name.get_ref();
        let key = if prefix.is_empty() { name.to_string() } else { format!("{prefix}.{name}") };
        match (place.get_ref(), table.remove(name)) {
            (DeValue::Table(inner), Some(Value::Table(values))) if !inner.is_empty() => {
                walk(&key, inner, values, entries, origin);
            }
            (_, Some(value)) => entries.push(Entry { key, value, origin: origin(start) }),
            (_, None) => {}
        }
    }
}

/// `line:column` of a byte offset, both from 1, columns in characters.
fn place(text: &str, offset: usize) -> String {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.split('\n').count();
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    format!("{line}:{column}")
}
