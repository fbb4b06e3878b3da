//! What comes out of a replay: a batch of transitions.

use crate::Shape;

/// Sampled transitions, struct of arrays. The caller owns it and reuses it: every sampler resizes the columns, which
/// allocates only while they grow. `n` below is `size * length`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Batch {
    /// Transitions (or segments) to sample, at least 1; the samplers read it.
    pub size: usize,
    /// Transitions of a segment; the samplers write it, 1 except by [`Replay::sample_segments`].
    ///
    /// [`Replay::sample_segments`]: crate::Replay::sample_segments
    pub length: usize,
    /// Frames of a stack, at least 1; the samplers read it where the replay has frames.
    pub stack: usize,
    /// `[size, length, observation]`.
    pub observation: Vec<f32>,
    /// `[size, length, action]`.
    pub action: Vec<f32>,
    /// `[size, length, task]`.
    pub task: Vec<f32>,
    /// `[size, length]`. Of a window of steps ([`Replay::sample_returns`]), their discounted sum.
    ///
    /// [`Replay::sample_returns`]: crate::Replay::sample_returns
    pub reward: Vec<f32>,
    /// What a value at the next observation counts for, `discount^steps` of the window, `[size]`; empty unless
    /// [`Replay::sample_returns`] filled it.
    ///
    /// [`Replay::sample_returns`]: crate::Replay::sample_returns
    pub discount: Vec<f32>,
    /// 1 where the transition ended its episode by the task's own rule, else 0, `[size, length]`.
    pub terminated: Vec<f32>,
    /// 1 where the transition ended its episode by termination or by the time limit, else 0, `[size, length]`.
    pub last: Vec<f32>,
    /// `[size, length, observation]`.
    pub next_observation: Vec<f32>,
    /// The frames of each segment, each of them once, `[size, stack + length, frame]`, oldest first: the stack of an
    /// observation is `stack` of them in a row, that of the next observation begins one later ([`Batch::frame_stack`]).
    /// Before the start of an episode its first frame is repeated. Empty if the replay has no frames.
    pub frames: Vec<u8>,
    /// The stacks of frames of the next observations, `[size, stack, frame]`, oldest first; empty unless
    /// [`Replay::sample_returns`] filled it with those of the ends of windows of several steps.
    ///
    /// [`Replay::sample_returns`]: crate::Replay::sample_returns
    pub next_frames: Vec<u8>,
    /// A later observation of the same episode, or what [`Replay::draw_goals`] drew, `[size, observation]`; empty unless one of
    /// these filled it.
    ///
    /// [`Replay::draw_goals`]: crate::Replay::draw_goals
    pub goal: Vec<f32>,
    /// Steps from the observation to the goal, `[size]`: at least 1 from the hindsight samplers; empty unless `goal` is filled.
    pub goal_steps: Vec<u32>,
    /// The stack of frames of the goal, `[size, stack, frame]`, oldest first; empty unless `goal` is filled and the replay has
    /// frames.
    pub goal_frames: Vec<u8>,
    /// Rows to gather, kept so that sampling allocates nothing.
    pub(crate) picks: Vec<Pick>,
    /// Rows of goals to gather.
    pub(crate) goal_rows: Vec<usize>,
    /// Rows of frames to gather, and of frames of goals.
    pub(crate) frame_rows: Vec<usize>,
    pub(crate) goal_frame_rows: Vec<usize>,
    /// First row of each lane when rows of all lanes are counted through.
    pub(crate) lane_starts: Vec<usize>,
}

/// The rows of one transition.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Pick {
    pub(crate) lane: usize,
    pub(crate) slot: usize,
    pub(crate) row: usize,
    pub(crate) next: usize,
}

impl Batch {
    /// An empty batch that samplers fill with `size` transitions.
    #[must_use]
    pub fn new(size: usize) -> Self {
        Self { size, stack: 1, ..Self::default() }
    }

    /// An empty batch that samplers fill with `size` transitions, each with stacks of `stack` frames.
    #[must_use]
    pub fn with_stacks(size: usize, stack: usize) -> Self {
        Self { stack, ..Self::new(size) }
    }

    /// The stack of frames of observation `step` of a segment, `[stack, frame]`, oldest first. Step `length` is the next
    /// observation of the segment's last transition.
    ///
    /// # Panics
    /// If there is no such segment or step, or no frames.
    #[must_use]
    pub fn frame_stack(&self, segment: usize, step: usize) -> &[u8] {
        assert!(segment < self.size && step <= self.length, "segment {segment}, step {step}");
        let count = self.stack + self.length;
        let bytes = self.frames.len() / (self.size * count);
        &self.frames[(segment * count + step) * bytes..][..self.stack * bytes]
    }

    /// The stacks of frames of the observations of transitions, `[size, stack, frame]`, oldest first.
    ///
    /// # Panics
    /// If there are no frames.
    #[must_use]
    pub fn stacks(&self) -> Vec<u8> {
        (0..self.size).flat_map(|row| self.frame_stack(row, 0)).copied().collect()
    }

    /// The stacks of frames of the next observations of transitions or windows, `[size, stack, frame]`, oldest first.
    ///
    /// # Panics
    /// If there are no frames.
    #[must_use]
    pub fn next_stacks(&self) -> Vec<u8> {
        if self.next_frames.is_empty() {
            return (0..self.size).flat_map(|row| self.frame_stack(row, self.length)).copied().collect();
        }
        self.next_frames.clone()
    }

    /// Sizes the columns of transitions for the picks and those of goals for the goal rows.
    pub(crate) fn resize(&mut self, shape: Shape) {
        let n = self.picks.len();
        self.observation.resize(n * shape.observation, 0.0);
        self.action.resize(n * shape.action, 0.0);
        self.task.resize(n * shape.task, 0.0);
        self.reward.resize(n, 0.0);
        self.terminated.resize(n, 0.0);
        self.last.resize(n, 0.0);
        self.next_observation.resize(n * shape.observation, 0.0);
        self.goal.resize(self.goal_rows.len() * shape.observation, 0.0);
        self.frames.resize(self.frame_rows.len() * shape.frame, 0);
        self.goal_frames.resize(self.goal_frame_rows.len() * shape.frame, 0);
    }
}
