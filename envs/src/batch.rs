//! The buffers that a step of all lanes fills.

/// Results of one step, struct of arrays, one row per lane. The caller owns it and reuses it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StepBatch {
    /// What the next action should answer, `[lanes, observation]`. With same-step autoreset this is already the first
    /// observation of the next episode where an episode ended.
    pub observation: Vec<f32>,
    /// The observation that the action led to, `[lanes, observation]`; differs from `observation` only where an
    /// episode ended under same-step autoreset.
    pub final_observation: Vec<f32>,
    /// Task reward, `[lanes]`.
    pub reward: Vec<f32>,
    /// The episode ended by the task's own rule, `[lanes]`.
    pub terminated: Vec<bool>,
    /// The episode was cut by the time limit or by diverged physics, `[lanes]`.
    pub truncated: Vec<bool>,
    /// The physics diverged and the lane must not be learned from at this step, `[lanes]`.
    pub diverged: Vec<bool>,
    /// This row is a reset, not the result of an action (next-step autoreset), `[lanes]`.
    pub reset: Vec<bool>,
}

impl StepBatch {
    /// Buffers for `lanes` lanes of `observation` numbers each.
    #[must_use]
    pub fn new(lanes: usize, observation: usize) -> Self {
        Self {
            observation: vec![0.0; lanes * observation],
            final_observation: vec![0.0; lanes * observation],
            reward: vec![0.0; lanes],
            terminated: vec![false; lanes],
            truncated: vec![false; lanes],
            diverged: vec![false; lanes],
            reset: vec![false; lanes],
        }
    }
}
