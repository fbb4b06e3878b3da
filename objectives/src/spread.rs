//! How far features spread: whether a representation has collapsed.

/// How far the features of many rows spread.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spread {
    /// Standard deviation of the features scaled to unit length, times the root of their number: 1 where all directions are
    /// alike, 0 where all rows are.
    pub deviation: f64,
    /// Exponential of the entropy of the singular values, as shares of their sum: how many directions are in use.
    pub rank: f64,
}

impl Spread {
    /// Of `features`, rows of `dim` numbers. `O(rows dim^2 + dim^3)` on the host, for evaluations.
    ///
    /// # Panics
    /// When `dim` is 0.
    #[must_use]
    pub fn of(features: &[f32], dim: usize) -> Self {
        let mut rows: Vec<Vec<f64>> =
            features.chunks_exact(dim).map(|row| row.iter().map(|&x| f64::from(x)).collect()).collect();
        for row in &mut rows {
            let length = row.iter().map(|x| x * x).sum::<f64>().sqrt().max(1e-12);
            row.iter_mut().for_each(|x| *x /= length);
        }
        let count = rows.len().max(1) as f64;
        let mean: Vec<f64> = (0..dim).map(|k| rows.iter().map(|row| row[k]).sum::<f64>() / count).collect();
        let deviations =
            (0..dim).map(|k| (rows.iter().map(|row| (row[k] - mean[k]).powi(2)).sum::<f64>() / count).sqrt());
        let deviation = deviations.sum::<f64>() / dim as f64 * (dim as f64).sqrt();
        let mut gram = vec![0.0; dim * dim];
        for row in &rows {
            for (i, line) in gram.chunks_exact_mut(dim).enumerate() {
                line.iter_mut().zip(row).for_each(|(sum, x)| *sum += row[i] * x);
            }
        }
        let singular: Vec<f64> = eigenvalues(gram, dim).into_iter().map(|value| value.max(0.0).sqrt()).collect();
        let sum = singular.iter().sum::<f64>().max(1e-12);
        let entropy: f64 = singular.iter().map(|value| value / sum).filter(|p| *p > 0.0).map(|p| -p * p.ln()).sum();
        Self { deviation, rank: entropy.exp() }
    }

    /// Whether the representation has collapsed: to a point, or to a few directions.
    #[must_use]
    pub fn collapsed(&self) -> bool {
        self.deviation < 0.05 || self.rank < 4.0
    }
}

/// Eigenvalues of a symmetric matrix, in no order, by Jacobi rotations: sweeps over all pairs until little is left beside the
/// diagonal.
fn eigenvalues(mut a: Vec<f64>, n: usize) -> Vec<f64> {
    let scale = a.iter().map(|x| x * x).sum::<f64>().max(1e-300);
    for _ in 0..30 {
        let beside: f64 = (0..n).flat_map(|i| (0..i).map(move |j| (i, j))).map(|(i, j)| a[i * n + j].powi(2)).sum();
        if beside <= 1e-18 * scale {
            break;
        }
        for p in 0..n {
            for q in p + 1..n {
                rotate(&mut a, n, p, q);
            }
        }
    }
    (0..n).map(|i| a[i * n + i]).collect()
}

/// Turns the plane of `p` and `q` so that their common entry vanishes.
fn rotate(a: &mut [f64], n: usize, p: usize, q: usize) {
    let apq = a[p * n + q];
    if apq.abs() < 1e-300 {
        return;
    }
    let theta = (a[q * n + q] - a[p * n + p]) / (2.0 * apq);
    let t = theta.signum() / (theta.abs() + (theta * theta + 1.0).sqrt());
    let c = 1.0 / (t * t + 1.0).sqrt();
    let s = t * c;
    for k in 0..n {
        let (x, y) = (a[k * n + p], a[k * n + q]);
        (a[k * n + p], a[k * n + q]) = (c * x - s * y, s * x + c * y);
    }
    for k in 0..n {
        let (x, y) = (a[p * n + k], a[q * n + k]);
        (a[p * n + k], a[q * n + k]) = (c * x - s * y, s * x + c * y);
    }
}

#[cfg(test)]
mod tests {
    use freeroam_replay::Stream;

    use super::*;

    #[test]
    fn eigenvalues_of_a_known_matrix() {
        let mut values = eigenvalues(vec![2.0, 1.0, 0.0, 1.0, 2.0, 0.0, 0.0, 0.0, 5.0], 3);
        values.sort_unstable_by(f64::total_cmp);
        assert!(values.iter().zip([1.0, 3.0, 5.0]).all(|(got, expected)| (got - expected).abs() < 1e-9), "{values:?}");
    }

    #[test]
    fn noise_spreads_and_one_direction_has_collapsed() {
        let mut noise = vec![0.0; 512 * 16];
        Stream::new(0, "features", 0).fill_normal(&mut noise);
        let spread = Spread::of(&noise, 16);
        assert!((0.95..1.05).contains(&spread.deviation) && spread.rank > 15.0 && !spread.collapsed(), "{spread:?}");
        let mut same = noise.clone();
        same.chunks_exact_mut(16).for_each(|row| {
            row.iter_mut().for_each(|x| *x *= 0.001);
            row[3] += 1.0;
        });
        assert!(Spread::of(&same, 16).collapsed(), "{:?}", Spread::of(&same, 16));
        let line: Vec<f32> =
            noise.chunks_exact(16).flat_map(|row| (0..16).map(move |k| row[0] * (k as f32 + 1.0))).collect();
        assert!(Spread::of(&line, 16).collapsed(), "{:?}", Spread::of(&line, 16));
    }
}
