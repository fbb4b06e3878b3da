//! The interface of an intrinsic objective.

use std::path::Path;

use burn::tensor::Tensor;
use freeroam_replay::dataset::GoalMixture;
use freeroam_replay::{Categories, Stream};
use freeroam_trainer::TrainerError;

use crate::{Batch, Steps, TaskLaw};

/// Metrics of one gradient step, still on the device: `group/name` and a `[1]` constant.
pub type Scalars = Vec<(&'static str, Tensor<1>)>;

/// Sizes of the vectors that an objective sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shapes {
    /// Numbers of an observation.
    pub observation: usize,
    /// Numbers of an action.
    pub action: usize,
    /// The first numbers of an observation, where they are categories, one-hot.
    pub categories: Option<Categories>,
}

/// A moment of an episode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// Steps taken.
    pub step: u32,
    /// Steps after which the time limit ends it.
    pub horizon: u32,
}

/// What is rewarded and learned besides the policy. Object-safe.
pub trait Objective: Send {
    /// The law of its tasks.
    fn tasks(&self) -> TaskLaw;

    /// Steps after which an episode goes on with another task; 0 where it keeps one to its end.
    fn task_steps(&self) -> u32 {
        0
    }

    /// Draws the task with which an episode begins or goes on, `[task]`: from the law, or as the moment asks for.
    fn draw_task(&self, _moment: Moment, stream: &mut Stream, out: &mut [f32]) {
        self.tasks().draw(stream, out);
    }

    /// Whether [`Objective::relabel`] gives every transition a task, so that data without tasks will do.
    fn relabels(&self) -> bool {
        false
    }

    /// The batch as it is learned from, by objective and agent: as it was collected, or under other tasks. Noise comes from
    /// `stream`.
    fn relabel(&self, batch: Batch, _stream: &mut Stream) -> Batch {
        batch
    }

    /// The goals that its batches come with; nothing where it needs none.
    fn goals(&self) -> Option<GoalMixture> {
        None
    }

    /// Moves the task of a lane, `[task]`, on by a step of its episode.
    fn advance(&self, _task: &mut [f32]) {}

    /// Takes the normalised observation that a step of a lane led to, `[observation]`, into the lane's task, `[task]`, where tasks
    /// are records of what has been seen. In training and in evaluation alike.
    fn see(&self, _task: &mut [f32], _arrived: &[f32]) {}

    /// Tasks for an evaluation with `count` rollouts, `[count, task]`; records are those of nothing.
    fn evaluation_tasks(&self, count: usize, stream: &mut Stream) -> Vec<f32> {
        let TaskLaw::Record(dim) = self.tasks() else { return self.tasks().for_evaluation(count, stream) };
        let mut tasks = vec![0.0; count * dim];
        let start = Moment { step: 0, horizon: 0 };
        tasks.chunks_exact_mut(dim).for_each(|task| self.draw_task(start, stream, task));
        tasks
    }

    /// Where it needs two policies, one to goals and one that explores, the discount of the first. Tasks are then
    /// [`TaskLaw::Goal`], and rewards `[B, 2]`.
    fn two_policies(&self) -> Option<f64> {
        None
    }

    /// Where it needs two policies of a kind that take turns, the place in a task of the number that says whose turn it is: above
    /// 0.5 that of the second.
    fn turns(&self) -> Option<usize> {
        None
    }

    /// Whether rewards are only known from the steps around them ([`Objective::settle`]), in whole episodes, so that it needs an
    /// agent that learns from its own rollouts.
    fn is_ordered(&self) -> bool {
        false
    }

    /// Makes what [`Objective::reward`] said of each of some steps what agents that learn from their own rollouts get for it; with
    /// metrics, `group/name` and a number.
    fn settle(&mut self, _steps: &mut Steps<'_>) -> Vec<(&'static str, f64)> {
        Vec::new()
    }

    /// Whether a transition is rewarded by `(phi(s') - phi(s))^T z`, `phi` being [`Objective::embed`]: discounted sums then telescope,
    /// so that the policy for `z` is the one for the reward `phi(s)^T z`, and a direction leads along a way.
    fn telescopes(&self) -> bool {
        false
    }

    /// The law of tasks under which its policy is fine-tuned for a reward of the world.
    fn fine_tuning(&self) -> TaskLaw {
        self.tasks()
    }

    /// Batches that it learns from, one gradient step each, for one gradient step of the agent, which gets the last of them.
    fn updates(&self) -> usize {
        1
    }

    /// One gradient step on its own networks. Noise comes from `stream`.
    fn update(&mut self, batch: &Batch, stream: &mut Stream) -> Scalars;

    /// Intrinsic reward of each transition under the current networks, `[B, 1]`, or `[B, 2]` for two policies; never stored.
    fn reward(&self, batch: &Batch) -> Tensor<2>;

    /// Where observations lie in the latent space, `[B, observation] -> [B, latent]`; nothing where the objective has no
    /// such space.
    fn embed(&self, _observation: Tensor<2>) -> Option<Tensor<2>> {
        None
    }

    /// Tasks that lead from an observation to a goal, both `[B, observation]`, or nothing where the objective cannot say.
    fn towards(&self, _observation: Tensor<2>, _goal: Tensor<2>) -> Option<Tensor<2>> {
        None
    }

    /// Writes its state into `dir`.
    ///
    /// # Errors
    /// When a file cannot be written.
    fn save(&self, dir: &Path) -> Result<(), TrainerError>;

    /// Restores what [`Objective::save`] wrote.
    ///
    /// # Errors
    /// When a file is missing or does not fit.
    fn load(&mut self, dir: &Path) -> Result<(), TrainerError>;
}
