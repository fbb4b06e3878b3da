//! Gradients cut to a common norm.

use burn::module::{Module, ModuleVisitor, Param};
use burn::optim::GradientsParams;
use burn::tensor::Tensor;

/// Scales the gradients so that their common norm is at most `most`, unless that is 0; the norm before, `[1]`. `like` is a
/// constant `[1]` on their device.
pub(super) fn clip<M: Module>(module: &M, gradients: &mut GradientsParams, most: f64, like: &Tensor<1>) -> Tensor<1> {
    let mut squares = Squares { gradients, sum: like.zeros_like() };
    module.visit(&mut squares);
    let norm = squares.sum.sqrt();
    if most > 0.0 {
        let factor = (norm.clone() + 1e-6).recip().mul_scalar(most).clamp_max(1.0);
        module.visit(&mut Scale { gradients, factor });
    }
    norm
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
