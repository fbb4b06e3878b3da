//! A module trained by `AdamW` along a schedule, for a number of steps that is known before.

use std::fs;
use std::path::Path;

use burn::module::Module;
use burn::optim::{GradientsParams, ModuleOptimizer};
use burn::tensor::Tensor;
use serde::{Deserialize, Serialize};

use super::clip::clip;
use super::weights::{bad, unwritten};
use super::{AdamW, load_weights, save_weights};
use crate::TrainerError;

/// How a representation is trained.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct OptimizerConfig {
    /// Highest learning rate, after the warm-up. 3e-4 is usual for small transformers, 1e-3 for convolutions.
    pub learning_rate: f64,
    /// Share of the gradient steps over which the learning rate rises from zero.
    pub warmup: f64,
    /// Share of the highest learning rate at which the cosine ends.
    pub floor: f64,
    /// Weight decay of `AdamW`, per unit of learning rate; none on biases and normalisations.
    pub weight_decay: f64,
    /// Largest norm of the gradient of all weights together; 0 does not clip.
    pub clip: f64,
}

impl Default for OptimizerConfig {
    fn default() -> Self {
        Self { learning_rate: 3e-4, warmup: 0.05, floor: 0.05, weight_decay: 0.05, clip: 1.0 }
    }
}

impl OptimizerConfig {
    /// Keys that are out of range, each with what was expected.
    #[must_use]
    pub fn problems(&self) -> Vec<(&'static str, &'static str)> {
        let share = |x: f64| (0.0..=1.0).contains(&x);
        let rules = [
            ("learning_rate", self.learning_rate.is_finite() && self.learning_rate > 0.0, "a positive number"),
            ("warmup", share(self.warmup), "0 to 1"),
            ("floor", share(self.floor), "0 to 1"),
            ("weight_decay", self.weight_decay.is_finite() && self.weight_decay >= 0.0, "0 or more"),
            ("clip", self.clip.is_finite() && self.clip >= 0.0, "0 (no clipping) or more"),
        ];
        rules.into_iter().filter(|(_, holds, _)| !holds).map(|(key, _, expected)| (key, expected)).collect()
    }

    /// The learning rate of gradient step number `step`, counted from 0, of `steps`: a linear rise, then half a cosine.
    #[must_use]
    pub fn rate(&self, step: u64, steps: u64) -> f64 {
        let (step, steps) = (step as f64, steps.max(1) as f64);
        let rise = self.warmup * steps;
        if step < rise {
            return self.learning_rate * ((step + 1.0) / rise).min(1.0);
        }
        let share = ((step - rise) / (steps - rise).max(1.0)).min(1.0);
        let cosine = 0.5 * (1.0 + (std::f64::consts::PI * share).cos());
        self.learning_rate * (self.floor + (1.0 - self.floor) * cosine)
    }
}

/// A module, its `AdamW` and its place on the schedule: the unit that a loss trains and a checkpoint holds.
pub struct Scheduled<M> {
    // Empty only inside `descend`, where burn's optimiser takes the module by value.
    module: Option<M>,
    optimizer: ModuleOptimizer,
    config: OptimizerConfig,
    step: u64,
    steps: u64,
}

impl<M: Module> Scheduled<M> {
    /// Wraps `module`, which lives on a differentiating device, for `steps` gradient steps.
    #[must_use]
    pub fn new(module: M, config: &OptimizerConfig, steps: u64) -> Self {
        let optimizer = ModuleOptimizer::from(AdamW { decay: config.weight_decay as f32 });
        Self { module: Some(module), optimizer, config: config.clone(), step: 0, steps }
    }

    /// The module, tracked.
    #[must_use]
    pub fn module(&self) -> &M {
        self.module.as_ref().expect("present between steps")
    }

    /// The module as constants.
    #[must_use]
    pub fn frozen(&self) -> M {
        self.module().valid()
    }

    /// Goes on with another module of the same form, such as one with the weights of another run.
    pub fn replace(&mut self, module: M) {
        self.module = Some(module);
    }

