//! Several networks of one shape as one batched matrix product.

use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor, activation};
use rand::Rng;

use super::kernels::normalise_members;
use super::{Gain, orthogonal, param, xavier_uniform};

/// `n` independent perceptrons with ReLU, evaluated together. Zero biases.
#[derive(Module, Debug)]
pub struct EnsembleMlp {
    weights: Vec<Param<Tensor<3>>>,
    biases: Vec<Param<Tensor<3>>>,
    /// Scale and offset of each normalised hidden layer; none where they are not normalised.
    scales: Vec<Param<Tensor<3>>>,
    offsets: Vec<Param<Tensor<3>>>,
}

impl EnsembleMlp {
    /// `n` networks with the layer sizes `sizes`, from input to output, with Xavier-uniform weights.
    pub fn new(n: usize, sizes: &[usize], rng: &mut dyn Rng, device: &Device) -> Self {
        let member = |pair: &[usize], rng: &mut dyn Rng| xavier_uniform([1, pair[0], pair[1]], Gain(1.0), rng, device);
        Self::with(member, n, sizes, rng, device)
    }

    /// As [`EnsembleMlp::new`], with orthogonal weights.
    pub fn orthogonal(n: usize, sizes: &[usize], rng: &mut dyn Rng, device: &Device) -> Self {
        let member = |pair: &[usize], rng: &mut dyn Rng| orthogonal(pair[0], pair[1], rng, device).unsqueeze();
        Self::with(member, n, sizes, rng, device)
    }

    /// `member` draws a weight `[1, inputs, outputs]` from `[inputs, outputs]`.
    fn with(
        member: impl Fn(&[usize], &mut dyn Rng) -> Tensor<3>,
        n: usize,
        sizes: &[usize],
        rng: &mut dyn Rng,
        device: &Device,
    ) -> Self {
        let (mut weights, mut biases) = (Vec::new(), Vec::new());
        for pair in sizes.windows(2) {
            // One member after the other: all have the law of a single network.
            let members = (0..n).map(|_| member(pair, rng)).collect();
            weights.push(param(Tensor::cat(members, 0).detach(), rng));
            biases.push(param(Tensor::zeros([n, 1, pair[1]], device), rng));
        }
        Self { weights, biases, scales: Vec::new(), offsets: Vec::new() }
    }

    /// The same networks, whose layers have the sizes `sizes`, with hidden layers that are normalised before ReLU.
    #[must_use]
    pub fn normalised(mut self, sizes: &[usize], rng: &mut dyn Rng) -> Self {
        let weight = self.weights[0].val();
        let ([n, _, _], device) = (weight.dims(), weight.device());
        for &width in &sizes[1..sizes.len() - 1] {
            self.scales.push(param(Tensor::ones([n, 1, width], &device), rng));
            self.offsets.push(param(Tensor::zeros([n, 1, width], &device), rng));
        }
        self
    }

    /// # Shapes
    /// - input: `[batch, d_input]`
    /// - output: `[n, batch, d_output]`
    #[must_use]
    pub fn forward(&self, x: Tensor<2>) -> Tensor<3> {
        let [n, _, _] = self.weights[0].val().dims();
        let [batch, inputs] = x.dims();
        let mut x = x.reshape([1, batch, inputs]).expand([n, batch, inputs]); // [n, batch, d_input]
        let last = self.weights.len() - 1;
        for (i, (weight, bias)) in self.weights.iter().zip(&self.biases).enumerate() {
            x = x.matmul(weight.val()) + bias.val();
            if i < last {
                if let (Some(scale), Some(offset)) = (self.scales.get(i), self.offsets.get(i)) {
                    x = normalise_members(x, scale.val(), offset.val());
                }
                x = activation::relu(x);
            }
        }
        x
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_pcg::Pcg64;

    use super::*;
    use crate::nn::numbers;

    #[test]
    fn standardised_rows_have_mean_0_and_variance_1() {
        let device = Device::flex();
        let x = Tensor::<3>::from_floats([[[1.0, 2.0, 6.0], [-1.0, -1.5, 0.0]]], &device);
        let (ones, zeros) = (Tensor::ones([1, 1, 3], &device), Tensor::zeros([1, 1, 3], &device));
        for row in numbers(normalise_members(x, ones, zeros)).chunks(3) {
            let mean = row.iter().sum::<f32>() / 3.0;
            let variance = row.iter().map(|x| (x - mean).powi(2)).sum::<f32>() / 3.0;
            assert!(mean.abs() < 1e-5 && (variance - 1.0).abs() < 1e-3, "{row:?}");
        }
        let mut rng = Pcg64::seed_from_u64(0);
        let sizes = [3, 8, 8, 1];
        let networks = EnsembleMlp::new(2, &sizes, &mut rng, &device.autodiff()).normalised(&sizes, &mut rng);
        assert_eq!(networks.num_params(), 2 * (3 * 8 + 8 + 8 * 8 + 8 + 8 + 1 + 4 * 8));
    }
}
