//! Arithmetic that compilers vectorise: a function of numbers, sums in fixed lanes, and the widest instructions there are.
//!
//! Sums run in sixteen lanes and nothing is contracted to fused products, so that the bits do not depend on the processor.

use std::f32::consts::LOG2_E;

use pulp::Arch;

/// Lanes of a sum.
const LANES: usize = 16;

/// Runs `work` compiled for the widest instructions that the processor has; `work` and what it calls must be
/// `#[inline(always)]`, else they stay as compiled for the oldest.
#[inline]
pub(super) fn wide(work: impl FnOnce()) {
    Arch::new().dispatch(work);
}

/// `e^x` to a relative error of 2e-7; 0 below -87, infinite above 88.
///
/// Cephes' `expf`: `x = n log 2 + f`, a polynomial in `f`, and `n` added to the exponent.
#[inline(always)]
pub(super) fn exp(x: f32) -> f32 {
    // Added to a small number, it leaves that number rounded to a whole one in the lowest bits.
    const WHOLE: f32 = 12_582_912.0;
    const LOG_2: [f32; 2] = [0.693_359_4, -2.121_944_4e-4];
    let (small, large) = (x < -87.0, x > 88.0);
    let shifted = x * LOG2_E + WHOLE;
    let n = shifted - WHOLE;
    let f = (x - n * LOG_2[0]) - n * LOG_2[1];
    let mut p = 1.987_569_1e-4;
    p = p * f + 1.398_2e-3;
    p = p * f + 8.333_452e-3;
    p = p * f + 4.166_579_6e-2;
    p = p * f + 1.666_666_5e-1;
    p = p * f + 0.5;
    p = p * f * f + f + 1.0;
    let scaled = p * f32::from_bits((shifted.to_bits() << 23).wrapping_add(1.0_f32.to_bits()));
    if small {
        0.0
    } else if large {
        f32::INFINITY
    } else {
        scaled
    }
}

/// The sum of `term` over the numbers of a row.
#[inline(always)]
pub(super) fn sum(row: &[f32], term: impl Fn(f32) -> f32) -> f32 {
    let mut lanes = [0.0; LANES];
    let (chunks, rest) = row.as_chunks::<LANES>();
    for chunk in chunks {
        for (lane, &x) in lanes.iter_mut().zip(chunk) {
            *lane += term(x);
        }
    }
    for (lane, &x) in lanes.iter_mut().zip(rest) {
        *lane += term(x);
    }
    total(lanes)
}

/// The sum of `term` over the pairs of two rows.
#[inline(always)]
pub(super) fn sum_pairs(a: &[f32], b: &[f32], term: impl Fn(f32, f32) -> f32) -> f32 {
    let mut lanes = [0.0; LANES];
    let ((a, rest_a), (b, rest_b)) = (a.as_chunks::<LANES>(), b.as_chunks::<LANES>());
    for (a, b) in a.iter().zip(b) {
        for (lane, (&a, &b)) in lanes.iter_mut().zip(a.iter().zip(b)) {
            *lane += term(a, b);
        }
    }
    for (lane, (&a, &b)) in lanes.iter_mut().zip(rest_a.iter().zip(rest_b)) {
        *lane += term(a, b);
    }
    total(lanes)
}

/// The highest number of a row.
#[inline(always)]
pub(super) fn highest(row: &[f32]) -> f32 {
    let mut lanes = [f32::NEG_INFINITY; LANES];
    let (chunks, rest) = row.as_chunks::<LANES>();
    for chunk in chunks {
        for (lane, &x) in lanes.iter_mut().zip(chunk) {
            *lane = if x > *lane { x } else { *lane };
        }
    }
    lanes.iter().chain(rest).fold(f32::NEG_INFINITY, |highest, &x| if x > highest { x } else { highest })
}

/// Halves of the lanes added until one is left.
#[inline(always)]
fn total(mut lanes: [f32; LANES]) -> f32 {
    let mut width = LANES;
    while width > 1 {
        width /= 2;
        for i in 0..width {
            lanes[i] += lanes[i + width];
        }
    }
    lanes[0]
}

/// Mean and inverse deviation of a row: `1 / sqrt(variance + epsilon)`.
#[inline(always)]
pub(super) fn moments(row: &[f32], epsilon: f32) -> (f32, f32) {
    let share = 1.0 / row.len() as f32;
    let mean = sum(row, |x| x) * share;
    let variance = sum(row, |x| (x - mean) * (x - mean)) * share;
    (mean, 1.0 / (variance + epsilon).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exponentials_are_right_to_two_in_ten_million() {
        for i in -870..=880 {
            let x = i as f32 * 0.1;
            let truth = f64::from(x).exp();
            assert!((f64::from(exp(x)) / truth - 1.0).abs() < 2e-7, "e^{x}");
        }
        assert_eq!([exp(-1e9), exp(f32::NEG_INFINITY), exp(0.0)], [0.0, 0.0, 1.0]);
        assert!(exp(f32::NAN).is_nan() && exp(f32::INFINITY) == f32::INFINITY);
    }

    #[test]
    fn sums_are_those_of_all_numbers() {
        for length in [1, 15, 16, 17, 100] {
            let row: Vec<f32> = (0..length).map(|i| i as f32).collect();
            assert_eq!(sum(&row, |x| x), (length * (length - 1) / 2) as f32);
            let squares: f32 = row.iter().map(|x| x * x).sum();
            assert_eq!(sum_pairs(&row, &row, |a, b| a * b), squares);
        }
    }
}
