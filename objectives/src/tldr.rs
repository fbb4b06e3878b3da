//! TLDR: Bae, Park and Lee, "TLDR: Unsupervised Goal-Conditioned RL via Temporal Distance-Aware Representations", `CoRL` 2024.
//!
//! METRA's latent space without its skills: one policy goes to states that are far from others in it, a second one explores from
//! there.
//!
//! ```text
//! n(x) = log(1 + mean distance of phi(x) to its k nearest of the batch)
//! repeat
//!   roll out episodes to goals g, the states of the latest batch of largest n; in every other one, from a random step on, the
//!   exploring policy takes over
//!   for each gradient step, on a batch of (s, s', g):
//!     c       = mean_j (phi(s') - phi(s))_j^2,   x a state of another transition
//!     phi    <- descend  softplus_beta(500 - |phi(s) - phi(x)|) - lambda min(epsilon, 1 - c),  beta = 0.01
//!     lambda <- descend  log(lambda) * mean min(epsilon, 1 - c)
//!     policy to goals   <- learn from |phi(s) - phi(g)| - |phi(s') - phi(g)|, most g replaced by later states of their episode
//!     exploring policy  <- learn from n(s') - n(s), neighbours among phi(s) of the batch
//! ```
//!
//! A task is the goal, a normalised observation, followed by the number of steps after which the episode explores: from 0 on it
//! does.
//!
//! Differences from the official code: goals are drawn from the best of the latest batch one by one, instead of handing out each once,
//! and whether an episode explores is drawn too; the scale of novelty is the running mean over an eighth of each batch.

use std::path::Path;

use burn::tensor::{Device, Tensor, activation};
use freeroam_replay::Stream;
use freeroam_replay::dataset::{FutureLaw, GoalMixture};
use freeroam_trainer::TrainerError;
use freeroam_trainer::nn::{Gain, Mlp, Scalar, Trained, numbers, tensor};
use serde::{Deserialize, Serialize};

use crate::moments::Moments;
use crate::particles::{Scale, nearest, surprise};
use crate::registry::{broken, dimension_rule, network_rules};
use crate::{Batch, Moment, Objective, Scalars, TaskLaw};

/// Settings of TLDR. Defaults are those of the official code for states.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TldrConfig {
    /// Dimension of the latent space. Official flag `dim_option`: 4.
    pub latent_dim: usize,
    /// Width of the two hidden layers of `phi`. Official code: 1024.
    pub width: usize,
    /// Adam's learning rate of `phi`. Official flag `lr_te`: 5e-4.
    pub learning_rate: f64,
    /// Adam's learning rate of `log(lambda)`. Official flag `dual_lr`: 1e-4.
    pub dual_learning_rate: f64,
    /// First value of `lambda`. Official flag `dual_lam`: 3000.
    pub initial_lambda: f64,
    /// Slack `epsilon` of the constraint. Official flag `dual_slack`: 1e-3.
    pub slack: f64,
    /// Neighbours `k` of a state, itself among them. Official flag `knn_k`: 12.
    pub neighbours: usize,
    /// States of largest `n` from which goals are drawn. Official code: 8, one for each episode.
    pub goals: usize,
    /// Share of transitions of the policy to goals whose goal is replaced by a later state; of those of the exploring policy all
    /// are. Official code: 0.8.
    pub relabel: f64,
    /// Discount of the policy to goals; that of the exploring one is the agent's. Official flag: 0.97.
    pub goal_discount: f64,
}

impl Default for TldrConfig {
    fn default() -> Self {
        Self {
            latent_dim: 4,
            width: 1024,
            learning_rate: 5e-4,
            dual_learning_rate: 1e-4,
            initial_lambda: 3000.0,
            slack: 1e-3,
            neighbours: 12,
            goals: 8,
            relabel: 0.8,
            goal_discount: 0.97,
        }
    }
}

impl TldrConfig {
    /// Keys that are out of range, each with what was expected.
    pub(crate) fn problems(&self) -> Vec<(&'static str, &'static str)> {
        let positive = |x: f64| x.is_finite() && x > 0.0;
        let own = [
            dimension_rule("latent_dim", self.latent_dim),
            ("dual_learning_rate", positive(self.dual_learning_rate), "a positive number"),
            ("initial_lambda", positive(self.initial_lambda), "a positive number"),
            ("slack", positive(self.slack), "a positive number"),
            ("neighbours", (2..=1024).contains(&self.neighbours), "2 to 1024"),
            ("goals", (1..=1024).contains(&self.goals), "1 to 1024"),
            ("relabel", (0.0..=1.0).contains(&self.relabel), "0 to 1"),
            ("goal_discount", (0.0..=1.0).contains(&self.goal_discount), "0 to 1"),
        ];
        broken(network_rules(self.width, self.learning_rate)).chain(broken(own)).collect()
    }
}

/// The distance at which states stop being pushed apart, and how softly.
const FAR: f32 = 500.0;
const SOFTNESS: f64 = 0.01;
/// What is taken off scaled distances, as in the particle entropy of URLB.
const FLOOR: f32 = 1e-4;
/// The part of a batch over which the scale of novelty is measured.
const PART: usize = 8;

