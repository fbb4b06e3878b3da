//! Rewards at the scale of their returns, as PPO's implementations have it (Huang et al., 2022, on reward scaling).
//!
//! ```text
//! G <- discount G + r   at each step, from 0 at the start of an episode
//! r / sqrt(Var(G) + 1e-8),   the variance over all G so far, of all lanes
//! ```

use std::path::{Path, PathBuf};

use freeroam_trainer::TrainerError;

use crate::moments::Moments;

/// The running variance of discounted returns.
#[derive(Clone, Debug)]
pub struct ReturnScale {
    discount: f32,
    returns: Moments,
    /// `G` of the episode that each lane is in, `[lanes]`; empty before the first step.
    running: Vec<f32>,
}

impl ReturnScale {
    /// Of returns with this discount.
    #[must_use]
    pub fn new(discount: f64) -> Self {
        Self { discount: discount as f32, returns: Moments::default(), running: Vec::new() }
    }

    /// Takes in the returns of some steps, `row = step * lanes + lane`, and scales their rewards; steps for which `own` does not hold
    /// count for nothing in the returns. The returns of episodes that have not ended go on with the next steps that are given.
    pub fn scale(&mut self, lanes: usize, ended: &[bool], own: &dyn Fn(usize) -> bool, reward: &mut [f32]) {
        let mut returns = Vec::with_capacity(reward.len());
        self.running.resize(lanes, 0.0);
        for (lane, running) in self.running.iter_mut().enumerate() {
            for row in (lane..reward.len()).step_by(lanes) {
                if own(row) {
                    *running = *running * self.discount + reward[row];
                    returns.push(*running);
                }
                if ended[row] {
                    *running = 0.0;
                }
            }
        }
        if !returns.is_empty() {
            self.returns.update(&returns);
        }
        let scale = (self.returns.variance() + 1e-8).sqrt();
        reward.iter_mut().for_each(|reward| *reward /= scale);
    }

    /// Writes its state into `dir` as `NAME.moments` and `NAME-running.moments`, the latter little-endian `f32`.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn save(&self, dir: &Path, name: &str) -> Result<(), TrainerError> {
        self.returns.save(dir, name)?;
        let path = running(dir, name);
        let bytes: Vec<u8> = self.running.iter().flat_map(|value| value.to_le_bytes()).collect();
        std::fs::write(&path, bytes).map_err(|source| TrainerError::Io { path, source })
    }

    /// Restores what [`ReturnScale::save`] wrote.
    ///
    /// # Errors
    /// When the file is missing or damaged.
    pub fn load(&mut self, dir: &Path, name: &str) -> Result<(), TrainerError> {
        self.returns = Moments::load(dir, name)?;
        let path = running(dir, name);
        let bad = |reason: String| TrainerError::Checkpoint { path: path.clone(), reason };
        let bytes = std::fs::read(&path).map_err(|error| bad(error.to_string()))?;
        let (numbers, rest) = bytes.as_chunks::<4>();
        self.running = numbers.iter().map(|number| f32::from_le_bytes(*number)).collect();
        if !rest.is_empty() || self.running.iter().any(|value| !value.is_finite()) {
            return Err(bad(format!("it has {} bytes, expected finite numbers of four", bytes.len())));
        }
        Ok(())
    }
}

/// The file of the returns of episodes that go on.
fn running(dir: &Path, name: &str) -> PathBuf {
    dir.join(format!("{name}-running.moments"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_many_steps_come_at_once_does_not_matter_and_neither_does_a_break() {
        let ended: Vec<bool> = (0..400).map(|row| row % 40 >= 38).collect();
        let reward: Vec<f32> = (0..400).map(|row| (row as f32 * 0.7).sin() + 1.0).collect();
        let mut whole = ReturnScale::new(0.99);
        whole.scale(2, &ended, &|_| true, &mut reward.clone());
        let dir = tempfile::tempdir().expect("temporary folder");
        let mut parts = ReturnScale::new(0.99);
        for from in (0..400).step_by(16) {
            parts.scale(2, &ended[from..from + 16], &|_| true, &mut reward[from..from + 16].to_vec());
            parts.save(dir.path(), "returns").expect("writes");
            parts = ReturnScale::new(0.99);
            parts.load(dir.path(), "returns").expect("reads");
        }
        assert_eq!(whole.running, parts.running);
        // Variances of parts are unbiased each, which is 3 % of those of 16 numbers.
        let [whole, parts] = [whole, parts].map(|scale| scale.returns.variance());
        assert!((whole / parts - 1.0).abs() < 0.05, "{whole} {parts}");
        std::fs::write(dir.path().join("returns-running.moments"), [0; 5]).expect("writes");
        let message = ReturnScale::new(0.99).load(dir.path(), "returns").expect_err("is damaged").to_string();
        assert!(message.contains("5 bytes"), "{message}");
    }

    #[test]
    fn rewards_of_any_size_come_to_one_scale() {
        let ended: Vec<bool> = (0..400).map(|row| row % 40 >= 38).collect();
        let scaled = |size: f32| {
            let mut reward: Vec<f32> = (0..400).map(|row| size * (row as f32 * 0.7).sin()).collect();
            ReturnScale::new(0.9).scale(2, &ended, &|_| true, &mut reward);
            reward
        };
        let (small, large) = (scaled(1.0), scaled(1000.0));
        assert!(small.iter().zip(&large).all(|(a, b)| (a - b).abs() < 0.01), "{small:?} {large:?}");
        assert!(small.iter().any(|reward| reward.abs() > 0.1) && small.iter().all(|reward| reward.abs() < 3.0));
    }
}
