//! Operations that the CPU backend makes of many passes, or of functions of one number at a time, in one vectorised pass.
//!
//! Each is a value and its gradient. On other devices they are burn's own operations.

mod backend; // the operations in burn's terms
mod lanes; // vectorised arithmetic
mod norms; // layer and group normalisation
mod pointwise; // GELU and SiLU
mod softmax; // softmax over rows

use burn::backend::Dispatch;
use burn::nn::{GroupNorm, LayerNorm};
use burn::tensor::{Device, Tensor, activation};

use backend::Kernels;
use norms::Rows;
use pointwise::Pointwise;

/// What burn's normalisations add to variances unless told otherwise.
const EPSILON: f32 = 1e-5;

/// Gaussian error linear unit of every number.
#[must_use]
pub fn gelu<const D: usize>(x: Tensor<D>) -> Tensor<D> {
    if on_cpu(&x) { pointwise(x, Pointwise::Gelu) } else { activation::gelu(x) }
}

/// Sigmoid linear unit of every number.
#[must_use]
pub fn silu<const D: usize>(x: Tensor<D>) -> Tensor<D> {
    if on_cpu(&x) { pointwise(x, Pointwise::Silu) } else { activation::silu(x) }
}

/// Softmax over the last dimension.
#[must_use]
pub fn softmax<const D: usize>(x: Tensor<D>) -> Tensor<D> {
    if on_cpu(&x) {
        Tensor::from_dispatch(Dispatch::kernel_softmax(x.into_dispatch()))
    } else {
        activation::softmax(x, D - 1)
    }
}

/// Layer normalisation over the last dimension, by a module with a shift and burn's default `epsilon`.
///
/// # Panics
/// When the last dimension is not the module's.
#[must_use]
pub fn normalise<const D: usize>(norm: &LayerNorm, x: Tensor<D>) -> Tensor<D> {
    let Some(beta) = norm.beta.as_ref().filter(|_| on_cpu(&x)) else { return norm.forward(x) };
    let rows = Rows { channels: norm.gamma.val().dims()[0], block: 1, run: usize::MAX, epsilon: EPSILON };
    assert_eq!(x.dims()[D - 1], rows.channels, "numbers to normalise");
    normalised(x, norm.gamma.val(), beta.val(), rows)
}

/// Group normalisation of pictures `[batch, channels, height, width]`, by a module with factors and shifts.
///
/// # Panics
/// When the number of channels is not the module's.
#[must_use]
pub fn normalise_groups(norm: &GroupNorm, x: Tensor<4>) -> Tensor<4> {
    let (Some(gamma), Some(beta), true) = (&norm.gamma, &norm.beta, on_cpu(&x)) else { return norm.forward(x) };
    let [_, channels, height, width] = x.dims();
    assert_eq!(channels, norm.num_channels, "channels to normalise");
    let channels = channels / norm.num_groups;
    let rows = Rows { channels, block: height * width, run: 1, epsilon: norm.epsilon as f32 };
    normalised(x, gamma.val(), beta.val(), rows)
}

/// Layer normalisation `[n, batch, width]` whose factors and shifts `[n, 1, width]` differ along the first dimension.
pub(super) fn normalise_members(x: Tensor<3>, gamma: Tensor<3>, beta: Tensor<3>) -> Tensor<3> {
    let [_, batch, width] = x.dims();
    if on_cpu(&x) {
        return normalised(x, gamma, beta, Rows { channels: width, block: 1, run: batch, epsilon: EPSILON });
    }
    let centred = x.clone() - x.mean_dim(2);
    let deviation = (centred.clone().square().mean_dim(2) + EPSILON).sqrt();
    centred / deviation * gamma + beta
}

fn on_cpu<const D: usize>(x: &Tensor<D>) -> bool {
    x.device() == Device::flex()
}

fn pointwise<const D: usize>(x: Tensor<D>, function: Pointwise) -> Tensor<D> {
    Tensor::from_dispatch(Dispatch::kernel_pointwise(x.into_dispatch(), function))
}

fn normalised<const D: usize, const P: usize>(
    x: Tensor<D>,
    gamma: Tensor<P>,
    beta: Tensor<P>,
    rows: Rows,
) -> Tensor<D> {
    let (x, gamma, beta) = (x.into_dispatch(), gamma.into_dispatch(), beta.into_dispatch());
    Tensor::from_dispatch(Dispatch::kernel_norm(x, gamma, beta, rows))
}

#[cfg(test)]
mod tests;
