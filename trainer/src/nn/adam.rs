//! Adam in one pass over memory.
//!
//! Kingma and Ba, 2015, algorithm 1 with the reordered step of its section 2. Same state layout as burn's Adam, whose
//! several passes over memory cost as much as a matrix product on the CPU.

use burn::optim::{AdamState, AdaptiveMomentumState, LearningRate, Optimizer};
use burn::tensor::{Device, Tensor, TensorData};

const BETA_1: f32 = 0.9;
const BETA_2: f32 = 0.999;
const EPSILON: f32 = 1e-8;

/// Adam with betas 0.9 and 0.999 and epsilon 1e-8, no weight decay, for parameters in host memory.
#[derive(Clone, Debug, Default)]
pub struct Adam;

impl Optimizer for Adam {
    type State<const D: usize> = AdamState<D>;

    fn step<const D: usize>(
        &self,
        learning_rate: LearningRate,
        tensor: Tensor<D>,
        grad: Tensor<D>,
        state: Option<Self::State<D>>,
    ) -> (Tensor<D>, Option<Self::State<D>>) {
        let device = tensor.device();
        let (time, first, second) = match state {
            Some(AdamState { momentum: state }) => (state.time + 1, state.moment_1, state.moment_2),
            None => (1, grad.zeros_like(), grad.zeros_like()),
        };
        // `into_data` moves a buffer that nobody else holds and copies otherwise; the result is the same.
        let grad = grad.into_data();
        let (mut tensor, mut first, mut second) = (tensor.into_data(), first.into_data(), second.into_data());
        update(values(&mut tensor), values(&mut first), values(&mut second), constants(&grad), learning_rate, time);
        let back = |data: TensorData| Tensor::from_data(data, &device);
        (back(tensor), Some(AdamState::new(AdaptiveMomentumState::new(time, back(first), back(second)))))
    }

    fn to_device<const D: usize>(mut state: Self::State<D>, device: &Device) -> Self::State<D> {
        state.momentum = state.momentum.to_device(device);
        state
    }
}

pub(super) fn values(data: &mut TensorData) -> &mut [f32] {
    data.as_mut_slice().expect("parameters are f32")
}

pub(super) fn constants(data: &TensorData) -> &[f32] {
    data.as_slice().expect("gradients are f32")
}

/// One step over equally long slices: parameters, first and second moments, gradients.
fn update(p: &mut [f32], m: &mut [f32], v: &mut [f32], g: &[f32], learning_rate: f64, time: usize) {
    let time = i32::try_from(time).unwrap_or(i32::MAX);
    let correction = (1.0 - f64::from(BETA_2).powi(time)).sqrt();
    let step = (learning_rate * correction / (1.0 - f64::from(BETA_1).powi(time))) as f32;
    let epsilon = (f64::from(EPSILON) * correction) as f32;
    for (((p, m), v), &g) in p.iter_mut().zip(m).zip(v).zip(g) {
        *m = BETA_1 * *m + (1.0 - BETA_1) * g;
        *v = BETA_2 * *v + (1.0 - BETA_2) * g * g;
        *p -= step * *m / (v.sqrt() + epsilon);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_step_has_the_size_of_the_learning_rate() {
        let (mut p, mut m, mut v) = ([1.0, -2.0], [0.0; 2], [0.0; 2]);
        update(&mut p, &mut m, &mut v, &[0.3, -50.0], 0.1, 1);
        assert!((p[0] - 0.9).abs() < 1e-6 && (p[1] + 1.9).abs() < 1e-6, "{p:?}");
    }
}
