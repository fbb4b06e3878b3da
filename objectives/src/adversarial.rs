//! Adversarial Surprise: Fickinger, Jaques, Parajuli, Chang, Rhinehart, Berseth, Russell and Levine, "Explore and Control with
//! Adversarial Surprise", 2021.
//!
//! Two policies share a body and take turns of `K` steps. Explore is to bring Control where much surprises; Control is to find calm:
//!
//! ```text
//! theta <- nothing; Explore begins
//! for each step t, the u-th of its round:
//!   a ~ pi_E or pi_C (. | s_t, theta, u)
//!   in rounds of Control, from u = rho K on:   r_C = log p(s_{t+1}; theta);   theta <- theta with s_{t+1}
//!   elsewhere:                                 r_C = 0
//! r~_C = r_C / sqrt(Var(G) + 1e-8),            G the running discounted return of Control, over all lanes
//! r_E  = -sum of r~_C over the round of Control that follows, at the last step of a round of Explore; else 0
//! ```
//!
//! Noise that Control can switch off, or walk away from while it is not counted, earns Explore nothing; so it is driven to what is hard to
//! control, and Control learns to.
//!
//! Differences from the official code: `theta` is fed to a perceptron beside what is seen, and with it how far the round is; the
//! density is normal where the world has no categories.

use std::path::Path;

use burn::tensor::Tensor;
use freeroam_replay::Stream;
use freeroam_trainer::TrainerError;
use freeroam_trainer::nn::{numbers, tensor};
use serde::{Deserialize, Serialize};

use crate::density::Density;
use crate::registry::broken;
use crate::{Batch, Moment, Objective, ReturnScale, Scalars, Shapes, Steps, TaskLaw};

/// How long observations are kept in the record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Buffer {
    /// For an episode.
    Episode,
    /// For a round of Control.
    Round,
}

/// Settings of Adversarial Surprise.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AdversarialConfig {
    /// Steps of a round, `K`. Official code: 32 on a grid; 64 here, time enough to cross a room and to press a switch.
    pub round_steps: u32,
    /// Share of a round of Control that is not counted, `rho`. Official code: 0.5.
    pub free: f64,
    /// How long observations are kept: `episode` or `round`. Official code: an episode.
    pub buffer: Buffer,
    /// Discount of the return by which rewards are scaled. Official code: 0.99.
    pub discount: f64,
}

impl Default for AdversarialConfig {
    fn default() -> Self {
        Self { round_steps: 64, free: 0.5, buffer: Buffer::Episode, discount: 0.99 }
    }
}

impl AdversarialConfig {
    /// Keys that are out of range, each with what was expected.
    pub(crate) fn problems(&self) -> Vec<(&'static str, &'static str)> {
        broken([
            ("round_steps", (1..=1 << 20).contains(&self.round_steps), "1 to 1048576"),
            ("free", self.free >= 0.0 && self.free < 1.0, "0 or more, below 1"),
            ("discount", (0.0..=1.0).contains(&self.discount), "0 to 1"),
        ])
        .collect()
    }
}

/// The game's state: the scale of rewards. Records are in the tasks: `[record, turn, u / K]`, the turn being 0 for Explore and 1 for Control.
#[derive(Clone, Debug)]
pub struct Adversarial {
    config: AdversarialConfig,
    density: Density,
    returns: ReturnScale,
}

impl Adversarial {
    /// For vectors of these `shapes`.
    #[must_use]
    pub fn new(config: &AdversarialConfig, shapes: Shapes) -> Self {
        Self { config: config.clone(), density: Density::new(shapes), returns: ReturnScale::new(config.discount) }
    }

    /// Where in a task the turn is; the step in the round follows.
    fn turn(&self) -> usize {
        self.density.record()
    }

    fn controls(&self, task: &[f32]) -> bool {
        task[self.turn()] > 0.5
    }

    /// Steps taken in the round.
    fn round(&self, task: &[f32]) -> u32 {
        (task[self.turn() + 1] * self.config.round_steps as f32).round() as u32
    }

    fn counts(&self, task: &[f32]) -> bool {
        self.controls(task) && f64::from(self.round(task)) >= self.config.free * f64::from(self.config.round_steps)
    }

    /// Gives Explore what Control lost in the round after its own.
    fn hand_over(&self, steps: &mut Steps<'_>) -> f64 {
        let mut total = 0.0;
        for lane in 0..steps.lanes {
            // Of the round of Control that has been passed on the way back in time, in the same episode.
            let mut lost = None;
            for row in steps.rows(lane).rev() {
                if steps.ended[row] {
                    lost = None;
                }
                if self.controls(steps.task(row)) {
                    lost = Some(lost.unwrap_or(0.0) - steps.reward[row]);
                } else {
                    steps.reward[row] = lost.take().unwrap_or(0.0);
                    total += f64::from(steps.reward[row]);
                }
            }
        }
        total
    }
}

impl Objective for Adversarial {
    fn tasks(&self) -> TaskLaw {
        TaskLaw::Record(self.density.record() + 2)
    }

    fn draw_task(&self, _: Moment, _: &mut Stream, out: &mut [f32]) {
        self.density.clear(out);
        out[self.turn()..].fill(0.0);
    }

    fn see(&self, task: &mut [f32], arrived: &[f32]) {
        if self.counts(task) {
            self.density.add(task, arrived);
        }
        let (length, at) = (self.config.round_steps, self.turn());
        let next = self.round(task) + 1;
        if next < length {
            task[at + 1] = next as f32 / length as f32;
            return;
        }
        if self.config.buffer == Buffer::Round {
            self.density.clear(task);
        }
        (task[at], task[at + 1]) = (1.0 - task[at], 0.0);
    }

    fn turns(&self) -> Option<usize> {
        Some(self.turn())
    }

    fn is_ordered(&self) -> bool {
        true
    }

    fn update(&mut self, _: &Batch, _: &mut Stream) -> Scalars {
        Scalars::new()
    }

    fn reward(&self, batch: &Batch) -> Tensor<2> {
        let (rows, width) = (batch.size(), self.tasks().dim());
        let tasks = numbers(batch.task.clone());
        let counted = tasks.chunks_exact(width).map(|task| f32::from(u8::from(self.counts(task)))).collect();
        let log_p = self.density.log_p(batch.task.clone(), batch.next_observation.clone());
        tensor(counted, rows, 1, &log_p.device()) * log_p
    }

    fn settle(&mut self, steps: &mut Steps<'_>) -> Vec<(&'static str, f64)> {
        let episodes = steps.ended.iter().filter(|ended| **ended).count().max(1) as f64;
        let control = steps.reward.iter().map(|reward| f64::from(*reward)).sum::<f64>();
        let ends = (0..steps.ended.len()).filter(|&row| steps.ended[row]);
        let entropy = ends.map(|row| self.density.entropy(steps.task(row))).sum::<f64>();
        let controls: Vec<bool> = (0..steps.ended.len()).map(|row| self.controls(steps.task(row))).collect();
        self.returns.scale(steps.lanes, steps.ended, &|row| controls[row], steps.reward);
        let explore = self.hand_over(steps);
        vec![
            ("adversarial/control_return", control / episodes),
            ("adversarial/explore_return", explore / episodes),
            ("adversarial/entropy", entropy / episodes),
        ]
    }

    fn save(&self, dir: &Path) -> Result<(), TrainerError> {
        self.returns.save(dir, "adversarial-returns")
    }

    fn load(&mut self, dir: &Path) -> Result<(), TrainerError> {
        self.returns.load(dir, "adversarial-returns")
    }
}

#[cfg(test)]
mod tests;