    /// One descent step on `loss`, `[1]`; the norm of the gradient before it was clipped, `[1]`. Consumes the graph of `loss`.
    pub fn descend(&mut self, loss: Tensor<1>) -> Tensor<1> {
        let like = loss.clone().inner();
        let mut gradients = GradientsParams::from_grads(loss.backward(), self.module());
        let norm = clip(self.module(), &mut gradients, self.config.clip, &like);
        let module = self.module.take().expect("present between steps");
        let rate = self.config.rate(self.step, self.steps);
        self.module = Some(self.optimizer.step(rate, module, gradients));
        self.step += 1;
        norm
    }

    /// Writes `NAME.bpk`, `NAME.adam.bpk` and `NAME.step` into `dir`.
    ///
    /// # Errors
    /// [`TrainerError::Checkpoint`] when a file cannot be written.
    pub fn save(&self, dir: &Path, name: &str) -> Result<(), TrainerError> {
        save_weights(self.module(), dir, name)?;
        let moments = dir.join(format!("{name}.adam.bpk"));
        self.optimizer.save(&moments).map_err(|error| unwritten(&moments, &error))?;
        let step = dir.join(format!("{name}.step"));
        fs::write(&step, self.step.to_string()).map_err(|source| TrainerError::Io { path: step, source })
    }

    /// Reads what [`Scheduled::save`] wrote; the optimiser goes on bit for bit.
    ///
    /// # Errors
    /// [`TrainerError::Checkpoint`] when a file is missing or does not fit.
    pub fn load(&mut self, dir: &Path, name: &str) -> Result<(), TrainerError> {
        self.module = Some(load_weights(self.module().clone(), dir, name)?);
        let moments = dir.join(format!("{name}.adam.bpk"));
        self.optimizer = self.optimizer.clone().load(&moments).map_err(|error| bad(&moments, &error))?;
        let step = dir.join(format!("{name}.step"));
        let text = fs::read_to_string(&step).map_err(|error| bad(&step, &error))?;
        self.step = text.trim().parse().map_err(|error| bad(&step, &error))?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::Device;
    use rand::SeedableRng;
    use rand_pcg::Pcg64;

    use super::*;
    use crate::nn::{Gain, Mlp, numbers, tensor};

    #[test]
    fn the_rate_rises_and_falls_as_said() {
        let config = OptimizerConfig { learning_rate: 1.0, warmup: 0.1, floor: 0.2, ..OptimizerConfig::default() };
        let rate = |step| config.rate(step, 100);
        assert!((rate(0) - 0.1).abs() < 1e-9 && (rate(9) - 1.0).abs() < 1e-9 && (rate(10) - 1.0).abs() < 1e-9);
        assert!((rate(55) - 0.6).abs() < 1e-9, "half of the cosine: {}", rate(55));
        assert!((rate(100) - 0.2).abs() < 1e-9 && (rate(1000) - 0.2).abs() < 1e-9);
    }

    #[test]
    fn a_restored_one_goes_on_alike_and_large_gradients_are_cut() {
        let device = Device::flex();
        let fresh = |seed| {
            let net = Mlp::new(&[2, 8, 1], Gain(1.0), &mut Pcg64::seed_from_u64(seed), &device.clone().autodiff());
            Scheduled::new(net, &OptimizerConfig { learning_rate: 0.01, ..OptimizerConfig::default() }, 8)
        };
        let x = || tensor(vec![1.0, 2.0, -1.0, 0.5], 2, 2, &device);
        let learn = |net: &mut Scheduled<Mlp>| {
            let loss = (net.module().forward(x()) - 300.0).square().mean();
            numbers(net.descend(loss))[0]
        };
        let (mut kept, mut restored) = (fresh(0), fresh(1));
        for _ in 0..4 {
            assert!(learn(&mut kept) > 100.0, "the norm is that before clipping");
        }
        let dir = tempfile::tempdir().expect("temporary folder");
        kept.save(dir.path(), "net").expect("writes");
        restored.load(dir.path(), "net").expect("reads");
        for _ in 0..4 {
            assert_eq!(learn(&mut kept), learn(&mut restored));
        }
        let answers = [&kept, &restored].map(|net| numbers(net.frozen().forward(x())));
        assert_eq!(answers[0], answers[1]);
    }
}
