//! A small system for tests: two numbers that follow the action, and a third that is noise, or 0.

use burn::tensor::{Device, Tensor};
use freeroam_replay::Stream;
use freeroam_trainer::nn::tensor;

use crate::Batch;

/// Transitions `x' = 0.9 x + 0.3 a`, `x` and `a` uniform in `[-1, 1]^2`; the third number is uniform in `[0, 1]` with `noise`.
pub(crate) fn batch(rows: usize, noise: bool, stream: &mut Stream, device: &Device) -> Batch {
    let (mut s, mut a, mut next) = (vec![], vec![], vec![]);
    for _ in 0..rows {
        let mut values = [0.0; 4];
        stream.fill_uniform(-1.0, 1.0, &mut values);
        let mut third = || if noise { stream.uniform(0.0, 1.0) as f32 } else { 0.0 };
        let [x, y, u, v] = values;
        s.extend([x, y, third()]);
        a.extend([u, v]);
        next.extend([0.9 * x + 0.3 * u, 0.9 * y + 0.3 * v, third()]);
    }
    let rows3 = |values| tensor(values, rows, 3, device);
    Batch::of_steps(rows3(s), tensor(a, rows, 2, device), rows3(next), Tensor::zeros([rows, 0], device))
}
