//! Least squares.

/// The weights `w`, `[dim]`, that minimise `sum_i (x_i w - y_i)^2`, rows `x_i` of `[rows, dim]` numbers, `y` of `[rows]`.
///
/// By the normal equations in double precision. A millionth of the mean square of `x` is added to their diagonal, so that
/// weights of directions in which `x` does not vary are 0.
///
/// # Panics
/// When `x` has not `dim` numbers for each of `y`.
#[must_use]
pub fn least_squares(x: &[f32], dim: usize, y: &[f64]) -> Vec<f64> {
    assert_eq!(x.len(), dim * y.len(), "a row for each target");
    let mut gram = vec![0.0; dim * dim];
    let mut weights = vec![0.0; dim];
    for (row, target) in x.chunks_exact(dim.max(1)).zip(y) {
        for (i, &a) in row.iter().enumerate() {
            weights[i] += f64::from(a) * target;
            for (j, &b) in row[..=i].iter().enumerate() {
                gram[i * dim + j] += f64::from(a) * f64::from(b);
            }
        }
    }
    let trace: f64 = (0..dim).map(|i| gram[i * dim + i]).sum();
    let ridge = (1e-6 * trace / dim.max(1) as f64).max(f64::MIN_POSITIVE);
    // Cholesky in place, then forward and backward substitution.
    for i in 0..dim {
        gram[i * dim + i] += ridge;
        for j in 0..=i {
            let inner: f64 = (0..j).map(|k| gram[i * dim + k] * gram[j * dim + k]).sum();
            let rest = gram[i * dim + j] - inner;
            gram[i * dim + j] = if i == j { rest.max(ridge).sqrt() } else { rest / gram[j * dim + j] };
        }
    }
    for i in 0..dim {
        let inner: f64 = (0..i).map(|k| gram[i * dim + k] * weights[k]).sum();
        weights[i] = (weights[i] - inner) / gram[i * dim + i];
    }
    for i in (0..dim).rev() {
        let inner: f64 = (i + 1..dim).map(|k| gram[k * dim + i] * weights[k]).sum();
        weights[i] = (weights[i] - inner) / gram[i * dim + i];
    }
    weights
}

#[cfg(test)]
mod tests {
    use freeroam_envs::Stream;

    use super::*;

    #[test]
    fn known_weights_are_found_through_noise() {
        let (dim, rows) = (8, 2000);
        let mut stream = Stream::new(0, "regression", 0);
        let mut normal = |count: usize| {
            let mut values = vec![0.0_f32; count];
            stream.fill_normal(&mut values);
            values
        };
        let (x, known, noise) = (normal(rows * dim), normal(dim), normal(rows));
        let y: Vec<f64> = x
            .chunks_exact(dim)
            .zip(&noise)
            .map(|(row, noise)| {
                let exact: f32 = row.iter().zip(&known).map(|(a, b)| a * b).sum();
                f64::from(exact + 0.01 * noise)
            })
            .collect();
        let found = least_squares(&x, dim, &y);
        for (found, known) in found.iter().zip(&known) {
            assert!((found - f64::from(*known)).abs() < 2e-3, "{found}, expected {known}");
        }
    }

    #[test]
    fn a_column_of_zeros_gets_no_weight() {
        let x = [1.0, 0.0, 2.0, 0.0, 3.0, 0.0];
        let found = least_squares(&x, 2, &[2.0, 4.0, 6.0]);
        assert!((found[0] - 2.0).abs() < 1e-4 && found[1].abs() < 1e-9, "{found:?}");
    }
}
