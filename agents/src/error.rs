//! What can go wrong with an agent or its collection.

use freeroam_envs::EnvsError;
use freeroam_replay::ReplayError;
use freeroam_trainer::TrainerError;

/// Errors of this crate.
#[derive(Debug, thiserror::Error)]
pub enum AgentsError {
    /// A world failed.
    #[error(transparent)]
    Envs(#[from] EnvsError),
    /// The replay buffer failed.
    #[error(transparent)]
    Replay(#[from] ReplayError),
    /// The run around the agent failed.
    #[error(transparent)]
    Trainer(#[from] TrainerError),
}

impl From<AgentsError> for TrainerError {
    fn from(error: AgentsError) -> Self {
        match error {
            AgentsError::Trainer(error) => error,
            error => Self::Learner(error.to_string()),
        }
    }
}
