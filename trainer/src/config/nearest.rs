//! The valid name most like a mistyped one.

use toml::{Table, Value};

/// The one of `names` most like `name`, by the whole name and by its last dotted part; `None` when there are none.
pub fn nearest<'a>(name: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let score = |candidate: &str| {
        strsim::jaro_winkler(name, candidate)
            + 2.0 * strsim::normalized_damerau_levenshtein(last(name), last(candidate))
    };
    // The first of equal candidates wins, so that the suggestion depends on the names alone.
    let scored = names.map(|candidate| (score(candidate), candidate));
    scored.reduce(|best, next| if next.0 > best.0 { next } else { best }).map(|best| best.1)
}

/// The full dotted key of `table` most like `key`; `None` for an empty table.
pub(super) fn key(table: &Table, key: &str) -> Option<String> {
    let mut keys = Vec::new();
    leaves("", table, &mut keys);
    nearest(key, keys.iter().map(String::as_str)).map(ToOwned::to_owned)
}

fn last(key: &str) -> &str {
    key.rsplit('.').next().unwrap_or(key)
}

fn leaves(prefix: &str, table: &Table, keys: &mut Vec<String>) {
    for (name, value) in table {
        let key = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
        match value {
            Value::Table(inner) if !inner.is_empty() => leaves(&key, inner, keys),
            _ => keys.push(key),
        }
    }
}
