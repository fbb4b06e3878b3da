//! A trainable number: a temperature or a dual variable.

use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor};
use rand::Rng;

use super::param;

/// One trainable number.
#[derive(Module, Debug)]
pub struct Scalar {
    value: Param<Tensor<1>>,
}

impl Scalar {
    /// Starts at `value`.
    pub fn new(value: f32, rng: &mut dyn Rng, device: &Device) -> Self {
        Self { value: param(Tensor::from_floats([value], device), rng) }
    }

    /// The number, `[1]`, tracked.
    #[must_use]
    pub fn value(&self) -> Tensor<1> {
        self.value.val()
    }

    /// The same number where it is at most `most`, else `most`; a leaf of the graph again.
    #[must_use]
    pub fn at_most(self, most: f32) -> Self {
        Self { value: self.value.map(|value| value.detach().clamp_max(most).detach().require_grad()) }
    }

    /// Its exponential as a constant, `[1, 1]`.
    #[must_use]
    pub fn exp(&self) -> Tensor<2> {
        self.value.val().inner().exp().unsqueeze()
    }
}
