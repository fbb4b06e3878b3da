//! What is read of the features of a network: the combinations of them that change most slowly.
//!
//! Wiskott and Sejnowski, "Slow Feature Analysis: Unsupervised Learning of Invariances", Neural Computation 2002:
//!
//! ```text
//! f, f'     features of a frame and of the frame a step later, each feature at deviation 1
//! C, D      covariance of f; mean of (f' - f) (f' - f)^T, with a ridge
//! w_1, ..   C w = (deviation / step)^2 D w, by falling ratio, w^T D w = 1
//! y_i       w_i^T (f - mean f) / deviation of the first
//! ```
//!
//! Each `y` thus moves equally far in a step, up to the ridge, and the slowest has deviation 1: distances are about as many steps
//! as lie between two frames, where those of pixels and of random convolutions are mostly about edges that move by a pixel.

use burn::module::{Module, Param, ParamId};
use burn::tensor::{Device, Tensor};
use freeroam_objectives::measures::Table;
use freeroam_replay::Stream;
use freeroam_trainer::nn::tensor;

/// Ridge of `D`, in means of its diagonal.
const RIDGE: f64 = 0.1;
/// Rounds of the power iteration.
const ROUNDS: usize = 30;

/// A linear map of features.
#[derive(Module, Debug)]
pub(super) struct Readout {
    /// `[1, F]`.
    mean: Param<Tensor<2>>,
    /// `[F, outputs]`.
    weights: Param<Tensor<2>>,
}

impl Readout {
    fn new(mean: &[f64], weights: &Table, device: &Device) -> Self {
        let constant = |id: u64, values: Vec<f32>, rows: usize, columns: usize| {
            Param::initialized(ParamId::from(id), tensor(values, rows, columns, device))
        };
        let columns = weights.iter().next().map_or(0, <[f64]>::len);
        let values = weights.iter().flatten().map(|x| *x as f32).collect();
        Self {
            mean: constant(0, mean.iter().map(|x| *x as f32).collect(), 1, mean.len()),
            weights: constant(1, values, mean.len(), columns),
        }
    }

    /// The features themselves at mean 0 and deviation 1; what never changes stays as it is but for its mean.
    pub(super) fn standard(features: &Table, device: &Device) -> Self {
        let (mean, deviation) = (features.mean(), features.deviation());
        let size = mean.len();
        let mut weights = vec![0.0; size * size];
        for (at, deviation) in deviation.iter().enumerate() {
            weights[at * size + at] = if *deviation > 1e-6 { deviation.recip() } else { 1.0 };
        }
        Self::new(&mean, &Table::new(size, weights), device)
    }

    /// The `count` slowest combinations, or as many as there are, of the features of frames and of those a step later, row by
    /// row; the features themselves where nothing moves.
    pub(super) fn slow(features: &Table, later: &Table, count: usize, device: &Device) -> Self {
        let (mean, rows) = (features.mean(), features.rows() as f64);
        let scale: Vec<f64> = features.deviation().iter().map(|x| if *x > 1e-6 { x.recip() } else { 1.0 }).collect();
        let size = mean.len();
        let scaled = |table: &Table| {
            let row = |row: &[f64]| row.iter().zip(&mean).zip(&scale).map(|((x, mean), s)| (x - mean) * s).collect();
            Table::new(size, table.iter().flat_map::<Vec<f64>, _>(row).collect())
        };
        let (centred, after) = (scaled(features), scaled(later));
        let steps = centred.iter().flatten().zip(after.iter().flatten()).map(|(a, b)| b - a).collect();
        let steps = Table::new(size, steps);
        let covariance =
            |table: &Table| Table::new(size, table.inner(table).iter().flatten().map(|x| x / rows).collect());
        let (spread, steps) = (covariance(&centred), covariance(&steps));
        let ridge = RIDGE * (0..size).map(|at| steps.row(at)[at]).sum::<f64>() / size as f64;
        let Some(ratios) = steps.solved(&spread, ridge).filter(|_| ridge > 1e-12) else {
            return Self::standard(features, device);
        };
        let count = count.min(size);
        let mut start = vec![0.0; size * count];
        Stream::new(0, "slow features", 0).fill_normal(&mut start);
        let mut directions = Table::new(count, start.into_iter().map(f64::from).collect());
        for _ in 0..ROUNDS {
            directions = normed(&ratios.times(&directions), &steps, ridge);
        }
        // [F, count]
        let first: Vec<f64> = directions.iter().map(|row| row[0]).collect();
        let along = spread.times(&Table::new(1, first.clone()));
        let variance: f64 = first.iter().zip(along.iter().flatten()).map(|(a, b)| a * b).sum();
        let whole = variance.sqrt().recip();
        let weights = directions.iter().zip(&scale).flat_map(|(row, scale)| row.iter().map(move |x| x * scale * whole));
        Self::new(&mean, &Table::new(count, weights.collect()), device)
    }

