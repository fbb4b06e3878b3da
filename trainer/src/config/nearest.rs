//! The valid key most like a mistyped one.

use toml::{Table, Value};

/// The full dotted key of `table` most like `key`, by the whole name and by its last part; `None` for an empty table.
pub(super) fn key(table: &Table, key: &str) -> Option<String> {
    let score = |candidate: &str| {
        strsim::jaro_winkler(key, candidate) + 2.0 * strsim::normalized_damerau_levenshtein(last(key), last(candidate))
    };
    let mut keys = Vec::new();
    leaves("", table, &mut keys);
    // The first of equal candidates wins, so that the suggestion does not depend on anything but the keys.
    keys.into_iter()
        .map(|candidate| (score(&candidate), candidate))
        .reduce(|a, b| if b.0 > a.0 { b } else { a })
        .map(|best| best.1)
}

fn last(key: &str) -> &str {
    key.rsplit('.').next().unwrap_or(key)
}

fn leaves(prefix: &str, table: &Table, keys: &mut Vec<String>) {
    for (name, value) in table {
        let key = if prefix.is_empty() {
            name.clone()
        } else {
            format!("{prefix}.{name}")
        };
        match value {
            Value::Table(inner) if !inner.is_empty() => leaves(&key, inner, keys),
            _ => keys.push(key),
        }
    }
}
