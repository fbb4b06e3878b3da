//! SMiRL: Berseth, Geng, Devin, Rhinehart, Finn, Jayaraman and Levine, "SMiRL: Surprise Minimizing Reinforcement Learning in
//! Unstable Environments", ICLR 2021.
//!
//! States that are like those of the episode so far are good:
//!
//! ```text
//! theta_0 = nothing
//! for each step t:
//!   a ~ pi(. | s_t, theta_t)
//!   r = log p(s_{t+1}; theta_t),   cut at -300 and 300                            (eq. 2)
//!   theta_{t+1} = theta_t with s_{t+1}                                            (algorithm 1)
//! ```
//!
//! The record `theta` is the task of the policy: with it the reward is one of the transition, and any agent can learn it.
//!
//! Differences from the official code: density over categories where the world has them, normal elsewhere, instead of
//! Bernoulli; one pseudo-observation; the length of the episode so far is the number of observations in the record.

use std::path::Path;

use burn::tensor::Tensor;
use freeroam_replay::Stream;
use freeroam_trainer::TrainerError;
use serde::{Deserialize, Serialize};

use crate::density::Density;
use crate::{Batch, Moment, Objective, Scalars, Shapes, TaskLaw};

/// Nothing to configure.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SmirlConfig {}

/// Most nats of a step's surprise, in size. SMiRL's code: 300.
pub(crate) const CUT: f32 = 300.0;

/// SMiRL, which has no state beside the records in tasks.
#[derive(Clone, Debug)]
pub struct Smirl {
    density: Density,
}

impl Smirl {
    /// For vectors of these `shapes`.
    #[must_use]
    pub fn new(shapes: Shapes) -> Self {
        Self { density: Density::new(shapes) }
    }
}

impl Objective for Smirl {
    fn tasks(&self) -> TaskLaw {
        TaskLaw::Record(self.density.record())
    }

    fn draw_task(&self, _: Moment, _: &mut Stream, out: &mut [f32]) {
        self.density.clear(out);
    }

    fn see(&self, task: &mut [f32], arrived: &[f32]) {
        self.density.add(task, arrived);
    }

    fn update(&mut self, batch: &Batch, _: &mut Stream) -> Scalars {
        vec![("smirl/log_p", self.reward(batch).mean())]
    }

    fn reward(&self, batch: &Batch) -> Tensor<2> {
        self.density.log_p(batch.task.clone(), batch.next_observation.clone()).clamp(-CUT, CUT)
    }

    fn save(&self, _: &Path) -> Result<(), TrainerError> {
        Ok(())
    }

    fn load(&mut self, _: &Path) -> Result<(), TrainerError> {
        Ok(())
    }
}
