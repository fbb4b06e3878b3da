//! Regions that words name, and the places in them.

use super::{Claim, Compass, Distance, Facts, Kind, Subject};
use crate::Spec;
use crate::goals::SPREAD;
use crate::maze::Layout;

/// Bounds between the classes of [`Distance`], in shares of [`Spec::goal_range`].
const BOUNDS: [f64; 3] = [0.1, 1.0 / 3.0, 2.0 / 3.0];
/// Points per axis of a cell that may stand for a region.
const POINTS: i32 = 9;

/// How places of a world are divided.
#[derive(Clone, Debug)]
pub(super) enum Regions {
    Rooms(Rooms),
    /// Open ground around the origin.
    Open {
        /// Half-width of what is told apart, metres.
        range: f64,
        /// Whether the body moves along x alone.
        line: bool,
        /// Whether ways are told in centimetres instead of metres.
        small: bool,
    },
}

/// Three by three rooms of three by three parts over the free cells of a maze.
#[derive(Clone, Debug)]
pub(super) struct Rooms {
    low: [f64; 2],
    high: [f64; 2],
    /// A free place for each room and part that has one: the one closest to the middle of the part.
    places: Vec<(Compass, Compass, [f64; 2])>,
    /// Centres of the free cells.
    centres: Vec<[f64; 2]>,
}

impl Regions {
    pub(super) fn new(spec: &Spec) -> Self {
        match &spec.layout {
            Some(layout) => Self::Rooms(Rooms::new(layout)),
            None => Self::Open { range: spec.goal_range, line: spec.position.len() == 1, small: spec.is_small() },
        }
    }

    /// What is to be said about a place.
    pub(super) fn claims(&self, place: [f64; 2]) -> Vec<Claim> {
        match self {
            Self::Rooms(rooms) => {
                let (room, part) = rooms.at(place);
                vec![Claim::Room(room), Claim::Part(part)]
            }
            Self::Open { range, .. } => {
                let share = place[0].hypot(place[1]) / range;
                let distance = match BOUNDS.iter().filter(|&&bound| share >= bound).count() {
                    0 => return vec![Claim::Distance(Distance::Here)],
                    1 => Distance::Near,
                    2 => Distance::Middling,
                    _ => Distance::Far,
                };
                vec![Claim::Bearing(Compass::of_vector(place)), Claim::Distance(distance)]
            }
        }
    }

    /// All that can be said about places where a body can be, region by region.
    pub(super) fn all(&self) -> Vec<Vec<Claim>> {
        match self {
            Self::Rooms(rooms) => {
                rooms.places.iter().map(|&(room, part, _)| vec![Claim::Room(room), Claim::Part(part)]).collect()
            }
            Self::Open { line, .. } => {
                let mut all = vec![vec![Claim::Distance(Distance::Here)]];
                for &bearing in directions(*line) {
                    for distance in [Distance::Near, Distance::Middling, Distance::Far] {
                        all.push(vec![Claim::Bearing(bearing), Claim::Distance(distance)]);
                    }
                }
                all
            }
        }
    }

    /// A place in the middle of what the facts say about where the subject is: free, in a maze. `Err` says why there is
    /// none.
    pub(super) fn place(&self, subject: Subject, facts: &Facts) -> Result<[f64; 2], String> {
        let said = |kind| facts.get(subject, kind);
        match self {
            Self::Rooms(rooms) => match (said(Kind::Room), said(Kind::Part)) {
                (Some(Claim::Room(room)), Some(Claim::Part(part))) => {
                    rooms.part(room, part).ok_or_else(|| "there are only walls in that part of the room".to_owned())
                }
                (Some(Claim::Room(room)), _) => rooms.room(room).ok_or_else(|| "that room is all wall".to_owned()),
                _ => Err("it names no room".to_owned()),
            },
            Self::Open { range, line, .. } => {
                let share = match said(Kind::Distance) {
                    Some(Claim::Distance(Distance::Here)) => return Ok([0.0, 0.0]),
                    Some(Claim::Distance(Distance::Near)) => f64::midpoint(BOUNDS[0], BOUNDS[1]),
                    Some(Claim::Distance(Distance::Far)) => f64::midpoint(BOUNDS[2], 1.0),
                    _ => f64::midpoint(BOUNDS[1], BOUNDS[2]),
                };
                match said(Kind::Bearing) {
                    Some(Claim::Bearing(bearing)) if !directions(*line).contains(&bearing) => {
                        Err("the body moves to the east and to the west alone".to_owned())
                    }
                    Some(Claim::Bearing(bearing)) => Ok(bearing.unit().map(|x| x * share * range)),
                    // Any direction will do.
                    _ if said(Kind::Distance).is_some() => Ok([share * range, 0.0]),
                    _ => Err("it names no place".to_owned()),
                }
            }
        }
    }
}

