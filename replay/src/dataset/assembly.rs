//! Rows from transitions.

use std::collections::BTreeMap;

use super::{Columns, Dataset, Rows, TASKS};
use crate::Shape;

/// Columns that grow by one transition at a time.
#[derive(Clone, Debug)]
pub(crate) struct Assembly {
    shape: Shape,
    observations: Vec<f32>,
    actions: Vec<f32>,
    tasks: Vec<f32>,
    rewards: Vec<f32>,
    terminated: Vec<bool>,
    truncated: Vec<bool>,
    starts: Vec<usize>,
    /// Whether the last row is a transition.
    open: bool,
}

impl Assembly {
    pub(crate) fn new(shape: Shape) -> Self {
        Self {
            shape,
            observations: Vec::new(),
            actions: Vec::new(),
            tasks: Vec::new(),
            rewards: Vec::new(),
            terminated: Vec::new(),
            truncated: Vec::new(),
            starts: Vec::new(),
            open: false,
        }
    }

    /// A transition of the open episode, or of a new one; `flags` are terminated and truncated.
    pub(crate) fn transition(
        &mut self,
        observation: &[f32],
        action: &[f32],
        task: &[f32],
        reward: f32,
        flags: [bool; 2],
    ) {
        if !self.open {
            self.starts.push(self.rewards.len());
        }
        self.open = true;
        self.observations.extend_from_slice(observation);
        self.actions.extend_from_slice(action);
        self.tasks.extend_from_slice(task);
        self.rewards.push(reward);
        self.terminated.push(flags[0]);
        self.truncated.push(flags[1]);
    }

    /// Ends the open episode, if any, with the observation that its last transition led to. An episode that did not end
    /// by itself is truncated there.
    pub(crate) fn end(&mut self, observation: &[f32]) {
        if !self.open {
            return;
        }
        let last = self.rewards.len() - 1;
        self.truncated[last] |= !self.terminated[last];
        self.observations.extend_from_slice(observation);
        self.actions.resize(self.actions.len() + self.shape.action, 0.0);
        self.tasks.resize(self.tasks.len() + self.shape.task, 0.0);
        self.rewards.push(0.0);
        self.terminated.push(false);
        self.truncated.push(false);
        self.open = false;
    }

    /// Moves the episodes of `other` behind those that are here; all of both have ended.
    pub(crate) fn append(&mut self, other: &mut Self) {
        let rows = self.rewards.len();
        self.starts.extend(other.starts.drain(..).map(|start| rows + start));
        self.observations.append(&mut other.observations);
        self.actions.append(&mut other.actions);
        self.tasks.append(&mut other.tasks);
        self.rewards.append(&mut other.rewards);
        self.terminated.append(&mut other.terminated);
        self.truncated.append(&mut other.truncated);
    }

    /// The data set; all episodes have ended.
    pub(crate) fn finish(self) -> Dataset {
        let Shape { observation, action, task, .. } = self.shape;
        let tasks = (task > 0).then(|| (TASKS.to_owned(), Rows { width: task, values: self.tasks }));
        Dataset::new(Columns {
            observations: Rows { width: observation, values: self.observations },
            actions: Rows { width: action, values: self.actions },
            rewards: Some(self.rewards),
            terminated: self.terminated,
            truncated: self.truncated,
            starts: self.starts,
            extras: BTreeMap::from_iter(tasks),
        })
        .expect("every row has a number for every column")
    }
}
