//! Surprise: states that are unlike those of the episode so far are good; SMiRL with the opposite sign.
//!
//! ```text
//! r = -log p(s_{t+1}; theta_t),   cut at -300 and 300
//! ```
//!
//! It is what Explore of Adversarial Surprise would be without Control, and its baseline in Fickinger et al., 2021: an agent that is
//! drawn to whatever cannot be predicted. The record `theta` is the task of the policy, as in [`Smirl`](crate::Smirl).

use std::path::Path;

use burn::tensor::Tensor;
use freeroam_replay::Stream;
use freeroam_trainer::TrainerError;
use serde::{Deserialize, Serialize};

use crate::{Batch, Moment, Objective, Scalars, Shapes, Smirl, TaskLaw};

/// Nothing to configure.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SurpriseConfig {}

/// The maximiser of surprise, which has no state beside the records in tasks.
#[derive(Clone, Debug)]
pub struct Surprise(Smirl);

impl Surprise {
    /// For vectors of these `shapes`.
    #[must_use]
    pub fn new(shapes: Shapes) -> Self {
        Self(Smirl::new(shapes))
    }
}

impl Objective for Surprise {
    fn tasks(&self) -> TaskLaw {
        self.0.tasks()
    }

    fn draw_task(&self, moment: Moment, stream: &mut Stream, out: &mut [f32]) {
        self.0.draw_task(moment, stream, out);
    }

    fn see(&self, task: &mut [f32], arrived: &[f32]) {
        self.0.see(task, arrived);
    }

    fn update(&mut self, batch: &Batch, _: &mut Stream) -> Scalars {
        vec![("surprise/log_p", self.0.reward(batch).mean())]
    }

    fn reward(&self, batch: &Batch) -> Tensor<2> {
        -self.0.reward(batch)
    }

    fn save(&self, _: &Path) -> Result<(), TrainerError> {
        Ok(())
    }

    fn load(&mut self, _: &Path) -> Result<(), TrainerError> {
        Ok(())
    }
}
