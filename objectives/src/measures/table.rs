//! Rows of numbers, and the linear algebra that probes need.

use burn::tensor::Tensor;
use freeroam_trainer::nn::numbers;

/// `rows` times `columns` numbers, row by row.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    columns: usize,
    values: Vec<f64>,
}

impl Table {
    /// Of numbers in rows of `columns`.
    ///
    /// # Panics
    /// When `columns` is 0 or the last row is not full.
    #[must_use]
    pub fn new(columns: usize, values: Vec<f64>) -> Self {
        assert!(columns > 0 && values.len().is_multiple_of(columns), "{} numbers in rows of {columns}", values.len());
        Self { columns, values }
    }

    /// Of a tensor, `[rows, columns]`.
    #[must_use]
    pub fn of(tensor: Tensor<2>) -> Self {
        let [_, columns] = tensor.dims();
        Self::new(columns, numbers(tensor).into_iter().map(f64::from).collect())
    }

    /// One under the other.
    ///
    /// # Panics
    /// When there are none, or some have another number of columns.
    #[must_use]
    pub fn stacked(tables: impl Iterator<Item = Self>) -> Self {
        let join = |mut all: Self, next: Self| {
            assert_eq!(all.columns, next.columns, "columns of stacked tables");
            all.values.extend(next.values);
            all
        };
        tables.reduce(join).expect("there are tables")
    }

    /// Side by side.
    ///
    /// # Panics
    /// When there are none, or some have another number of rows.
    #[must_use]
    pub fn beside(tables: &[&Self]) -> Self {
        assert!(tables.iter().all(|table| table.rows() == tables[0].rows()), "rows of tables side by side");
        let row = |row| tables.iter().flat_map(move |table| table.row(row)).copied();
        let columns = tables.iter().map(|table| table.columns).sum();
        Self::new(columns, (0..tables[0].rows()).flat_map(row).collect())
    }

    /// Some of the columns, in order.
    #[must_use]
    pub fn columns_of(&self, columns: std::ops::Range<usize>) -> Self {
        Self::new(columns.len(), self.iter().flat_map(|row| &row[columns.clone()]).copied().collect())
    }

    /// Number of rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.values.len() / self.columns
    }

    /// Number of columns.
    #[must_use]
    pub const fn columns(&self) -> usize {
        self.columns
    }

    /// A row.
    #[must_use]
    pub fn row(&self, row: usize) -> &[f64] {
        &self.values[row * self.columns..][..self.columns]
    }

    /// All rows in turn.
    pub fn iter(&self) -> impl Iterator<Item = &[f64]> {
        self.values.chunks_exact(self.columns)
    }

    /// Some of the rows, in order.
    #[must_use]
    pub fn part(&self, rows: std::ops::Range<usize>) -> Self {
        Self::new(self.columns, self.values[rows.start * self.columns..rows.end * self.columns].to_vec())
    }

    /// Mean of each column.
    #[must_use]
    pub fn mean(&self) -> Vec<f64> {
        let mut mean = vec![0.0; self.columns];
        for row in self.iter() {
            mean.iter_mut().zip(row).for_each(|(mean, x)| *mean += x / self.rows() as f64);
        }
        mean
    }

    /// Standard deviation of each column.
    #[must_use]
    pub fn deviation(&self) -> Vec<f64> {
        let (mean, mut square) = (self.mean(), vec![0.0; self.columns]);
        for row in self.iter() {
            let offsets = row.iter().zip(&mean).map(|(x, mean)| x - mean);
            square.iter_mut().zip(offsets).for_each(|(sum, offset)| *sum += offset * offset / self.rows() as f64);
        }
        square.into_iter().map(f64::sqrt).collect()
    }

    /// `(x - mean) / scale` column by column.
    #[must_use]
    pub fn standardised(&self, mean: &[f64], scale: &[f64]) -> Self {
        let each = |row: &[f64]| -> Vec<f64> {
            row.iter().zip(mean.iter().zip(scale)).map(|(x, (mean, scale))| (x - mean) / scale).collect()
        };
        Self::new(self.columns, self.iter().flat_map(each).collect())
    }

    /// `X^T Y`, `[columns of X, columns of Y]`.
    #[must_use]
    pub fn inner(&self, other: &Self) -> Self {
        let mut values = vec![0.0; self.columns * other.columns];
        for (x, y) in self.iter().zip(other.iter()) {
            for (x, sums) in x.iter().zip(values.chunks_exact_mut(other.columns)) {
                sums.iter_mut().zip(y).for_each(|(sum, y)| *sum += x * y);
            }
        }
        Self::new(other.columns, values)
    }

    /// `X W`, `[rows, columns of W]`.
    #[must_use]
    pub fn times(&self, weights: &Self) -> Self {
        let mut values = Vec::with_capacity(self.rows() * weights.columns);
        for row in self.iter() {
            let begin = values.len();
            values.resize(begin + weights.columns, 0.0);
            for (x, weights) in row.iter().zip(weights.iter()) {
                values[begin..].iter_mut().zip(weights).for_each(|(sum, weight)| *sum += x * weight);
            }
        }
        Self::new(weights.columns, values)
    }

    /// `(A + ridge I)^-1 B` for this symmetric `A` that is positive with the ridge, by Cholesky; `None` where it is not.
    #[must_use]
    pub fn solved(&self, right: &Self, ridge: f64) -> Option<Self> {
        let size = self.columns;
        let mut lower = self.values.clone();
        for i in 0..size {
            lower[i * size + i] += ridge;
        }
        for i in 0..size {
            for j in 0..=i {
                let (head, tail) = lower.split_at(i * size);
                let other = if j < i { &head[j * size..][..j] } else { &tail[..j] };
                let sum = tail[j] - tail[..j].iter().zip(other).map(|(a, b)| a * b).sum::<f64>();
                if i == j {
                    if sum <= 0.0 || !sum.is_finite() {
                        return None;
                    }
                    lower[i * size + i] = sum.sqrt();
                } else {
                    lower[i * size + j] = sum / lower[j * size + j];
                }
            }
        }
        let (mut x, width) = (right.values.clone(), right.columns);
        for i in 0..size {
            for k in 0..width {
                let sum: f64 = (0..i).map(|j| lower[i * size + j] * x[j * width + k]).sum();
                x[i * width + k] = (x[i * width + k] - sum) / lower[i * size + i];
            }
        }
        for i in (0..size).rev() {
            for k in 0..width {
                let sum: f64 = (i + 1..size).map(|j| lower[j * size + i] * x[j * width + k]).sum();
                x[i * width + k] = (x[i * width + k] - sum) / lower[i * size + i];
            }
        }
        Some(Self::new(width, x))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equations_are_solved() {
        let a = Table::new(3, vec![4.0, 1.0, 0.0, 1.0, 3.0, 1.0, 0.0, 1.0, 2.0]);
        let x = Table::new(2, vec![1.0, 0.0, -2.0, 1.0, 0.5, 3.0]);
        let solved = a.solved(&a.times(&x), 0.0).expect("positive");
        assert!(solved.values.iter().zip(&x.values).all(|(a, b)| (a - b).abs() < 1e-12));
        assert_eq!(Table::new(2, vec![1.0, 2.0, 2.0, 1.0]).solved(&x.part(0..2), 0.0), None);
    }
}
