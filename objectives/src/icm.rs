//! ICM: Pathak, Agrawal, Efros and Darrell, "Curiosity-driven Exploration by Self-supervised Prediction", ICML 2017; the
//! form for states of URLB (Laskin et al., 2021).
//!
//! Reward is the surprise of a model that predicts what an action leads to:
//!
//! ```text
//! for each gradient step, on a batch of (s, a, s'):
//!   f, g  <- descend  mean |f(s, a) - s'| + mean |tanh g(s, s') - a|
//!   agent <- learn from r = log(1 + |f(s, a) - s'|) with the new f
//! ```
//!
//! Differences from the official code: none in the losses. Where the agent asks for windows of several steps, `s'` is the end
//! of the window and `a` its first action, as there. As there, states are their own features: the inverse model `g` has no effect
//! on the reward and is kept for its metric.

use std::path::Path;

use burn::tensor::{Device, Tensor};
use freeroam_replay::Stream;
use freeroam_trainer::TrainerError;
use freeroam_trainer::nn::Trained;
use serde::{Deserialize, Serialize};

use crate::dynamics::Dynamics;
use crate::objective::Shapes;
use crate::registry::{broken, network_rules};
use crate::{Batch, Objective, Scalars, TaskLaw};

/// Settings of ICM.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct IcmConfig {
    /// Width of the hidden layer of both models. URLB's code: 1024.
    pub width: usize,
    /// Adam's learning rate. URLB's code: 1e-4.
    pub learning_rate: f64,
}

impl Default for IcmConfig {
    fn default() -> Self {
        Self { width: 1024, learning_rate: 1e-4 }
    }
}

impl IcmConfig {
    /// Keys that are out of range, each with what was expected.
    pub(crate) fn problems(&self) -> Vec<(&'static str, &'static str)> {
        broken(network_rules(self.width, self.learning_rate)).collect()
    }
}

/// ICM's state: both models.
pub struct Icm {
    dynamics: Trained<Dynamics>,
}

impl Icm {
    /// For vectors of the given `shapes`, on the plain `device`.
    #[must_use]
    pub fn new(config: &IcmConfig, shapes: Shapes, stream: &mut Stream, device: &Device) -> Self {
        let Shapes { observation, action, .. } = shapes;
        let dynamics = Dynamics::new(observation, action, config.width, stream, &device.clone().autodiff());
        Self { dynamics: Trained::new(dynamics, config.learning_rate, device) }
    }
}

impl Objective for Icm {
    fn tasks(&self) -> TaskLaw {
        TaskLaw::None
    }

    fn update(&mut self, batch: &Batch, _: &mut Stream) -> Scalars {
        let Batch { observation, action, next_observation, .. } = batch.clone();
        let models = self.dynamics.module();
        let ahead = models.error_ahead(observation.clone(), action.clone(), next_observation.clone()).mean();
        let between = models.error_between(observation, action, next_observation).mean();
        let metrics = vec![("icm/error_ahead", ahead.clone().inner()), ("icm/error_between", between.clone().inner())];
        self.dynamics.descend(ahead + between);
        metrics
    }

    fn reward(&self, batch: &Batch) -> Tensor<2> {
        let Batch { observation, action, next_observation, .. } = batch.clone();
        self.dynamics.frozen().error_ahead(observation, action, next_observation).log1p()
    }

    fn save(&self, dir: &Path) -> Result<(), TrainerError> {
        self.dynamics.save(dir, "icm-dynamics")
    }

    fn load(&mut self, dir: &Path) -> Result<(), TrainerError> {
        self.dynamics.load(dir, "icm-dynamics")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linear_system;

    /// The error of a system without noise is learned away; that of a channel of noise stays for ever, so that the reward
    /// does too.
    #[test]
    fn noise_stays_interesting() {
        let device = Device::flex();
        let reward = |noise: bool| {
            let mut stream = Stream::new(0, "system", 0);
            let config = IcmConfig { width: 64, learning_rate: 1e-3 };
            let shapes = Shapes { observation: 3, action: 2, categories: None };
            let mut icm = Icm::new(&config, shapes, &mut stream, &device);
            let draw = |stream: &mut Stream| linear_system::batch(128, noise, stream, &device);
            for _ in 0..1500 {
                let batch = draw(&mut stream);
                icm.update(&batch, &mut stream);
            }
            icm.reward(&draw(&mut stream)).mean().into_scalar::<f32>()
        };
        let (quiet, noisy) = (reward(false), reward(true));
        assert!(quiet < 0.08, "without noise {quiet}");
        assert!(noisy > 0.2, "with noise {noisy}");
    }
}
