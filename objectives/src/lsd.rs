//! LSD: Park, Choi, Kim, Lee and Kim, "Lipschitz-Constrained Unsupervised Skill Discovery", ICLR 2022.
//!
//! A skill is a direction in a latent space that is 1-Lipschitz in the (normalised) observation, so that reward asks for real
//! displacement:
//!
//! ```text
//! maximise  E[ (phi(s') - phi(s))^T z ]   subject to  |phi(x) - phi(y)| <= |x - y|     (eq. 5)
//! repeat
//!   roll out episodes, one z ~ p(z) each
//!   for each gradient step, on a batch of (s, s', z):
//!     phi    <- ascend  (phi(s') - phi(s))^T z, every weight W used as W / sigma_max(W)
//!     agent  <- learn from r = (phi(s') - phi(s))^T z
//! ```
//!
//! Differences from the official code: off-policy from replay with one `phi` step per agent step, like METRA's re-run of it,
//! instead of on-policy minibatches. `sigma_max` comes from one power iteration per
//! observation of a pair and update, as there.

use std::path::Path;

use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor, activation};
use freeroam_replay::Stream;
use freeroam_trainer::TrainerError;
use freeroam_trainer::nn::{Gain, Mlp, Trained, param, uniform};
use serde::{Deserialize, Serialize};

use crate::metra::displacement;
use crate::registry::{broken, skill_rules};
use crate::task::centred;
use crate::{Batch, Objective, Scalars, Skills, TaskLaw};

/// Settings of LSD.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LsdConfig {
    /// `continuous` (standard normal) or `discrete` (one-hot). Official script for Ant: continuous.
    pub skills: Skills,
    /// Latent dimension, or number of discrete skills. Official script for Ant: 2.
    pub skill_dim: usize,
    /// Width of the two hidden layers of `phi`. Official script: 1024 (512 in the efficient variant).
    pub width: usize,
    /// Adam's learning rate of `phi`. METRA's re-run: 1e-4; official script: 3e-5.
    pub learning_rate: f64,
}

impl Default for LsdConfig {
    fn default() -> Self {
        Self { skills: Skills::Continuous, skill_dim: 2, width: 1024, learning_rate: 1e-4 }
    }
}

impl LsdConfig {
    /// Keys that are out of range, each with what was expected.
    pub(crate) fn problems(&self) -> Vec<(&'static str, &'static str)> {
        broken(skill_rules(self.skills, self.skill_dim, self.width, self.learning_rate)).collect()
    }
}

/// A perceptron whose every weight matrix is divided by its largest singular value.
#[derive(Module, Debug)]
struct SpectralMlp {
    network: Mlp,
    /// The power iteration's left vectors, `[1, d_input]` per layer; not trained.
    left: Vec<Param<Tensor<2>>>,
}

impl SpectralMlp {
    fn new(sizes: &[usize], stream: &mut Stream, device: &Device) -> Self {
        let network = Mlp::new(sizes, Gain(1.0), stream, device);
        let left = sizes[..sizes.len() - 1]
            .iter()
            .map(|&inputs| {
                let vector = unit(uniform([1, inputs], 1.0, stream, device));
                param(vector, stream).set_require_grad(false)
            })
            .collect();
        let mut fresh = Self { network, left };
        for _ in 0..15 {
            fresh.iterate();
        }
        fresh
    }

    /// One power iteration on each weight matrix.
    fn iterate(&mut self) {
        let weights = self.network.layers().iter().map(|layer| plain(layer.weight.val()));
        for (left, weight) in self.left.iter_mut().zip(weights) {
            let right = unit(plain(left.val()).matmul(weight.clone())); // [1, d_output]
            let next = unit(right.matmul(weight.transpose())); // [1, d_input]
            let (id, old, mapper) = left.clone().consume();
            let next = if old.device().is_autodiff() { Tensor::from_inner(next) } else { next };
            *left = Param::from_mapped_value(id, next, mapper);
        }
    }

    /// `[B, d_input] -> [B, d_output]`; 1-Lipschitz up to the lag of the power iteration.
    fn forward(&self, mut x: Tensor<2>) -> Tensor<2> {
        let last = self.left.len() - 1;
        for (i, (layer, left)) in self.network.layers().iter().zip(&self.left).enumerate() {
            let weight = layer.weight.val();
            let left = plain(left.val());
            let right = unit(left.clone().matmul(plain(weight.clone()))); // [1, d_output], a constant
            let sigma = (left.matmul(weight.clone()) * right).sum_dim(1); // [1, 1], tracked through the weight
            x = x.matmul(weight / sigma);
            if let Some(bias) = &layer.bias {
                x = x + bias.val().unsqueeze();
            }
            if i < last {
                x = activation::relu(x);
            }
        }
        x
    }
}

fn unit(x: Tensor<2>) -> Tensor<2> {
    let norm = x.clone().square().sum_dim(1).sqrt().clamp_min(1e-12);
    x / norm
}

fn plain(x: Tensor<2>) -> Tensor<2> {
    if x.device().is_autodiff() { x.inner() } else { x }
}

/// LSD's state: the spectrally normalised latent map `phi`.
pub struct Lsd {
    tasks: TaskLaw,
    phi: Trained<SpectralMlp>,
}

impl Lsd {
    /// For observations of `observation` numbers, on the plain `device`.
    #[must_use]
    pub fn new(config: &LsdConfig, observation: usize, stream: &mut Stream, device: &Device) -> Self {
        let sizes = [observation, config.width, config.width, config.skill_dim];
        let network = SpectralMlp::new(&sizes, stream, &device.clone().autodiff());
        Self {
            tasks: match config.skills {
                Skills::Continuous => TaskLaw::Normal(config.skill_dim),
                Skills::Discrete => TaskLaw::OneHot(config.skill_dim),
            },
            phi: Trained::new(network, config.learning_rate, device),
        }
    }
}

impl Objective for Lsd {
    fn tasks(&self) -> TaskLaw {
        self.tasks
    }

    fn update(&mut self, batch: &Batch, _: &mut Stream) -> Scalars {
        // One power iteration for each of the two observations, as when they pass the network one after the other.
        for _ in 0..2 {
            self.phi.module_mut().iterate();
        }
        let delta = displacement(|s| self.phi.module().forward(s), batch); // [B, D]
        let length = delta.clone().inner().square().sum_dim(1).sqrt().mean();
        let loss = -(delta * centred(self.tasks, batch.task.clone())).sum_dim(1).mean();
        let metrics = vec![("lsd/loss_phi", loss.clone().inner()), ("lsd/step_length", length)];
        self.phi.descend(loss);
        metrics
    }

    fn reward(&self, batch: &Batch) -> Tensor<2> {
        let phi = self.phi.frozen();
        (displacement(|s| phi.forward(s), batch) * centred(self.tasks, batch.task.clone())).sum_dim(1)
    }

    fn telescopes(&self) -> bool {
        true
    }

    fn embed(&self, observation: Tensor<2>) -> Option<Tensor<2>> {
        Some(self.phi.frozen().forward(observation))
    }

    fn towards(&self, observation: Tensor<2>, goal: Tensor<2>) -> Option<Tensor<2>> {
        let phi = self.phi.frozen();
        Some(self.tasks.along(phi.forward(goal) - phi.forward(observation)))
    }

    fn save(&self, dir: &Path) -> Result<(), TrainerError> {
        self.phi.save(dir, "lsd-phi")
    }

    fn load(&mut self, dir: &Path) -> Result<(), TrainerError> {
        self.phi.load(dir, "lsd-phi")
    }
}