/// The directions in which a body can be or move.
pub(super) fn directions(line: bool) -> &'static [Compass] {
    if line { &[Compass::East, Compass::West] } else { &Compass::ALL[1..] }
}

impl Rooms {
    fn new(layout: &Layout) -> Self {
        let (low, high) = layout.free_bounds();
        let centres: Vec<_> = layout.free_cells().into_iter().map(|cell| layout.centre(cell)).collect();
        let mut rooms = Self { low, high, places: Vec::new(), centres };
        // As far from walls as starts and goals are.
        let step = 2.0 * SPREAD * layout.cell / f64::from(POINTS - 1);
        let offset = |k: i32| f64::from(k - POINTS / 2) * step;
        let mut points = Vec::new();
        for &[x, y] in &rooms.centres {
            for k in 0..POINTS * POINTS {
                let point = [x + offset(k % POINTS), y + offset(k / POINTS)];
                points.push((rooms.at(point), point));
            }
        }
        for room in Compass::ALL {
            for part in Compass::ALL {
                let here = points.iter().filter(|(at, _)| *at == (room, part)).map(|&(_, point)| point);
                if let Some(place) = nearest(here, rooms.middle(room, Some(part))) {
                    rooms.places.push((room, part, place));
                }
            }
        }
        rooms
    }

    /// Room and part of a place; those at the edge for places outside.
    fn at(&self, place: [f64; 2]) -> (Compass, Compass) {
        let ninth = [0, 1].map(|k| {
            let share = (place[k] - self.low[k]) / (self.high[k] - self.low[k]);
            // Conversions to integers give 0 for what is no number.
            (9.0 * share).clamp(0.0, 8.0) as i32
        });
        (Compass::of_offset(ninth.map(|ninth| ninth / 3 - 1)), Compass::of_offset(ninth.map(|ninth| ninth % 3 - 1)))
    }

    pub(super) fn room_of(&self, place: [f64; 2]) -> Compass {
        self.at(place).0
    }

    /// The middle of a room or of a part of it.
    fn middle(&self, room: Compass, part: Option<Compass>) -> [f64; 2] {
        let part = part.unwrap_or(Compass::Middle);
        [0, 1].map(|k| {
            let ninth = 3 * (room.offset()[k] + 1) + part.offset()[k] + 1;
            self.low[k] + (self.high[k] - self.low[k]) * (f64::from(ninth) + 0.5) / 9.0
        })
    }

    fn part(&self, room: Compass, part: Compass) -> Option<[f64; 2]> {
        self.places.iter().find(|place| (place.0, place.1) == (room, part)).map(|place| place.2)
    }

    /// The centre of a cell in the room, or where it holds none another free place: the closest to its middle.
    pub(super) fn room(&self, room: Compass) -> Option<[f64; 2]> {
        let middle = self.middle(room, None);
        let centres = self.centres.iter().copied().filter(|&centre| self.room_of(centre) == room);
        let others = self.places.iter().filter(|place| place.0 == room).map(|place| place.2);
        nearest(centres, middle).or_else(|| nearest(others, middle))
    }
}

fn nearest(places: impl Iterator<Item = [f64; 2]>, to: [f64; 2]) -> Option<[f64; 2]> {
    let distance = |place: &[f64; 2]| (place[0] - to[0]).hypot(place[1] - to[1]);
    places.min_by(|a, b| distance(a).total_cmp(&distance(b)))
}