/// TLDR's state: the latent map `phi`, the dual variable `lambda`, the scale of novelty and the states that may become goals.
pub struct Tldr {
    config: TldrConfig,
    observation: usize,
    phi: Trained<Mlp>,
    log_lambda: Trained<Scalar>,
    scale: Moments,
    /// Next observations of the latest batch, `[B, observation]` row by row; empty before the first.
    latest: Vec<f32>,
    device: Device,
}

impl Tldr {
    /// For observations of `observation` numbers, on the plain `device`.
    #[must_use]
    pub fn new(config: &TldrConfig, observation: usize, stream: &mut Stream, device: &Device) -> Self {
        let tracked = device.clone().autodiff();
        let sizes = [observation, config.width, config.width, config.latent_dim];
        Self {
            config: config.clone(),
            observation,
            phi: Trained::new(Mlp::new(&sizes, Gain(1.0), stream, &tracked), config.learning_rate, device),
            log_lambda: Trained::new(
                Scalar::new(config.initial_lambda.ln() as f32, stream, &tracked),
                config.dual_learning_rate,
                device,
            ),
            scale: Moments::default(),
            latest: Vec::new(),
            device: device.clone(),
        }
    }

    /// `n` of latents among others under the running scale, `[Q, D], [P, D] -> [Q, 1]`.
    fn novelty(&self, queries: Tensor<2>, points: Tensor<2>) -> Tensor<2> {
        let distances = nearest(queries, points, self.config.neighbours, &self.device);
        surprise(distances, Scale { centre: 0.0, scale: self.scale.mean(), floor: FLOOR })
    }

    /// The goal of tasks, `[B, observation]`.
    fn goal(&self, task: &Tensor<2>) -> Tensor<2> {
        task.clone().narrow(1, 0, self.observation)
    }

    /// Rows of the latest batch, most novel first.
    fn ranked(&self) -> Vec<usize> {
        let rows = self.latest.len() / self.observation;
        let latents = self.phi.frozen().forward(tensor(self.latest.clone(), rows, self.observation, &self.device));
        let distances = nearest(latents.clone(), latents, self.config.neighbours, &self.device);
        let novelty = numbers(surprise(distances, Scale::PLAIN));
        let mut order: Vec<usize> = (0..rows).collect();
        order.sort_by(|a, b| novelty[*b].total_cmp(&novelty[*a]));
        order
    }
}

/// `|a - b|`, `[B, D]` each to `[B, 1]`; the floor keeps the slope finite where they meet.
fn distance(a: Tensor<2>, b: Tensor<2>) -> Tensor<2> {
    (a - b).square().sum_dim(1).clamp_min(1e-6).sqrt()
}

impl Objective for Tldr {
    fn tasks(&self) -> TaskLaw {
        TaskLaw::Goal(self.observation)
    }

    /// The exploring policy's, which has no task.
    fn fine_tuning(&self) -> TaskLaw {
        TaskLaw::None
    }

    fn two_policies(&self) -> Option<f64> {
        Some(self.config.goal_discount)
    }

    fn draw_task(&self, moment: Moment, stream: &mut Stream, out: &mut [f32]) {
        let (goal, steps) = out.split_at_mut(self.observation);
        goal.fill(0.0);
        steps.fill(0.0);
        if self.latest.is_empty() {
            return;
        }
        let ranked = self.ranked();
        let row = ranked[stream.below(self.config.goals.min(ranked.len()))];
        goal.copy_from_slice(&self.latest[row * self.observation..][..self.observation]);
        let explores = stream.below(2) == 0;
        let switch = stream.below(moment.horizon.max(1) as usize);
        steps.fill(if explores { switch as f32 } else { moment.horizon as f32 + 1.0 });
    }

    fn advance(&self, task: &mut [f32]) {
        task[self.observation] = (task[self.observation] - 1.0).max(0.0);
    }

    /// Goals of an evaluation are any states of the latest batch, and there is no exploring.
    fn evaluation_tasks(&self, count: usize, stream: &mut Stream) -> Vec<f32> {
        let rows = self.latest.len() / self.observation;
        let mut tasks = Vec::with_capacity(count * (self.observation + 1));
        for _ in 0..count {
            if rows == 0 {
                tasks.resize(tasks.len() + self.observation, 0.0);
            } else {
                let row = stream.below(rows);
                tasks.extend_from_slice(&self.latest[row * self.observation..][..self.observation]);
            }
            tasks.push(1.0);
        }
        tasks
    }

    fn relabels(&self) -> bool {
        true
    }

    fn goals(&self) -> Option<GoalMixture> {
        Some(GoalMixture { current: 0.0, future: 1.0, law: FutureLaw::Uniform })
    }

