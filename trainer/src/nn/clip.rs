//! Gradients cut to a common norm.

use burn::module::{Module, ModuleVisitor, Param};
use burn::optim::GradientsParams;
use burn::tensor::Tensor;

/// Scales the gradients so that their common norm is at most `most`, unless that is 0; the norm before, `[1]`. `like` is a
/// constant `[1]` on their device.
pub(super) fn clip<M: Module>(module: &M, gradients: &mut GradientsParams, most: f64, like: &Tensor<1>) -> Tensor<1> {
    let norm = squares(module, gradients, like.zeros_like()).sqrt();
    shrink(module, gradients, &norm, most);
    norm
}

/// `sum` and the squares of the gradients of `module`, `[1]`.
pub(super) fn squares<M: Module>(module: &M, gradients: &GradientsParams, sum: Tensor<1>) -> Tensor<1> {
    let mut squares = Squares { gradients, sum };
    module.visit(&mut squares);
    squares.sum
}

/// Scales the gradients of `module` by what brings `norm`, `[1]`, that of all that are cut together, to at most `most`, unless
/// that is 0.
pub(super) fn shrink<M: Module>(module: &M, gradients: &mut GradientsParams, norm: &Tensor<1>, most: f64) {
    if most > 0.0 {
        let factor = (norm.clone() + 1e-6).recip().mul_scalar(most).clamp_max(1.0);
        module.visit(&mut Scale { gradients, factor });
    }
}

struct Squares<'a> {
    gradients: &'a GradientsParams,
    sum: Tensor<1>,
}

impl ModuleVisitor for Squares<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        if let Some(gradient) = self.gradients.get::<D>(param.id) {
            self.sum = self.sum.clone() + gradient.square().sum();
        }
    }
}

struct Scale<'a> {
    gradients: &'a mut GradientsParams,
    factor: Tensor<1>,
}

impl ModuleVisitor for Scale<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        if let Some(gradient) = self.gradients.remove::<D>(param.id) {
            self.gradients.register(param.id, gradient * self.factor.clone().unsqueeze());
        }
    }
}
