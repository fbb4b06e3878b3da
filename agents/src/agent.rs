//! The interface of an agent.

use std::path::Path;

use burn::tensor::{Device, Tensor};
use freeroam_objectives::{Batch, Scalars};
use freeroam_replay::Stream;
use freeroam_trainer::TrainerError;
use freeroam_trainer::nn::Mlp;

use crate::{Sac, SacConfig, Uniform};

/// How an agent picks actions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// As it explores: draws from its policy.
    Explore,
    /// As it is evaluated: the policy's mode.
    Mode,
}

/// What learns to act. Object-safe.
pub trait Agent: Send {
    /// Actions in `[-1, 1]` for normalised observations and tasks: `[B, observation]`, `[B, task]` to `[B, action]`.
    /// Noise comes from `stream`.
    fn act(&self, observation: Tensor<2>, task: Tensor<2>, act: Act, stream: &mut Stream) -> Tensor<2>;

    /// One gradient step on `batch` with `reward`, `[B, 1]`. Noise comes from `stream`.
    fn update(&mut self, batch: &Batch, reward: Tensor<2>, stream: &mut Stream) -> Scalars;

    /// The network that acts, for other programs: from normalised observation and task, side by side, to twice the action,
    /// whose first half through tanh is the mode; nothing where there is none.
    fn actor(&self) -> Option<Mlp>;

    /// Writes its state into `dir`.
    ///
    /// # Errors
    /// When a file cannot be written.
    fn save(&self, dir: &Path) -> Result<(), TrainerError>;

    /// Restores what [`Agent::save`] wrote.
    ///
    /// # Errors
    /// When a file is missing or does not fit.
    fn load(&mut self, dir: &Path) -> Result<(), TrainerError>;
}

/// Sizes of the vectors an agent works with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sizes {
    /// Numbers of an observation.
    pub observation: usize,
    /// Numbers of a task.
    pub task: usize,
    /// Numbers of an action.
    pub action: usize,
}

/// Names and one-line descriptions of all agents.
#[must_use]
pub fn agents() -> &'static [(&'static str, &'static str)] {
    &[("sac", "soft actor-critic with twin critics and a learned temperature"), ("uniform", "uniform random actions")]
}

/// Makes the agent `name`, with weights from `stream`, on the plain `device`; nothing when there is none of that name.
#[must_use]
pub fn agent(
    name: &str,
    sac: &SacConfig,
    sizes: Sizes,
    stream: &mut Stream,
    device: &Device,
) -> Option<Box<dyn Agent>> {
    Some(match name {
        "sac" => Box::new(Sac::new(sac, sizes, stream, device)),
        "uniform" => Box::new(Uniform::new(sizes.action, device)),
        _ => return None,
    })
}
