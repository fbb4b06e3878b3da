//! Softmax over rows.
//!
//! ```text
//! y_i = e^(x_i - max x) / sum_j e^(x_j - max x),      dx = y (dy - y . dy)
//! ```

use super::lanes::{exp, highest, sum, sum_pairs, wide};

/// The softmax of each row of `width` numbers of `x`, into `y`.
pub(super) fn forward(x: &[f32], width: usize, y: &mut [f32]) {
    wide(|| {
        for (x, y) in x.chunks_exact(width).zip(y.chunks_exact_mut(width)) {
            let highest = highest(x);
            y.iter_mut().zip(x).for_each(|(y, &x)| *y = exp(x - highest));
            let share = 1.0 / sum(y, |y| y);
            y.iter_mut().for_each(|y| *y *= share);
        }
    });
}

/// The gradient of `x`, from and into that of `y`.
pub(super) fn backward(y: &[f32], width: usize, gradient: &mut [f32]) {
    wide(|| {
        for (y, gradient) in y.chunks_exact(width).zip(gradient.chunks_exact_mut(width)) {
            let along = sum_pairs(y, gradient, |y, g| y * g);
            gradient.iter_mut().zip(y).for_each(|(gradient, &y)| *gradient = y * (*gradient - along));
        }
    });
}
