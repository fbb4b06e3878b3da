//! No objective: uniform actions, no reward. The floor that every comparison starts from.

use std::path::Path;

use burn::tensor::Tensor;
use freeroam_replay::Stream;
use freeroam_trainer::TrainerError;
use serde::{Deserialize, Serialize};

use crate::{Batch, Objective, Scalars, TaskLaw};

/// Nothing to configure.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RandomConfig {}

/// The objective of the random baseline.
#[derive(Clone, Debug, Default)]
pub struct Random;

impl Objective for Random {
    fn tasks(&self) -> TaskLaw {
        TaskLaw::None
    }

    fn update(&mut self, _: &Batch, _: &mut Stream) -> Scalars {
        Scalars::new()
    }

    fn reward(&self, batch: &Batch) -> Tensor<2> {
        batch.terminal.zeros_like()
    }

    fn save(&self, _: &Path) -> Result<(), TrainerError> {
        Ok(())
    }

    fn load(&mut self, _: &Path) -> Result<(), TrainerError> {
        Ok(())
    }
}
