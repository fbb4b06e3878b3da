//! Transitions as tensors on the plain device.

use burn::tensor::Tensor;

/// A batch of `B` transitions, each over one step or, where the agent asks for it, over a window of a few. Observations are
/// normalised; all tensors are constants.
#[derive(Clone, Debug)]
pub struct Batch {
    /// `s`, `[B, observation]`.
    pub observation: Tensor<2>,
    /// `a` in `[-1, 1]`, the first action of the window, `[B, action]`.
    pub action: Tensor<2>,
    /// `s'`, at the end of the window, `[B, observation]`.
    pub next_observation: Tensor<2>,
    /// Skill `z` or goal `g` under which the transition was collected, `[B, task]`.
    pub task: Tensor<2>,
    /// The task at `s'`, `[B, task]`, where tasks are records that take it in; else it is that of the transition.
    pub next_task: Option<Tensor<2>>,
    /// The world's own reward, summed over the window with the agent's discount, `[B, 1]`.
    pub reward: Tensor<2>,
    /// What a value at `s'` counts for where one follows: the agent's discount to the power of the window's steps, `[B, 1]`.
    pub discount: Tensor<2>,
    /// 1 where no value follows `s'`, else 0, `[B, 1]`.
    pub terminal: Tensor<2>,
    /// Goals, where the objective asks for them ([`Objective::goals`](crate::Objective::goals)).
    pub goals: Option<Goals>,
}

/// A goal for each of `B` transitions.
#[derive(Clone, Debug)]
pub struct Goals {
    /// `g`, `[B, observation]`.
    pub observation: Tensor<2>,
    /// 1 where `g` is `s` itself, the same row of the data, else 0, `[B, 1]`.
    pub reached: Tensor<2>,
}

impl Batch {
    /// Single steps without a reward of the world, none of them terminal, undiscounted.
    #[must_use]
    pub fn of_steps(observation: Tensor<2>, action: Tensor<2>, next_observation: Tensor<2>, task: Tensor<2>) -> Self {
        let zeros = Tensor::zeros([observation.dims()[0], 1], &observation.device());
        Self {
            observation,
            action,
            next_observation,
            task,
            next_task: None,
            reward: zeros.clone(),
            discount: zeros.ones_like(),
            terminal: zeros,
            goals: None,
        }
    }

    /// What a policy sees at `s'`: the observation and the task there, `[B, observation + task]`.
    #[must_use]
    pub fn next_input(&self) -> Tensor<2> {
        let task = self.next_task.as_ref().unwrap_or(&self.task);
        Tensor::cat(vec![self.next_observation.clone(), task.clone()], 1)
    }

    /// Number of transitions `B`.
    #[must_use]
    pub fn size(&self) -> usize {
        self.observation.dims()[0]
    }
}
