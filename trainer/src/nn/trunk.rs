//! The first layer of URLB's networks.

use burn::module::Module;
use burn::nn::{LayerNorm, Linear};
use burn::tensor::{Device, Tensor};
use rand::Rng;

use super::mlp::linear;
use super::{layer_norm, normalise, orthogonal};

/// A linear layer, layer normalisation, tanh. Orthogonal weights, zero bias.
#[derive(Module, Debug)]
pub struct Trunk {
    linear: Linear,
    norm: LayerNorm,
}

impl Trunk {
    /// From `inputs` to `width` numbers.
    pub fn new(inputs: usize, width: usize, rng: &mut dyn Rng, device: &Device) -> Self {
        let linear = linear(orthogonal(inputs, width, rng, device), rng);
        Self { linear, norm: layer_norm(width, rng, device) }
    }

    /// # Shapes
    /// - input: `[batch, d_input]`
    /// - output: `[batch, width]`, in `[-1, 1]`
    #[must_use]
    pub fn forward(&self, x: Tensor<2>) -> Tensor<2> {
        normalise(&self.norm, self.linear.forward(x)).tanh()
    }

    /// The linear layer and the normalisation after it.
    #[must_use]
    pub fn layers(&self) -> (&Linear, &LayerNorm) {
        (&self.linear, &self.norm)
    }
}
