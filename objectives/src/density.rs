//! Densities of what has been seen in an episode, as records that policies see too.
//!
//! Fickinger, Jaques, Parajuli et al., "Explore and Control with Adversarial Surprise", 2021; Berseth et al., "SMiRL", ICLR 2021. The
//! dimensions are independent. In worlds with categories the density is over these alone, else over all that is seen:
//!
//! ```text
//! categories:   p_d(c) = max(n_dc / m, 0.001),   1 / C before the first                             m observations, n counts
//! else:         p_d = N(mean_d, max(s_d, 0.1)^2) of all so far and one at mean 0 and variance 1 (normalised units)
//!
//! record = [n_dc / m, m / 100]   or   [mean, s, m / 100]
//! ```
//!
//! There is no renormalisation after the floor. A record is a task ([`TaskLaw::Record`](crate::TaskLaw::Record)): it is stored with
//! each transition, so that the surprise of a transition is a function of the transition.

use burn::tensor::Tensor;

use crate::Shapes;

/// Least probability of a class.
const FLOOR: f32 = 1e-3;
/// Least standard deviation of a number, normalised units. SMiRL's code: 0.01 to 0.1.
const LEAST: f32 = 0.1;
/// What counts are divided by, so that networks see numbers near 1.
const UNIT: f32 = 100.0;

/// A product of independent densities.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Density {
    /// Over `dims` dimensions of `classes` classes, one-hot.
    Categorical { dims: usize, classes: usize },
    /// Normal, over so many dimensions.
    Normal { dims: usize },
}

impl Density {
    /// Over what a policy sees.
    pub(crate) fn new(shapes: Shapes) -> Self {
        match shapes.categories {
            Some(categories) => Self::Categorical { dims: categories.channels, classes: categories.classes },
            None => Self::Normal { dims: shapes.observation },
        }
    }

    /// Numbers of its parameters.
    fn width(self) -> usize {
        match self {
            Self::Categorical { dims, classes } => dims * classes,
            Self::Normal { dims } => 2 * dims,
        }
    }

    /// Numbers of a record.
    pub(crate) fn record(self) -> usize {
        self.width() + 1
    }

    /// Writes the record of nothing, `[record]`.
    pub(crate) fn clear(self, record: &mut [f32]) {
        let width = self.width();
        match self {
            Self::Categorical { classes, .. } => record[..width].fill(1.0 / classes as f32),
            Self::Normal { dims } => {
                record[..dims].fill(0.0);
                record[dims..width].fill(1.0);
            }
        }
        record[width] = 0.0;
    }

    /// Observations in a record.
    pub(crate) fn count(self, record: &[f32]) -> f32 {
        (record[self.width()] * UNIT).round()
    }

    /// Takes a normalised observation into a record.
    pub(crate) fn add(self, record: &mut [f32], observation: &[f32]) {
        let m = self.count(record);
        match self {
            Self::Categorical { dims, classes } => {
                // Counts are whole numbers, so that nothing is lost from one step to the next.
                for (p, x) in record[..dims * classes].iter_mut().zip(observation) {
                    let n = if m > 0.0 { (*p * m).round() } else { 0.0 };
                    *p = (n + x) / (m + 1.0);
                }
            }
            Self::Normal { dims } => {
                let before = m + 1.0;
                let (means, rest) = record.split_at_mut(dims);
                for ((mean, s), x) in means.iter_mut().zip(rest).zip(observation) {
                    let off = x - *mean;
                    *mean += off / (before + 1.0);
                    let variance = (*s * *s + off * off / (before + 1.0)) * before / (before + 1.0);
                    *s = variance.sqrt();
                }
            }
        }
        record[self.width()] = (m + 1.0) / UNIT;
    }

    /// `log p`, nats, `[B, 1]`, of normalised observations `[B, observation]` under records `[B, record ..]`.
    pub(crate) fn log_p(self, records: Tensor<2>, observation: Tensor<2>) -> Tensor<2> {
        let rows = records.dims()[0];
        match self {
            Self::Categorical { dims, classes } => {
                let split = |x: Tensor<2>| x.narrow(1, 0, dims * classes).reshape([rows, dims, classes]);
                let p: Tensor<3> = split(records) * split(observation);
                let p: Tensor<2> = p.sum_dim(2).squeeze_dim(2); // [B, dims]
                p.clamp_min(FLOOR).log().sum_dim(1)
            }
            Self::Normal { dims } => {
                let s = records.clone().narrow(1, dims, dims).clamp_min(LEAST);
                let off = (observation - records.narrow(1, 0, dims)) / s.clone();
                let log = off.square() * -0.5 - s.log() - 0.5 * (2.0 * std::f32::consts::PI).ln();
                log.sum_dim(1)
            }
        }
    }

