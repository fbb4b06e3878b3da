//! Uniform random actions: the agent of the random baseline.

use std::path::Path;

use burn::tensor::{Device, Tensor};
use freeroam_replay::Stream;
use freeroam_trainer::TrainerError;
use freeroam_trainer::nn::tensor;

use crate::agent::Returns;
use crate::export::Actor;
use crate::{Act, Agent};

/// Draws every action uniformly from `[-1, 1]`, learns nothing.
#[derive(Clone, Debug)]
pub struct Uniform {
    action: usize,
    device: Device,
}

impl Uniform {
    /// For actions of `action` numbers.
    #[must_use]
    pub fn new(action: usize, device: &Device) -> Self {
        Self { action, device: device.clone() }
    }
}

impl Agent for Uniform {
    fn returns(&self) -> Returns {
        Returns { steps: 1, discount: 1.0, time_limit_is_terminal: false }
    }

    fn act(&self, observation: Tensor<2>, _: Tensor<2>, _: Act, stream: &mut Stream) -> Tensor<2> {
        let [rows, _] = observation.dims();
        let mut actions = vec![0.0; rows * self.action];
        stream.fill_uniform(-1.0, 1.0, &mut actions);
        tensor(actions, rows, self.action, &self.device)
    }

    fn actor(&self) -> Option<Actor> {
        None
    }

    fn initialise(&mut self, _: &Path) -> Result<(), TrainerError> {
        Ok(())
    }

    fn save(&self, _: &Path) -> Result<(), TrainerError> {
        Ok(())
    }

    fn load(&mut self, _: &Path) -> Result<(), TrainerError> {
        Ok(())
    }
}
