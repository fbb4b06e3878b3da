//! Whether features follow the meaning of sentences: the rank correlation of their cosines with the similarity that the
//! grammar knows, on pairs whose common words say little about it.

use std::collections::BTreeMap;

use freeroam_envs::words::Pair;
use freeroam_replay::Stream;

/// Rank correlation of the cosines of features with the pairs' gold. `features` has the rows of all first sentences, then
/// those of all second ones, `dim` numbers each.
pub(super) fn of_features(pairs: &[Pair], features: &[f32], dim: usize) -> f64 {
    spearman(&cosines(pairs, features, dim), &gold(pairs))
}

/// The 95 % interval of [`of_features`] over resamples of the pairs, drawn from `stream`.
pub(super) fn interval(pairs: &[Pair], features: &[f32], dim: usize, stream: &mut Stream) -> [f64; 2] {
    const RESAMPLES: usize = 400;
    let (cosines, gold) = (cosines(pairs, features, dim), gold(pairs));
    let mut resample = |_| {
        let drawn: Vec<usize> = pairs.iter().map(|_| stream.below(pairs.len())).collect();
        let pick = |values: &[f64]| drawn.iter().map(|&at| values[at]).collect::<Vec<f64>>();
        spearman(&pick(&cosines), &pick(&gold))
    };
    let mut found: Vec<f64> = (0..RESAMPLES).map(&mut resample).collect();
    found.sort_unstable_by(f64::total_cmp);
    [found[RESAMPLES / 40], found[RESAMPLES - 1 - RESAMPLES / 40]]
}

/// The cosine of the features of each pair.
fn cosines(pairs: &[Pair], features: &[f32], dim: usize) -> Vec<f64> {
    let (first, second) = features.split_at(pairs.len() * dim);
    let rows = first.chunks_exact(dim).zip(second.chunks_exact(dim));
    rows.map(|(a, b)| {
        let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| f64::from(a * b)).sum::<f64>();
        dot(a, b) / (dot(a, a) * dot(b, b)).sqrt().max(1e-12)
    })
    .collect()
}

/// The same for counts of words in place of features.
pub(super) fn of_words(pairs: &[Pair]) -> f64 {
    let cosines: Vec<f64> = pairs.iter().map(|pair| cosine(&counts(&pair.first), &counts(&pair.second))).collect();
    spearman(&cosines, &gold(pairs))
}

fn gold(pairs: &[Pair]) -> Vec<f64> {
    pairs.iter().map(|pair| pair.gold).collect()
}

/// How often each word occurs; signs are none.
fn counts(text: &str) -> BTreeMap<String, f64> {
    let mut counts = BTreeMap::new();
    for word in text.split(|letter: char| !letter.is_alphabetic() && letter != '-').filter(|word| !word.is_empty()) {
        *counts.entry(word.to_lowercase()).or_insert(0.0) += 1.0;
    }
    counts
}

fn cosine(a: &BTreeMap<String, f64>, b: &BTreeMap<String, f64>) -> f64 {
    let norm = |counts: &BTreeMap<String, f64>| counts.values().map(|count| count * count).sum::<f64>();
    let dot: f64 = a.iter().filter_map(|(word, count)| b.get(word).map(|other| count * other)).sum();
    dot / (norm(a) * norm(b)).sqrt().max(1e-12)
}

/// Rank correlation, ties at their mean rank; 0 where one side does not vary.
pub(super) fn spearman(x: &[f64], y: &[f64]) -> f64 {
    let (x, y) = (ranks(x), ranks(y));
    let mean = (x.len() as f64 - 1.0) / 2.0;
    let sum = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| (a - mean) * (b - mean)).sum::<f64>();
    let spread = (sum(&x, &x) * sum(&y, &y)).sqrt();
    if spread > 0.0 { sum(&x, &y) / spread } else { 0.0 }
}

fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
    let mut ranks = vec![0.0; values.len()];
    let mut start = 0;
    for end in 1..=order.len() {
        if end == order.len() || values[order[end]] != values[order[start]] {
            let rank = (start + end - 1) as f64 / 2.0;
            order[start..end].iter().for_each(|&at| ranks[at] = rank);
            start = end;
        }
    }
    ranks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn correlations_of_known_orders() {
        assert!((spearman(&[1.0, 2.0, 3.0], &[10.0, 20.0, 90.0]) - 1.0).abs() < 1e-12);
        assert!((spearman(&[1.0, 2.0, 3.0], &[3.0, 2.0, -1.0]) + 1.0).abs() < 1e-12);
        assert_eq!(spearman(&[1.0, 1.0], &[0.0, 1.0]), 0.0);
        assert_eq!(ranks(&[5.0, 1.0, 5.0, 7.0]), [1.5, 0.0, 1.5, 3.0]);
        let pair = |first: &str, second: &str, gold| Pair { first: first.into(), second: second.into(), gold };
        let pairs = [pair("a b", "a b", 1.0), pair("a b", "a c", 0.5), pair("a b", "c d", 0.0)];
        assert!((of_words(&pairs) - 1.0).abs() < 1e-12);
        let features = [1.0, 0.0, 1.0, 0.0, 1.0, 0.0, 1.0, 0.0, 1.0, 1.0, 0.0, 1.0];
        assert!((of_features(&pairs, &features, 2) - 1.0).abs() < 1e-12);
        let [low, high] = interval(&pairs, &features, 2, &mut Stream::new(0, "resamples", 0));
        assert!((0.0..=1.0).contains(&low) && (high - 1.0).abs() < 1e-12, "{low} {high}");
    }
}
