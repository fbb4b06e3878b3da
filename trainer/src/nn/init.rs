//! Weight distributions.

use burn::module::{Param, ParamId};
use burn::tensor::{Device, Tensor, TensorData};
use rand::Rng;
use rand_distr::{Distribution, Uniform};

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

/// A trained parameter that starts at `value`. Its identity is drawn from `rng` too, so that equal seeds write equal files.
pub fn param<const D: usize>(value: Tensor<D>, rng: &mut dyn Rng) -> Param<Tensor<D>> {
    Param::initialized(ParamId::from(rng.next_u64()), value.require_grad())
}
