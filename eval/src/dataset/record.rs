//! The columns of episodes while they are made.

use std::collections::BTreeMap;

use freeroam_envs::Env;
use freeroam_replay::dataset::{Columns, Dataset, DatasetError, Rows, TASKS};

/// The extra column of the goals that were pursued (x, y, metres).
pub const GOALS: &str = "goals";

/// Numbers of a row, by column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Widths {
    pub(super) observation: usize,
    pub(super) action: usize,
    /// 2, or 0 where no goals are pursued.
    pub(super) goal: usize,
    /// 0 without headings or skills.
    pub(super) task: usize,
}

/// Episodes, one behind the other.
pub(super) struct Record {
    widths: Widths,
    observations: Vec<f32>,
    actions: Vec<f32>,
    goals: Vec<f32>,
    tasks: Vec<f32>,
    qpos: Vec<f32>,
    qvel: Vec<f32>,
    rewards: Vec<f32>,
    terminated: Vec<bool>,
    truncated: Vec<bool>,
    starts: Vec<usize>,
}

/// What a transition did.
pub(super) struct Deed<'a> {
    pub(super) action: &'a [f32],
    /// As wide as [`Widths::goal`].
    pub(super) goal: &'a [f32],
    /// As wide as [`Widths::task`].
    pub(super) task: &'a [f32],
    pub(super) reward: f32,
    pub(super) terminated: bool,
}

impl Record {
    /// An empty record with room for `rows` rows.
    pub(super) fn new(widths: Widths, rows: usize) -> Self {
        Self {
            widths,
            observations: Vec::with_capacity(rows * widths.observation),
            actions: Vec::with_capacity(rows * widths.action),
            goals: Vec::with_capacity(rows * widths.goal),
            tasks: Vec::with_capacity(rows * widths.task),
            qpos: Vec::new(),
            qvel: Vec::new(),
            rewards: Vec::with_capacity(rows),
            terminated: Vec::with_capacity(rows),
            truncated: Vec::with_capacity(rows),
            starts: Vec::new(),
        }
    }

    /// Forgets all rows; an episode begins.
    pub(super) fn begin(&mut self) {
        let Self { observations, actions, goals, tasks, qpos, qvel, rewards, terminated, truncated, .. } = self;
        for column in [observations, actions, goals, tasks, qpos, qvel, rewards] {
            column.clear();
        }
        terminated.clear();
        truncated.clear();
        self.starts = vec![0];
    }

    /// The state that a row begins with. A [`deed`](Self::deed) completes the row, or the [`end`](Self::end).
    pub(super) fn state(&mut self, observation: &[f32], env: &dyn Env) {
        self.observations.extend_from_slice(observation);
        env.coordinates(&mut self.qpos, &mut self.qvel);
    }

    /// What was done there.
    pub(super) fn deed(&mut self, deed: &Deed<'_>) {
        self.actions.extend_from_slice(deed.action);
        self.goals.extend_from_slice(deed.goal);
        self.tasks.extend_from_slice(deed.task);
        self.rewards.push(deed.reward);
        self.terminated.push(deed.terminated);
        self.truncated.push(false);
    }

    /// Completes the last row, where nothing was done. An episode without a transition is forgotten.
    pub(super) fn end(&mut self) {
        let Widths { action, goal, task, .. } = self.widths;
        let Some(last) = self.terminated.len().checked_sub(1) else {
            self.begin();
            self.starts.clear();
            return;
        };
        self.truncated[last] = !self.terminated[last];
        let rows = self.terminated.len() + 1;
        self.actions.resize(rows * action, 0.0);
        self.goals.resize(rows * goal, 0.0);
        self.tasks.resize(rows * task, 0.0);
        self.rewards.push(0.0);
        self.terminated.push(false);
        self.truncated.push(false);
    }

    /// Puts the episodes of `other` behind those that are here.
    pub(super) fn append(&mut self, other: &Self) {
        let rows = self.terminated.len();
        self.starts.extend(other.starts.iter().map(|start| rows + start));
        for (column, more) in [
            (&mut self.observations, &other.observations),
            (&mut self.actions, &other.actions),
            (&mut self.goals, &other.goals),
            (&mut self.tasks, &other.tasks),
            (&mut self.qpos, &other.qpos),
            (&mut self.qvel, &other.qvel),
            (&mut self.rewards, &other.rewards),
        ] {
            column.extend_from_slice(more);
        }
        self.terminated.extend_from_slice(&other.terminated);
        self.truncated.extend_from_slice(&other.truncated);
    }

    /// The data set; all episodes have ended.
    ///
    /// # Errors
    /// [`DatasetError::Column`] where a world tells `qpos` or `qvel` in some states only.
    pub(super) fn into_dataset(self) -> Result<Dataset, DatasetError> {
        let Widths { observation, action, goal, task } = self.widths;
        let rows = self.terminated.len().max(1);
        let (nq, nv) = (self.qpos.len() / rows, self.qvel.len() / rows);
        let extras =
            [("qpos", nq, self.qpos), ("qvel", nv, self.qvel), (GOALS, goal, self.goals), (TASKS, task, self.tasks)];
        let extras = extras.into_iter().filter(|(_, width, values)| *width > 0 || !values.is_empty());
        Dataset::new(Columns {
            observations: Rows { width: observation, values: self.observations },
            actions: Rows { width: action, values: self.actions },
            rewards: Some(self.rewards),
            terminated: self.terminated,
            truncated: self.truncated,
            starts: self.starts,
            extras: extras
                .map(|(name, width, values)| (name.to_owned(), Rows { width, values }))
                .collect::<BTreeMap<_, _>>(),
        })
    }
}
