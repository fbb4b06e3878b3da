//! Multi-layer perceptron with normalised hidden layers.

use burn::module::Module;
use burn::nn::{LayerNorm, LayerNormConfig, Linear};
use burn::tensor::{Device, Tensor};
use rand::Rng;

use super::mlp::linear;
use super::{Gain, gelu, normalise, param, xavier_uniform};

/// Hidden layers of linear, GELU, layer normalisation, and a linear output. Xavier-uniform weights, zero biases.
#[derive(Module, Debug)]
pub struct NormedMlp {
    layers: Vec<Linear>,
    norms: Vec<LayerNorm>,
}

impl NormedMlp {
    /// A network with the layer sizes `sizes`, from input to output.
    pub fn new(sizes: &[usize], rng: &mut dyn Rng, device: &Device) -> Self {
        let layer = |pair: &[usize]| linear(xavier_uniform([pair[0], pair[1]], Gain(1.0), rng, device), rng);
        let layers = sizes.windows(2).map(layer).collect();
        let hidden = &sizes[1..sizes.len() - 1];
        Self { layers, norms: hidden.iter().map(|&width| layer_norm(width, rng, device)).collect() }
    }

    /// # Shapes
    /// - input: `[batch, d_input]`
    /// - output: `[batch, d_output]`
    #[must_use]
    pub fn forward(&self, mut x: Tensor<2>) -> Tensor<2> {
        for (i, layer) in self.layers.iter().enumerate() {
            x = layer.forward(x);
            if let Some(norm) = self.norms.get(i) {
                x = normalise(norm, gelu(x));
            }
        }
        x
    }
}

/// Layer normalisation of `width` numbers, with a factor of 1 and a shift of 0 per number.
pub fn layer_norm(width: usize, rng: &mut dyn Rng, device: &Device) -> LayerNorm {
    let mut norm = LayerNormConfig::new(width).init(device);
    norm.gamma = param(Tensor::ones([width], device), rng);
    norm.beta = Some(param(Tensor::zeros([width], device), rng));
    norm
}
