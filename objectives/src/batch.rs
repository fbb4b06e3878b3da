//! Transitions as tensors on the plain device.

use burn::tensor::Tensor;

/// A batch of `B` transitions. Observations are normalised; all tensors are constants.
#[derive(Clone, Debug)]
pub struct Batch {
    /// `s`, `[B, observation]`.
    pub observation: Tensor<2>,
    /// `a` in `[-1, 1]`, `[B, action]`.
    pub action: Tensor<2>,
    /// `s'`, `[B, observation]`.
    pub next_observation: Tensor<2>,
    /// Skill `z` or goal `g` under which the transition was collected, `[B, task]`.
    pub task: Tensor<2>,
    /// 1 where no value follows `s'`, else 0, `[B, 1]`.
    pub terminal: Tensor<2>,
}

impl Batch {
    /// Number of transitions `B`.
    #[must_use]
    pub fn size(&self) -> usize {
        self.observation.dims()[0]
    }
}