    /// Entropy of the density of a record, nats; of normal ones the differential entropy.
    pub(crate) fn entropy(self, record: &[f32]) -> f64 {
        let parameters = &record[..self.width()];
        let sum = |term: &dyn Fn(f64) -> f64, of: &[f32]| of.iter().map(|&x| term(f64::from(x))).sum::<f64>();
        match self {
            Self::Categorical { .. } => sum(&|p| if p > 0.0 { -p * p.ln() } else { 0.0 }, parameters),
            Self::Normal { dims } => {
                let constant = 0.5 * (1.0 + (2.0 * std::f64::consts::PI).ln());
                sum(&|s| s.max(f64::from(LEAST)).ln() + constant, &parameters[dims..])
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::Device;
    use freeroam_replay::Stream;
    use freeroam_trainer::nn::{numbers, tensor};

    use super::*;

    const D: usize = 147;
    const C: usize = 12;

    /// `log p` of each of some observations, given as classes, before it is added.
    fn surprises(dims: usize, classes: usize, observations: &[Vec<usize>]) -> Vec<f64> {
        let (density, device) = (Density::Categorical { dims, classes }, Device::flex());
        let mut record = vec![0.0; density.record()];
        density.clear(&mut record);
        let one = |observation: &Vec<usize>| {
            let mut x = vec![0.0; dims * classes];
            observation.iter().enumerate().for_each(|(d, c)| x[d * classes + c] = 1.0);
            let log =
                density.log_p(tensor(record.clone(), 1, record.len(), &device), tensor(x.clone(), 1, x.len(), &device));
            density.add(&mut record, &x);
            f64::from(numbers(log)[0])
        };
        observations.iter().map(one).collect()
    }

    /// `steps` observations, of which the first `dims` flicker among six classes up to step `frozen` and with it.
    fn flicker(steps: usize, dims: usize, frozen: usize, stream: &mut Stream) -> f64 {
        let mut now = vec![0; D];
        let draw = |step| {
            if step <= frozen {
                now[..dims].iter_mut().for_each(|class| *class = stream.below(6));
            }
            now.clone()
        };
        surprises(D, C, &(0..steps).map(draw).collect::<Vec<_>>()).iter().sum()
    }

    fn mean(of: impl Fn(&mut Stream) -> f64) -> f64 {
        let mut stream = Stream::new(0, "flicker", 0);
        (0..40).map(|_| of(&mut stream)).sum::<f64>() / 40.0
    }

    #[test]
    fn what_never_changes_costs_its_first_sight_alone() {
        for steps in [1, 16, 64] {
            let total: f64 = surprises(D, C, &vec![vec![3; D]; steps]).iter().sum();
            assert!((total + 365.28).abs() < 0.01, "{total}");
        }
    }

    /// The figures are those of the method's reference: each flickering dimension beside constant ones.
    #[test]
    fn noise_costs_at_every_step_until_it_is_frozen() {
        for (steps, expected) in [(16, -48.8), (32, -80.5), (64, -139.9)] {
            let each = mean(|stream| flicker(steps, 24, steps, stream) + 365.28) / 24.0;
            assert!((each - expected).abs() < 1.5, "{steps} steps: {each}");
        }
        for (frozen, expected) in [(0, -365.0), (4, -958.0), (8, -1285.0), (16, -1535.0)] {
            let total = mean(|stream| flicker(16, 24, frozen, stream));
            assert!((total - expected).abs() < 25.0, "frozen at {frozen}: {total}");
        }
    }

    #[test]
    fn a_known_sequence_has_known_surprises() {
        let logs = surprises(1, 4, &[0, 0, 1, 0, 1].map(|class| vec![class]));
        let expected = [-1.3863, 0.0, -6.9078, -0.4055, -1.3863];
        assert!(logs.iter().zip(expected).all(|(log, expected)| (log - expected).abs() < 1e-4), "{logs:?}");
    }

    #[test]
    fn normal_densities_have_known_surprises_and_the_moments_of_what_they_saw() {
        let (density, device) = (Density::Normal { dims: 1 }, Device::flex());
        let log = |mean, s| {
            let record = tensor(vec![mean, s, 0.0], 1, 3, &device);
            numbers(density.log_p(record, tensor(vec![0.0], 1, 1, &device)))[0]
        };
        assert!((log(0.0, 1.0) + 0.9189).abs() < 1e-4 && (log(0.0, 0.1) - 1.3836).abs() < 1e-4);
        assert!((log(0.0, 0.001) - 1.3836).abs() < 1e-4, "deviations have a floor");
        let mut record = [0.0; 3];
        density.clear(&mut record);
        let values = [0.5_f32, -1.0, 2.0, 0.25];
        values.iter().for_each(|value| density.add(&mut record, &[*value]));
        // One more at mean 0 and variance 1.
        let mean = values.iter().sum::<f32>() / 5.0;
        let variance = (1.0 + values.iter().map(|x| x * x).sum::<f32>()) / 5.0 - mean * mean;
        assert!((record[0] - mean).abs() < 1e-6 && (record[1] - variance.sqrt()).abs() < 1e-6, "{record:?}");
        assert!((density.count(&record) - 4.0).abs() < 1e-6);
    }

    #[test]
    fn entropy_is_that_of_the_counts() {
        let density = Density::Categorical { dims: 2, classes: 3 };
        let mut record = vec![0.0; density.record()];
        density.clear(&mut record);
        assert!((density.entropy(&record) - 2.0 * 3.0_f64.ln()).abs() < 1e-6);
        density.add(&mut record, &[1.0, 0.0, 0.0, 1.0, 0.0, 0.0]);
        density.add(&mut record, &[1.0, 0.0, 0.0, 0.0, 1.0, 0.0]);
        assert!((density.entropy(&record) - 2.0_f64.ln()).abs() < 1e-6);
    }
}
