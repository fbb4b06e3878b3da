//! Any learner of a policy, and which of them a run has.

use burn::tensor::Device;
use freeroam_envs::World;
use freeroam_replay::Stream;
use freeroam_trainer::{Learner, TrainerError};
use serde::{Deserialize, Serialize};

use crate::agent::learns_from_rollouts;
use crate::{AgentsError, OfflineLearner, OnPolicyLearner, Policy, RunConfig, SkillLearner};

/// What a run needs of its learner beyond the trainer's loop. Object-safe.
pub trait PolicyLearner: Learner + Send {
    /// The policy so far.
    fn policy(&self) -> &Policy;

    /// Starts from the weights of the run that the settings name (`init`), if they name one; for a newly made learner.
    ///
    /// # Errors
    /// As [`Policy::initialise`].
    fn initialise(&mut self) -> Result<(), TrainerError>;

    /// Distinct cells of all transitions that it learned from.
    fn total_cells(&self) -> usize;

    /// Distinct cells of the latest of them (`evaluate.queue`).
    ///
    /// # Errors
    /// Never for a world's own bin.
    fn queue_cells(&self) -> Result<usize, AgentsError>;

    /// `count` transitions of those that it learns from, drawn uniformly; nothing where there are none yet.
    ///
    /// # Errors
    /// When `count` is 0.
    fn seen(&self, count: usize, stream: &mut Stream) -> Result<Option<Seen>, AgentsError>;
}

/// Transitions in SI units.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Seen {
    /// `s`, `[B, observation]` row by row.
    pub observation: Vec<f32>,
    /// `s'`, `[B, observation]` row by row.
    pub next_observation: Vec<f32>,
}

/// The learner of `config` in `world` on the plain `device`: from its data set where the settings name one, else collecting,
/// with a replay or by rollouts as the agent learns.
///
/// # Errors
/// As [`OfflineLearner::new`], [`OnPolicyLearner::new`] and [`SkillLearner::new`].
pub fn learner(config: &RunConfig, world: &World, device: &Device) -> Result<Box<dyn PolicyLearner>, AgentsError> {
    Ok(match config.data.as_str() {
        "" if learns_from_rollouts(&config.agent) => Box::new(OnPolicyLearner::new(config, world, device)?),
        "" => Box::new(SkillLearner::new(config, world, device)?),
        _ => Box::new(OfflineLearner::new(config, world, device)?),
    })
}
