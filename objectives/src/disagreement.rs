//! Disagreement: Pathak, Gandhi and Gupta, "Self-Supervised Exploration via Disagreement", ICML 2019; the form for states of
//! URLB (Laskin et al., 2021).
//!
//! Several models predict what an action leads to; where they differ, more can be learned. Noise surprises all of them alike
//! and is not rewarded:
//!
//! ```text
//! for each gradient step, on a batch of (s, a, s'):
//!   f_i   <- descend  mean_i mean |f_i(s, a) - s'|
//!   agent <- learn from r = mean_j var_i f_i(s, a)_j with the new models
//! ```
//!
//! Differences from URLB's code: the models are one batched product. As there, all of them see the same batches and differ
//! by their first weights only; the variance is the unbiased one.

use std::path::Path;

use burn::tensor::{Device, Tensor};
use freeroam_replay::Stream;
use freeroam_trainer::TrainerError;
use freeroam_trainer::nn::{EnsembleMlp, Trained};
use serde::{Deserialize, Serialize};

use crate::dynamics::length;
use crate::objective::Shapes;
use crate::registry::{broken, network_rules};
use crate::{Batch, Objective, Scalars, TaskLaw};

/// Settings of Disagreement.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DisagreementConfig {
    /// Number of models. Paper and URLB's code: 5.
    pub models: usize,
    /// Width of the hidden layer of each model. URLB's code: 1024.
    pub width: usize,
    /// Adam's learning rate. URLB's code: 1e-4.
    pub learning_rate: f64,
}

impl Default for DisagreementConfig {
    fn default() -> Self {
        Self { models: 5, width: 1024, learning_rate: 1e-4 }
    }
}

impl DisagreementConfig {
    /// Keys that are out of range, each with what was expected.
    pub(crate) fn problems(&self) -> Vec<(&'static str, &'static str)> {
        let own = [("models", (2..=1024).contains(&self.models), "2 to 1024")];
        broken(network_rules(self.width, self.learning_rate)).chain(broken(own)).collect()
    }
}

/// The state of Disagreement: the models.
pub struct Disagreement {
    models: Trained<EnsembleMlp>,
}

impl Disagreement {
    /// For vectors of the given `shapes`, on the plain `device`.
    #[must_use]
    pub fn new(config: &DisagreementConfig, shapes: Shapes, stream: &mut Stream, device: &Device) -> Self {
        let sizes = [shapes.observation + shapes.action, config.width, shapes.observation];
        let models = EnsembleMlp::orthogonal(config.models, &sizes, stream, &device.clone().autodiff());
        Self { models: Trained::new(models, config.learning_rate, device) }
    }
}

fn input(batch: &Batch) -> Tensor<2> {
    Tensor::cat(vec![batch.observation.clone(), batch.action.clone()], 1)
}

/// Unbiased variance over models, mean over the observation: `[n, B, observation] -> [B, 1]`.
fn spread(predictions: Tensor<3>) -> Tensor<2> {
    let models = predictions.dims()[0];
    let centred = predictions.clone() - predictions.mean_dim(0);
    let variance = centred.square().sum_dim(0) / (models - 1) as f32; // [1, B, observation]
    variance.squeeze_dim::<2>(0).mean_dim(1)
}

impl Objective for Disagreement {
    fn tasks(&self) -> TaskLaw {
        TaskLaw::None
    }

    fn update(&mut self, batch: &Batch, _: &mut Stream) -> Scalars {
        let error = self.models.module().forward(input(batch)) - batch.next_observation.clone().unsqueeze();
        let loss = length(error).mean(); // of [n, B, 1]
        let metrics = vec![("disagreement/loss", loss.clone().inner())];
        self.models.descend(loss);
        metrics
    }

    fn reward(&self, batch: &Batch) -> Tensor<2> {
        spread(self.models.frozen().forward(input(batch)))
    }

    fn save(&self, dir: &Path) -> Result<(), TrainerError> {
        self.models.save(dir, "disagreement-models")
    }

    fn load(&mut self, dir: &Path) -> Result<(), TrainerError> {
        self.models.load(dir, "disagreement-models")
    }
}

#[cfg(test)]
mod tests {
    use freeroam_trainer::nn::numbers;

    use super::*;
    use crate::linear_system;

    #[test]
    fn models_that_agree_are_not_interested() {
        let device = Device::flex();
        let same = Tensor::<3>::ones([5, 7, 3], &device) * 2.5;
        assert_eq!(numbers(spread(same)), [0.0; 7]);
        let two = Tensor::<3>::from_floats([[[1.0, 0.0]], [[3.0, 0.0]]], &device);
        assert_eq!(numbers(spread(two)), [1.0], "variances 2 and 0");
    }

    #[test]
    fn noise_does_not_stay_interesting() {
        let device = Device::flex();
        let mut stream = Stream::new(0, "system", 0);
        let config = DisagreementConfig { width: 64, learning_rate: 1e-3, ..DisagreementConfig::default() };
        let shapes = Shapes { observation: 3, action: 2, categories: None };
        let mut objective = Disagreement::new(&config, shapes, &mut stream, &device);
        let reward = |objective: &Disagreement, stream: &mut Stream| {
            objective.reward(&linear_system::batch(128, true, stream, &device)).mean().into_scalar::<f32>()
        };
        let before = reward(&objective, &mut stream);
        for _ in 0..800 {
            let batch = linear_system::batch(128, true, &mut stream, &device);
            objective.update(&batch, &mut stream);
        }
        let after = reward(&objective, &mut stream);
        assert!(after < 0.02 * before && after < 0.01, "{before} became {after}");
    }
}
