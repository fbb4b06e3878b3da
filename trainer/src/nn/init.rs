//! Weight distributions.

use burn::module::{Param, ParamId};
use burn::tensor::{Device, Tensor, TensorData};
use rand::Rng;
use rand_distr::{Distribution, StandardNormal, Uniform};

/// Factor on the output layer's weights: 1 for the usual start, small where outputs should start near zero.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gain(pub f32);

/// Numbers uniform in `[-bound, bound)`, `[shape]`.
///
/// # Panics
/// When `bound` is not positive and finite.
pub fn uniform<const D: usize>(shape: [usize; D], bound: f32, rng: &mut dyn Rng, device: &Device) -> Tensor<D> {
    let law = Uniform::new(-bound, bound).expect("the bound is positive and finite");
    let values: Vec<f32> = (0..shape.iter().product()).map(|_| law.sample(rng)).collect();
    Tensor::from_data(TensorData::new(values, shape), device)
}

/// Xavier-uniform weights `[.., inputs, outputs]`: uniform with variance `2 / (inputs + outputs)`, times `gain`.
///
/// Glorot and Bengio, 2010, eq. 16.
pub fn xavier_uniform<const D: usize>(shape: [usize; D], gain: Gain, rng: &mut dyn Rng, device: &Device) -> Tensor<D> {
    let (inputs, outputs) = (shape[D - 2], shape[D - 1]);
    uniform(shape, gain.0 * (6.0 / (inputs + outputs) as f32).sqrt(), rng, device)
}

/// Orthogonal weights, `[inputs, outputs]`: normal draws made orthonormal along the shorter side.
///
/// Saxe, McClelland and Ganguli, 2014. By modified Gram-Schmidt, `O(inputs outputs min(inputs, outputs))`.
pub fn orthogonal(inputs: usize, outputs: usize, rng: &mut dyn Rng, device: &Device) -> Tensor<2> {
    let (count, length) = (inputs.min(outputs), inputs.max(outputs));
    let mut rows: Vec<f32> = (0..count * length).map(|_| StandardNormal.sample(rng)).collect();
    for i in 0..count {
        let (done, rest) = rows.split_at_mut(i * length);
        let row = &mut rest[..length];
        for other in done.chunks_exact(length) {
            let along = dot(row, other);
            row.iter_mut().zip(other).for_each(|(x, y)| *x -= along * y);
        }
        let norm = dot(row, row).sqrt().max(f32::MIN_POSITIVE);
        row.iter_mut().for_each(|x| *x /= norm);
    }
    // Turned on the host: a turned view is multiplied in another order than what a file gives back.
    if inputs > outputs {
        rows = (0..inputs).flat_map(|i| rows.iter().skip(i).step_by(length).copied()).collect();
    }
    Tensor::from_data(TensorData::new(rows, [inputs, outputs]), device)
}

/// With several partial sums, which the processor adds side by side.
fn dot(x: &[f32], y: &[f32]) -> f32 {
    const PARTS: usize = 16;
    let mut sums = [0.0; PARTS];
    let (x, y) = (x.chunks(PARTS), y.chunks(PARTS));
    for (x, y) in x.zip(y) {
        sums.iter_mut().zip(x.iter().zip(y)).for_each(|(sum, (x, y))| *sum += x * y);
    }
    sums.iter().sum()
}

/// A trained parameter that starts at `value`. Its identity is drawn from `rng` too, so that equal seeds write equal files.
pub fn param<const D: usize>(value: Tensor<D>, rng: &mut dyn Rng) -> Param<Tensor<D>> {
    Param::initialized(ParamId::from(rng.next_u64()), value.require_grad())
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_pcg::Pcg64;

    use super::*;
    use crate::nn::numbers;

    #[test]
    fn orthogonal_weights_keep_lengths_on_their_shorter_side() {
        let device = Device::flex();
        for (inputs, outputs) in [(3, 50), (50, 3), (40, 40)] {
            let weight = orthogonal(inputs, outputs, &mut Pcg64::seed_from_u64(0), &device);
            assert_eq!(weight.dims(), [inputs, outputs]);
            let short = if inputs <= outputs { weight } else { weight.transpose() };
            let gram = numbers(short.clone().matmul(short.transpose()) - Tensor::eye(inputs.min(outputs), &device));
            assert!(gram.iter().all(|x| x.abs() < 1e-4), "{inputs} x {outputs}: {gram:?}");
        }
    }
}
