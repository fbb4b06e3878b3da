//! Forward and inverse model of a representation: what ICM is made of, and what shapes the representation of APT.

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use freeroam_replay::Stream;
use freeroam_trainer::nn::Mlp;

/// Two networks with one hidden layer each: `f(x, a)`, where the next representation will be, and `g(x, x')`, the action
/// between two of them.
#[derive(Module, Debug)]
pub(crate) struct Dynamics {
    ahead: Mlp,
    between: Mlp,
}

impl Dynamics {
    /// For representations of `state` numbers and actions of `action`, with hidden layers of `width`.
    pub(crate) fn new(state: usize, action: usize, width: usize, stream: &mut Stream, device: &Device) -> Self {
        Self {
            ahead: Mlp::orthogonal(&[state + action, width, state], stream, device),
            between: Mlp::orthogonal(&[2 * state, width, action], stream, device),
        }
    }

    /// `|f(x, a) - x'|`, `[B, 1]`.
    pub(crate) fn error_ahead(&self, state: Tensor<2>, action: Tensor<2>, next: Tensor<2>) -> Tensor<2> {
        length(self.ahead.forward(Tensor::cat(vec![state, action], 1)) - next)
    }

    /// `|tanh g(x, x') - a|`, `[B, 1]`.
    pub(crate) fn error_between(&self, state: Tensor<2>, action: Tensor<2>, next: Tensor<2>) -> Tensor<2> {
        length(self.between.forward(Tensor::cat(vec![state, next], 1)).tanh() - action)
    }
}

/// Length of each row, `[.., D] -> [.., 1]`; its gradient is 0 where the row is.
pub(crate) fn length<const D: usize>(x: Tensor<D>) -> Tensor<D> {
    x.square().sum_dim(D - 1).clamp_min(1e-12).sqrt()
}
