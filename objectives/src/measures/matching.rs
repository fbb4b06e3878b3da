//! Clusters and classes matched one to one, so that most rows agree.

/// For each row of a square table of gains, `[size, size]`, the column that it gets, so that the sum of gains is largest: the
/// Hungarian method with potentials (Kuhn, 1955; Jonker and Volgenant, 1987), `O(size^3)`.
///
/// # Panics
/// When the table is not square.
#[must_use]
pub fn matching(gains: &[f64], size: usize) -> Vec<usize> {
    assert_eq!(gains.len(), size * size, "gains of a square table");
    // Column 0 is a place where the row in hand begins; rows and columns count from 1.
    let (mut rows, mut columns) = (vec![0.0; size + 1], vec![0.0; size + 1]);
    let mut owner = vec![0; size + 1];
    for row in 1..=size {
        owner[0] = row;
        let (mut slack, mut from, mut seen) = (vec![f64::INFINITY; size + 1], vec![0; size + 1], vec![false; size + 1]);
        let mut at = 0;
        while owner[at] != 0 {
            seen[at] = true;
            let (mut least, mut next) = (f64::INFINITY, 0);
            for column in (1..=size).filter(|&column| !seen[column]) {
                let cost = -gains[(owner[at] - 1) * size + column - 1] - rows[owner[at]] - columns[column];
                if cost < slack[column] {
                    (slack[column], from[column]) = (cost, at);
                }
                if slack[column] < least {
                    (least, next) = (slack[column], column);
                }
            }
            for column in 0..=size {
                if seen[column] {
                    rows[owner[column]] += least;
                    columns[column] -= least;
                } else {
                    slack[column] -= least;
                }
            }
            at = next;
        }
        while at != 0 {
            owner[at] = owner[from[at]];
            at = from[at];
        }
    }
    let mut columns = vec![0; size];
    for (column, row) in owner.into_iter().enumerate().skip(1) {
        columns[row - 1] = column - 1;
    }
    columns
}

/// Share of the rows whose cluster is matched to their class, under the best matching.
///
/// # Panics
/// When the two differ in length.
#[must_use]
pub fn matched_accuracy(clusters: &[usize], classes: &[usize]) -> f64 {
    assert_eq!(clusters.len(), classes.len(), "clusters and classes of the same rows");
    let size = clusters.iter().chain(classes).max().map_or(0, |most| most + 1);
    let mut counts = vec![0.0; size * size];
    for (cluster, class) in clusters.iter().zip(classes) {
        counts[cluster * size + class] += 1.0;
    }
    let matched = matching(&counts, size);
    let agreeing: f64 = matched.iter().enumerate().map(|(cluster, class)| counts[cluster * size + class]).sum();
    agreeing / (clusters.len().max(1)) as f64
}

#[cfg(test)]
mod tests {
    use freeroam_replay::Stream;

    use super::*;

    /// Every order of `0..5`.
    fn orders(left: &[usize]) -> Vec<Vec<usize>> {
        if left.is_empty() {
            return vec![Vec::new()];
        }
        let with = |&first: &usize| {
            let rest: Vec<usize> = left.iter().copied().filter(|x| *x != first).collect();
            orders(&rest).into_iter().map(move |order| [vec![first], order].concat())
        };
        left.iter().flat_map(with).collect()
    }

    #[test]
    fn no_order_gains_more() {
        let mut stream = Stream::new(0, "gains", 0);
        for _ in 0..50 {
            let gains: Vec<f64> = (0..25).map(|_| stream.normal()).collect();
            let sum = |order: &[usize]| order.iter().enumerate().map(|(i, j)| gains[i * 5 + j]).sum::<f64>();
            let best = orders(&[0, 1, 2, 3, 4]).iter().map(|order| sum(order)).fold(f64::MIN, f64::max);
            assert!((sum(&matching(&gains, 5)) - best).abs() < 1e-12);
        }
    }

    #[test]
    fn names_of_clusters_do_not_matter() {
        assert_eq!(matched_accuracy(&[2, 2, 0, 0, 1], &[0, 0, 1, 1, 2]), 1.0);
        assert_eq!(matched_accuracy(&[0, 0, 0, 0], &[0, 1, 2, 3]), 0.25);
    }
}
