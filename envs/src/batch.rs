//! The buffers that a step of all lanes fills.

use serde::{Deserialize, Serialize};

/// Results of one step, struct of arrays, one row per lane. The caller owns it and reuses it.
///
/// An episode ends in the row where `terminated` or `truncated` is true, never both. What follows depends on
/// [`crate::Autoreset`]; the transition to learn from is always (observation before, action, `final_observation`).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct StepBatch {
    /// What the next action should answer, `[lanes, observation]`. With same-step autoreset this is already the first
    /// observation of the next episode where an episode ended.
    pub observation: Vec<f32>,
    /// The observation that the action led to, `[lanes, observation]`; differs from `observation` only where an
    /// episode ended under same-step autoreset.
    pub final_observation: Vec<f32>,
    /// Where the body of `observation` is, `[lanes, 2]`: x and y, metres, world frame, whether or not the observation shows
    /// them; y is 0 for bodies that move along a line.
    pub place: Vec<f32>,
    /// Where the body of `final_observation` is, `[lanes, 2]`; differs from `place` only where `final_observation` differs
    /// from `observation`.
    pub final_place: Vec<f32>,
    /// What the next action is asked to reach, `[lanes, observation]`: the first observation of the episode with x and y
    /// replaced by the goal. Like [`StepBatch::final_goal`] and [`StepBatch::success`], empty for lanes without goals
    /// ([`crate::LanesConfig::goals`]).
    pub goal: Vec<f32>,
    /// What the action was asked to reach, `[lanes, observation]`; differs from `goal` only where an episode ended under
    /// same-step autoreset.
    pub final_goal: Vec<f32>,
    /// `final_place` is within [`crate::Spec::goal_radius`] of the place of `final_goal`, `[lanes]`.
    /// False in rows that are resets or diverged.
    pub success: Vec<bool>,
    /// Task reward, `[lanes]`. With goals it is 1 where `success` is true, else 0, whatever the world's own.
    pub reward: Vec<f32>,
    /// The episode ended by the task's own rule, `[lanes]`.
    pub terminated: Vec<bool>,
    /// The episode was cut by the time limit or by diverged physics, `[lanes]`. False where `terminated` is true.
    pub truncated: Vec<bool>,
    /// The physics diverged and the lane must not be learned from at this step, `[lanes]`. The row is `truncated`, its
    /// reward zero, and `final_observation` repeats the last finite observation.
    pub diverged: Vec<bool>,
    /// This row is a reset, not the result of an action, `[lanes]`: after a call that resets, and where next-step
    /// autoreset spends a step on it. Both observations are the first of the new episode and the reward is zero.
    pub reset: Vec<bool>,
}

impl StepBatch {
    /// Buffers for `lanes` lanes without goals, of `observation` numbers each.
    #[must_use]
    pub fn new(lanes: usize, observation: usize) -> Self {
        Self {
            observation: vec![0.0; lanes * observation],
            final_observation: vec![0.0; lanes * observation],
            place: vec![0.0; lanes * 2],
            final_place: vec![0.0; lanes * 2],
            goal: Vec::new(),
            final_goal: Vec::new(),
            success: Vec::new(),
            reward: vec![0.0; lanes],
            terminated: vec![false; lanes],
            truncated: vec![false; lanes],
            diverged: vec![false; lanes],
            reset: vec![false; lanes],
        }
    }
    /// Buffers for `lanes` lanes with goals, of `observation` numbers each.
    #[must_use]
    pub fn with_goals(lanes: usize, observation: usize) -> Self {
        Self {
            goal: vec![0.0; lanes * observation],
            final_goal: vec![0.0; lanes * observation],
            success: vec![false; lanes],
            ..Self::new(lanes, observation)
        }
    }
}
