//! Rollouts of a policy: what agents learn from that use their own experience once.

use burn::tensor::{Int, Tensor, TensorData};
use freeroam_envs::Stream;
use freeroam_objectives::{Batch, Scalars};
use freeroam_replay::Transitions;

use crate::Sight;

/// Steps of all lanes in the order of time, `row = step * lanes + lane`, in SI units.
#[derive(Clone, Debug, Default)]
pub(crate) struct Trace {
    /// Lanes.
    pub(crate) lanes: usize,
    /// `[rows, observation]`.
    pub(crate) observation: Vec<f32>,
    /// `[rows, action]`.
    pub(crate) action: Vec<f32>,
    /// `[rows, task]`.
    pub(crate) task: Vec<f32>,
    /// The world's own reward, `[rows]`.
    pub(crate) reward: Vec<f32>,
    /// What the action led to, at the end of an episode its final observation, `[rows, observation]`.
    pub(crate) next_observation: Vec<f32>,
    /// The episode ended by the task's own rule, `[rows]`.
    pub(crate) terminated: Vec<bool>,
    /// The episode ended, `[rows]`.
    pub(crate) ended: Vec<bool>,
    /// Nothing may be learned from the step, `[rows]`.
    pub(crate) skip: Vec<bool>,
    /// The latest frames at each observation, `[rows, stack, height, width, 3]`, where the agent trains what sees them.
    pub(crate) stacks: Vec<u8>,
}

impl Trace {
    /// Takes in a step of all lanes.
    pub(crate) fn push(&mut self, step: &Transitions<'_>) {
        self.lanes = step.reward.len();
        self.observation.extend_from_slice(step.observation);
        self.action.extend_from_slice(step.action);
        self.task.extend_from_slice(step.task);
        self.reward.extend_from_slice(step.reward);
        self.next_observation.extend_from_slice(step.next_observation);
        self.terminated.extend_from_slice(step.terminated);
        self.ended.extend(step.terminated.iter().zip(step.truncated).map(|(a, b)| *a || *b));
        self.skip.extend_from_slice(step.skip);
    }

    /// Steps of all lanes together.
    pub(crate) fn rows(&self) -> usize {
        self.reward.len()
    }
}

/// A trace as an agent learns from it: normalised, with what it is rewarded with.
#[derive(Clone)]
pub struct Experience {
    /// The transitions, `row = step * lanes + lane`; [`Batch::terminal`] is 1 where no value follows.
    pub batch: Batch,
    /// What is learned from, `[rows]`.
    pub reward: Vec<f32>,
    /// Lanes.
    pub lanes: usize,
    /// The episode ended with the step, `[rows]`.
    pub ended: Vec<bool>,
    /// The step is the agent's own, and to be learned from, `[rows]`.
    pub own: Vec<bool>,
    /// What it remembered of each lane's episode before the first step, `[lanes, memory]`.
    pub memory: Tensor<2>,
    /// The rows after which the trace does not go on although a value follows: time limits and the last step, ascending.
    pub cuts: Vec<usize>,
    /// The tasks under which episodes would have gone on there, `[cuts, task]`.
    pub cut_task: Tensor<2>,
}

/// What learns from its own rollouts. Object-safe.
pub trait OnPolicy {
    /// Learns from what it did under its current weights, which the experience is of. Noise comes from `stream`. Gives metrics and the
    /// number of gradient steps.
    ///
    /// With the sight of its rows, which only agents that [learn to see](crate::Agent::learns_to_see) are given, the loss trains the
    /// network that made the observations too.
    fn learn(&mut self, experience: &Experience, sight: Option<&mut Sight<'_>>, stream: &mut Stream) -> (Scalars, u64);
}

/// Rows `at` of a tensor.
pub(crate) fn pick(of: &Tensor<2>, at: &[usize]) -> Tensor<2> {
    let indices: Vec<i32> = at.iter().map(|&row| row as i32).collect();
    of.clone().select(0, Tensor::<1, Int>::from_data(TensorData::new(indices, [at.len()]), &of.device()))
}
