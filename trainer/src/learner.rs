//! Anything that the trainer can run.

use std::path::Path;

use crate::{Record, TrainerError};

/// How far a learner has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Progress {
    /// Calls of [`Learner::step`] so far.
    pub steps: u64,
    /// Environment steps so far, all lanes together; zero for learners without an environment.
    pub env_steps: u64,
    /// Gradient steps so far.
    pub gradient_steps: u64,
}

impl Progress {
    /// What schedules count and checkpoints are named by: environment steps, or gradient steps for learners without an
    /// environment.
    #[must_use]
    pub const fn clock(&self) -> u64 {
        if self.env_steps > 0 { self.env_steps } else { self.gradient_steps }
    }
}

/// A learner: collects and updates, or draws a batch and updates. Object-safe.
///
/// A learner is a pure function of its construction and its saved state: `run(2n)` equals
/// `run(n); save; load; run(n)` bit for bit on the CPU.
pub trait Learner {
    /// One unit of work (an epoch of collection and its gradient steps) and its metrics.
    ///
    /// # Errors
    /// When the world or the device fails.
    fn step(&mut self) -> Result<Record, TrainerError>;

    /// How far it has come.
    fn progress(&self) -> Progress;

    /// Writes the whole state (weights, optimisers, replay, physics, streams) as files into `dir`, which exists and is
    /// empty.
    ///
    /// # Errors
    /// When a file cannot be written.
    fn save(&self, dir: &Path) -> Result<(), TrainerError>;

    /// Restores what [`Learner::save`] wrote.
    ///
    /// # Errors
    /// When a file is missing or does not fit this learner; the learner must then be thrown away.
    fn load(&mut self, dir: &Path) -> Result<(), TrainerError>;

    /// Evaluates without changing what later steps compute.
    ///
    /// # Errors
    /// When the world or the device fails.
    fn evaluate(&mut self) -> Result<Record, TrainerError>;
}
