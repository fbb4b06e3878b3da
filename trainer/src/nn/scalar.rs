//! A trainable number: a temperature or a dual variable.

use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor};

/// One trainable number.
#[derive(Module, Debug)]
pub struct Scalar {
    value: Param<Tensor<1>>,
}

impl Scalar {
    /// Starts at `value`.
    #[must_use]
    pub fn new(value: f32, device: &Device) -> Self {
        Self { value: Param::from_tensor(Tensor::from_floats([value], device)) }
    }

    /// The number, `[1]`, tracked.
    #[must_use]
    pub fn value(&self) -> Tensor<1> {
        self.value.val()
    }

    /// Its exponential as a constant, `[1, 1]`.
    #[must_use]
    pub fn exp(&self) -> Tensor<2> {
        self.value.val().inner().exp().unsqueeze()
    }
}
