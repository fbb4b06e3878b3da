//! Steps of lanes in the order of time.

/// Steps of some lanes, `row = step * lanes + lane`, as an agent that learns from its own rollouts collects them.
#[derive(Debug)]
pub struct Steps<'a> {
    /// Lanes.
    pub lanes: usize,
    /// Tasks under which each step was taken, `[steps * lanes, task]`.
    pub task: &'a [f32],
    /// Whether an episode ended with the step, `[steps * lanes]`.
    pub ended: &'a [bool],
    /// What each step is rewarded with, `[steps * lanes]`.
    pub reward: &'a mut [f32],
}

impl Steps<'_> {
    /// The task of a row.
    #[must_use]
    pub fn task(&self, row: usize) -> &[f32] {
        let width = self.task.len() / self.ended.len();
        &self.task[row * width..(row + 1) * width]
    }

    /// The rows of a lane, in the order of time.
    pub fn rows(&self, lane: usize) -> impl DoubleEndedIterator<Item = usize> + use<> {
        (lane..self.ended.len()).step_by(self.lanes)
    }
}
