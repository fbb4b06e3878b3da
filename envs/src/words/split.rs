//! Which combinations of facts are kept out of training.
//!
//! Two facts about one subject make a combination: a room and a part of it, a room and a side that is faced, a direction
//! and a distance, a direction and a pace; and in instructions a number and a direction. About a fifth of them are held
//! out, by a rule on the numbers of the values that leaves every value, and so every word, in training.

use super::choose::Choose;
use super::{Claim, Fact, Facts, Kind, Leg, Subject};
use crate::Stream;

/// Version of the rule. Another rule gets another number.
pub const SPLIT_VERSION: u32 = 1;

/// Kinds whose pairs are combinations; the first has the larger number of values.
const COMBINED: [[Kind; 2]; 5] = [
    [Kind::Room, Kind::Part],
    [Kind::Room, Kind::Facing],
    [Kind::Bearing, Kind::Distance],
    [Kind::Bearing, Kind::Facing],
    [Kind::Moving, Kind::Pace],
];

/// Which sentences are meant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Split {
    /// All.
    #[default]
    All,
    /// Those without a combination that is held out.
    Train,
    /// Those with such a combination.
    HeldOut,
}

impl Split {
    /// Whether sentences that say these facts belong to it.
    #[must_use]
    pub fn has(self, facts: &Facts) -> bool {
        match self {
            Self::All => true,
            Self::Train => held_out(facts).is_empty(),
            Self::HeldOut => !held_out(facts).is_empty(),
        }
    }

    /// Whether instructions of these legs belong to it.
    #[must_use]
    pub fn has_way(self, legs: &[Leg]) -> bool {
        let held_out = legs.iter().any(is_held_out);
        match self {
            Self::All => true,
            Self::Train => !held_out,
            Self::HeldOut => held_out,
        }
    }
}

/// A fifth of the pairs of two numbers, spread so that none is always or never among them.
fn rule(first: usize, second: usize) -> bool {
    (first + 2 * second) % 5 == 1
}

/// One room north and two rooms west; and one or two of the eight directions for each number of metres.
fn is_held_out(leg: &Leg) -> bool {
    leg.direction as u32 % 5 == leg.count % 5
}

/// The combinations among the facts that are held out.
fn held_out(facts: &Facts) -> Vec<[Fact; 2]> {
    let mut found = Vec::new();
    for subject in [Subject::Body, Subject::Goal] {
        for [first, second] in COMBINED {
            if let (Some(one), Some(other)) = (facts.get(subject, first), facts.get(subject, second))
                && rule(one.value(), other.value())
            {
                found.push([one, other].map(|claim| Fact { subject, claim }));
            }
        }
    }
    found
}

/// Some of the facts, as many as a sentence has room for: one to four, chosen at random within the split. `None` where the
/// facts hold no combination of [`Split::HeldOut`].
pub(super) fn draw(facts: &Facts, split: Split, stream: &mut Stream) -> Option<Facts> {
    let mut chosen = Facts::default();
    if split == Split::HeldOut {
        let pairs = held_out(facts);
        let pair = pairs.get(stream.choose(pairs.len().max(1)))?;
        chosen = pair.iter().map(|fact| (fact.subject, fact.claim)).collect();
    }
    let mut rest: Vec<Fact> = facts.iter().collect();
    let wanted = 1 + stream.choose(4);
    while chosen.len() < wanted && !rest.is_empty() {
        let fact = rest.swap_remove(stream.choose(rest.len()));
        let mut more = chosen.clone();
        // A part is one of a room, and a direction is one of a motion.
        let parent = match fact.claim {
            Claim::Part(_) => facts.get(fact.subject, Kind::Room),
            Claim::Moving(_) => facts.get(fact.subject, Kind::Pace),
            _ => None,
        };
        for claim in parent.into_iter().chain([fact.claim]) {
            more.insert(fact.subject, claim);
        }
        if split != Split::Train || split.has(&more) {
            chosen = more;
        }
    }
    Some(chosen)
}

#[cfg(test)]
mod tests {
    use super::super::Compass;
    use super::super::lexicon::{METRES, ROOMS};
    use super::*;

    #[test]
    fn every_value_is_in_training_and_in_combinations_that_are_held_out() {
        let numbers = |kind| match kind {
            Kind::Room | Kind::Part => vec![0, 1, 2, 3, 4, 5, 6, 7, 8],
            Kind::Bearing | Kind::Moving => (1..9).collect(),
            Kind::Facing => Compass::SIDES.map(|side| side as usize).to_vec(),
            Kind::Distance => vec![1, 2, 3],
            _ => vec![1, 2],
        };
        for [first, second] in COMBINED {
            let pairs: Vec<_> =
                numbers(first).into_iter().flat_map(|a| numbers(second).into_iter().map(move |b| (a, b))).collect();
            let held: Vec<_> = pairs.iter().filter(|&&(a, b)| rule(a, b)).collect();
            let share = held.len() as f64 / pairs.len() as f64;
            assert!((0.15..0.25).contains(&share), "{first:?} {second:?}: {share}");
            for number in numbers(first) {
                assert!(pairs.iter().any(|&(a, b)| a == number && !rule(a, b)), "{first:?} {number}");
            }
            for number in numbers(second) {
                assert!(held.iter().any(|&&(_, b)| b == number), "{second:?} {number}");
                assert!(pairs.iter().any(|&(a, b)| b == number && !rule(a, b)), "{second:?} {number}");
            }
        }
    }

    #[test]
    fn every_number_and_direction_of_instructions_is_in_training() {
        let held = |counts: &[u32], directions: &[Compass]| -> Vec<Leg> {
            let legs =
                counts.iter().flat_map(|&count| directions.iter().map(move |&direction| Leg { count, direction }));
            legs.filter(is_held_out).collect()
        };
        let rooms = held(&ROOMS.map(|(count, _)| count), &Compass::SIDES);
        let expected = [(1, Compass::North), (2, Compass::West)];
        assert_eq!(rooms, expected.map(|(count, direction)| Leg { count, direction }));
        let metres = METRES.map(|(count, _)| count);
        for count in metres {
            assert!((1..=2).contains(&held(&[count], &Compass::ALL[1..]).len()), "{count}");
        }
        for direction in &Compass::ALL[1..] {
            assert!(held(&metres, &[*direction]).len() < metres.len(), "{direction:?}");
        }
    }
}
