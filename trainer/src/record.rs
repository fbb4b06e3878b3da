//! Metrics: one stream of records, `group/name` to number.

use std::collections::BTreeMap;

/// Metrics of one step or of a mean over steps, `group/name` in lower snake case to a number.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Record(pub BTreeMap<String, f64>);

impl Record {
    /// Sets `key` to `value`.
    pub fn set(&mut self, key: impl Into<String>, value: f64) {
        self.0.insert(key.into(), value);
    }

    /// The value of `key`.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<f64> {
        self.0.get(key).copied()
    }

    /// Takes over all entries of `other`.
    pub fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }
}
