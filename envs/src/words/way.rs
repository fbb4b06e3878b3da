//! Ways to go: "go two rooms west".

use super::choose::Choose;
use super::grammar::{Grammar, Mood, THEN};
use super::lexicon::{CENTIMETRES, METRES, Meaning, ROOMS};
use super::region::{Regions, directions};
use super::{Compass, Split};
use crate::Stream;

/// One leg of a way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Leg {
    /// How many rooms in a maze, how many metres on open ground, or centimetres where it is small.
    pub count: u32,
    /// Where to: one of the four sides in a maze, of eight directions on open ground.
    pub direction: Compass,
}

impl Regions {
    /// Where legs lead from a place; `Err` says why nowhere.
    pub(super) fn follow(&self, legs: &[Leg], from: [f64; 2]) -> Result<[f64; 2], String> {
        match self {
            Self::Rooms(rooms) => {
                let mut at = rooms.room_of(from).offset();
                for leg in legs {
                    let [east, north] = leg.direction.offset().map(|step| step * leg.count as i32);
                    at = [at[0] + east, at[1] + north];
                    if at.iter().any(|&row| row.abs() > 1) {
                        return Err("it leads out of the maze from where it begins".to_owned());
                    }
                }
                rooms.room(Compass::of_offset(at)).ok_or_else(|| "the room that it leads to is all wall".to_owned())
            }
            Self::Open { line, small, .. } => {
                if legs.iter().any(|leg| !directions(*line).contains(&leg.direction)) {
                    return Err("the body moves to the east and to the west alone".to_owned());
                }
                Ok(legs.iter().fold(from, |at, leg| {
                    let unit = leg.direction.unit();
                    [0, 1].map(|k| at[k] + unit[k] * metres(leg.count, *small))
                }))
            }
        }
    }

    /// Whether a place is where legs lead: the same room, or within `radius` metres.
    pub(super) fn arrived(&self, end: [f64; 2], place: [f64; 2], radius: f64) -> bool {
        match self {
            Self::Rooms(rooms) => rooms.room_of(end) == rooms.room_of(place),
            Self::Open { .. } => (end[0] - place[0]).hypot(end[1] - place[1]) <= radius,
        }
    }

    /// All legs that the world has.
    pub(super) fn legs(&self) -> Vec<Leg> {
        let of = |counts: &[u32], directions: &[Compass]| {
            counts.iter().flat_map(|&count| directions.iter().map(move |&direction| Leg { count, direction })).collect()
        };
        match self {
            Self::Rooms(_) => of(&ROOMS.map(|(count, _)| count), &Compass::SIDES),
            Self::Open { range, line, small } => {
                let words = if *small { &CENTIMETRES[..] } else { &METRES };
                let counts: Vec<u32> = words.iter().map(|&(count, _)| count).collect();
                let near = counts.iter().filter(|&&count| metres(count, *small) <= *range).count();
                of(&counts[..near], directions(*line))
            }
        }
    }

    /// A way of one or two legs of the split that leads from `from` to another place of the world; `None` where there is
    /// none.
    pub(super) fn way(&self, from: [f64; 2], split: Split, stream: &mut Stream) -> Option<Vec<Leg>> {
        let mut ways: Vec<Vec<Leg>> = self.legs().into_iter().map(|leg| vec![leg]).collect();
        if stream.choose(2) == 1 {
            let turns = |first: &Leg, second: &Leg| {
                let (one, other) = (first.direction.offset(), second.direction.offset());
                one[0] * other[0] + one[1] * other[1] == 0
            };
            let firsts = self.legs();
            let pairs = firsts.iter().flat_map(|first| firsts.iter().map(move |second| [*first, *second]));
            ways = pairs.filter(|[first, second]| turns(first, second)).map(Vec::from).collect();
        }
        ways.retain(|way| split.has_way(way) && self.follow(way, from).is_ok_and(|end| self.contains(end)));
        if ways.is_empty() { None } else { Some(ways.swap_remove(stream.choose(ways.len()))) }
    }

    fn contains(&self, place: [f64; 2]) -> bool {
        match self {
            Self::Rooms(_) => true,
            Self::Open { range, .. } => place.iter().all(|x| x.abs() <= *range),
        }
    }
}

/// The length of a leg, metres, that is counted in centimetres in a small world.
fn metres(count: u32, small: bool) -> f64 {
    if small { 0.01 * f64::from(count) } else { f64::from(count) }
}

impl Grammar {
    /// A sentence that asks for a way.
    pub(super) fn say_way(&self, legs: &[Leg], choices: &mut dyn Choose) -> String {
        let mut text = String::new();
        for leg in legs {
            if !text.is_empty() {
                text.push_str(THEN[choices.choose(THEN.len())]);
            }
            let meanings = [Meaning::Count(leg.count), Meaning::Way(leg.direction)];
            text.push_str(&self.clause(Mood::Leg, &meanings, choices).expect("the lexicon has all legs"));
        }
        text
    }
}
