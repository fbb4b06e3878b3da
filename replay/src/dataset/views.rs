//! A data set as OGBench's loader gives it: regular, with next observations, or compact, with the rows where none follows
//! marked.
//!
//! ```text
//!  rows of an episode   s0 a0    s1 a1    s2 a2    s3 ·
//!
//!  regular              observations s0 s1 s2     next_observations s1 s2 s3     actions a0 a1 a2     terminals 0 0 1
//!  compact              observations s0 s1 s2 s3                                 actions a0 a1 a2 ·   terminals 0 0 1 1
//!                                                                                                     valids    1 1 1 0
//! ```
//!
//! `terminals` says where episodes end, not where values do.

use super::{Columns, Dataset, Rows};

/// The transitions, one a row.
#[derive(Clone, Debug, PartialEq)]
pub struct Regular {
    /// `[transitions, observation]`.
    pub observations: Rows,
    /// `[transitions, action]`.
    pub actions: Rows,
    /// `[transitions, observation]`.
    pub next_observations: Rows,
    /// The last transition of an episode, `[transitions]`.
    pub terminals: Vec<bool>,
}

/// The rows as they are: the next observation of a row is that of the row after it, where it is valid.
#[derive(Clone, Debug, PartialEq)]
pub struct Compact<'a> {
    /// `[rows, observation]`.
    pub observations: &'a Rows,
    /// `[rows, action]`.
    pub actions: &'a Rows,
    /// A transition starts here, `[rows]`.
    pub valids: Vec<bool>,
    /// The last transition of an episode, or its last observation, `[rows]`.
    pub terminals: Vec<bool>,
}

impl Dataset {
    /// A copy of the transitions.
    #[must_use]
    pub fn regular(&self) -> Regular {
        let Columns { observations, actions, .. } = self.columns();
        let pick = |column: &Rows, ahead: usize| {
            let mut values = Vec::with_capacity(self.transitions() * column.width);
            for episode in 0..self.episodes() {
                let rows = self.episode(episode);
                let span = (rows.start + ahead) * column.width..(rows.end - 1 + ahead) * column.width;
                values.extend_from_slice(&column.values[span]);
            }
            Rows { width: column.width, values }
        };
        let mut terminals = vec![false; self.transitions()];
        let mut end = 0;
        for episode in 0..self.episodes() {
            let length = self.episode(episode).len() - 1;
            end += length;
            if length > 0 {
                terminals[end - 1] = true;
            }
        }
        Regular {
            observations: pick(observations, 0),
            actions: pick(actions, 0),
            next_observations: pick(observations, 1),
            terminals,
        }
    }

    /// The rows, and which of them are transitions.
    #[must_use]
    pub fn compact(&self) -> Compact<'_> {
        let Columns { observations, actions, .. } = self.columns();
        let (mut valids, mut terminals) = (vec![true; self.rows()], vec![false; self.rows()]);
        for episode in 0..self.episodes() {
            let rows = self.episode(episode);
            valids[rows.end - 1] = false;
            terminals[rows.end.saturating_sub(2).max(rows.start)..rows.end].fill(true);
        }
        Compact { observations, actions, valids, terminals }
    }
}
