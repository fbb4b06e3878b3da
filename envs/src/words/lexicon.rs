//! The words for values, by the slots of templates.

use super::Compass::{East, Middle, North, NorthEast, NorthWest, South, SouthEast, SouthWest, West};
use super::{Claim, Compass, Distance, Pace, Posture};

/// What a slot stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    Claim(Claim),
    /// How many rooms, metres or centimetres.
    Count(u32),
    /// Where to go.
    Way(Compass),
}

/// A meaning and the ways to say it.
pub(super) type Entry = (Meaning, &'static [&'static str]);

/// Numbers of metres that instructions use.
pub(super) const METRES: [(u32, &[&str]); 9] = [
    (1, &["one metre"]),
    (2, &["two metres"]),
    (3, &["three metres"]),
    (4, &["four metres"]),
    (5, &["five metres"]),
    (8, &["eight metres"]),
    (10, &["ten metres"]),
    (15, &["fifteen metres"]),
    (20, &["twenty metres"]),
];
/// Numbers of centimetres that they use in small worlds.
pub(super) const CENTIMETRES: [(u32, &[&str]); 6] = [
    (1, &["one centimetre"]),
    (2, &["two centimetres"]),
    (3, &["three centimetres"]),
    (5, &["five centimetres"]),
    (8, &["eight centimetres"]),
    (10, &["ten centimetres"]),
];
/// Numbers of rooms.
pub(super) const ROOMS: [(u32, &[&str]); 2] = [(1, &["one room", "a room"]), (2, &["two rooms"])];

/// The colour of the outer wall of a side, as pictures show it.
fn wall(side: Compass) -> &'static [&'static str] {
    match side {
        North => &["red"],
        East => &["yellow"],
        South => &["blue"],
        _ => &["purple"],
    }
}

/// Before a noun: the words of the compass, and those of a map.
fn adjectives(at: Compass) -> &'static [&'static str] {
    match at {
        Middle => &["middle", "central"],
        North => &["north", "northern", "top", "upper"],
        NorthEast => &["north-east", "north-eastern", "top right", "upper right"],
        East => &["east", "eastern", "right", "right-hand"],
        SouthEast => &["south-east", "south-eastern", "bottom right", "lower right"],
        South => &["south", "southern", "bottom", "lower"],
        SouthWest => &["south-west", "south-western", "bottom left", "lower left"],
        West => &["west", "western", "left", "left-hand"],
        NorthWest => &["north-west", "north-western", "top left", "upper left"],
    }
}

fn direction(at: Compass) -> &'static [&'static str] {
    match at {
        Middle => &["nowhere"],
        North => &["north"],
        NorthEast => &["north-east"],
        East => &["east"],
        SouthEast => &["south-east"],
        South => &["south"],
        SouthWest => &["south-west"],
        West => &["west"],
        NorthWest => &["north-west"],
    }
}

/// Ends of a map.
fn end(at: Compass) -> &'static [&'static str] {
    match at {
        North => &["top", "upper end"],
        East => &["right", "right-hand end"],
        South => &["bottom", "lower end"],
        _ => &["left", "left-hand end"],
    }
}

/// All that may stand in the slot of a name; empty for names that are none.
pub(super) fn entries(slot: &str) -> Vec<Entry> {
    let compass = |all: &[Compass], claim: fn(Compass) -> Claim, words: fn(Compass) -> &'static [&'static str]| {
        all.iter().map(|&at| (Meaning::Claim(claim(at)), words(at))).collect::<Vec<_>>()
    };
    let (eight, corners) = (&Compass::ALL[1..], &[NorthEast, SouthEast, SouthWest, NorthWest]);
    let distances = |words: &[(Distance, &'static [&'static str])]| {
        words.iter().map(|&(at, words)| (Meaning::Claim(Claim::Distance(at)), words)).collect::<Vec<_>>()
    };
    let paces = |words: &[(Pace, &'static [&'static str])]| {
        words.iter().map(|&(pace, words)| (Meaning::Claim(Claim::Pace(pace)), words)).collect::<Vec<_>>()
    };
    let postures = |words: &[(Posture, &'static [&'static str])]| {
        words.iter().map(|&(posture, words)| (Meaning::Claim(Claim::Posture(posture)), words)).collect::<Vec<_>>()
    };
    let counts = |words: &[(u32, &'static [&'static str])]| {
        words.iter().map(|&(count, words)| (Meaning::Count(count), words)).collect::<Vec<_>>()
    };
    match slot {
        "room" => compass(&Compass::ALL, Claim::Room, adjectives),
        "part" => compass(&Compass::ALL, Claim::Part, adjectives),
        "side" => compass(&Compass::SIDES, Claim::Part, adjectives),
        "corner" => compass(corners, Claim::Part, adjectives),
        "core" => vec![(Meaning::Claim(Claim::Part(Middle)), &["middle", "centre", "heart"])],
        "bearing" => compass(eight, Claim::Bearing, direction),
        "facing" => compass(&Compass::SIDES, Claim::Facing, direction),
        "wall" => compass(&Compass::SIDES, Claim::Facing, wall),
        "end" => compass(&Compass::SIDES, Claim::Facing, end),
        "moving" => compass(eight, Claim::Moving, direction),
        "toward" => compass(eight, Claim::Toward, direction),
        "here" => distances(&[(Distance::Here, &["at", "right at", "on"])]),
        "off" => distances(&[
            (Distance::Near, &["near", "close to", "not far from"]),
            (Distance::Middling, &["some way from", "a fair way from"]),
            (Distance::Far, &["far from", "a long way from"]),
        ]),
        "by" => distances(&[
            (Distance::Near, &["a little", "a short way"]),
            (Distance::Middling, &["some way", "a fair way"]),
            (Distance::Far, &["far", "a long way"]),
        ]),
        "origin" => distances(&[(Distance::Here, &["the origin", "the centre"])]),
        "posture" => postures(&[
            (Posture::Upright, &["upright", "standing", "the right way up"]),
            (Posture::Fallen, &["fallen over", "tipped over", "toppled"]),
            (Posture::UpsideDown, &["upside down", "turned over", "on its back"]),
        ]),
        "pace" => paces(&[
            (Pace::Still, &["standing still", "at rest", "not moving", "motionless", "resting"]),
            (Pace::Slow, &["moving slowly", "creeping", "crawling", "drifting"]),
            (Pace::Fast, &["moving fast", "running", "rushing", "racing"]),
        ]),
        "go" => paces(&[
            (Pace::Slow, &["moving slowly", "creeping", "crawling", "drifting"]),
            (Pace::Fast, &["moving fast", "running", "rushing", "racing"]),
        ]),
        "speed" => paces(&[(Pace::Slow, &["slow", "gentle"]), (Pace::Fast, &["fast", "quick"])]),
        "at" => vec![(Meaning::Claim(Claim::Toward(Middle)), &["at", "right at", "beside", "within reach of"])],
        "rooms" => counts(&ROOMS),
        "metres" => counts(&METRES),
        "centimetres" => counts(&CENTIMETRES),
        "way" => eight.iter().map(|&at| (Meaning::Way(at), direction(at))).collect(),
        _ => Vec::new(),
    }
}
