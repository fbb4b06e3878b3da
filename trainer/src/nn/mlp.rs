//! Multi-layer perceptron with ReLU.

use burn::module::Module;
use burn::nn::Linear;
use burn::tensor::{Device, Tensor, activation};
use rand::Rng;

use super::{Gain, orthogonal, param, xavier_uniform};

/// `k` hidden layers with ReLU and a linear output. Zero biases.
#[derive(Module, Debug)]
pub struct Mlp {
    layers: Vec<Linear>,
}

impl Mlp {
    /// A network with the layer sizes `sizes`, from input to output, with Xavier-uniform weights; `gain` scales those of the
    /// output layer.
    pub fn new(sizes: &[usize], gain: Gain, rng: &mut dyn Rng, device: &Device) -> Self {
        let last = sizes.len() - 2;
        let layer = |(i, pair): (usize, &[usize])| {
            let gain = if i == last { gain } else { Gain(1.0) };
            linear(xavier_uniform([pair[0], pair[1]], gain, rng, device), rng)
        };
        Self { layers: sizes.windows(2).enumerate().map(layer).collect() }
    }

    /// As [`Mlp::new`], with orthogonal weights in all layers.
    pub fn orthogonal(sizes: &[usize], rng: &mut dyn Rng, device: &Device) -> Self {
        Self::scaled(sizes, [Gain(1.0); 2], rng, device)
    }

    /// As [`Mlp::orthogonal`], with factors on the weights of the hidden layers and of the output layer.
    pub fn scaled(sizes: &[usize], [hidden, output]: [Gain; 2], rng: &mut dyn Rng, device: &Device) -> Self {
        let last = sizes.len() - 2;
        let layer = |(i, pair): (usize, &[usize])| {
            let Gain(gain) = if i == last { output } else { hidden };
            linear(orthogonal(pair[0], pair[1], rng, device) * gain, rng)
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

/// A linear layer with this weight, `[inputs, outputs]`, and no bias yet.
pub(super) fn linear(weight: Tensor<2>, rng: &mut dyn Rng) -> Linear {
    let ([_, outputs], device) = (weight.dims(), weight.device());
    let weight = param(weight, rng);
    Linear { weight, bias: Some(param(Tensor::zeros([outputs], &device), rng)) }
}
