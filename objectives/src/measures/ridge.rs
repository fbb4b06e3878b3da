//! What a linear map reads from frozen features.
//!
//! ```text
//! x <- (x - mean) / deviation of the training rows;   W = (X^T X + lambda n I)^-1 X^T (Y - mean Y)
//! ```

use super::Table;

/// Strengths that are tried.
const LAMBDAS: [f64; 9] = [1e-5, 1e-4, 1e-3, 1e-2, 3e-2, 0.1, 0.3, 1.0, 10.0];

/// Deviation of a feature, of the largest one's, below which it counts as constant.
const LEAST: f64 = 1e-4;

/// A linear map from features to targets.
#[derive(Clone, Debug)]
pub struct Ridge {
    mean: Vec<f64>,
    scale: Vec<f64>,
    weights: Table,
    offset: Vec<f64>,
    /// The strength.
    pub lambda: f64,
}

impl Ridge {
    /// Fitted to `features` and `targets` of the same rows with the strength `lambda`; `None` where they are not finite.
    #[must_use]
    pub fn fit(features: &Table, targets: &Table, lambda: f64) -> Option<Self> {
        let mean = features.mean();
        // A feature that hardly changes here says nothing, however much it does elsewhere: it becomes zero.
        let deviation = features.deviation();
        let least = LEAST * deviation.iter().copied().fold(0.0, f64::max);
        let scale: Vec<f64> = deviation.into_iter().map(|x| if x > least { x } else { f64::INFINITY }).collect();
        let x = features.standardised(&mean, &scale);
        let offset = targets.mean();
        let y = targets.standardised(&offset, &vec![1.0; offset.len()]);
        let weights = x.inner(&x).solved(&x.inner(&y), lambda * features.rows() as f64)?;
        Some(Self { mean, scale, weights, offset, lambda })
    }

    /// The one of the strengths whose `error` of predicted and true targets is least on `validation` rows.
    #[must_use]
    pub fn chosen(
        [features, targets]: [&Table; 2],
        validation: [&Table; 2],
        error: impl Fn(&Table, &Table) -> f64,
    ) -> Option<Self> {
        let fits = LAMBDAS.iter().filter_map(|&lambda| Self::fit(features, targets, lambda));
        let scored = fits.map(|fit| (error(&fit.predict(validation[0]), validation[1]), fit));
        scored.filter(|(error, _)| error.is_finite()).min_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, fit)| fit)
    }

    /// The targets of features, `[rows, targets]`.
    #[must_use]
    pub fn predict(&self, features: &Table) -> Table {
        let y = features.standardised(&self.mean, &self.scale).times(&self.weights);
        let offset: Vec<f64> = self.offset.iter().map(|x| -x).collect();
        y.standardised(&offset, &vec![1.0; offset.len()])
    }
}

/// Mean Euclidean distance of the rows of two tables.
#[must_use]
pub fn mean_distance(a: &Table, b: &Table) -> f64 {
    let distance = |(a, b): (&[f64], &[f64])| a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt();
    a.iter().zip(b.iter()).map(distance).sum::<f64>() / a.rows() as f64
}

#[cfg(test)]
mod tests {
    use freeroam_replay::Stream;

    use super::*;

    /// Rows of 20 normal numbers of which two sums are the targets, with noise.
    fn rows(count: usize, stream: &mut Stream) -> [Table; 2] {
        let x: Vec<f64> = (0..20 * count).map(|_| stream.normal()).collect();
        let y = x.chunks(20).flat_map(|x| [x[0] + 2.0 * x[1], x[2] - x[3]]).collect::<Vec<_>>();
        let y = y.into_iter().map(|y| 5.0 + y + 0.1 * stream.normal()).collect();
        [Table::new(20, x), Table::new(2, y)]
    }

    #[test]
    fn a_linear_map_is_found_under_noise() {
        let mut stream = Stream::new(0, "rows", 0);
        let ([x, y], [vx, vy], [tx, ty]) = (rows(200, &mut stream), rows(100, &mut stream), rows(500, &mut stream));
        let ridge = Ridge::chosen([&x, &y], [&vx, &vy], mean_distance).expect("finite");
        let error = mean_distance(&ridge.predict(&tx), &ty);
        assert!(error < 0.15 && ridge.lambda < 0.1, "{error} at {}", ridge.lambda);
        // A column that is all but constant in what is learned from, and is not elsewhere.
        let widen = |table: &Table, by: f64| {
            let rows = table.iter().enumerate().flat_map(|(at, row)| [row, &[by * (at % 3) as f64]].concat());
            Table::new(21, rows.collect())
        };
        let known = Ridge::fit(&widen(&x, 1e-9), &y, ridge.lambda).expect("finite");
        let same = mean_distance(&known.predict(&widen(&tx, 1.0)), &ty);
        assert!((same - error).abs() < 1e-6, "{same}");
        let constant = Table::new(3, vec![1.0; 3 * 200]);
        let blind = Ridge::fit(&constant, &y, 1e-3).expect("finite");
        let far = mean_distance(&blind.predict(&constant.part(0..100)), &vy);
        assert!(far > 1.5, "{far}");
    }
}
