//! Clusters by their centres: Lloyd's rounds from a k-means++ start (Arthur and Vassilvitskii, 2007), the best of several.

use freeroam_replay::Stream;

use super::Table;

/// Starts of which the best is kept.
const STARTS: usize = 10;
/// Most rounds from a start.
const ROUNDS: usize = 100;

/// Centres of clusters.
#[derive(Clone, Debug)]
pub struct KMeans {
    centres: Table,
    /// Mean squared distance of the rows from their centres.
    pub error: f64,
}

impl KMeans {
    /// The best of ten fits of `clusters` centres to `rows`.
    ///
    /// # Panics
    /// When there are no rows or no clusters.
    #[must_use]
    pub fn fit(rows: &Table, clusters: usize, stream: &mut Stream) -> Self {
        let fits = (0..STARTS).map(|_| Self::from_start(rows, clusters, stream));
        fits.min_by(|a, b| a.error.total_cmp(&b.error)).expect("there are starts")
    }

    fn from_start(rows: &Table, clusters: usize, stream: &mut Stream) -> Self {
        let mut centres = rows.row(stream.below(rows.rows())).to_vec();
        let mut nearest = vec![f64::INFINITY; rows.rows()];
        for _ in 1..clusters {
            let newest = &centres[centres.len() - rows.columns()..];
            for (nearest, row) in nearest.iter_mut().zip(rows.iter()) {
                *nearest = nearest.min(distance(row, newest));
            }
            let mut left = stream.uniform(0.0, nearest.iter().sum());
            let chosen = nearest.iter().position(|gap| {
                left -= gap;
                left <= 0.0
            });
            centres.extend_from_slice(rows.row(chosen.unwrap_or(rows.rows() - 1)));
        }
        let mut fit = Self { centres: Table::new(rows.columns(), centres), error: f64::INFINITY };
        for _ in 0..ROUNDS {
            let before = fit.error;
            fit = fit.moved(rows);
            if fit.error >= before * (1.0 - 1e-9) {
                break;
            }
        }
        fit
    }

    /// Centres at the means of their rows; one without rows stays.
    fn moved(&self, rows: &Table) -> Self {
        let columns = rows.columns();
        let mut sums = vec![0.0; self.centres.rows() * columns];
        let mut counts = vec![0.0; self.centres.rows()];
        let mut error = 0.0;
        for row in rows.iter() {
            let (cluster, gap) = self.nearest(row);
            error += gap / rows.rows() as f64;
            counts[cluster] += 1.0;
            sums[cluster * columns..][..columns].iter_mut().zip(row).for_each(|(sum, x)| *sum += x);
        }
        for ((sum, count), centre) in sums.chunks_exact_mut(columns).zip(counts).zip(self.centres.iter()) {
            for (sum, old) in sum.iter_mut().zip(centre) {
                *sum = if count > 0.0 { *sum / count } else { *old };
            }
        }
        Self { centres: Table::new(columns, sums), error }
    }

    fn nearest(&self, row: &[f64]) -> (usize, f64) {
        let gaps = self.centres.iter().map(|centre| distance(row, centre)).enumerate();
        gaps.min_by(|a, b| a.1.total_cmp(&b.1)).expect("there are centres")
    }

    /// The cluster of each row.
    #[must_use]
    pub fn assign(&self, rows: &Table) -> Vec<usize> {
        rows.iter().map(|row| self.nearest(row).0).collect()
    }
}

fn distance(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measures::matched_accuracy;

    #[test]
    fn separate_blobs_are_clusters() {
        let mut stream = Stream::new(0, "blobs", 0);
        let blobs: Vec<usize> = (0..300).map(|row| row % 5).collect();
        let around = |blob: &usize| [*blob as f64 * 5.0, (blob * blob) as f64].map(|x| x + 0.5 * stream.normal());
        let rows = Table::new(2, blobs.iter().flat_map(around).collect());
        let clusters = KMeans::fit(&rows, 5, &mut Stream::new(1, "starts", 0)).assign(&rows);
        assert!(matched_accuracy(&clusters, &blobs) > 0.99);
    }
}
