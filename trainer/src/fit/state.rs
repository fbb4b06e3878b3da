//! What the loop carries from one session to the next.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::number::Number;
use crate::{Progress, Record};

/// The state of the loop at a checkpoint.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct LoopState {
    pub(crate) progress: Progress,
    /// Length of `metrics.jsonl`.
    pub(crate) metrics_bytes: u64,
    /// Clock of the last evaluation.
    pub(crate) evaluated_at: Option<u64>,
    /// Seconds spent on the run.
    pub(crate) wall_s: f64,
    /// Sum and count of each metric since the last log line.
    pub(crate) sums: BTreeMap<String, (Number, u64)>,
}

impl LoopState {
    /// Adds the metrics of one step.
    pub(crate) fn add(&mut self, record: &Record) {
        for (key, value) in &record.0 {
            let (sum, count) = self.sums.entry(key.clone()).or_insert((Number(0.0), 0));
            sum.0 += value;
            *count += 1;
        }
    }

    /// The mean of each metric over the steps that had it, `None` when there are no metrics; starts anew.
    pub(crate) fn take_means(&mut self) -> Option<Record> {
        let sums = std::mem::take(&mut self.sums);
        let means = sums.into_iter().map(|(key, (sum, count))| (key, sum.0 / count as f64));
        Some(Record(means.collect())).filter(|record| !record.0.is_empty())
    }
}
