//! The interface of an intrinsic objective.

use std::path::Path;

use burn::tensor::Tensor;
use freeroam_replay::Stream;
use freeroam_trainer::TrainerError;

use crate::{Batch, TaskLaw};

/// Metrics of one gradient step, still on the device: `group/name` and a `[1]` constant.
pub type Scalars = Vec<(&'static str, Tensor<1>)>;

/// What is rewarded and learned besides the policy. Object-safe.
pub trait Objective: Send {
    /// The law of its tasks.
    fn tasks(&self) -> TaskLaw;

    /// One gradient step on its own networks. Noise comes from `stream`.
    fn update(&mut self, batch: &Batch, stream: &mut Stream) -> Scalars;

    /// Intrinsic reward of each transition under the current networks, `[B, 1]`; never stored.
    fn reward(&self, batch: &Batch) -> Tensor<2>;

    /// Where observations lie in the latent space, `[B, observation] -> [B, latent]`; nothing where the objective has no
    /// such space.
    fn embed(&self, observation: Tensor<2>) -> Option<Tensor<2>>;

    /// Tasks that lead from `observation` to `goal`, both `[B, observation]`, or nothing where the objective cannot say.
    fn towards(&self, observation: Tensor<2>, goal: Tensor<2>) -> Option<Tensor<2>>;

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
