//! The columns of a data set, and what holds of them.

use std::collections::BTreeMap;
use std::ops::Range;

use super::DatasetError;

/// Names that extra columns cannot have, because a format has an array of that name with a meaning of its own.
const RESERVED: [&str; 10] = [
    "observations",
    "actions",
    "rewards",
    "terminals",
    "terminated",
    "truncated",
    "starts",
    "masks",
    "valids",
    "next_observations",
];

/// Numbers in rows of equal width.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rows {
    /// Numbers of a row, at least 1.
    pub width: usize,
    /// `[rows, width]`.
    pub values: Vec<f32>,
}

/// The columns of a [`Dataset`], not checked; `rows` below counts transitions and final observations of all episodes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Columns {
    /// `[rows, observation]`.
    pub observations: Rows,
    /// What the policy did there, `[rows, action]`.
    pub actions: Rows,
    /// Rewards of the transitions, `[rows]`; `None` where the source has none.
    pub rewards: Option<Vec<f32>>,
    /// The transition ended its episode by the task's own rule: no value follows from its next observation. `[rows]`.
    pub terminated: Vec<bool>,
    /// The transition ended its episode in any other way, be it that the recording stopped, `[rows]`.
    pub truncated: Vec<bool>,
    /// First row of each episode: 0, then ascending.
    pub starts: Vec<usize>,
    /// Further columns by name, e.g. `qpos`, `qvel` or [`TASKS`](super::TASKS).
    pub extras: BTreeMap<String, Rows>,
}

impl Columns {
    /// Puts the rows of `more` behind those that are here. Extra columns that one of both lacks are dropped.
    ///
    /// # Errors
    /// The name of a column whose width differs, and its widths here and in `more`; some columns are then longer than
    /// others.
    pub(crate) fn append(&mut self, mut more: Self) -> Result<(), (String, usize, usize)> {
        let before = self.terminated.len();
        join("observations", &mut self.observations, more.observations)?;
        join("actions", &mut self.actions, more.actions)?;
        self.extras.retain(|name, _| more.extras.contains_key(name));
        for (name, column) in &mut self.extras {
            join(name, column, more.extras.remove(name).unwrap_or_default())?;
        }
        self.rewards = self.rewards.take().zip(more.rewards).map(|(mut rewards, mut more)| {
            rewards.append(&mut more);
            rewards
        });
        self.terminated.append(&mut more.terminated);
        self.truncated.append(&mut more.truncated);
        self.starts.extend(more.starts.iter().map(|start| before + start));
        Ok(())
    }
}

fn join(name: &str, into: &mut Rows, mut from: Rows) -> Result<(), (String, usize, usize)> {
    if into.width != from.width {
        return Err((name.to_owned(), into.width, from.width));
    }
    into.values.append(&mut from.values);
    Ok(())
}

/// Trajectories in columns. The layout of the rows is drawn in the [module](super)'s documentation.
#[derive(Clone, Debug, PartialEq)]
pub struct Dataset(Columns);

impl Dataset {
    /// A data set of columns that fit each other.
    ///
    /// # Errors
    /// [`DatasetError::Column`] for a column with a wrong number of elements, starts that do not ascend from 0, or an
    /// extra column that has the name of another.
    pub fn new(columns: Columns) -> Result<Self, DatasetError> {
        let wrong = |column: &str, got: String, expected: String| {
            Err(DatasetError::Column { column: column.to_owned(), got, expected })
        };
        let rows = columns.terminated.len();
        let named = [("observations", &columns.observations), ("actions", &columns.actions)];
        let extras = columns.extras.iter().map(|(name, column)| (name.as_str(), column));
        for (name, Rows { width, values }) in named.into_iter().chain(extras) {
            if *width == 0 {
                return wrong(name, "0 numbers in a row".into(), "at least 1".into());
            }
            if rows.checked_mul(*width) != Some(values.len()) {
                let got = format!("{} numbers in rows of {width}", values.len());
                return wrong(name, got, format!("{rows} rows, as in `terminated`"));
            }
        }
        let rewards = columns.rewards.as_ref().map_or(rows, Vec::len);
        for (name, got) in [("rewards", rewards), ("truncated", columns.truncated.len())] {
            if got != rows {
                return wrong(name, format!("{got} rows"), format!("{rows}, as in `terminated`"));
            }
        }
        for (episode, &start) in columns.starts.iter().enumerate() {
            let before = episode.checked_sub(1).map(|before| columns.starts[before]);
            if before.map_or(start != 0, |before| start <= before) || start >= rows {
                let got = format!("episode {episode} starts at row {start}");
                return wrong("starts", got, format!("0 for the first, then ascending, below the {rows} rows"));
            }
        }
        if columns.starts.is_empty() && rows > 0 {
            return wrong("starts", "no episode".into(), format!("at least one for {rows} rows"));
        }
        match columns.extras.keys().find(|name| name.is_empty() || RESERVED.contains(&name.as_str())) {
            Some(name) => wrong(name, "an extra column of that name".into(), "a name that no other column has".into()),
            None => Ok(Self(columns)),
        }
    }

    /// The columns.
    #[must_use]
    pub const fn columns(&self) -> &Columns {
        &self.0
    }

    /// The columns, for keeps.
    #[must_use]
    pub fn into_columns(self) -> Columns {
        self.0
    }

    /// Rows: transitions and final observations.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.0.terminated.len()
    }

    /// Episodes.
    #[must_use]
    pub fn episodes(&self) -> usize {
        self.0.starts.len()
    }

    /// Transitions of all episodes.
    #[must_use]
    pub fn transitions(&self) -> usize {
        self.rows() - self.episodes()
    }

    /// The rows of an episode, that of its final observation included.
    ///
    /// # Panics
    /// If there is no such episode.
    #[must_use]
    pub fn episode(&self, index: usize) -> Range<usize> {
        let end = self.0.starts.get(index + 1).copied().unwrap_or(self.rows());
        self.0.starts[index]..end
    }
}

/// Whether extra columns may not have this name.
pub(crate) fn is_reserved(name: &str) -> bool {
    RESERVED.contains(&name)
}

impl Rows {
    /// A row.
    pub(crate) fn row(&self, index: usize) -> &[f32] {
        &self.values[index * self.width..][..self.width]
    }
}
