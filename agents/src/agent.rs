//! The interface of an agent.

use std::path::{Path, PathBuf};

use burn::tensor::{Device, Tensor};
use freeroam_objectives::{Batch, Scalars};
use freeroam_replay::Stream;
use freeroam_trainer::TrainerError;

use crate::export::Actor;
use crate::{Ddpg, Glance, Iql, OnPolicy, Ppo, RunConfig, Sac, Uniform};

/// How an agent picks actions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// As it explores before its first gradient step.
    Begin,
    /// As it explores: draws from its policy.
    Explore,
    /// As it is evaluated: the policy's mode.
    Mode,
}

/// How an agent wants returns to be cut out of episodes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Returns {
    /// Steps of a window, at least 1.
    pub steps: usize,
    /// Discount of one step, 0 to 1.
    pub discount: f32,
    /// Whether no value follows the last step of an episode that only the time limit ended.
    pub time_limit_is_terminal: bool,
}

/// What learns to act. Object-safe.
pub trait Agent: Send {
    /// How its batches are cut out of episodes.
    fn returns(&self) -> Returns;

    /// Actions in `[-1, 1]` for normalised observations and tasks: `[B, observation]`, `[B, task]` to `[B, action]`.
    /// Noise comes from `stream`.
    fn act(&self, observation: Tensor<2>, task: Tensor<2>, act: Act, stream: &mut Stream) -> Tensor<2>;

    /// Numbers that it remembers of an episode, all 0 before its first step; none where it acts by the moment alone.
    fn memory(&self) -> usize {
        0
    }

    /// As [`Agent::act`], with what it remembers of each row's episode, `[B, memory]`, and gives that after the step too. Without
    /// it, an agent with a memory acts as at the start of an episode.
    fn act_on(
        &self,
        observation: Tensor<2>,
        task: Tensor<2>,
        memory: Tensor<2>,
        act: Act,
        stream: &mut Stream,
    ) -> (Tensor<2>, Tensor<2>) {
        (self.act(observation, task, act, stream), memory)
    }

    /// One gradient step on `batch` with `reward`, `[B, 1]`. Noise comes from `stream`. Nothing where it learns otherwise, or not.
    ///
    /// With a glance, which only agents that [learn to see](Agent::learns_to_see) are given, the critics' loss trains the network
    /// that made the observations too; all else takes them as constants.
    fn update(
        &mut self,
        _batch: &Batch,
        _reward: Tensor<2>,
        _glance: Option<Glance<'_>>,
        _stream: &mut Stream,
    ) -> Scalars {
        Scalars::new()
    }

    /// Whether it trains what sees frames.
    fn learns_to_see(&self) -> bool {
        false
    }

    /// What learns from its own rollouts, in place of [`Agent::update`]; nothing where it learns from batches.
    fn on_policy(&mut self) -> Option<&mut dyn OnPolicy> {
        None
    }

    /// The network that acts, for other programs; nothing where there is none.
    fn actor(&self) -> Option<Actor>;

    /// Where in `dir`, to which it was saved, the weights lie that fine-tuning for another reward starts from.
    fn tuned_from(&self, dir: &Path) -> PathBuf {
        dir.to_path_buf()
    }

    /// Starts from weights that an agent of the same kind and sizes has saved in `dir`, as far as fine-tuning for another reward
    /// takes them over. Optimisers start afresh.
    ///
    /// # Errors
    /// When a file is missing or does not fit.
    fn initialise(&mut self, dir: &Path) -> Result<(), TrainerError>;

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
    &[
        ("sac", "soft actor-critic with twin critics and a learned temperature"),
        ("ddpg", "deterministic policy with noise, twin critics, returns over several steps; the agent of URLB"),
        ("ppo", "proximal policy optimisation, which learns from its own rollouts; may remember its episodes"),
        ("iql", "implicit Q-learning, which asks for values of seen actions only; for data sets"),
        ("uniform", "uniform random actions"),
    ]
}

/// Whether the agent `name` learns from its own rollouts ([`Agent::on_policy`]).
#[must_use]
pub fn learns_from_rollouts(name: &str) -> bool {
    name == "ppo"
}

/// Makes the agent of `config`, with weights from `stream`, on the plain `device`; nothing when there is none of its name.
#[must_use]
pub fn agent(config: &RunConfig, sizes: Sizes, stream: &mut Stream, device: &Device) -> Option<Box<dyn Agent>> {
    Some(match config.agent.as_str() {
        "sac" => Box::new(Sac::new(&config.sac, sizes, stream, device)),
        "ddpg" => Box::new(Ddpg::new(&config.ddpg, sizes, stream, device)),
        "ppo" => Box::new(Ppo::new(&config.ppo, sizes, stream, device)),
        "iql" => Box::new(Iql::new(&config.iql, sizes, stream, device)),
        "uniform" => Box::new(Uniform::new(sizes.action, device)),
        _ => return None,
    })
}

/// The smaller of two critics, `[2, B, 1]` to `[B, 1]`.
pub(crate) fn smaller(values: Tensor<3>) -> Tensor<2> {
    let first: Tensor<2> = values.clone().narrow(0, 0, 1).squeeze_dim(0);
    first.min_pair(values.narrow(0, 1, 1).squeeze_dim(0))
}
