//! Principal components of rows that are much longer than many: raw pixels beside features.

use burn::tensor::{Device, Tensor, TensorData};
use freeroam_replay::Stream;
use freeroam_trainer::nn::tensor;

/// Rounds of the power iteration.
const ROUNDS: usize = 12;

/// The directions in which rows vary most.
#[derive(Clone, Debug)]
pub struct Components {
    /// `[1, columns]`.
    mean: Tensor<2>,
    /// Orthonormal, `[columns, components]`.
    directions: Tensor<2>,
}

impl Components {
    /// The first `count` of `rows`, `[n, columns]`, by power iteration from a random start.
    #[must_use]
    pub fn fit(rows: Tensor<2>, count: usize, stream: &mut Stream) -> Self {
        let ([n, columns], device) = (rows.dims(), rows.device());
        // As many rows less one span what varies among them.
        let count = count.min(n.saturating_sub(1)).min(columns).max(1);
        let mean = rows.clone().mean_dim(0);
        let centred = rows - mean.clone(); // [n, columns]
        let mut start = vec![0.0; columns * count];
        stream.fill_normal(&mut start);
        let mut directions = tensor(start, columns, count, &device);
        for _ in 0..ROUNDS {
            let next = centred.clone().transpose().matmul(centred.clone().matmul(directions)); // [columns, count]
            directions = orthonormal(next, &device);
        }
        Self { mean, directions }
    }

    /// Coordinates along the directions, `[n, columns] -> [n, components]`.
    #[must_use]
    pub fn project(&self, rows: Tensor<2>) -> Tensor<2> {
        (rows - self.mean.clone()).matmul(self.directions.clone())
    }
}

/// Columns made orthonormal by modified Gram-Schmidt.
fn orthonormal(columns: Tensor<2>, device: &Device) -> Tensor<2> {
    let [length, count] = columns.dims();
    let turned = freeroam_trainer::nn::numbers(columns.transpose());
    let mut rows: Vec<f64> = turned.into_iter().map(f64::from).collect();
    for i in 0..count {
        let (done, rest) = rows.split_at_mut(i * length);
        let row = &mut rest[..length];
        for other in done.chunks_exact(length) {
            let along: f64 = row.iter().zip(other).map(|(a, b)| a * b).sum();
            row.iter_mut().zip(other).for_each(|(x, y)| *x -= along * y);
        }
        let norm = row.iter().map(|x| x * x).sum::<f64>().sqrt().max(1e-30);
        row.iter_mut().for_each(|x| *x /= norm);
    }
    let values: Vec<f32> = (0..length).flat_map(|at| rows.iter().skip(at).step_by(length).map(|x| *x as f32)).collect();
    Tensor::from_data(TensorData::new(values, [length, count]), device)
}

#[cfg(test)]
mod tests {
    use freeroam_trainer::nn::numbers;

    use super::*;

    #[test]
    fn the_widest_directions_come_first() {
        let device = Device::flex();
        let mut stream = Stream::new(0, "rows", 0);
        let scales = [1.0, 8.0, 0.1, 4.0, 0.2];
        let values = (0..400).flat_map(|_| scales.map(|scale| 3.0 + scale * stream.normal() as f32)).collect();
        let rows = tensor(values, 400, 5, &device);
        let components = Components::fit(rows.clone(), 2, &mut stream);
        let directions = numbers(components.directions.clone());
        assert!(directions[2].abs() > 0.99 && directions[7].abs() > 0.99, "{directions:?}");
        let projected = components.project(rows);
        let mean = numbers(projected.mean_dim(0));
        assert!(mean.iter().all(|x| x.abs() < 1e-3), "{mean:?}");
    }
}
