//! Gated recurrent unit: Cho et al., "Learning Phrase Representations using RNN Encoder-Decoder", 2014.
//!
//! ```text
//! z = sigmoid(W_z x + U_z h + b_z),   r = sigmoid(W_r x + U_r h + b_r)
//! n = tanh(W_n x + b_n + r * (U_n h + c_n))
//! h' = (1 - z) * n + z * h
//! ```

use burn::module::Module;
use burn::nn::Linear;
use burn::tensor::{Device, Tensor, activation};
use rand::Rng;

use super::mlp::linear;
use super::orthogonal;

/// A cell that is stepped through sequences. Orthogonal weights, zero biases.
#[derive(Module, Debug)]
pub struct Gru {
    input: Linear,
    hidden: Linear,
}

impl Gru {
    /// For inputs of `inputs` numbers, with `width` numbers of memory.
    pub fn new(inputs: usize, width: usize, rng: &mut dyn Rng, device: &Device) -> Self {
        let input = linear(orthogonal(inputs, 3 * width, rng, device), rng);
        Self { input, hidden: linear(orthogonal(width, 3 * width, rng, device), rng) }
    }

    /// What inputs bring, for [`Gru::step`]: that of a whole sequence is one product.
    ///
    /// # Shapes
    /// - input: `[batch, d_input]`
    /// - output: `[batch, 3 width]`
    #[must_use]
    pub fn prepare(&self, x: Tensor<2>) -> Tensor<2> {
        self.input.forward(x)
    }

    /// The memory after an input.
    ///
    /// # Shapes
    /// - prepared: `[batch, 3 width]`
    /// - memory: `[batch, width]`
    /// - output: `[batch, width]`
    #[must_use]
    pub fn step(&self, prepared: Tensor<2>, memory: Tensor<2>) -> Tensor<2> {
        let width = memory.dims()[1];
        let hidden = self.hidden.forward(memory.clone()); // [B, 3 width]
        let gates = prepared.clone().narrow(1, 0, 2 * width) + hidden.clone().narrow(1, 0, 2 * width);
        let gates = activation::sigmoid(gates);
        let (z, r) = (gates.clone().narrow(1, 0, width), gates.narrow(1, width, width));
        let n = (prepared.narrow(1, 2 * width, width) + r * hidden.narrow(1, 2 * width, width)).tanh();
        n.clone() + z * (memory - n)
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_pcg::Pcg64;

    use super::*;
    use crate::nn::{numbers, tensor};

    #[test]
    fn a_step_is_that_of_the_equations() {
        let device = Device::flex();
        let gru = Gru::new(1, 1, &mut Pcg64::seed_from_u64(0), &device.clone().autodiff()).valid();
        let [w, u] = [&gru.input, &gru.hidden].map(|layer| numbers(layer.weight.val()));
        let (x, h) = (0.7_f32, -0.4_f32);
        let sigmoid = |x: f32| 1.0 / (1.0 + (-x).exp());
        let (z, r) = (sigmoid(w[0] * x + u[0] * h), sigmoid(w[1] * x + u[1] * h));
        let n = (w[2] * x + r * u[2] * h).tanh();
        let expected = (1.0 - z) * n + z * h;
        let next = gru.step(gru.prepare(tensor(vec![x], 1, 1, &device)), tensor(vec![h], 1, 1, &device));
        assert!((numbers(next)[0] - expected).abs() < 1e-6);
    }
}
