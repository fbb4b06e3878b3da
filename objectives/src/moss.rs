//! MOSS: Zhao, Lin, Li et al., "A Mixture of Surprises for Unsupervised Reinforcement Learning", NeurIPS 2022.
//!
//! One policy for two opposite objectives: in a part of each episode it seeks surprise, in the rest it avoids it, and the
//! sign of the skill tells it which. Nothing is assumed about whether the world surprises by itself:
//!
//! ```text
//! m = floor(t / floor(H / p)) mod 2 at step t of an episode of H steps;  z = +-u, u uniform in [0, 1]^64, + where m = 0
//! for each gradient step, on a batch of (s, s', z):
//!   all nets <- descend  the contrast of (phi(s), psi(s')) with z               (contrast.rs)
//!   M, S     <- running mean and variance of the distances d of each phi(s) to its k nearest phi(s') of the batch
//!   u        =  log(1 + mean max((d - M) / S - c, 0)) with the new phi
//!   agent    <- learn from r = u where z is positive, -u where it is negative
//! ```
//!
//! Differences from the official code: rewards come from the networks after the update, not before it; fine-tuning begins
//! with the agent's own first actions, not with those of its greedy policy; of the codings of the skill only that by sign exists,
//! which is the one that was used. As there, the mode is read when a skill is drawn, distances are divided by a variance, and
//! fine-tuning takes the skill 0.5 in every coordinate, which is one that explores.

use std::path::Path;

use burn::tensor::{Device, Tensor};
use freeroam_replay::Stream;
use freeroam_trainer::TrainerError;
use serde::{Deserialize, Serialize};

use crate::contrast::{ContrastConfig, Contrasted};
use crate::registry::{broken, dimension_rule, network_rules};
use crate::{Batch, Moment, Objective, Scalars, TaskLaw};

/// Settings of MOSS.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MossConfig {
    /// Dimension of skills and representations. Paper: 64.
    pub skill_dim: usize,
    /// Steps of a skill; 0 keeps one for the whole episode. Official flag `update_skill_every_step`: 50.
    pub skill_steps: u32,
    /// Parts `p` of an episode, at least 1: it seeks surprise in the first, avoids it in the second, and so on. Official
    /// code: 2 for walker and quadruped, 1.5 for the arm.
    pub parts: f64,
    /// Temperature of the contrast. Official flag `temp`: 0.5.
    pub temperature: f64,
    /// Neighbours `k`. Official code: 16.
    pub neighbours: usize,
    /// What is taken off each scaled distance, `c`. Official code: 5e-4.
    pub floor: f64,
    /// Width of the two hidden layers of the four networks. Official code: 1024.
    pub width: usize,
    /// Adam's learning rate. Official code: 1e-4.
    pub learning_rate: f64,
}

impl Default for MossConfig {
    fn default() -> Self {
        Self {
            skill_dim: 64,
            skill_steps: 50,
            parts: 2.0,
            temperature: 0.5,
            neighbours: 16,
            floor: 5e-4,
            width: 1024,
            learning_rate: 1e-4,
        }
    }
}

impl MossConfig {
    /// Keys that are out of range, each with what was expected.
    pub(crate) fn problems(&self) -> Vec<(&'static str, &'static str)> {
        let own = [
            dimension_rule("skill_dim", self.skill_dim),
            ("parts", self.parts.is_finite() && self.parts >= 1.0, "1 or more"),
            ("temperature", self.temperature.is_finite() && self.temperature >= 0.02, "0.02 or more"),
            ("neighbours", (2..=1024).contains(&self.neighbours), "2 to 1024"),
            ("floor", self.floor.is_finite() && self.floor >= 0.0, "0 or more"),
        ];
        broken(network_rules(self.width, self.learning_rate)).chain(broken(own)).collect()
    }
}

/// The state of MOSS: the representation.
pub struct Moss {
    skill_dim: usize,
    skill_steps: u32,
    parts: f64,
    representation: Contrasted,
}

impl Moss {
    /// For observations of `observation` numbers, on the plain `device`.
    #[must_use]
    pub fn new(config: &MossConfig, observation: usize, stream: &mut Stream, device: &Device) -> Self {
        let MossConfig { skill_dim: dim, skill_steps, parts, temperature, neighbours, floor, width, learning_rate } =
            *config;
        let contrast = ContrastConfig { dim, width, learning_rate, temperature, neighbours, floor };
        let representation = Contrasted::new(contrast, observation, stream, device);
        Self { skill_dim: dim, skill_steps, parts, representation }
    }

    /// Distances of each `phi(s)` to the nearest `phi(s')` of the batch, `[B, k]`.
    fn distances(&self, batch: &Batch) -> Tensor<2> {
        let rows = batch.size();
        let both = Tensor::cat(vec![batch.observation.clone(), batch.next_observation.clone()], 0);
        let both = self.representation.state(both); // [2 B, dim]
        let (state, next) = (both.clone().narrow(0, 0, rows), both.narrow(0, rows, rows));
        self.representation.distances(state, next)
    }

