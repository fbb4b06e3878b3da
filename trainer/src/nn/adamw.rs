//! Adam with decoupled weight decay, in one pass over memory where that is host memory.
//!
//! Loshchilov and Hutter, "Decoupled Weight Decay Regularization", ICLR 2019, algorithm 2. Only weights of two and more
//! dimensions decay: biases and the numbers of a normalisation do not.

use burn::optim::{AdamState, AdaptiveMomentumState, LearningRate, Optimizer};
use burn::tensor::{Device, Tensor, TensorData};

use super::adam::{constants, values};

const BETA_1: f32 = 0.9;
const BETA_2: f32 = 0.95;
const EPSILON: f32 = 1e-8;

/// Adam with betas 0.9 and 0.95 (those usual for transformers), epsilon 1e-8 and this weight decay per unit of learning rate.
#[derive(Clone, Debug)]
pub struct AdamW {
    /// Share of a weight that goes at every step, divided by the learning rate.
    pub decay: f32,
}

/// The numbers of one step.
#[derive(Clone, Copy)]
struct Step {
    /// Learning rate with both corrections for the moments' start at zero.
    rate: f32,
    /// Added to the root of the second moment, corrected alike.
    epsilon: f32,
    /// What is left of a weight.
    kept: f32,
}

impl Optimizer for AdamW {
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
        let decay = if D > 1 { f64::from(self.decay) } else { 0.0 };
        let step = Step::new(learning_rate, decay, time);
        let (tensor, first, second) = if device.clone().inner() == Device::flex() {
            let grad = grad.into_data();
            let (mut tensor, mut first, mut second) = (tensor.into_data(), first.into_data(), second.into_data());
            step.take(values(&mut tensor), values(&mut first), values(&mut second), constants(&grad));
            let back = |data: TensorData| Tensor::from_data(data, &device);
            (back(tensor), back(first), back(second))
        } else {
            let first = first * BETA_1 + grad.clone() * (1.0 - BETA_1);
            let second = second * BETA_2 + grad.square() * (1.0 - BETA_2);
            let change = first.clone() / (second.clone().sqrt() + step.epsilon) * step.rate;
            (tensor * step.kept - change, first, second)
        };
        (tensor, Some(AdamState::new(AdaptiveMomentumState::new(time, first, second))))
    }

    fn to_device<const D: usize>(mut state: Self::State<D>, device: &Device) -> Self::State<D> {
        state.momentum = state.momentum.to_device(device);
        state
    }
}

impl Step {
    fn new(learning_rate: f64, decay: f64, time: usize) -> Self {
        let time = i32::try_from(time).unwrap_or(i32::MAX);
        let correction = (1.0 - f64::from(BETA_2).powi(time)).sqrt();
        Self {
            rate: (learning_rate * correction / (1.0 - f64::from(BETA_1).powi(time))) as f32,
            epsilon: (f64::from(EPSILON) * correction) as f32,
            kept: (1.0 - learning_rate * decay) as f32,
        }
    }

    /// Over equally long slices: parameters, first and second moments, gradients.
    fn take(self, p: &mut [f32], m: &mut [f32], v: &mut [f32], g: &[f32]) {
        for (((p, m), v), &g) in p.iter_mut().zip(m).zip(v).zip(g) {
            *m = BETA_1 * *m + (1.0 - BETA_1) * g;
            *v = BETA_2 * *v + (1.0 - BETA_2) * g * g;
            *p = self.kept * *p - self.rate * *m / (v.sqrt() + self.epsilon);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_decay_beside_the_step() {
        let (mut p, mut m, mut v) = ([1.0, -2.0, 4.0], [0.0; 3], [0.0; 3]);
        Step::new(0.1, 0.5, 1).take(&mut p, &mut m, &mut v, &[0.3, -50.0, 0.0]);
        let expected = [0.95 - 0.1, -1.9 + 0.1, 3.8];
        assert!(p.iter().zip(expected).all(|(p, expected)| (p - expected).abs() < 1e-6), "{p:?}");
    }
}
