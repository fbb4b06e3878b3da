//! IND-APT for states: the other row of APT in URLB (Laskin et al., 2021), whose representation for images is learned by
//! instance discrimination. States need none: distances are those of the normalised observation itself.
//!
//! ```text
//! for each gradient step, on a batch of s:
//!   M     <- running mean of the distances d of each s to its k nearest s of the batch
//!   agent <- learn from r = log(1 + mean max(d / M - c, 0))
//! ```
//!
//! Differences from the official code: only its settings were released (k 12, averaged, divided by the running mean, cut at
//! 1e-4), not its agent. With states there is nothing to discriminate, and nothing is learned besides the policy.

use std::path::Path;

use burn::tensor::{Device, Tensor};
use freeroam_replay::Stream;
use freeroam_trainer::TrainerError;
use freeroam_trainer::nn::numbers;
use serde::{Deserialize, Serialize};

use crate::moments::Moments;
use crate::particles::{Scale, nearest, surprise};
use crate::registry::broken;
use crate::{Batch, Objective, Scalars, TaskLaw};

/// Settings of IND-APT.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct IndAptConfig {
    /// Neighbours `k`, the state itself among them. Official setting: 12.
    pub neighbours: usize,
    /// What is taken off each scaled distance, `c`. Official setting `knn_clip`: 1e-4.
    pub floor: f64,
}

impl Default for IndAptConfig {
    fn default() -> Self {
        Self { neighbours: 12, floor: 1e-4 }
    }
}

impl IndAptConfig {
    /// Keys that are out of range, each with what was expected.
    pub(crate) fn problems(&self) -> Vec<(&'static str, &'static str)> {
        broken([
            ("neighbours", (2..=1024).contains(&self.neighbours), "2 to 1024"),
            ("floor", self.floor.is_finite() && self.floor >= 0.0, "0 or more"),
        ])
        .collect()
    }
}

/// The state of IND-APT: running moments of the distances.
pub struct IndApt {
    neighbours: usize,
    floor: f32,
    distance: Moments,
    device: Device,
}

impl IndApt {
    /// On the plain `device`.
    #[must_use]
    pub fn new(config: &IndAptConfig, device: &Device) -> Self {
        let IndAptConfig { neighbours, floor } = *config;
        Self { neighbours, floor: floor as f32, distance: Moments::default(), device: device.clone() }
    }

    /// Distances of each state to its nearest, `[B, k]`.
    fn distances(&self, batch: &Batch) -> Tensor<2> {
        nearest(batch.observation.clone(), batch.observation.clone(), self.neighbours, &self.device)
    }
}

impl Objective for IndApt {
    fn tasks(&self) -> TaskLaw {
        TaskLaw::None
    }

    fn update(&mut self, batch: &Batch, _: &mut Stream) -> Scalars {
        let distances = self.distances(batch);
        self.distance.update(&numbers(distances.clone()));
        vec![("indapt/distance", distances.mean())]
    }

    fn reward(&self, batch: &Batch) -> Tensor<2> {
        let scale = Scale { centre: 0.0, scale: self.distance.mean(), floor: self.floor };
        surprise(self.distances(batch), scale)
    }

    fn embed(&self, observation: Tensor<2>) -> Option<Tensor<2>> {
        Some(observation)
    }

    fn save(&self, dir: &Path) -> Result<(), TrainerError> {
        self.distance.save(dir, "indapt-distance")
    }

    fn load(&mut self, dir: &Path) -> Result<(), TrainerError> {
        self.distance = Moments::load(dir, "indapt-distance")?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use freeroam_trainer::nn::tensor;

    use super::*;

    /// Twice the distances are half as surprising to who has seen them, that is, as surprising as before.
    #[test]
    fn rewards_do_not_depend_on_the_unit() {
        let device = Device::flex();
        let mut stream = Stream::new(0, "states", 0);
        let mut values = vec![0.0; 512];
        stream.fill_normal(&mut values);
        let rewards = |factor: f32| {
            let mut stream = Stream::new(1, "states", 0);
            let mut objective = IndApt::new(&IndAptConfig::default(), &device);
            let s = tensor(values.clone(), 256, 2, &device) * factor;
            let none = Tensor::zeros([256, 0], &device);
            let batch = Batch::of_steps(s.clone(), none.clone(), s, none);
            objective.update(&batch, &mut stream);
            numbers(objective.reward(&batch))
        };
        for (one, many) in rewards(1.0).iter().zip(rewards(1000.0)) {
            assert!((one - many).abs() < 1e-3, "{one} {many}");
        }
    }
}
