//! Entropy of a batch from the distances between its particles.
//!
//! Singh, Misra, Hnizdo et al., 2003; as a reward by Liu and Abbeel, "Behavior From the Void", 2021, eq. 7: a particle whose
//! nearest neighbours are far lies where few others do.

use burn::tensor::{Device, Tensor};
use freeroam_trainer::nn::{numbers, tensor};

/// Distances from each of `queries`, `[Q, D]`, to its `k` nearest of `points`, `[P, D]`: `[Q, k]`, ascending. A point that
/// is a query too has itself at distance 0. With fewer than `k` points, all of them.
///
/// Reads both on the host. `|x|^2 + |y|^2 - 2 x y` picks the neighbours in one matrix product; their distances, which it
/// gives only up to the square root of the rounding error, are then computed from the differences.
pub(crate) fn nearest(queries: Tensor<2>, points: Tensor<2>, k: usize, device: &Device) -> Tensor<2> {
    let ([rows, dim], count) = (queries.dims(), points.dims()[0]);
    let k = k.min(count);
    let lengths = points.clone().square().sum_dim(1).transpose(); // [1, P]
    // |x|^2 is the same for all points and changes no order.
    let order = numbers(lengths - queries.clone().matmul(points.clone().transpose()) * 2.0); // [Q, P]
    let (queries, points) = (numbers(queries), numbers(points));
    let mut out = Vec::with_capacity(rows * k);
    let mut indices: Vec<usize> = Vec::with_capacity(count);
    for (query, order) in queries.chunks_exact(dim).zip(order.chunks_exact(count)) {
        indices.clear();
        indices.extend(0..count);
        indices.select_nth_unstable_by(k - 1, |a, b| order[*a].total_cmp(&order[*b]));
        let first = out.len();
        out.extend(indices[..k].iter().map(|&point| {
            let point = &points[point * dim..][..dim];
            query.iter().zip(point).map(|(x, y)| (x - y) * (x - y)).sum::<f32>().sqrt()
        }));
        out[first..].sort_unstable_by(f32::total_cmp);
    }
    tensor(out, rows, k, device)
}

/// How a distance counts: `max((d - centre) / scale - floor, 0)`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Scale {
    pub(crate) centre: f32,
    pub(crate) scale: f32,
    pub(crate) floor: f32,
}

impl Scale {
    /// Distances as they are.
    pub(crate) const PLAIN: Self = Self { centre: 0.0, scale: 1.0, floor: 0.0 };
}

/// `log(1 + mean of the scaled distances)`, `[B, k] -> [B, 1]`.
pub(crate) fn surprise(distances: Tensor<2>, Scale { centre, scale, floor }: Scale) -> Tensor<2> {
    // A batch of equal points has no scale; its distances are all 0.
    let scale = if scale.abs() < 1e-12 { 1e-12 } else { scale };
    let counted = ((distances - centre) / scale - floor).clamp_min(0.0);
    counted.mean_dim(1).log1p()
}

#[cfg(test)]
mod tests {
    use freeroam_replay::Stream;

    use super::*;

    fn entropy(points: Vec<f32>, dim: usize, k: usize) -> Vec<f32> {
        let device = Device::flex();
        let rows = points.len() / dim;
        let points = tensor(points, rows, dim, &device);
        numbers(surprise(nearest(points.clone(), points, k, &device), Scale::PLAIN))
    }

    #[test]
    fn the_ends_of_a_line_are_rarer_than_its_inside() {
        let entropy = entropy((0..6).map(|i| i as f32).collect(), 1, 3);
        for (i, got) in entropy.into_iter().enumerate() {
            let expected = if i % 5 == 0 { 2.0_f32.ln() } else { (5.0_f32 / 3.0).ln() };
            assert!((got - expected).abs() < 1e-3, "point {i}: {got}");
        }
    }

    /// 1,024 points: uniform on a square of edge 10, or in four clusters of standard deviation 0.3.
    #[test]
    fn spread_points_have_more_entropy_than_clusters() {
        let mut stream = Stream::new(0, "particles", 0);
        let mut square = vec![0.0; 2048];
        stream.fill_uniform(0.0, 10.0, &mut square);
        let mut clusters = vec![0.0; 2048];
        stream.fill_normal(&mut clusters);
        for (i, point) in clusters.chunks_exact_mut(2).enumerate() {
            point[0] = point[0] * 0.3 + (i % 2) as f32 * 5.0;
            point[1] = point[1] * 0.3 + (i / 2 % 2) as f32 * 5.0;
        }
        let mean = |points| entropy(points, 2, 12).iter().sum::<f32>() / 1024.0;
        let (square, clusters) = (mean(square), mean(clusters));
        assert!((square - 0.320).abs() < 0.016, "square {square}");
        assert!((clusters - 0.094).abs() < 0.005, "clusters {clusters}");
    }

    #[test]
    fn neighbours_are_those_of_a_plain_search() {
        let device = Device::flex();
        let mut stream = Stream::new(1, "particles", 0);
        let mut draw = |rows: usize| {
            let mut values = vec![0.0; rows * 5];
            stream.fill_normal(&mut values);
            values.iter_mut().for_each(|x| *x += 100.0);
            values
        };
        let (queries, points) = (draw(20), draw(50));
        let got = nearest(tensor(queries.clone(), 20, 5, &device), tensor(points.clone(), 50, 5, &device), 7, &device);
        for (query, got) in queries.chunks_exact(5).zip(numbers(got).chunks_exact(7)) {
            let distance = |point: &[f32]| query.iter().zip(point).map(|(x, y)| (x - y).powi(2)).sum::<f32>().sqrt();
            let mut all: Vec<f32> = points.chunks_exact(5).map(distance).collect();
            all.sort_by(f32::total_cmp);
            for (got, expected) in got.iter().zip(&all) {
                assert!((got - expected).abs() < 0.02, "{got} {expected}");
            }
        }
        let few = tensor(points[..15].to_vec(), 3, 5, &device);
        let own = nearest(few.clone(), few, 7, &device);
        assert_eq!(own.dims(), [3, 3]);
        assert_eq!(numbers(own.narrow(1, 0, 1)), [0.0; 3], "a particle is its own nearest neighbour");
    }
}
