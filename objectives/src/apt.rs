//! APT: Liu and Abbeel, "Behavior From the Void: Unsupervised Active Pre-Training", NeurIPS 2021; the row "ICM-APT" of URLB
//! (Laskin et al., 2021).
//!
//! Visit states far from their neighbours, in a representation that keeps what actions can change:
//!
//! ```text
//! for each gradient step, on a batch of (s, a, s'):
//!   h, f, g <- descend  mean |f(h(s), a) - h(s')| + mean |tanh g(h(s), h(s')) - a|
//!   agent   <- learn from r = log(1 + mean distance of h(s) to its k nearest h(s) of the batch) with the new h
//! ```
//!
//! Differences from URLB's code: none in the losses. As there, no gradient is stopped at `h(s')`: the inverse model keeps the
//! representation from collapsing; a state is among its own neighbours, at distance 0; distances are neither scaled nor cut.

use std::path::Path;

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use freeroam_replay::Stream;
use freeroam_trainer::TrainerError;
use freeroam_trainer::nn::{Trained, Trunk};
use serde::{Deserialize, Serialize};

use crate::dynamics::Dynamics;
use crate::objective::Shapes;
use crate::particles::{Scale, nearest, surprise};
use crate::registry::{broken, dimension_rule, network_rules};
use crate::{Batch, Objective, Scalars, TaskLaw};

/// Settings of APT.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AptConfig {
    /// Dimension of the representation `h`. URLB's flag `icm_rep_dim`: 512.
    pub features: usize,
    /// Neighbours `k`, the state itself among them. URLB's flag `knn_k`: 12.
    pub neighbours: usize,
    /// Width of the hidden layer of forward and inverse model. URLB's code: 1024.
    pub width: usize,
    /// Adam's learning rate. URLB's code: 1e-4.
    pub learning_rate: f64,
}

impl Default for AptConfig {
    fn default() -> Self {
        Self { features: 512, neighbours: 12, width: 1024, learning_rate: 1e-4 }
    }
}

impl AptConfig {
    /// Keys that are out of range, each with what was expected.
    pub(crate) fn problems(&self) -> Vec<(&'static str, &'static str)> {
        let own = [
            dimension_rule("features", self.features),
            ("neighbours", (2..=1024).contains(&self.neighbours), "2 to 1024"),
        ];
        broken(network_rules(self.width, self.learning_rate)).chain(broken(own)).collect()
    }
}

#[derive(Module, Debug)]
struct Representation {
    trunk: Trunk,
    dynamics: Dynamics,
}

/// APT's state: the representation `h` with the models that shape it.
pub struct Apt {
    neighbours: usize,
    networks: Trained<Representation>,
    device: Device,
}

impl Apt {
    /// For vectors of the given `shapes`, on the plain `device`.
    #[must_use]
    pub fn new(config: &AptConfig, shapes: Shapes, stream: &mut Stream, device: &Device) -> Self {
        let tracked = device.clone().autodiff();
        let Shapes { observation, action, .. } = shapes;
        let networks = Representation {
            trunk: Trunk::new(observation, config.features, stream, &tracked),
            dynamics: Dynamics::new(config.features, action, config.width, stream, &tracked),
        };
        Self {
            neighbours: config.neighbours,
            networks: Trained::new(networks, config.learning_rate, device),
            device: device.clone(),
        }
    }
}

impl Objective for Apt {
    fn tasks(&self) -> TaskLaw {
        TaskLaw::None
    }

    fn update(&mut self, batch: &Batch, _: &mut Stream) -> Scalars {
        let Representation { trunk, dynamics } = self.networks.module();
        let rows = batch.size();
        let both = trunk.forward(Tensor::cat(vec![batch.observation.clone(), batch.next_observation.clone()], 0));
        let (state, next) = (both.clone().narrow(0, 0, rows), both.narrow(0, rows, rows)); // [B, features]
        let ahead = dynamics.error_ahead(state.clone(), batch.action.clone(), next.clone()).mean();
        let between = dynamics.error_between(state, batch.action.clone(), next).mean();
        let metrics = vec![("apt/error_ahead", ahead.clone().inner()), ("apt/error_between", between.clone().inner())];
        self.networks.descend(ahead + between);
        metrics
    }

    fn reward(&self, batch: &Batch) -> Tensor<2> {
        let state = self.networks.frozen().trunk.forward(batch.observation.clone());
        surprise(nearest(state.clone(), state, self.neighbours, &self.device), Scale::PLAIN)
    }

    fn embed(&self, observation: Tensor<2>) -> Option<Tensor<2>> {
        Some(self.networks.frozen().trunk.forward(observation))
    }

    fn save(&self, dir: &Path) -> Result<(), TrainerError> {
        self.networks.save(dir, "apt-representation")
    }

    fn load(&mut self, dir: &Path) -> Result<(), TrainerError> {
        self.networks.load(dir, "apt-representation")
    }
}

#[cfg(test)]
mod tests {
    use freeroam_trainer::nn::numbers;

    use super::*;
    use crate::linear_system;

    /// The forward model alone would pull all states together; the inverse model keeps what the action changes.
    #[test]
    fn the_representation_does_not_collapse() {
        let device = Device::flex();
        let mut stream = Stream::new(0, "system", 0);
        let config = AptConfig { features: 16, width: 64, learning_rate: 1e-3, ..AptConfig::default() };
        let mut apt = Apt::new(&config, Shapes { observation: 3, action: 2, categories: None }, &mut stream, &device);
        let mut last = Scalars::new();
        for _ in 0..600 {
            let batch = linear_system::batch(128, false, &mut stream, &device);
            last = apt.update(&batch, &mut stream);
        }
        let between = last.pop().expect("is reported").1.into_scalar::<f32>();
        assert!(between < 0.35, "the action is off by {between} of 1.08 on average");
        let batch = linear_system::batch(128, false, &mut stream, &device);
        let rewards = numbers(apt.reward(&batch));
        assert!(rewards.iter().all(|reward| *reward > 0.01), "{rewards:?}");
    }
}
