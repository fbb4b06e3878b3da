//! Building blocks of every network that freeroam trains, on burn.
//!
//! Weights are drawn from a host generator, never from the device, so that a seed gives the same network everywhere.

mod adam; // one-pass Adam
mod adamw; // Adam with weight decay
mod clip; // gradients of bounded length
mod conv; // convolutions
mod ensemble; // several networks as one batched product
mod gru; // a recurrent cell
mod init; // weight distributions
mod kernels; // operations in one vectorised pass
mod mlp; // multi-layer perceptron
mod normed; // perceptron with normalised layers
mod polyak; // target networks
mod scalar; // a trainable number
mod scheduled; // a module along a schedule
mod trained; // a module with its optimiser
mod trunk; // a normalised first layer
mod weights; // weights in files

pub use adam::Adam;
pub use adamw::AdamW;
pub use conv::{ConvNet, PlainConv, conv2d, group_norm};
pub use ensemble::EnsembleMlp;
pub use gru::Gru;
pub use init::{Gain, orthogonal, param, uniform, xavier_uniform};
pub use kernels::{convolve, gelu, log_softmax, normalise, normalise_groups, silu, softmax};
pub use mlp::Mlp;
pub use normed::{NormedMlp, layer_norm};
pub use polyak::polyak;
pub use scalar::Scalar;
pub use scheduled::{OptimizerConfig, Scheduled};
pub use trained::Trained;
pub use trunk::Trunk;
pub use weights::{load_weights, save_weights};

use burn::tensor::{Device, Tensor, TensorData};

/// A `[rows, columns]` tensor on the plain (not differentiating) device from host numbers.
///
/// # Panics
/// When `values` does not hold `rows * columns` numbers.
#[must_use]
pub fn tensor(values: Vec<f32>, rows: usize, columns: usize, device: &Device) -> Tensor<2> {
    Tensor::from_data(TensorData::new(values, [rows, columns]), device)
}

/// The numbers of a tensor, row by row.
#[must_use]
pub fn numbers<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().try_to_vec::<f32>().expect("float tensors hold f32")
}
