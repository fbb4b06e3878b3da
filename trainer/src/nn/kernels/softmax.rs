//! Softmax over rows, and its logarithm.
//!
//! ```text
//! y_i = e^(x_i - max x) / sum_j e^(x_j - max x),          dx = y (dy - y . dy)
//! l_i = x_i - max x - log sum_j e^(x_j - max x),          dx = dl - e^l sum dl
//! ```

use super::lanes::{exp, highest, sum, sum_pairs, wide};

/// The softmax of each row of `width` numbers of `x`, into `y`.
pub(super) fn forward(x: &[f32], width: usize, y: &mut [f32]) {
    wide(
        #[inline(always)]
        || {
            for (x, y) in x.chunks_exact(width).zip(y.chunks_exact_mut(width)) {
                let highest = highest(x);
                y.iter_mut().zip(x).for_each(|(y, &x)| *y = exp(x - highest));
                let share = 1.0 / sum(y, |y| y);
                y.iter_mut().for_each(|y| *y *= share);
            }
        },
    );
}

/// The gradient of `x`, from and into that of `y`.
pub(super) fn backward(y: &[f32], width: usize, gradient: &mut [f32]) {
    wide(
        #[inline(always)]
        || {
            for (y, gradient) in y.chunks_exact(width).zip(gradient.chunks_exact_mut(width)) {
                let along = sum_pairs(y, gradient, |y, g| y * g);
                gradient.iter_mut().zip(y).for_each(|(gradient, &y)| *gradient = y * (*gradient - along));
            }
        },
    );
}

/// The logarithm of the softmax of each row of `width` numbers of `x`, into `l`.
pub(super) fn forward_log(x: &[f32], width: usize, l: &mut [f32]) {
    wide(
        #[inline(always)]
        || {
            for (x, l) in x.chunks_exact(width).zip(l.chunks_exact_mut(width)) {
                let highest = highest(x);
                let level = highest + sum(x, |x| exp(x - highest)).ln();
                l.iter_mut().zip(x).for_each(|(l, &x)| *l = x - level);
            }
        },
    );
}

/// The gradient of `x`, from and into that of `l`.
pub(super) fn backward_log(l: &[f32], width: usize, gradient: &mut [f32]) {
    wide(
        #[inline(always)]
        || {
            for (l, gradient) in l.chunks_exact(width).zip(gradient.chunks_exact_mut(width)) {
                let all = sum(gradient, |g| g);
                gradient.iter_mut().zip(l).for_each(|(gradient, &l)| *gradient -= exp(l) * all);
            }
        },
    );
}
