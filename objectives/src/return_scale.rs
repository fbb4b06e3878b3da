//! Rewards at the scale of their returns, as PPO's implementations have it (Huang et al., 2022, on reward scaling).
//!
//! ```text
//! G <- discount G + r   at each step, from 0 at the start of an episode
//! r / sqrt(Var(G) + 1e-8),   the variance over all G so far, of all lanes
//! ```

use std::path::Path;

use freeroam_trainer::TrainerError;

use crate::moments::Moments;

/// The running variance of discounted returns.
#[derive(Clone, Copy, Debug)]
pub struct ReturnScale {
    discount: f32,
    returns: Moments,
}

impl ReturnScale {
    /// Of returns with this discount.
    #[must_use]
    pub fn new(discount: f64) -> Self {
        Self { discount: discount as f32, returns: Moments::default() }
    }

    /// Takes in the returns of some steps, `row = step * lanes + lane`, and scales their rewards; steps for which `own` does not hold
    /// count for nothing in the returns. Returns begin at 0 in the first step.
    pub fn scale(&mut self, lanes: usize, ended: &[bool], own: &dyn Fn(usize) -> bool, reward: &mut [f32]) {
        let mut returns = Vec::with_capacity(reward.len());
        for lane in 0..lanes {
            let mut running = 0.0;
            for row in (lane..reward.len()).step_by(lanes) {
                if own(row) {
                    running = running * self.discount + reward[row];
                    returns.push(running);
                }
                if ended[row] {
                    running = 0.0;
                }
            }
        }
        if !returns.is_empty() {
            self.returns.update(&returns);
        }
        let scale = (self.returns.variance() + 1e-8).sqrt();
        reward.iter_mut().for_each(|reward| *reward /= scale);
    }

    /// Writes its state into `dir` as `NAME.moments`.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn save(&self, dir: &Path, name: &str) -> Result<(), TrainerError> {
        self.returns.save(dir, name)
    }

    /// Restores what [`ReturnScale::save`] wrote.
    ///
    /// # Errors
    /// When the file is missing or damaged.
    pub fn load(&mut self, dir: &Path, name: &str) -> Result<(), TrainerError> {
        self.returns = Moments::load(dir, name)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
