//! Layer and group normalisation: the rows of a matrix brought to mean 0 and deviation 1, then scaled and shifted.
//!
//! ```text
//! u   = (x - mean) / sqrt(variance + epsilon),     y = gamma u + beta
//! dx  = (gamma dy - mean(gamma dy) - u mean(gamma dy u)) / sqrt(variance + epsilon)
//! ```
//!
//! A row holds `channels` blocks of `block` numbers, each with a scale and a shift of its own: with layer normalisation
//! (Ba et al., 2016) blocks are single numbers, with group normalisation (Wu and He, 2018) one channel of a picture.

use std::ops::Range;

use super::lanes::{moments, sum, sum_pairs, wide};

/// What numbers are normalised together, and what is added to their variance.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rows {
    /// Blocks of a row.
    pub(super) channels: usize,
    /// Numbers of a block.
    pub(super) block: usize,
    /// Rows one after the other that share their scales and shifts, before the next ones have theirs.
    pub(super) run: usize,
    /// Added to the variance.
    pub(super) epsilon: f32,
}

impl Rows {
    fn len(self) -> usize {
        self.channels * self.block
    }

    /// Which of the scales and shifts, of which there are `count`, belong to row `i`.
    #[inline(always)]
    fn part(self, i: usize, count: usize) -> Range<usize> {
        let first = i / self.run * self.channels % count;
        first..first + self.channels
    }

    /// `y` of `x`; `gamma` and `beta` hold `channels` numbers for each run of rows, and begin anew when they end.
    pub(super) fn forward(self, x: &[f32], gamma: &[f32], beta: &[f32], y: &mut [f32]) {
        if x.is_empty() {
            return;
        }
        wide(
            #[inline(always)]
            || {
                for (i, (x, y)) in x.chunks_exact(self.len()).zip(y.chunks_exact_mut(self.len())).enumerate() {
                    let part = self.part(i, gamma.len());
                    let (gamma, beta) = (&gamma[part.clone()], &beta[part]);
                    let (mean, scale) = moments(x, self.epsilon);
                    if self.block == 1 {
                        for (((y, &x), &gamma), &beta) in y.iter_mut().zip(x).zip(gamma).zip(beta) {
                            *y = (x - mean) * scale * gamma + beta;
                        }
                        continue;
                    }
                    let blocks = x.chunks_exact(self.block).zip(y.chunks_exact_mut(self.block));
                    for (((x, y), &gamma), &beta) in blocks.zip(gamma).zip(beta) {
                        y.iter_mut().zip(x).for_each(|(y, &x)| *y = (x - mean) * scale * gamma + beta);
                    }
                }
            },
        );
    }

    /// The gradient of `x`, from and into that of `y`; those of `gamma` and `beta` are added to.
    pub(super) fn backward(
        self,
        x: &[f32],
        gamma: &[f32],
        gradient: &mut [f32],
        dgamma: &mut [f32],
        dbeta: &mut [f32],
    ) {
        if x.is_empty() {
            return;
        }
        wide(
            #[inline(always)]
            || {
                for (i, (x, gradient)) in
                    x.chunks_exact(self.len()).zip(gradient.chunks_exact_mut(self.len())).enumerate()
                {
                    let part = self.part(i, gamma.len());
                    let (gamma, dgamma, dbeta) = (&gamma[part.clone()], &mut dgamma[part.clone()], &mut dbeta[part]);
                    if self.block == 1 {
                        self.single_back(x, gamma, gradient, dgamma, dbeta);
                    } else {
                        self.blocks_back(x, gamma, gradient, dgamma, dbeta);
                    }
                }
            },
        );
    }

    /// One row whose blocks are single numbers.
    #[inline(always)]
    fn single_back(self, x: &[f32], gamma: &[f32], gradient: &mut [f32], dgamma: &mut [f32], dbeta: &mut [f32]) {
        let (mean, scale) = moments(x, self.epsilon);
        for ((((gradient, &x), &gamma), dgamma), dbeta) in gradient.iter_mut().zip(x).zip(gamma).zip(dgamma).zip(dbeta)
        {
            *dgamma += *gradient * (x - mean) * scale;
            *dbeta += *gradient;
            *gradient *= gamma;
        }
        let share = 1.0 / x.len() as f32;
        let level = sum(gradient, |g| g) * share;
        let slope = sum_pairs(gradient, x, |g, x| g * (x - mean)) * scale * share;
        for (gradient, &x) in gradient.iter_mut().zip(x) {
            *gradient = (*gradient - level - (x - mean) * scale * slope) * scale;
        }
    }

    /// One row of longer blocks.
    #[inline(always)]
    fn blocks_back(self, x: &[f32], gamma: &[f32], gradient: &mut [f32], dgamma: &mut [f32], dbeta: &mut [f32]) {
        let (mean, scale) = moments(x, self.epsilon);
        let (mut level, mut slope) = (0.0, 0.0);
        let blocks = x.chunks_exact(self.block).zip(gradient.chunks_exact(self.block));
        for ((((x, gradient), &gamma), dgamma), dbeta) in blocks.zip(gamma).zip(dgamma).zip(dbeta) {
            let plain = sum(gradient, |g| g);
            let along = sum_pairs(gradient, x, |g, x| g * (x - mean)) * scale;
            *dbeta += plain;
            *dgamma += along;
            level += gamma * plain;
            slope += gamma * along;
        }
        let share = 1.0 / x.len() as f32;
        (level, slope) = (level * share, slope * share);
        let blocks = x.chunks_exact(self.block).zip(gradient.chunks_exact_mut(self.block));
        for ((x, gradient), &gamma) in blocks.zip(gamma) {
            for (gradient, &x) in gradient.iter_mut().zip(x) {
                *gradient = (gamma * *gradient - level - (x - mean) * scale * slope) * scale;
            }
        }
    }
}
