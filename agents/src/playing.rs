//! A policy under way in episodes that began together.

use freeroam_replay::Stream;

use crate::{Act, Policy};

/// Acts in an episode per row, for evaluation: keeps what tasks record, and what the agent remembers.
pub struct Playing<'a> {
    policy: &'a Policy,
    /// Task of each row, `[rows, task]`.
    tasks: Vec<f32>,
    /// What is remembered of each row's episode, `[rows, memory]`.
    memory: Vec<f32>,
    begun: bool,
}

impl<'a> Playing<'a> {
    /// Of `rows` episodes under `tasks`, `[rows, task]`.
    #[must_use]
    pub fn new(policy: &'a Policy, tasks: Vec<f32>, rows: usize) -> Self {
        Self { policy, tasks, memory: vec![0.0; rows * policy.memory()], begun: false }
    }

    /// Actions in `[-1, 1]`, `[rows, action]`, for raw observations `[rows, observation]` (rows of [`Policy::observation`]
    /// numbers), which the actions before have led to.
    pub fn act(&mut self, observations: &[f32], act: Act, stream: &mut Stream) -> Vec<f32> {
        if self.begun {
            self.policy.see(&mut self.tasks, observations);
        }
        self.begun = true;
        self.policy.act_on(observations, &self.tasks, &mut self.memory, act, stream)
    }

    /// As [`Playing::act`], under other tasks from now on.
    pub fn act_under(&mut self, tasks: Vec<f32>, observations: &[f32], act: Act, stream: &mut Stream) -> Vec<f32> {
        self.tasks = tasks;
        self.begun = false;
        self.act(observations, act, stream)
    }
}
