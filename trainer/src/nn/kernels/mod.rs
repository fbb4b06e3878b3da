//! Operations that the CPU backend makes of many passes, or of functions of one number at a time, in one vectorised pass.
//!
//! Each comes with its own gradient; numbers are `f32`. On other devices they are burn's own operations.

mod backend; // the operations in burn's terms
mod lanes; // vectorised arithmetic
mod norms; // layer and group normalisation
mod pointwise; // GELU and SiLU
mod softmax; // softmax over rows
mod windows; // convolutions

use burn::backend::Dispatch;
use burn::nn::conv::Conv2d;
use burn::nn::{GroupNorm, LayerNorm, PaddingConfig2d};
use burn::tensor::{Device, Tensor, activation};

use backend::Kernels;
use norms::Rows;
use pointwise::Pointwise;
use windows::Windows;

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
    if on_cpu(&x) { softmax_of(x, false) } else { activation::softmax(x, D - 1) }
}

/// Logarithm of the softmax over the last dimension.
#[must_use]
pub fn log_softmax<const D: usize>(x: Tensor<D>) -> Tensor<D> {
    if on_cpu(&x) { softmax_of(x, true) } else { activation::log_softmax(x, D - 1) }
}

/// Layer normalisation over the last dimension. What the module adds to variances cannot be read: it must be burn's default, as
/// [`layer_norm`](super::layer_norm) makes it.
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

/// A convolution of pictures `[batch, channels, height, width]`, to `[batch, outputs, down, across]`. It is burn's own where the module
/// has groups, dilation, uneven strides or padding, or no bias.
///
/// # Panics
/// When the number of channels is not the module's, or its kernel is larger than the picture with its padding.
#[must_use]
pub fn convolve(conv: &Conv2d, x: Tensor<4>) -> Tensor<4> {
    let PaddingConfig2d::Explicit(top, left, bottom, right) = conv.padding else { return conv.forward(x) };
    let plain = [top, left] == [bottom, right]
        && conv.stride[0] == conv.stride[1]
        && conv.dilation == [1; 2]
        && conv.groups == 1
        && on_cpu(&x);
    let Some(bias) = conv.bias.as_ref().filter(|_| plain) else { return conv.forward(x) };
    let weight = conv.weight.val();
    let [outputs, inputs, _, _] = weight.dims();
    let input = x.dims();
    assert_eq!(input[1], inputs, "channels of a picture");
    let padding = [top, left];
    let fits = (0..2).all(|i| input[i + 2] + 2 * padding[i] >= conv.kernel_size[i]);
    assert!(fits, "a kernel of {:?} in a picture of {input:?}", conv.kernel_size);
    let windows = Windows { input, outputs, size: conv.kernel_size, stride: conv.stride[0], padding };
    let (x, weight, bias) = (x.into_dispatch(), weight.into_dispatch(), bias.val().into_dispatch());
    Tensor::from_dispatch(Dispatch::kernel_convolution(x, weight, bias, windows))
}

/// Layer normalisation `[n, batch, width]` whose factors and shifts `[n, 1, width]` differ along the first dimension.
pub(super) fn normalise_members(x: Tensor<3>, gamma: Tensor<3>, beta: Tensor<3>) -> Tensor<3> {
    let [_, batch, width] = x.dims();
    if on_cpu(&x) {
        return normalised(x, gamma, beta, Rows { channels: width, block: 1, run: batch, epsilon: EPSILON });
    }
    composed(x, gamma, beta)
}

/// [`normalise_members`] of burn's operations.
fn composed(x: Tensor<3>, gamma: Tensor<3>, beta: Tensor<3>) -> Tensor<3> {
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

fn softmax_of<const D: usize>(x: Tensor<D>, log: bool) -> Tensor<D> {
    Tensor::from_dispatch(Dispatch::kernel_softmax(x.into_dispatch(), log))
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
