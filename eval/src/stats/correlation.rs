//! Correlation of two samples.

use crate::EvalError;

/// Pearson's linear correlation, `-1..=1`. Zero if either sample is constant: then nothing varies together.
///
/// # Errors
/// [`EvalError::Length`] if the lengths differ, [`EvalError::Empty`] for fewer than two pairs,
/// [`EvalError::NonFinite`] for a value that is not a number.
pub fn pearson(x: &[f64], y: &[f64]) -> Result<f64, EvalError> {
    check(x, y)?;
    let n = x.len() as f64;
    let (mean_x, mean_y) = (x.iter().sum::<f64>() / n, y.iter().sum::<f64>() / n);
    let (mut xy, mut xx, mut yy) = (0.0, 0.0, 0.0);
    for (x, y) in x.iter().zip(y) {
        let (x, y) = (x - mean_x, y - mean_y);
        xy += x * y;
        xx += x * x;
        yy += y * y;
    }
    if xx == 0.0 || yy == 0.0 {
        return Ok(0.0);
    }
    Ok((xy / (xx.sqrt() * yy.sqrt())).clamp(-1.0, 1.0))
}

/// Spearman's rank correlation, `-1..=1`: [`pearson`] of the ranks, ties sharing their mean rank.
///
/// # Errors
/// As [`pearson`].
pub fn spearman(x: &[f64], y: &[f64]) -> Result<f64, EvalError> {
    check(x, y)?;
    pearson(&ranks(x), &ranks(y))
}

fn check(x: &[f64], y: &[f64]) -> Result<(), EvalError> {
    if x.len() != y.len() {
        return Err(EvalError::Length {
            what: "the second sample of a correlation".into(),
            got: y.len(),
            expected: x.len().to_string(),
        });
    }
    if x.len() < 2 {
        return Err(EvalError::Empty { what: "the sample of a correlation".into(), expected: "two pairs".into() });
    }
    for values in [x, y] {
        if let Some(index) = values.iter().position(|value| !value.is_finite()) {
            return Err(EvalError::NonFinite { what: "correlated value".into(), index, value: values[index] });
        }
    }
    Ok(())
}

fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|a, b| values[*a].total_cmp(&values[*b]));
    let mut ranks = vec![0.0; values.len()];
    let mut first = 0;
    for tied in order.chunk_by(|a, b| values[*a] == values[*b]) {
        for index in tied {
            ranks[*index] = first as f64 + (tied.len() - 1) as f64 / 2.0;
        }
        first += tied.len();
    }
    ranks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn straight_and_monotone_relations() {
        let x = [1.0, 2.0, 3.0, 4.0];
        let cubes = x.map(|x: f64| -x.powi(3));
        assert!((pearson(&x, &x.map(|x| 2.0 * x - 1.0)).expect("pairs") - 1.0).abs() < 1e-12);
        assert!((spearman(&x, &cubes).expect("pairs") + 1.0).abs() < 1e-12);
        assert!(pearson(&x, &cubes).expect("pairs") > -0.99);
        assert_eq!(pearson(&x, &[2.0; 4]).expect("pairs"), 0.0);
    }

    #[test]
    fn ties_share_their_rank() {
        assert_eq!(ranks(&[3.0, 1.0, 3.0, 2.0]), [2.5, 0.0, 2.5, 1.0]);
    }

    #[test]
    fn unusable_samples_are_refused() {
        assert!(pearson(&[1.0], &[1.0]).is_err() && pearson(&[1.0, 2.0], &[1.0]).is_err());
        assert!(spearman(&[1.0, f64::NAN], &[1.0, 2.0]).is_err());
    }
}
