//! A normal law squashed by tanh: the actions of stochastic policies.

use std::f32::consts::{LN_2, PI};

use burn::tensor::{Tensor, activation};

/// `sigma` stays within `[1e-6, e^2]`.
const LOG_STD: (f32, f32) = (-13.815_511, 2.0);

/// The largest action in size whose place before tanh is told apart from infinity.
const EDGE: f32 = 0.999_999_9;

/// The law of `tanh(u)`, `u` normal.
#[derive(Clone)]
pub(crate) struct Gaussian {
    /// Mean of `u`, `[B, action]`.
    pub(crate) mean: Tensor<2>,
    /// Logarithm of its deviation, `[B, action]`.
    log_std: Tensor<2>,
}

impl Gaussian {
    /// From a network's output, `[B, 2 action]`.
    pub(crate) fn new(output: Tensor<2>) -> Self {
        let actions = output.dims()[1] / 2;
        Self::of(output.clone().narrow(1, 0, actions), output.narrow(1, actions, actions))
    }

    /// From mean and logarithm of the deviation, `[B, action]` each.
    pub(crate) fn of(mean: Tensor<2>, log_std: Tensor<2>) -> Self {
        Self { mean, log_std: log_std.clamp(LOG_STD.0, LOG_STD.1) }
    }

    /// The law where of the noise of the step before, `[B, action]`, a share `kept` stays, `[B, 1]`: an AR(1) process whose every step
    /// has this law.
    pub(crate) fn given(self, before: Tensor<2>, kept: Tensor<2>) -> Self {
        let mean = self.mean + self.log_std.clone().exp() * before * kept.clone();
        let log_std = self.log_std + (-kept.square() + 1.0).log() * 0.5;
        Self { mean, log_std }
    }

    /// The noise that gave `u`, `[B, action]`.
    pub(crate) fn noise(&self, u: Tensor<2>) -> Tensor<2> {
        (u - self.mean.clone()) * (-self.log_std.clone()).exp()
    }

    /// A reparameterised action and its log-density, `[B, action]` and `[B, 1]`.
    pub(crate) fn sample(self, noise: Tensor<2>) -> (Tensor<2>, Tensor<2>) {
        let u = self.mean + self.log_std.clone().exp() * noise.clone();
        let normal = noise.square() * -0.5 - self.log_std - 0.5 * (2.0 * PI).ln();
        // log(1 - tanh(u)^2), in the form that does not overflow.
        let squash = (-u.clone() - activation::softplus(u.clone() * -2.0, 1.0) + LN_2) * 2.0;
        (u.tanh(), (normal - squash).sum_dim(1))
    }

    /// The log-density of `u`, `[B, 1]`. That of `tanh(u)` differs by a term that does not depend on the law.
    pub(crate) fn log_p(&self, u: Tensor<2>) -> Tensor<2> {
        (self.noise(u).square() * -0.5 - self.log_std.clone() - 0.5 * (2.0 * PI).ln()).sum_dim(1)
    }
}

/// Where actions were before tanh, `[B, action]`.
pub(crate) fn unsquashed(action: Tensor<2>) -> Tensor<2> {
    let action = action.clamp(-EDGE, EDGE);
    ((action.clone() + 1.0) / (-action + 1.0)).log() * 0.5
}

#[cfg(test)]
mod tests {
    use burn::tensor::Device;
    use freeroam_trainer::nn::numbers;

    use super::*;

    #[test]
    fn log_densities_of_samples_agree_up_to_the_squashing() {
        let device = Device::flex();
        let row = |values: [f32; 2]| Tensor::<2>::from_floats([values], &device);
        let law = Gaussian::of(row([0.3, -1.0]), row([-0.5, 0.2]));
        let (action, log_pi) = law.clone().sample(row([0.7, -0.2]));
        let log_u = law.log_p(unsquashed(action.clone()));
        let squash = (-action.square() + 1.0).log().sum_dim(1);
        let [direct, other] = [log_pi, log_u - squash].map(|log| numbers(log)[0]);
        assert!((direct - other).abs() < 1e-4, "{direct} {other}");
    }
}
