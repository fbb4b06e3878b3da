//! A language model that counts, the baseline of those that learn: trigrams with interpolated Kneser-Ney smoothing.
//!
//! Kneser and Ney, 1995, in the interpolated form of Chen and Goodman, 1999, with one discount `D`:
//!
//! ```text
//! p(w | u v) = (c(u v w) - D)+ / c(u v .)  +  D |u v .| / c(u v .)  p(w | v)
//! p(w | v)   = (|. v w| - D)+ / |. v .|    +  D |v .| / |. v .|     p(w)
//! p(w)       = (|. w| - D)+ / |. .|        +  D |.| / |. .|         1 / V
//! ```
//!
//! `c` counts occurrences and `|..|` different tokens or pairs of tokens in the place of the dots.

use std::collections::{HashMap, HashSet};

use crate::Tokens;

const DISCOUNT: f64 = 0.75;

/// How often something occurred and with how many different continuations.
#[derive(Clone, Copy, Debug, Default)]
struct Seen {
    total: f64,
    kinds: f64,
}

/// Counts of tokens after two, one and no others.
#[derive(Clone, Debug, Default)]
pub struct Trigram {
    vocabulary: usize,
    three: HashMap<[u32; 3], f64>,
    after_two: HashMap<[u32; 2], Seen>,
    two: HashMap<[u32; 2], f64>,
    after_one: HashMap<u32, Seen>,
    one: HashMap<u32, f64>,
    any: Seen,
}

impl Trigram {
    /// Counts the tokens of `rows`, each from [`Tokens::START`] to its end, over a vocabulary of so many.
    #[must_use]
    pub fn of<'a>(rows: impl IntoIterator<Item = &'a [u32]>, vocabulary: usize) -> Self {
        let mut model = Self { vocabulary, ..Self::default() };
        let mut pairs = HashSet::new();
        for row in rows {
            for [u, v, w] in trigrams(row) {
                let count = model.three.entry([u, v, w]).or_default();
                *count += 1.0;
                let is_new = *count == 1.0;
                let after = model.after_two.entry([u, v]).or_default();
                after.total += 1.0;
                if is_new {
                    after.kinds += 1.0;
                    let count = model.two.entry([v, w]).or_default();
                    *count += 1.0;
                    let after = model.after_one.entry(v).or_default();
                    after.total += 1.0;
                    if *count == 1.0 {
                        after.kinds += 1.0;
                    }
                }
                if pairs.insert([v, w]) {
                    let count = model.one.entry(w).or_default();
                    *count += 1.0;
                    model.any.total += 1.0;
                    if *count == 1.0 {
                        model.any.kinds += 1.0;
                    }
                }
            }
        }
        model
    }

    /// The probability of `w` after `u v`.
    #[must_use]
    pub fn probability(&self, u: u32, v: u32, w: u32) -> f64 {
        let mix = |count: Option<&f64>, seen: Option<&Seen>, lower: f64| match seen {
            Some(seen) if seen.total > 0.0 => {
                let kept = (count.copied().unwrap_or(0.0) - DISCOUNT).max(0.0);
                (kept + DISCOUNT * seen.kinds * lower) / seen.total
            }
            _ => lower,
        };
        let one = mix(self.one.get(&w), Some(&self.any), 1.0 / self.vocabulary.max(1) as f64);
        let two = mix(self.two.get(&[v, w]), self.after_one.get(&v), one);
        mix(self.three.get(&[u, v, w]), self.after_two.get(&[u, v]), two)
    }

    /// The perplexity of `rows`: the exponential of the mean negative log-likelihood of a token, starts apart.
    #[must_use]
    pub fn perplexity<'a>(&self, rows: impl IntoIterator<Item = &'a [u32]>) -> f64 {
        let (mut sum, mut count) = (0.0, 0.0_f64);
        for [u, v, w] in rows.into_iter().flat_map(trigrams) {
            sum -= self.probability(u, v, w).ln();
            count += 1.0;
        }
        (sum / count.max(1.0)).exp()
    }
}

/// Each token but the first with the two before it; padding stands before the start.
fn trigrams(row: &[u32]) -> impl Iterator<Item = [u32; 3]> + '_ {
    (1..row.len()).map(|at| [if at < 2 { Tokens::PAD } else { row[at - 2] }, row[at - 1], row[at]])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn probabilities_add_up_and_what_was_seen_is_likelier() {
        let rows: [&[u32]; 3] = [&[1, 5, 6, 7, 2], &[1, 5, 6, 8, 2], &[1, 6, 5, 7, 2]];
        let model = Trigram::of(rows, 12);
        for context in [[5, 6], [1, 5], [9, 9], [9, 6]] {
            let sum: f64 = (0..12).map(|w| model.probability(context[0], context[1], w)).sum();
            assert!((sum - 1.0).abs() < 1e-9, "{context:?}: {sum}");
        }
        assert!(model.probability(5, 6, 7) > model.probability(5, 6, 5));
        assert!(model.perplexity(rows) < 6.0);
        assert!(model.perplexity([&[1, 8, 8, 8, 2][..]]) > 6.0);
    }
}
