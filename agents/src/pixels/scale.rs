//! Features at unit scale.

use burn::module::{Module, Param, ParamId};
use burn::tensor::{Device, Tensor};
use freeroam_trainer::nn::tensor;

/// Mean and standard deviation of each feature, `[1, F]`.
#[derive(Module, Debug)]
pub(super) struct Scale {
    mean: Param<Tensor<2>>,
    std: Param<Tensor<2>>,
}

impl Scale {
    pub(super) fn new(mean: Vec<f32>, std: Vec<f32>, device: &Device) -> Self {
        let constant = |id: u64, values: Vec<f32>| {
            let count = values.len();
            Param::initialized(ParamId::from(id), tensor(values, 1, count, device))
        };
        Self { mean: constant(0, mean), std: constant(1, std) }
    }

    /// Of features `[count, width]`, row by row. What never changes stays as it is but for its mean.
    pub(super) fn of(features: &[f32], width: usize, device: &Device) -> Self {
        let count = (features.len() / width) as f64;
        let column = |at: usize| features.iter().skip(at).step_by(width).map(|x| f64::from(*x));
        let means: Vec<f64> = (0..width).map(|at| column(at).sum::<f64>() / count).collect();
        let deviation = |at: usize| (column(at).map(|x| (x - means[at]).powi(2)).sum::<f64>() / count).sqrt();
        let std = (0..width).map(deviation).map(|std| if std > 1e-6 { std as f32 } else { 1.0 }).collect();
        Self::new(means.iter().map(|mean| *mean as f32).collect(), std, device)
    }

    pub(super) fn apply(&self, features: Tensor<2>) -> Tensor<2> {
        (features - self.mean.val()) / self.std.val()
    }
}
