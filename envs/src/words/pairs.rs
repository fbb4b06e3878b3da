//! Pairs of sentences with how alike their meanings are.
//!
//! Of four pairs one means the same and one a part of it, in words as different as the grammar has them; one differs in a
//! single fact and one in all, in words as equal as can be. Counting common words therefore says little about the gold
//! similarity.

use super::{Claim, Distance, Fact, Facts, Kind, Pace, Split, Subject, Words, draw};
use crate::Stream;

/// Wordings of which the most different one is taken.
const WORDINGS: usize = 8;

/// Two sentences and how alike their meanings are.
#[derive(Clone, Debug, PartialEq)]
pub struct Pair {
    /// The one.
    pub first: String,
    /// The other.
    pub second: String,
    /// [`Facts::similarity`] of what they say, 0 to 1.
    pub gold: f64,
}

impl Words {
    /// `count` pairs whose first sentences are of `split`; the second are of it too, unless it is [`Split::HeldOut`].
    #[must_use]
    pub fn pairs(&self, count: usize, split: Split, stream: &mut Stream) -> Vec<Pair> {
        (0..count).map(|number| self.pair(number % 4, split, stream)).collect()
    }

    fn pair(&self, kind: usize, split: Split, stream: &mut Stream) -> Pair {
        let others = if split == Split::HeldOut { Split::All } else { split };
        let first = self.several(split, stream);
        // The same choices of words for both, as far as the meanings allow.
        let mut wording = stream.clone();
        let said = self.say(&first, stream);
        let (second, text) = match kind {
            0 => (first.clone(), self.reworded(&first, &said, stream)),
            1 => {
                let part = self.shorter(&first, others, stream);
                let text = self.reworded(&part, &said, stream);
                (part, text)
            }
            _ => {
                let other = self.changed(&first, kind == 2, others, stream);
                let text = self.say(&other, &mut wording);
                (other, text)
            }
        };
        Pair { first: said, second: text, gold: first.similarity(&second) }
    }

    /// Facts of some state; more than one where a few attempts find them.
    fn several(&self, split: Split, stream: &mut Stream) -> Facts {
        let mut facts = Facts::default();
        let mut attempts = 0;
        while facts.is_empty() || (facts.len() < 2 && attempts < WORDINGS) {
            facts = draw(&self.imagine(stream), split, stream).unwrap_or_default();
            attempts += 1;
        }
        facts
    }

    /// Some of the facts; not all, where a few attempts find fewer.
    fn shorter(&self, facts: &Facts, split: Split, stream: &mut Stream) -> Facts {
        let mut drawn = (0..WORDINGS).filter_map(|_| draw(facts, split, stream)).collect::<Vec<_>>();
        drawn.sort_by_key(|part| part.len() == facts.len());
        drawn.into_iter().next().unwrap_or_else(|| facts.clone())
    }

    /// The facts in other words: the wording with the fewest words of `said` of some.
    fn reworded(&self, facts: &Facts, said: &str, stream: &mut Stream) -> String {
        let texts = (0..WORDINGS).map(|_| self.say(facts, stream)).collect::<Vec<_>>();
        let overlap = |text: &String| (overlap(said, text) * 1e6) as u64;
        texts.into_iter().min_by_key(overlap).unwrap_or_default()
    }

    /// Facts of the same kinds with one of them changed, or with all: the least alike of some that the split allows.
    fn changed(&self, facts: &Facts, one: bool, split: Split, stream: &mut Stream) -> Facts {
        let mut best = facts.clone();
        for _ in 0..WORDINGS {
            let other = self.imagine(stream);
            let chosen = facts.iter().nth(stream.below(facts.len()));
            let change = |fact: Fact| {
                let there = other.get(fact.subject, fact.claim.kind());
                let claim = if one && Some(fact) != chosen { Some(fact.claim) } else { there };
                claim.map(|claim| (fact.subject, claim))
            };
            let changed: Facts = facts.iter().filter_map(change).collect();
            let is_less = changed.similarity(facts) < best.similarity(facts);
            if changed.len() == facts.len() && is_sound(&changed) && is_less && split.has(&changed) {
                best = changed;
            }
        }
        best
    }
}

/// Whether facts can hold together: what is at the origin is in no direction from it, and what stands still moves nowhere.
fn is_sound(facts: &Facts) -> bool {
    let said = |kind| facts.get(Subject::Body, kind);
    let here = said(Kind::Distance) == Some(Claim::Distance(Distance::Here)) && said(Kind::Bearing).is_some();
    let still = said(Kind::Pace) == Some(Claim::Pace(Pace::Still)) && said(Kind::Moving).is_some();
    !here && !still
}

/// Share of common words among all words of two sentences.
fn overlap(one: &str, other: &str) -> f64 {
    let words = |text: &str| -> std::collections::BTreeSet<String> {
        text.split(|letter: char| !letter.is_alphabetic() && letter != '-')
            .map(str::to_owned)
            .filter(|word| !word.is_empty())
            .collect()
    };
    let (one, other) = (words(one), words(other));
    one.intersection(&other).count() as f64 / one.union(&other).count().max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world;

    /// Rank correlation, ties at their mean rank.
    fn spearman(pairs: &[(f64, f64)]) -> f64 {
        let ranks = |values: Vec<f64>| -> Vec<f64> {
            let rank = |value: &f64| {
                let below = values.iter().filter(|other| *other < value).count();
                let equal = values.iter().filter(|other| *other == value).count();
                below as f64 + (equal as f64 - 1.0) / 2.0
            };
            values.iter().map(rank).collect()
        };
        let (x, y) =
            (ranks(pairs.iter().map(|pair| pair.0).collect()), ranks(pairs.iter().map(|pair| pair.1).collect()));
        let mean = (pairs.len() as f64 - 1.0) / 2.0;
        let sum = |a: &[f64], b: &[f64]| -> f64 { a.iter().zip(b).map(|(a, b)| (a - mean) * (b - mean)).sum() };
        sum(&x, &y) / (sum(&x, &x) * sum(&y, &y)).sqrt()
    }

    #[test]
    fn common_words_say_little_about_the_meaning() {
        // Those whose languages differ most: few facts and many, open ground and mazes.
        for id in ["Point-v0", "Ant-v0", "PointMaze-UMaze-v0", "AntMaze-Large-v0"] {
            let words = Words::new(world(id).expect("registered").spec());
            for split in [Split::Train, Split::HeldOut] {
                let pairs = words.pairs(400, split, &mut Stream::new(0, "pairs", 0));
                let scores: Vec<_> = pairs.iter().map(|pair| (overlap(&pair.first, &pair.second), pair.gold)).collect();
                let correlation = spearman(&scores);
                assert!(correlation <= 0.3, "{id} {split:?}: {correlation}");
                let counts = [0.0..0.1, 0.1..0.9, 0.9..1.1]
                    .map(|range| pairs.iter().filter(|pair| range.contains(&pair.gold)).count());
                assert!(counts.iter().all(|&count| count > 60), "{id} {split:?}: {counts:?}");
                for pair in pairs {
                    let facts = [&pair.first, &pair.second].map(|text| words.state(text).expect("of the grammar"));
                    assert_eq!(facts[0].similarity(&facts[1]), pair.gold, "{pair:?}");
                    assert!(split.has(&facts[0]) && (split == Split::HeldOut || split.has(&facts[1])), "{pair:?}");
                }
            }
        }
    }
}
