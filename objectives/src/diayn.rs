//! DIAYN: Eysenbach, Gupta, Ibarz and Levine, "Diversity Is All You Need", ICLR 2019.
//!
//! Skills should be told apart by the states they visit:
//!
//! ```text
//! repeat
//!   roll out episodes, one z ~ p(z) each
//!   for each gradient step, on a batch of (s', z):
//!     q      <- ascend  log q(z | s')                                    (algorithm 1)
//!     agent  <- learn from r = log q(z | s') - log p(z)                  (eq. 3)
//! ```
//!
//! Differences from the official code: the discriminator sees `s'` (as in METRA's baseline) instead of `s`; the agent is the
//! run's own instead of SAC with a value network and a Gaussian mixture. Continuous skills `z ~ N(0, I)` with a Gaussian `q`
//! and no prior term follow METRA's baseline. The output layer starts near zero, so that rewards start near zero.

use std::f32::consts::PI;
use std::path::Path;

use burn::tensor::{Device, Tensor};
use freeroam_replay::Stream;
use freeroam_trainer::TrainerError;
use freeroam_trainer::nn::{Gain, Mlp, Trained, log_softmax};
use serde::{Deserialize, Serialize};

use crate::registry::{broken, skill_rules};
use crate::{Batch, Objective, Scalars, Skills, TaskLaw};

/// Settings of DIAYN.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DiaynConfig {
    /// `discrete` (one-hot; the paper) or `continuous` (standard normal; METRA's baseline).
    pub skills: Skills,
    /// Number of discrete skills (official script: 50), or dimension of a continuous one (METRA's Ant: 2).
    pub skill_dim: usize,
    /// Width of the discriminator's two hidden layers. METRA's baseline: 1024; the paper: 300.
    pub width: usize,
    /// Adam's learning rate of the discriminator. METRA's baseline: 1e-4; official script: 3e-4.
    pub learning_rate: f64,
}

impl Default for DiaynConfig {
    fn default() -> Self {
        Self { skills: Skills::Discrete, skill_dim: 50, width: 1024, learning_rate: 1e-4 }
    }
}

impl DiaynConfig {
    /// Keys that are out of range, each with what was expected.
    pub(crate) fn problems(&self) -> Vec<(&'static str, &'static str)> {
        broken(skill_rules(self.skills, self.skill_dim, self.width, self.learning_rate)).collect()
    }
}

/// DIAYN's state: the discriminator `q(z | s)`.
pub struct Diayn {
    tasks: TaskLaw,
    discriminator: Trained<Mlp>,
}

impl Diayn {
    /// For observations of `observation` numbers, on the plain `device`.
    #[must_use]
    pub fn new(config: &DiaynConfig, observation: usize, stream: &mut Stream, device: &Device) -> Self {
        let (tasks, outputs) = match config.skills {
            Skills::Discrete => (TaskLaw::OneHot(config.skill_dim), config.skill_dim),
            Skills::Continuous => (TaskLaw::Normal(config.skill_dim), 2 * config.skill_dim),
        };
        let sizes = [observation, config.width, config.width, outputs];
        let network = Mlp::new(&sizes, Gain(0.01), stream, &device.clone().autodiff());
        Self { tasks, discriminator: Trained::new(network, config.learning_rate, device) }
    }

    /// `log q(z | s)` from the network's output, `[B, 1]`.
    fn log_likelihood(&self, output: Tensor<2>, z: Tensor<2>) -> Tensor<2> {
        match self.tasks {
            TaskLaw::OneHot(_) => (log_softmax(output) * z).sum_dim(1),
            law => {
                let mean = output.clone().narrow(1, 0, law.dim());
                let log_std = output.narrow(1, law.dim(), law.dim()).clamp(-5.0, 2.0);
                let distance = (z - mean) * (-log_std.clone()).exp();
                (distance.square() * -0.5 - log_std - 0.5 * (2.0 * PI).ln()).sum_dim(1)
            }
        }
    }

    /// `-log p(z)`: constant for one-hot skills, left out for continuous ones.
    fn prior_term(&self) -> f32 {
        match self.tasks {
            TaskLaw::OneHot(count) => (count as f32).ln(),
            _ => 0.0,
        }
    }
}

impl Objective for Diayn {
    fn tasks(&self) -> TaskLaw {
        self.tasks
    }

    fn update(&mut self, batch: &Batch, _: &mut Stream) -> Scalars {
        let output = self.discriminator.module().forward(batch.next_observation.clone());
        let mut metrics = Scalars::new();
        if let TaskLaw::OneHot(_) = self.tasks {
            let hit = output.clone().inner().argmax(1).equal(batch.task.clone().argmax(1)); // [B, 1]
            metrics.push(("diayn/accuracy", hit.float().mean()));
        }
        let loss = -self.log_likelihood(output, batch.task.clone()).mean();
        metrics.push(("diayn/loss_discriminator", loss.clone().inner()));
        self.discriminator.descend(loss);
        metrics
    }

    fn reward(&self, batch: &Batch) -> Tensor<2> {
        let output = self.discriminator.frozen().forward(batch.next_observation.clone());
        self.log_likelihood(output, batch.task.clone()) + self.prior_term()
    }

    fn embed(&self, observation: Tensor<2>) -> Option<Tensor<2>> {
        // The posterior's mean, or the skills' log-probabilities.
        let output = self.discriminator.frozen().forward(observation);
        Some(match self.tasks {
            TaskLaw::OneHot(_) => log_softmax(output),
            law => output.narrow(1, 0, law.dim()),
        })
    }

    fn towards(&self, _: Tensor<2>, goal: Tensor<2>) -> Option<Tensor<2>> {
        // The skill that the goal state itself reveals.
        let latent = self.embed(goal)?;
        Some(match self.tasks {
            TaskLaw::OneHot(_) => self.tasks.along(latent),
            _ => latent,
        })
    }

    fn save(&self, dir: &Path) -> Result<(), TrainerError> {
        self.discriminator.save(dir, "diayn-discriminator")
    }

    fn load(&mut self, dir: &Path) -> Result<(), TrainerError> {
        self.discriminator.load(dir, "diayn-discriminator")
    }
}
