//! Running mean and variance of a number, as URLB's rewards are scaled by.
//!
//! Chan, Golub and LeVeque, 1979: a batch of `b` values with mean `m` and variance `v` joins `n` seen before.
//!
//! ```text
//! d = m - M;   M <- M + d b / (n + b);   S <- (S n + v b + d^2 n b / (n + b)) / (n + b);   n <- n + b
//! ```

use std::path::Path;

use freeroam_trainer::TrainerError;

/// Mean `M`, variance `S` and count `n` of all values so far; they start at 0, 1 and 1e-4.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Moments {
    mean: f64,
    variance: f64,
    count: f64,
}

impl Default for Moments {
    fn default() -> Self {
        Self { mean: 0.0, variance: 1.0, count: 1e-4 }
    }
}

impl Moments {
    /// Takes in a batch of values, at least one; its variance is the unbiased one.
    pub(crate) fn update(&mut self, values: &[f32]) {
        let batch = values.len() as f64;
        let mean = values.iter().copied().map(f64::from).sum::<f64>() / batch;
        let squares: f64 = values.iter().map(|x| (f64::from(*x) - mean).powi(2)).sum();
        let variance = squares / (batch - 1.0).max(1.0);
        let (delta, all) = (mean - self.mean, self.count + batch);
        self.mean += delta * batch / all;
        self.variance =
            (self.variance * self.count + variance * batch + delta * delta * self.count * batch / all) / all;
        self.count = all;
    }

    pub(crate) fn mean(&self) -> f32 {
        self.mean as f32
    }

    pub(crate) fn variance(&self) -> f32 {
        self.variance as f32
    }

    /// Writes `NAME.moments` into `dir`: three little-endian `f64`.
    pub(crate) fn save(&self, dir: &Path, name: &str) -> Result<(), TrainerError> {
        let path = dir.join(format!("{name}.moments"));
        let bytes = [self.mean, self.variance, self.count].map(f64::to_le_bytes).concat();
        std::fs::write(&path, bytes).map_err(|source| TrainerError::Io { path, source })
    }

    /// Reads what [`Moments::save`] wrote.
    pub(crate) fn load(dir: &Path, name: &str) -> Result<Self, TrainerError> {
        let path = dir.join(format!("{name}.moments"));
        let bad = |reason: String| TrainerError::Checkpoint { path: path.clone(), reason };
        let bytes = std::fs::read(&path).map_err(|error| bad(error.to_string()))?;
        let numbers: Vec<f64> = bytes
            .chunks(8)
            .filter_map(|number| Some(f64::from_le_bytes(number.try_into().ok()?)))
            .filter(|number| number.is_finite())
            .collect();
        match numbers[..] {
            [mean, variance, count] if bytes.len() == 24 => Ok(Self { mean, variance, count }),
            _ => Err(bad(format!("it has {} bytes, expected three finite numbers in 24", bytes.len()))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_add_up_to_the_moments_of_all_values() {
        let values: Vec<f32> = (0..1000).map(|i| 3.0 + (i as f32 * 0.7).sin()).collect();
        let mut moments = Moments::default();
        values.chunks(100).for_each(|batch| moments.update(batch));
        let mean = values.iter().sum::<f32>() / 1000.0;
        let variance = values.iter().map(|x| (x - mean).powi(2)).sum::<f32>() / 1000.0;
        assert!((moments.mean() - mean).abs() < 1e-4, "{moments:?}");
        assert!((moments.variance() / variance - 1.0).abs() < 0.02, "{moments:?} against {variance}");
    }

    #[test]
    fn files_keep_every_bit_and_damage_is_named() {
        let dir = tempfile::tempdir().expect("temporary folder");
        let dir = dir.path();
        let mut moments = Moments::default();
        moments.update(&[0.1, 0.7, 3.0]);
        moments.save(dir, "error").expect("writes");
        assert_eq!(Moments::load(dir, "error").expect("reads"), moments);
        std::fs::write(dir.join("error.moments"), [0; 23]).expect("writes");
        let message = Moments::load(dir, "error").expect_err("is damaged").to_string();
        assert!(message.contains("error.moments") && message.contains("23 bytes"), "{message}");
    }
}
