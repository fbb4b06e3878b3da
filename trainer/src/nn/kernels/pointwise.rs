//! GELU and `SiLU`: one pass for the value, one for the derivative.
//!
//! ```text
//! gelu(x) = x Phi(x),              gelu'(x) = Phi(x) + x phi(x)        Hendrycks and Gimpel, 2016; Phi, phi of the normal law
//! silu(x) = x s(x),                silu'(x) = s(x) (1 + x (1 - s(x)))  s(x) = 1 / (1 + e^-x)
//! ```
//!
//! `Phi` is by Abramowitz and Stegun's formula 7.1.26, which is right to 1e-7 and shares its exponential with `phi`.

use std::f32::consts::FRAC_1_SQRT_2;

use super::lanes::{exp, wide};

/// `1 / sqrt(2 pi)`
const DENSITY: f32 = 0.398_942_3;

/// `Phi(x)` and `e^(-x^2 / 2)`.
#[inline(always)]
fn normal(x: f32) -> (f32, f32) {
    let bell = exp(-0.5 * x * x);
    let t = 1.0 / (1.0 + 0.327_591_1 * FRAC_1_SQRT_2 * x.abs());
    let mut p = 1.061_405_4;
    p = p * t - 1.453_152_1;
    p = p * t + 1.421_413_8;
    p = p * t - 0.284_496_72;
    p = p * t + 0.254_829_6;
    let tail = 0.5 * p * t * bell;
    (if x < 0.0 { tail } else { 1.0 - tail }, bell)
}

#[inline(always)]
fn gelu(x: f32) -> f32 {
    x * normal(x).0
}

#[inline(always)]
fn gelu_slope(x: f32) -> f32 {
    let (phi, bell) = normal(x);
    phi + x * DENSITY * bell
}

#[inline(always)]
fn silu(x: f32) -> f32 {
    x / (1.0 + exp(-x))
}

#[inline(always)]
fn silu_slope(x: f32) -> f32 {
    let s = 1.0 / (1.0 + exp(-x));
    s * (1.0 + x * (1.0 - s))
}

/// What is done to every number by itself.
#[derive(Clone, Copy, Debug)]
pub(super) enum Pointwise {
    /// Gaussian error linear unit.
    Gelu,
    /// Sigmoid linear unit.
    Silu,
}

impl Pointwise {
    /// The function's values at `x`, into `y`.
    pub(super) fn forward(self, x: &[f32], y: &mut [f32]) {
        #[inline(always)]
        fn each(x: &[f32], y: &mut [f32], f: impl Fn(f32) -> f32) {
            y.iter_mut().zip(x).for_each(|(y, &x)| *y = f(x));
        }
        match self {
            Self::Gelu => wide(
                #[inline(always)]
                || each(x, y, gelu),
            ),
            Self::Silu => wide(
                #[inline(always)]
                || each(x, y, silu),
            ),
        }
    }

    /// The gradient at `x`, from and into that at the value.
    pub(super) fn backward(self, x: &[f32], gradient: &mut [f32]) {
        #[inline(always)]
        fn each(x: &[f32], gradient: &mut [f32], slope: impl Fn(f32) -> f32) {
            gradient.iter_mut().zip(x).for_each(|(gradient, &x)| *gradient *= slope(x));
        }
        match self {
            Self::Gelu => wide(
                #[inline(always)]
                || each(x, gradient, gelu_slope),
            ),
            Self::Silu => wide(
                #[inline(always)]
                || each(x, gradient, silu_slope),
            ),
        }
    }
}
