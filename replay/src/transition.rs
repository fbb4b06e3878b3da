//! What goes into a replay: the sizes of a transition, and one step of all lanes.

use serde::{Deserialize, Serialize};

use crate::ReplayError;

/// Sizes of one transition, in numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shape {
    /// Numbers of an observation, at least 1.
    pub observation: usize,
    /// Numbers of an action, at least 1.
    pub action: usize,
    /// Numbers of the task (a skill z or a goal g) that the agent acted under; 0 if there is none.
    pub task: usize,
    /// Bytes of a frame, the picture that belongs to an observation; 0 if there are none.
    pub frame: usize,
}

/// One step of all lanes, struct of arrays, borrowed from the caller.
#[derive(Clone, Copy, Debug)]
pub struct Transitions<'a> {
    /// What the action answered, `[lanes, observation]`.
    pub observation: &'a [f32],
    /// `[lanes, action]`.
    pub action: &'a [f32],
    /// The skill or goal acted under, `[lanes, task]`.
    pub task: &'a [f32],
    /// Task reward, `[lanes]`.
    pub reward: &'a [f32],
    /// The episode ended by the task's own rule, `[lanes]`.
    pub terminated: &'a [bool],
    /// The episode was cut by the time limit, `[lanes]`.
    pub truncated: &'a [bool],
    /// What the action led to, `[lanes, observation]`: at the end of an episode its final observation, never the first
    /// one of the next episode.
    pub next_observation: &'a [f32],
    /// The picture of `observation`, `[lanes, frame]`; empty if there are none.
    pub frames: &'a [u8],
    /// The picture of `next_observation`, `[lanes, frame]`; empty if there are none.
    pub next_frames: &'a [u8],
    /// The lane's transition is not stored (diverged physics, a row that is a reset), `[lanes]`. An open episode of the
    /// lane is closed before it.
    pub skip: &'a [bool],
}

impl Transitions<'_> {
    pub(crate) fn check(&self, shape: Shape, lanes: usize) -> Result<(), ReplayError> {
        let lengths = [
            ("observation", self.observation.len(), lanes * shape.observation),
            ("action", self.action.len(), lanes * shape.action),
            ("task", self.task.len(), lanes * shape.task),
            ("reward", self.reward.len(), lanes),
            ("terminated", self.terminated.len(), lanes),
            ("truncated", self.truncated.len(), lanes),
            ("next_observation", self.next_observation.len(), lanes * shape.observation),
            ("frames", self.frames.len(), lanes * shape.frame),
            ("next_frames", self.next_frames.len(), lanes * shape.frame),
            ("skip", self.skip.len(), lanes),
        ];
        match lengths.into_iter().find(|(_, got, expected)| got != expected) {
            Some((buffer, got, expected)) => Err(ReplayError::Length { buffer, got, expected }),
            None => Ok(()),
        }
    }
}

/// Checks that an observation pushed in the midst of an episode is the one that the lane's last transition led to.
pub(crate) fn check_continuity(lane: usize, stored: &[f32], pushed: &[f32]) -> Result<(), ReplayError> {
    if bytemuck::cast_slice::<f32, u32>(stored) == bytemuck::cast_slice::<f32, u32>(pushed) {
        return Ok(());
    }
    let differs = |(got, expected): (&f32, &f32)| got != expected && got.to_bits() != expected.to_bits();
    match pushed.iter().zip(stored).position(differs) {
        Some(index) => Err(ReplayError::Discontinuity { lane, index, got: pushed[index], expected: stored[index] }),
        None => Ok(()),
    }
}