    /// # Panics
    /// When the batch comes without goals.
    fn relabel(&self, batch: Batch, stream: &mut Stream) -> Batch {
        let later = batch.goals.clone().expect("the learner gives the goals that were asked for").observation;
        let rows = batch.size();
        let draws = (0..rows).map(|_| f32::from(u8::from(stream.uniform(0.0, 1.0) < self.config.relabel))).collect();
        let steps = batch.task.clone().narrow(1, self.observation, 1); // [B, 1]
        let explored = steps.clone().lower_equal_elem(0.0).float();
        let replaced = explored.max_pair(tensor(draws, rows, 1, &self.device)); // [B, 1]
        let goal = self.goal(&batch.task) * (-replaced.clone() + 1.0) + later * replaced;
        Batch { task: Tensor::cat(vec![goal, steps], 1), ..batch }
    }

    fn update(&mut self, batch: &Batch, _: &mut Stream) -> Scalars {
        let rows = batch.size();
        let lambda = self.log_lambda.module().exp(); // [1, 1]
        let both = Tensor::cat(vec![batch.observation.clone(), batch.next_observation.clone()], 0);
        let latents = self.phi.module().forward(both); // [2 B, D]
        let (from, to) = (latents.clone().narrow(0, 0, rows), latents.narrow(0, rows, rows));
        // States of other transitions: the next ones, moved on by a row.
        let others = Tensor::cat(vec![to.clone().narrow(0, 1, rows - 1), to.clone().narrow(0, 0, 1)], 0);
        let apart = distance(from.clone(), others);
        let length = (to - from).square().mean_dim(1); // c, [B, 1]
        let penalty = (-length.clone() + 1.0).clamp_max(self.config.slack as f32); // [B, 1]
        let slack = penalty.clone().inner().mean();
        let loss = (activation::softplus(-apart.clone() + FAR, SOFTNESS) - penalty * lambda.clone()).mean();
        let metrics = vec![
            ("tldr/loss_phi", loss.clone().inner()),
            ("tldr/constraint", length.inner().mean()),
            ("tldr/distance", apart.inner().mean()),
            ("tldr/lambda", lambda.reshape([1])),
        ];
        self.phi.descend(loss);
        let dual = self.log_lambda.module().value() * slack;
        self.log_lambda.descend(dual);

        let points = self.phi.frozen().forward(batch.observation.clone());
        let part = points.clone().narrow(0, 0, rows.div_ceil(PART));
        self.scale.update(&numbers(nearest(part, points, self.config.neighbours, &self.device)));
        self.latest = numbers(batch.next_observation.clone());
        metrics
    }

    /// Progress to the goal, then gain of novelty, `[B, 2]`.
    fn reward(&self, batch: &Batch) -> Tensor<2> {
        let phi = self.phi.frozen();
        let rows = batch.size();
        let all = vec![batch.observation.clone(), batch.next_observation.clone(), self.goal(&batch.task)];
        let latents = phi.forward(Tensor::cat(all, 0)); // [3 B, D]
        let part = |k: usize| latents.clone().narrow(0, k * rows, rows);
        let progress = distance(part(0), part(2)) - distance(part(1), part(2));
        let novelty = self.novelty(latents.clone().narrow(0, 0, 2 * rows), part(0)); // [2 B, 1]
        let gain = novelty.clone().narrow(0, rows, rows) - novelty.narrow(0, 0, rows);
        Tensor::cat(vec![progress, gain], 1)
    }

    fn embed(&self, observation: Tensor<2>) -> Option<Tensor<2>> {
        Some(self.phi.frozen().forward(observation))
    }

    fn towards(&self, _: Tensor<2>, goal: Tensor<2>) -> Option<Tensor<2>> {
        let steps = Tensor::ones([goal.dims()[0], 1], &goal.device());
        Some(Tensor::cat(vec![goal, steps], 1))
    }

    fn save(&self, dir: &Path) -> Result<(), TrainerError> {
        self.phi.save(dir, "tldr-phi")?;
        self.log_lambda.save(dir, "tldr-log-lambda")?;
        self.scale.save(dir, "tldr-scale")?;
        let path = dir.join(LATEST);
        let bytes: Vec<u8> = self.latest.iter().flat_map(|x| x.to_le_bytes()).collect();
        std::fs::write(&path, bytes).map_err(|source| TrainerError::Io { path, source })
    }

    fn load(&mut self, dir: &Path) -> Result<(), TrainerError> {
        self.phi.load(dir, "tldr-phi")?;
        self.log_lambda.load(dir, "tldr-log-lambda")?;
        self.scale = Moments::load(dir, "tldr-scale")?;
        let path = dir.join(LATEST);
        let bytes = std::fs::read(&path)
            .map_err(|error| TrainerError::Checkpoint { path: path.clone(), reason: error.to_string() })?;
        let (numbers, rest) = bytes.as_chunks::<4>();
        if !rest.is_empty() || !numbers.len().is_multiple_of(self.observation) {
            let reason = format!("it has {} bytes, expected rows of {} numbers", bytes.len(), self.observation);
            return Err(TrainerError::Checkpoint { path, reason });
        }
        self.latest = numbers.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
        Ok(())
    }
}

/// The states that may become goals, little-endian `f32`. The name's ending is that of files which a policy alone needs too.
const LATEST: &str = "tldr-latest.moments";

#[cfg(test)]
mod tests;
