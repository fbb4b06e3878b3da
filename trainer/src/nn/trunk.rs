//! The first layer of URLB's networks.

use burn::module::Module;
use burn::nn::{LayerNorm, LayerNormConfig, Linear};
use burn::tensor::{Device, Tensor};
use rand::Rng;

use super::mlp::linear;
use super::{orthogonal, param};

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
        let mut norm = LayerNormConfig::new(width).init(device);
        norm.gamma = param(Tensor::ones([width], device), rng);
        norm.beta = Some(param(Tensor::zeros([width], device), rng));
        Self { linear, norm }
    }

    /// # Shapes
    /// - input: `[batch, d_input]`
    /// - output: `[batch, width]`, in `[-1, 1]`
    #[must_use]
    pub fn forward(&self, x: Tensor<2>) -> Tensor<2> {
        self.norm.forward(self.linear.forward(x)).tanh()
    }

    /// The linear layer and the normalisation after it.
    #[must_use]
    pub fn layers(&self) -> (&Linear, &LayerNorm) {
        (&self.linear, &self.norm)
    }
}
