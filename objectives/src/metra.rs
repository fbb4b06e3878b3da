//! METRA: Park, Rybkin and Levine, "METRA: Scalable Unsupervised RL with Metric-Aware Abstraction", ICLR 2024.
//!
//! A skill is a direction in a latent space in which one environment step is at most one unit long, so that moving far
//! along a skill means moving far in time:
//!
//! ```text
//! maximise  E[ (phi(s') - phi(s))^T z ]   subject to  |phi(s') - phi(s)| <= 1      (eqs. 7 and 8)
//! repeat
//!   roll out episodes, one z each, z uniform on the unit sphere
//!   for each gradient step, on a batch of (s, s', z):
//!     c       = mean_j (phi(s') - phi(s))_j^2
//!     phi    <- ascend   (phi(s') - phi(s))^T z + lambda min(epsilon, 1 - c)       (eq. 9)
//!     lambda <- descend  log(lambda) * mean min(epsilon, 1 - c)                    (eq. 10)
//!     agent  <- learn from r = (phi(s') - phi(s))^T z with the new phi
//! ```
//!
//! Differences from the official code: none in the losses. Like it, `c` is the mean over latent dimensions, which bounds
//! the step by `sqrt(skill_dim)`, and the dual step moves `log(lambda)`. Both observations pass `phi` in one product.

use std::path::Path;

use burn::tensor::{Device, Tensor};
use freeroam_replay::Stream;
use freeroam_trainer::TrainerError;
use freeroam_trainer::nn::{Gain, Mlp, Scalar, Trained};
use serde::{Deserialize, Serialize};

use crate::registry::{broken, skill_rules};
use crate::task::centred;
use crate::{Batch, Objective, Scalars, Skills, TaskLaw};

/// Settings of METRA.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MetraConfig {
    /// `continuous` (unit vectors) or `discrete` (one-hot). Official flag `discrete`: 0 for Ant.
    pub skills: Skills,
    /// Latent dimension, or number of discrete skills. Paper, app. F.1: 2 for Ant, 16 discrete for `HalfCheetah`.
    pub skill_dim: usize,
    /// Width of the two hidden layers of `phi`. Paper, table 2: 1024.
    pub width: usize,
    /// Adam's learning rate of `phi`. Paper, table 2: 1e-4.
    pub learning_rate: f64,
    /// Adam's learning rate of `log(lambda)`. Official flag `dual_lr`, by default that of `phi`: 1e-4.
    pub dual_learning_rate: f64,
    /// First value of `lambda`. Paper, table 2: 30.
    pub initial_lambda: f64,
    /// Slack `epsilon` of the constraint. Paper, table 2: 1e-3.
    pub slack: f64,
}

impl Default for MetraConfig {
    fn default() -> Self {
        Self {
            skills: Skills::Continuous,
            skill_dim: 2,
            width: 1024,
            learning_rate: 1e-4,
            dual_learning_rate: 1e-4,
            initial_lambda: 30.0,
            slack: 1e-3,
        }
    }
}

impl MetraConfig {
    /// Keys that are out of range, each with what was expected.
    pub(crate) fn problems(&self) -> Vec<(&'static str, &'static str)> {
        let positive = |x: f64| x.is_finite() && x > 0.0;
        let own = [
            ("dual_learning_rate", positive(self.dual_learning_rate), "a positive number"),
            ("initial_lambda", positive(self.initial_lambda), "a positive number"),
            ("slack", positive(self.slack), "a positive number"),
        ];
        broken(skill_rules(self.skills, self.skill_dim, self.width, self.learning_rate)).chain(broken(own)).collect()
    }
}

/// METRA's state: the latent map `phi` and the dual variable `lambda`.
pub struct Metra {
    tasks: TaskLaw,
    slack: f32,
    phi: Trained<Mlp>,
    log_lambda: Trained<Scalar>,
}

impl Metra {
    /// For observations of `observation` numbers, on the plain `device`.
    #[must_use]
    pub fn new(config: &MetraConfig, observation: usize, stream: &mut Stream, device: &Device) -> Self {
        let tracked = device.clone().autodiff();
        let sizes = [observation, config.width, config.width, config.skill_dim];
        Self {
            tasks: match config.skills {
                Skills::Continuous => TaskLaw::Sphere(config.skill_dim),
                Skills::Discrete => TaskLaw::OneHot(config.skill_dim),
            },
            slack: config.slack as f32,
            phi: Trained::new(Mlp::new(&sizes, Gain(1.0), stream, &tracked), config.learning_rate, device),
            log_lambda: Trained::new(
                Scalar::new(config.initial_lambda.ln() as f32, stream, &tracked),
                config.dual_learning_rate,
                device,
            ),
        }
    }
}

/// `phi(s') - phi(s)`, `[B, D]`.
pub(crate) fn displacement(phi: impl Fn(Tensor<2>) -> Tensor<2>, batch: &Batch) -> Tensor<2> {
    let rows = batch.size();
    let both = phi(Tensor::cat(vec![batch.next_observation.clone(), batch.observation.clone()], 0)); // [2 B, D]
    both.clone().narrow(0, 0, rows) - both.narrow(0, rows, rows)
}

impl Objective for Metra {
    fn tasks(&self) -> TaskLaw {
        self.tasks
    }

    fn update(&mut self, batch: &Batch, _: &mut Stream) -> Scalars {
        let lambda = self.log_lambda.module().exp(); // [1, 1]
        let z = centred(self.tasks, batch.task.clone());
        let delta = displacement(|s| self.phi.module().forward(s), batch); // [B, D]
        let length = delta.clone().square().mean_dim(1); // c, [B, 1]
        let penalty = (-length.clone() + 1.0).clamp_max(self.slack); // [B, 1]
        let slack = penalty.clone().inner().mean();
        let loss = -((delta * z).sum_dim(1) + penalty * lambda.clone()).mean();
        let metrics = vec![
            ("metra/loss_phi", loss.clone().inner()),
            ("metra/constraint", length.inner().mean()),
            ("metra/lambda", lambda.reshape([1])),
        ];
        self.phi.descend(loss);
        let dual = self.log_lambda.module().value() * slack;
        self.log_lambda.descend(dual);
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
        self.phi.save(dir, "metra-phi")?;
        self.log_lambda.save(dir, "metra-log-lambda")
    }

    fn load(&mut self, dir: &Path) -> Result<(), TrainerError> {
        self.phi.load(dir, "metra-phi")?;
        self.log_lambda.load(dir, "metra-log-lambda")
    }
}