    /// `[B, F] -> [B, outputs]`.
    pub(super) fn forward(&self, features: Tensor<2>) -> Tensor<2> {
        (features - self.mean.val()).matmul(self.weights.val())
    }
}

/// Columns, `[F, count]`, made orthonormal under `steps + ridge`, the first first.
fn normed(columns: &Table, steps: &Table, ridge: f64) -> Table {
    let turned = |table: &Table| -> Vec<Vec<f64>> {
        let count = table.iter().next().map_or(0, <[f64]>::len);
        (0..count).map(|k| table.iter().map(|row| row[k]).collect()).collect()
    };
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let (mut own, mut met) = (turned(columns), turned(&steps.times(columns)));
    for (met, own) in met.iter_mut().zip(&own) {
        met.iter_mut().zip(own).for_each(|(met, own)| *met += ridge * own);
    }
    for i in 0..own.len() {
        for j in 0..i {
            let along = dot(&own[j], &met[i]);
            for vectors in [&mut own, &mut met] {
                let (done, rest) = vectors.split_at_mut(i);
                rest[0].iter_mut().zip(&done[j]).for_each(|(x, y)| *x -= along * y);
            }
        }
        let length = dot(&own[i], &met[i]).max(1e-300).sqrt();
        for vectors in [&mut own, &mut met] {
            vectors[i].iter_mut().for_each(|x| *x /= length);
        }
    }
    let values = (0..steps.rows()).flat_map(|at| own.iter().map(move |column| column[at]).collect::<Vec<_>>());
    Table::new(own.len(), values.collect())
}

#[cfg(test)]
mod tests {
    use freeroam_trainer::nn::numbers;

    use super::*;

    /// A slow number and two fast ones, mixed.
    #[test]
    fn what_is_slow_comes_first_at_deviation_one_and_all_steps_are_alike() {
        let mut stream = Stream::new(0, "test", 0);
        let mixed = |[a, b, c]: [f64; 3]| [a + 0.3 * b, 10.0 * b - 3.0 * c, c + 0.3 * a];
        let mut hidden = Vec::new();
        let (mut now, mut later) = (Vec::new(), Vec::new());
        for _ in 0..2000 {
            let [slow, fast, faster] = [(); 3].map(|()| stream.normal());
            let noise = [0.05, 0.312, 0.6].map(|deviation| deviation * stream.normal());
            let next = [slow + noise[0], 0.95 * fast + noise[1], 0.8 * faster + noise[2]];
            hidden.push(slow as f32);
            now.extend(mixed([slow, fast, faster]));
            later.extend(mixed(next));
        }
        let device = Device::flex();
        let (now, later) = (Table::new(3, now), Table::new(3, later));
        let readout = Readout::slow(&now, &later, 3, &device);
        let read = |table: &Table| {
            let values = table.iter().flatten().map(|x| *x as f32).collect();
            numbers(readout.forward(tensor(values, 2000, 3, &device)))
        };
        let (seen, next) = (read(&now), read(&later));
        let product = |k: usize| seen.iter().skip(k).step_by(3).zip(&hidden).map(|(a, b)| a * b).sum::<f32>() / 2000.0;
        assert!((product(0).abs() - 1.0).abs() < 0.1, "{}", product(0));
        let step = |k: usize| {
            let pairs = seen.iter().zip(&next).skip(k).step_by(3);
            (pairs.map(|(a, b)| (a - b) * (a - b)).sum::<f32>() / 2000.0).sqrt()
        };
        assert!(step(0) > 0.03 && step(0) < 0.2, "{}", step(0));
        assert!((step(1) / step(2) - 1.0).abs() < 0.2, "{} {}", step(1), step(2));
        let still = Readout::slow(&now, &now, 2, &device);
        assert_eq!(still.weights.val().dims(), [3, 3], "nothing moves");
    }
}
