//! What sentences say: facts.

use std::collections::BTreeSet;

use super::Compass;

/// What a fact is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// The body that acts.
    Body,
    /// The place that it is asked to reach.
    Goal,
}

/// How far from the origin of open ground, in shares of [`crate::Spec::goal_range`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Distance {
    /// Less than a tenth.
    Here,
    /// A tenth to a third.
    Near,
    /// One third to two.
    Middling,
    /// More than two thirds.
    Far,
}

/// How the body is turned against the ground.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Posture {
    /// Its own upward direction is within 60 degrees of the world's.
    Upright,
    /// Neither upright nor upside down.
    Fallen,
    /// Its own upward direction is within 60 degrees of straight down.
    UpsideDown,
}

/// How fast the body is over the ground.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Pace {
    /// Less than 0.2 m/s.
    Still,
    /// 0.2 to 1 m/s.
    Slow,
    /// More than 1 m/s.
    Fast,
}

/// What a fact says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Claim {
    /// In a maze, in which of three by three equal rooms over the bounds of the free cells.
    Room(Compass),
    /// In which of three by three equal parts of that room.
    Part(Compass),
    /// On open ground, in which direction from the origin; of eight.
    Bearing(Compass),
    /// On open ground, how far from the origin.
    Distance(Distance),
    /// Which side the body's own forward direction (x) is closest to; of four.
    Facing(Compass),
    /// How the body is turned against the ground.
    Posture(Posture),
    /// How fast the body is.
    Pace(Pace),
    /// In which direction the body moves; of eight. Said together with a pace only.
    Moving(Compass),
    /// In which direction the subject lies as seen from the body; `Middle` within [`crate::Spec::goal_radius`].
    Toward(Compass),
}

/// A kind of claim. Of each kind a state has one claim per subject at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// [`Claim::Room`].
    Room,
    /// [`Claim::Part`].
    Part,
    /// [`Claim::Bearing`].
    Bearing,
    /// [`Claim::Distance`].
    Distance,
    /// [`Claim::Facing`].
    Facing,
    /// [`Claim::Posture`].
    Posture,
    /// [`Claim::Pace`].
    Pace,
    /// [`Claim::Moving`].
    Moving,
    /// [`Claim::Toward`].
    Toward,
}

impl Claim {
    /// Its kind.
    #[must_use]
    pub fn kind(self) -> Kind {
        match self {
            Self::Room(_) => Kind::Room,
            Self::Part(_) => Kind::Part,
            Self::Bearing(_) => Kind::Bearing,
            Self::Distance(_) => Kind::Distance,
            Self::Facing(_) => Kind::Facing,
            Self::Posture(_) => Kind::Posture,
            Self::Pace(_) => Kind::Pace,
            Self::Moving(_) => Kind::Moving,
            Self::Toward(_) => Kind::Toward,
        }
    }

    /// The number of its value among those of its kind.
    #[must_use]
    pub fn value(self) -> usize {
        match self {
            Self::Room(at)
            | Self::Part(at)
            | Self::Bearing(at)
            | Self::Facing(at)
            | Self::Moving(at)
            | Self::Toward(at) => at as usize,
            Self::Distance(distance) => distance as usize,
            Self::Posture(posture) => posture as usize,
            Self::Pace(pace) => pace as usize,
        }
    }

    /// What similarity compares: parts of the claim, each with a value and a weight. A room and a part of it have a column
    /// and a row, so that neighbours on a side are half alike.
    pub(super) fn atoms(self) -> [Option<Atom>; 2] {
        let atom = |axis, value, weight| Some(Atom { kind: self.kind(), axis, value, weight });
        match self {
            Self::Room(at) | Self::Part(at) => {
                let weight = if self.kind() == Kind::Room { 2 } else { 1 };
                let [east, north] = at.offset();
                [atom(0, east, weight), atom(1, north, weight)]
            }
            Self::Bearing(_) | Self::Distance(_) | Self::Toward(_) => [atom(0, self.value() as i32, 2), None],
            _ => [atom(0, self.value() as i32, 1), None],
        }
    }
}

/// A part of a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Atom {
    kind: Kind,
    axis: u8,
    value: i32,
    pub(super) weight: u32,
}

/// One thing that a sentence says or that holds in a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fact {
    /// What it is about.
    pub subject: Subject,
    /// What it says.
    pub claim: Claim,
}

/// Facts of one state: of each kind one per subject at most, in a fixed order.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Facts(BTreeSet<Fact>);

impl Facts {
    /// Adds a fact. False, and nothing is changed, where it contradicts one that is there.
    pub fn insert(&mut self, subject: Subject, claim: Claim) -> bool {
        match self.get(subject, claim.kind()) {
            Some(there) => there == claim,
            None => self.0.insert(Fact { subject, claim }),
        }
    }

    /// What is said of a subject in a kind.
    #[must_use]
    pub fn get(&self, subject: Subject, kind: Kind) -> Option<Claim> {
        let found = self.0.iter().find(|fact| fact.subject == subject && fact.claim.kind() == kind);
        found.map(|fact| fact.claim)
    }

    /// Whether all of `others` are here.
    #[must_use]
    pub fn include(&self, others: &Self) -> bool {
        others.0.is_subset(&self.0)
    }

    /// Whether no state has all of these and all of `others`: some subject has two values in one kind.
    #[must_use]
    pub fn contradict(&self, others: &Self) -> bool {
        let differs =
            |fact: &Fact| others.get(fact.subject, fact.claim.kind()).is_some_and(|claim| claim != fact.claim);
        self.0.iter().any(differs)
    }

    /// The facts, in order.
    pub fn iter(&self) -> impl Iterator<Item = Fact> + '_ {
        self.0.iter().copied()
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How alike two sets of facts are, 0 to 1: the weight of what both say over the weight of what either says. Rooms and
    /// places on open ground weigh most.
    ///
    /// ```
    /// use freeroam_envs::words::{Claim, Compass, Facts, Subject};
    /// let in_room = |room| Facts::from_iter([(Subject::Body, Claim::Room(room))]);
    /// let (north, north_east, south) = (in_room(Compass::North), in_room(Compass::NorthEast), in_room(Compass::South));
    /// assert_eq!(north.similarity(&north), 1.0);
    /// assert!(north.similarity(&north_east) > 0.3, "the same row");
    /// assert_eq!(north_east.similarity(&south), 0.0);
    /// ```
    #[must_use]
    pub fn similarity(&self, other: &Self) -> f64 {
        let atoms = |facts: &Self| -> BTreeSet<(Subject, Atom)> {
            let of = |fact: Fact| fact.claim.atoms().into_iter().flatten().map(move |atom| (fact.subject, atom));
            facts.iter().flat_map(of).collect()
        };
        let (mine, theirs) = (atoms(self), atoms(other));
        let weight = |(_, atom): &(Subject, Atom)| atom.weight;
        let either: u32 = mine.union(&theirs).map(weight).sum();
        let both: u32 = mine.intersection(&theirs).map(weight).sum();
        if either > 0 { f64::from(both) / f64::from(either) } else { 1.0 }
    }
}

impl FromIterator<(Subject, Claim)> for Facts {
    /// Where claims contradict each other, the first stays.
    fn from_iter<I: IntoIterator<Item = (Subject, Claim)>>(claims: I) -> Self {
        let mut facts = Self::default();
        for (subject, claim) in claims {
            facts.insert(subject, claim);
        }
        facts
    }
}
