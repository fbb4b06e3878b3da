//! RND: Burda, Edwards, Storkey and Klimov, "Exploration by Random Network Distillation", ICLR 2019; the off-policy form of
//! URLB (Laskin et al., 2021).
//!
//! A state is novel as long as a network has not learned what a random network says about it:
//!
//! ```text
//! x = clamp(batch-normalised s, -5, 5);   e = mean_j (P(x) - T(x))_j^2,   T random and fixed
//! for each gradient step, on a batch of s:
//!   P     <- descend  mean e
//!   S     <- running variance of e
//!   agent <- learn from r = e / sqrt(S) with the new P
//! ```
//!
//! Differences from URLB's code: the running variance takes the errors from before the gradient step, which are at hand,
//! instead of those after it. As there, the reward is of `s`, and statistics of the batch normalise also what is rewarded.

use std::path::Path;

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use freeroam_replay::Stream;
use freeroam_trainer::TrainerError;
use freeroam_trainer::nn::{Mlp, Trained, load_weights, numbers, save_weights};
use serde::{Deserialize, Serialize};

use crate::moments::Moments;
use crate::registry::{broken, dimension_rule, network_rules};
use crate::{Batch, Objective, Scalars, TaskLaw};

/// Settings of RND.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RndConfig {
    /// Numbers that the random network says about a state. URLB's flag `rnd_rep_dim`: 512.
    pub features: usize,
    /// Width of the two hidden layers of both networks. URLB's code: 1024.
    pub width: usize,
    /// Adam's learning rate of the predictor. URLB's code: 1e-4.
    pub learning_rate: f64,
}

impl Default for RndConfig {
    fn default() -> Self {
        Self { features: 512, width: 1024, learning_rate: 1e-4 }
    }
}

impl RndConfig {
    /// Keys that are out of range, each with what was expected.
    pub(crate) fn problems(&self) -> Vec<(&'static str, &'static str)> {
        broken(network_rules(self.width, self.learning_rate))
            .chain(broken([dimension_rule("features", self.features)]))
            .collect()
    }
}

/// RND's state: predictor `P`, target `T`, running moments of the error.
pub struct Rnd {
    predictor: Trained<Mlp>,
    target: Mlp,
    error: Moments,
}

impl Rnd {
    /// For observations of `observation` numbers, on the plain `device`.
    #[must_use]
    pub fn new(config: &RndConfig, observation: usize, stream: &mut Stream, device: &Device) -> Self {
        let sizes = [observation, config.width, config.width, config.features];
        let mut network = || Mlp::orthogonal(&sizes, stream, &device.clone().autodiff());
        Self {
            target: network().valid(),
            predictor: Trained::new(network(), config.learning_rate, device),
            error: Moments::default(),
        }
    }

    /// `e`, `[B, 1]`.
    fn error(&self, predictor: &Mlp, observation: Tensor<2>) -> Tensor<2> {
        let x = normalised(observation);
        (predictor.forward(x.clone()) - self.target.forward(x)).square().mean_dim(1)
    }
}

/// Zero mean and unit variance over the batch, cut at 5 standard deviations, `[B, observation]`.
fn normalised(observation: Tensor<2>) -> Tensor<2> {
    let centred = observation.clone() - observation.mean_dim(0);
    let variance = centred.clone().square().mean_dim(0); // [1, observation]
    (centred / (variance + 1e-5).sqrt()).clamp(-5.0, 5.0)
}

impl Objective for Rnd {
    fn tasks(&self) -> TaskLaw {
        TaskLaw::None
    }

    fn update(&mut self, batch: &Batch, _: &mut Stream) -> Scalars {
        let error = self.error(self.predictor.module(), batch.observation.clone());
        self.error.update(&numbers(error.clone().inner()));
        let loss = error.mean();
        let metrics = vec![("rnd/loss", loss.clone().inner())];
        self.predictor.descend(loss);
        metrics
    }

    fn reward(&self, batch: &Batch) -> Tensor<2> {
        self.error(&self.predictor.frozen(), batch.observation.clone()) / (self.error.variance().sqrt() + 1e-8)
    }

    fn save(&self, dir: &Path) -> Result<(), TrainerError> {
        self.predictor.save(dir, "rnd-predictor")?;
        save_weights(&self.target, dir, "rnd-target")?;
        self.error.save(dir, "rnd-error")
    }

    fn load(&mut self, dir: &Path) -> Result<(), TrainerError> {
        self.predictor.load(dir, "rnd-predictor")?;
        self.target = load_weights(self.target.clone(), dir, "rnd-target")?;
        self.error = Moments::load(dir, "rnd-error")?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use freeroam_trainer::nn::tensor;

    use super::*;

    fn states(rows: usize, place: impl Fn(&mut Stream) -> [f32; 2], stream: &mut Stream, device: &Device) -> Batch {
        let values: Vec<f32> = (0..rows).flat_map(|_| place(stream)).collect();
        let s = tensor(values, rows, 2, device);
        let none = Tensor::zeros([rows, 0], device);
        Batch::of_steps(s.clone(), none.clone(), s, none)
    }

    #[test]
    fn unseen_states_are_novel() {
        let device = Device::flex();
        let mut stream = Stream::new(0, "states", 0);
        let config = RndConfig { features: 32, width: 64, learning_rate: 1e-3 };
        let mut rnd = Rnd::new(&config, 2, &mut stream, &device);
        let square = |stream: &mut Stream| [stream.uniform(-1.0, 1.0) as f32, stream.uniform(-1.0, 1.0) as f32];
        for _ in 0..1000 {
            let batch = states(128, square, &mut stream, &device);
            rnd.update(&batch, &mut stream);
        }
        // The far ones are few, so that they hardly move what the batch is normalised by.
        let known = states(500, square, &mut stream, &device).observation;
        let far = states(4, |stream| [3.0, stream.uniform(-1.0, 1.0) as f32], &mut stream, &device).observation;
        let both = Tensor::cat(vec![known, far], 0);
        let none = Tensor::zeros([504, 0], &device);
        let reward = numbers(rnd.reward(&Batch::of_steps(both.clone(), none.clone(), both, none)));
        let mean = |rewards: &[f32]| rewards.iter().sum::<f32>() / rewards.len() as f32;
        let (known, far) = (mean(&reward[..500]), mean(&reward[500..]));
        assert!(far > 5.0 * known, "known {known}, far {far}");
    }

    #[test]
    fn equal_states_are_equally_novel() {
        let device = Device::flex();
        let mut stream = Stream::new(1, "states", 0);
        let config = RndConfig { features: 8, width: 16, learning_rate: 1e-3 };
        let rnd = Rnd::new(&config, 2, &mut stream, &device);
        let rewards = numbers(rnd.reward(&states(32, |_| [0.5, -3.0], &mut stream, &device)));
        assert!(rewards.iter().all(|reward| *reward == rewards[0] && reward.is_finite()), "{rewards:?}");
    }
}
