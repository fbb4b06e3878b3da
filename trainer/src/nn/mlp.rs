//! Multi-layer perceptron with ReLU.

use burn::module::Module;
use burn::nn::Linear;
use burn::tensor::{Device, Tensor, activation};
use rand::Rng;

use super::{Gain, param, xavier_uniform};

/// `k` hidden layers with ReLU and a linear output. Xavier-uniform weights, zero biases.
#[derive(Module, Debug)]
pub struct Mlp {
    layers: Vec<Linear>,
}

impl Mlp {
    /// A network with the layer sizes `sizes`, from input to output; `gain` scales the output layer's weights.
    pub fn new(sizes: &[usize], gain: Gain, rng: &mut dyn Rng, device: &Device) -> Self {
        let last = sizes.len() - 2;
        let layer = |(i, pair): (usize, &[usize])| {
            let gain = if i == last { gain } else { Gain(1.0) };
            let weight = xavier_uniform([pair[0], pair[1]], gain, rng, device);
            Linear { weight: param(weight, rng), bias: Some(param(Tensor::zeros([pair[1]], device), rng)) }
        };
        Self { layers: sizes.windows(2).enumerate().map(layer).collect() }
    }

    /// # Shapes
    /// - input: `[batch, d_input]`
    /// - output: `[batch, d_output]`
    #[must_use]
    pub fn forward(&self, mut x: Tensor<2>) -> Tensor<2> {
        let last = self.layers.len() - 1;
        for (i, layer) in self.layers.iter().enumerate() {
            x = layer.forward(x);
            if i < last {
                x = activation::relu(x);
            }
        }
        x
    }

    /// The layers, input first.
    #[must_use]
    pub fn layers(&self) -> &[Linear] {
        &self.layers
    }
}
