//! CIC: Laskin, Liu, Peng et al., "Unsupervised Reinforcement Learning with Contrastive Intrinsic Control", NeurIPS 2022.
//!
//! Entropy of the visited states, in a representation that contrasts transitions with a large continuous skill:
//!
//! ```text
//! z uniform in [0, 1]^64, drawn anew every 50 steps
//! for each gradient step, on a batch of (s, s', z):
//!   all nets <- descend  the contrast of (phi(s), psi(s')) with z              (contrast.rs)
//!   S        <- running variance of the distances d of each phi(s') to its k nearest phi(s') of the batch
//!   agent    <- learn from r = log(1 + mean max(d / S - c, 0)) with the new phi
//! ```
//!
//! Differences from the official code: none in the losses. As there, and unlike the paper, the contrast is no part of the
//! reward, the entropy is that of single next states, distances are divided by a variance, and fine-tuning takes the skill
//! 0.5 in every coordinate.

use std::path::Path;

use burn::tensor::{Device, Tensor};
use freeroam_replay::Stream;
use freeroam_trainer::TrainerError;
use serde::{Deserialize, Serialize};

use crate::contrast::{ContrastConfig, Contrasted};
use crate::registry::{broken, dimension_rule, network_rules};
use crate::{Batch, Objective, Scalars, TaskLaw};

/// Settings of CIC.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CicConfig {
    /// Dimension of skills and representations. Paper: 64.
    pub skill_dim: usize,
    /// Steps of a skill; 0 keeps one for the whole episode. Official flag `update_skill_every_step`: 50.
    pub skill_steps: u32,
    /// Temperature of the contrast. Official flag `temp`: 0.5.
    pub temperature: f64,
    /// Neighbours `k`, the state itself among them. Official code: 16.
    pub neighbours: usize,
    /// What is taken off each scaled distance, `c`. Official code: 5e-4.
    pub floor: f64,
    /// Width of the two hidden layers of the four networks. Official code: 1024.
    pub width: usize,
    /// Adam's learning rate. Official code: 1e-4.
    pub learning_rate: f64,
}

impl Default for CicConfig {
    fn default() -> Self {
        Self {
            skill_dim: 64,
            skill_steps: 50,
            temperature: 0.5,
            neighbours: 16,
            floor: 5e-4,
            width: 1024,
            learning_rate: 1e-4,
        }
    }
}

impl CicConfig {
    /// Keys that are out of range, each with what was expected.
    pub(crate) fn problems(&self) -> Vec<(&'static str, &'static str)> {
        let own = [
            dimension_rule("skill_dim", self.skill_dim),
            ("temperature", self.temperature.is_finite() && self.temperature >= 0.02, "0.02 or more"),
            ("neighbours", (2..=1024).contains(&self.neighbours), "2 to 1024"),
            ("floor", self.floor.is_finite() && self.floor >= 0.0, "0 or more"),
        ];
        broken(network_rules(self.width, self.learning_rate)).chain(broken(own)).collect()
    }
}

/// CIC's state: the representation.
pub struct Cic {
    skill_dim: usize,
    skill_steps: u32,
    representation: Contrasted,
}

impl Cic {
    /// For observations of `observation` numbers, on the plain `device`.
    #[must_use]
    pub fn new(config: &CicConfig, observation: usize, stream: &mut Stream, device: &Device) -> Self {
        let CicConfig { skill_dim: dim, skill_steps, temperature, neighbours, floor, width, learning_rate } = *config;
        let contrast = ContrastConfig { dim, width, learning_rate, temperature, neighbours, floor };
        Self { skill_dim: dim, skill_steps, representation: Contrasted::new(contrast, observation, stream, device) }
    }

    /// Distances of each `phi(s')` to its nearest, `[B, k]`.
    fn distances(&self, batch: &Batch) -> Tensor<2> {
        let next = self.representation.state(batch.next_observation.clone());
        self.representation.distances(next.clone(), next)
    }
}

impl Objective for Cic {
    fn tasks(&self) -> TaskLaw {
        TaskLaw::Cube(self.skill_dim)
    }

    fn task_steps(&self) -> u32 {
        self.skill_steps
    }

    fn fine_tuning(&self) -> TaskLaw {
        TaskLaw::Half(self.skill_dim)
    }

    fn update(&mut self, batch: &Batch, _: &mut Stream) -> Scalars {
        let loss = self.representation.descend(batch);
        let distances = self.distances(batch);
        self.representation.measure(distances.clone());
        vec![("cic/loss", loss), ("cic/distance", distances.mean())]
    }

    fn reward(&self, batch: &Batch) -> Tensor<2> {
        self.representation.surprise(self.distances(batch), 0.0)
    }

    fn embed(&self, observation: Tensor<2>) -> Option<Tensor<2>> {
        Some(self.representation.state(observation))
    }

    fn save(&self, dir: &Path) -> Result<(), TrainerError> {
        self.representation.save(dir, "cic")
    }

    fn load(&mut self, dir: &Path) -> Result<(), TrainerError> {
        self.representation.load(dir, "cic")
    }
}

#[cfg(test)]
mod tests {
    use freeroam_trainer::nn::{numbers, tensor};

    use super::*;

    /// Steps of eight numbers that go where the skill points to.
    fn batch(stream: &mut Stream, device: &Device) -> Batch {
        let mut draw = |columns: usize| {
            let mut values = vec![0.0; 128 * columns];
            stream.fill_uniform(0.0, 1.0, &mut values);
            tensor(values, 128, columns, device)
        };
        let (state, action, skill) = (draw(8), draw(2), draw(8));
        Batch::of_steps(state.clone(), action, state + skill.clone(), skill)
    }

    #[test]
    fn skills_shape_the_representation_and_not_the_reward() {
        let device = Device::flex();
        let mut stream = Stream::new(0, "transitions", 0);
        let config = CicConfig { skill_dim: 8, width: 32, learning_rate: 1e-3, ..CicConfig::default() };
        let mut cic = Cic::new(&config, 8, &mut stream, &device);
        let one = batch(&mut stream, &device);
        let other = Batch { task: batch(&mut stream, &device).task, ..one.clone() };
        let loss = |scalars: Scalars| scalars[0].1.clone().into_scalar::<f32>();
        let first = loss(cic.update(&one, &mut stream));
        assert_eq!(numbers(cic.reward(&one)), numbers(cic.reward(&other)));
        let last = (0..300).map(|_| loss(cic.update(&one, &mut stream))).last().expect("steps");
        assert!(last < first - 1.0, "the loss went from {first} to {last}");
        let rewards = numbers(cic.reward(&one));
        assert!(rewards.iter().all(|reward| *reward >= 0.0) && rewards.iter().any(|reward| *reward > 0.0));
    }
}