    fn surprise(&self, distances: Tensor<2>) -> Tensor<2> {
        self.representation.surprise(distances, self.representation.mean_distance())
    }
}

/// 1 where a skill seeks surprise, -1 where it avoids it, `[B, dim] -> [B, 1]`.
fn sign(task: Tensor<2>) -> Tensor<2> {
    task.sum_dim(1).sign()
}

impl Objective for Moss {
    fn tasks(&self) -> TaskLaw {
        TaskLaw::Signed(self.skill_dim)
    }

    fn task_steps(&self) -> u32 {
        self.skill_steps
    }

    fn draw_task(&self, Moment { step, horizon }: Moment, stream: &mut Stream, out: &mut [f32]) {
        let part = (f64::from(horizon) / self.parts).floor().max(1.0);
        let avoids = (f64::from(step) / part).floor() % 2.0 == 1.0;
        stream.fill_uniform(0.0, 1.0, out);
        if avoids {
            out.iter_mut().for_each(|x| *x = -*x);
        }
    }

    fn fine_tuning(&self) -> TaskLaw {
        TaskLaw::Half(self.skill_dim)
    }

    fn update(&mut self, batch: &Batch, _: &mut Stream) -> Scalars {
        let loss = self.representation.descend(batch);
        let distances = self.distances(batch);
        self.representation.measure(distances.clone());
        let surprise = self.surprise(distances).mean();
        let seeking = (sign(batch.task.clone()) + 1.0).mean() / 2.0;
        vec![("moss/loss", loss), ("moss/surprise", surprise), ("moss/seeking", seeking)]
    }

    fn reward(&self, batch: &Batch) -> Tensor<2> {
        self.surprise(self.distances(batch)) * sign(batch.task.clone())
    }

    fn embed(&self, observation: Tensor<2>) -> Option<Tensor<2>> {
        Some(self.representation.state(observation))
    }

    fn save(&self, dir: &Path) -> Result<(), TrainerError> {
        self.representation.save(dir, "moss")
    }

    fn load(&mut self, dir: &Path) -> Result<(), TrainerError> {
        self.representation.load(dir, "moss")
    }
}

#[cfg(test)]
mod tests {
    use freeroam_trainer::nn::{numbers, tensor};

    use super::*;

    fn moss(parts: f64, stream: &mut Stream) -> Moss {
        let config = MossConfig { skill_dim: 4, width: 16, parts, neighbours: 3, ..MossConfig::default() };
        Moss::new(&config, 2, stream, &Device::flex())
    }

    /// Skills of 50 steps. Half and half of an episode of 1,000; of 250 steps with 1.5 parts the border, 166, lies within
    /// the fourth skill, so that only the fifth avoids surprise.
    #[test]
    fn modes_follow_the_part_of_the_episode() {
        let mut stream = Stream::new(0, "moss", 0);
        let modes = |parts: f64, horizon: u32, stream: &mut Stream| -> Vec<f32> {
            let moss = moss(parts, stream);
            let mut skill = |step| {
                let mut z = [0.0; 4];
                moss.draw_task(Moment { step, horizon }, stream, &mut z);
                assert!(z.iter().all(|x| x.signum() == z[0].signum() && x.abs() <= 1.0), "{z:?}");
                z[0].signum()
            };
            (0..horizon).step_by(50).map(&mut skill).collect()
        };
        assert_eq!(modes(1.5, 250, &mut stream), [1.0, 1.0, 1.0, 1.0, -1.0]);
        assert_eq!(modes(2.0, 1000, &mut stream), [[1.0; 10], [-1.0; 10]].concat());
    }

    #[test]
    fn the_other_sign_has_the_other_reward() {
        let device = Device::flex();
        let mut stream = Stream::new(1, "moss", 0);
        let mut moss = moss(2.0, &mut stream);
        let mut draw = |columns: usize| {
            let mut values = vec![0.0; 64 * columns];
            stream.fill_uniform(0.0, 1.0, &mut values);
            tensor(values, 64, columns, &device)
        };
        let batch = Batch::of_steps(draw(2), draw(2), draw(2), draw(4));
        moss.update(&batch, &mut stream);
        let seeks = numbers(moss.reward(&batch));
        let avoids = numbers(moss.reward(&Batch { task: -batch.task.clone(), ..batch }));
        assert!(seeks.iter().all(|r| *r >= 0.0) && seeks.iter().any(|r| *r > 0.0), "{seeks:?}");
        assert!(seeks.iter().zip(&avoids).all(|(seeks, avoids)| *seeks == -avoids));
    }
}
