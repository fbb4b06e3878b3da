//! Which solids matter in which part of a picture.
//!
//! A picture is drawn tile by tile. Of all solids, a tile tries those whose outline on the picture it touches and whose
//! shadow or body lies over the ground that it shows.

use rapier3d::math::Vector;

use super::Camera;
use super::four::{Four, Vectors};
use super::lens::Lens;
use super::light::SUN;
use super::solid::Placed;

/// Pixels along a side of a tile.
const EDGE: usize = 8;
/// Depth from which on the ground is not told from the sky, metres.
pub(super) const FAR: f32 = 1e4;
/// Room for rounding, metres.
const ROOM: f32 = 0.01;

/// A square of a picture, in pixels.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tile {
    left: usize,
    right: usize,
    upper: usize,
    lower: usize,
}

impl Tile {
    /// The tiles of a picture.
    pub(super) fn all(camera: &Camera) -> impl Iterator<Item = Self> {
        let (width, height) = (camera.width, camera.height);
        let edges = |length: usize| (0..length).step_by(EDGE).map(move |from| (from, (from + EDGE).min(length)));
        edges(height)
            .flat_map(move |(upper, lower)| edges(width).map(move |(left, right)| Self { left, right, upper, lower }))
    }

    /// Its pixels in groups of four side by side: `(x, y)` of the first, and how many of them are in the tile.
    pub(super) fn fours(self) -> impl Iterator<Item = (usize, usize, usize)> {
        let firsts = move |y| (self.left..self.right).step_by(4).map(move |x| (x, y, 4.min(self.right - x)));
        (self.upper..self.lower).flat_map(firsts)
    }

    /// The pixels `(x, y)` of a tile.
    pub(super) fn pixels(self) -> impl Iterator<Item = (usize, usize)> {
        (self.upper..self.lower).flat_map(move |y| (self.left..self.right).map(move |x| (x, y)))
    }
}

/// Ranges along two axes.
pub(super) type Area = [[f32; 2]; 2];

const NOWHERE: Area = [[f32::INFINITY, f32::NEG_INFINITY]; 2];
const ANYWHERE: Area = [[f32::NEG_INFINITY, f32::INFINITY]; 2];

/// Where one solid matters.
#[derive(Clone, Copy, Debug)]
struct Extent {
    /// Columns and rows of the picture, in pixels.
    frame: Area,
    /// x and y that it stands over, metres.
    below: Area,
    /// x and y of what it can hide from the sun on the ground.
    shadow: Area,
    /// The same for anything above the ground.
    shade: Area,
}

/// The solids of a picture and where they matter.
#[derive(Clone, Debug, Default)]
pub(super) struct Tiles {
    pub(super) solids: Vec<Placed>,
    extents: Vec<Extent>,
    /// Height of the highest point of all solids, metres.
    top: f32,
    /// Places in `solids` of those that the current tile may show.
    pub(super) seen: Vec<u32>,
    /// Places of those that may hide something in it from the sun.
    pub(super) casters: Vec<u32>,
}

impl Tiles {
    /// Takes in the solids of a picture.
    pub(super) fn prepare<'a>(&mut self, solids: impl Iterator<Item = &'a Placed>, lens: &Lens) {
        self.solids.clear();
        self.solids.extend(solids);
        self.extents.clear();
        self.extents.extend(self.solids.iter().map(|solid| Extent::of(solid, lens)));
        self.top = self.solids.iter().map(|solid| solid.bounds()[1].z).fold(0.0, f32::max);
    }

    /// Chooses the solids for a tile.
    pub(super) fn choose(&mut self, lens: &Lens, tile: Tile) {
        let [ground, above] = self.choose_seen(lens, tile);
        self.casters.clear();
        for (index, extent) in (0..).zip(&self.extents) {
            let hides = if self.seen.is_empty() { meet(extent.shadow, ground) } else { meet(extent.shade, above) };
            if hides {
                self.casters.push(index);
            }
        }
    }

    /// Chooses the solids that a tile shows, and not those that hide the sun. Gives the ground that it shows, and the same
    /// with what its rays pass over below the highest point.
    pub(super) fn choose_seen(&mut self, lens: &Lens, tile: Tile) -> [Area; 2] {
        let frame = [[tile.left as f32, tile.right as f32], [tile.upper as f32, tile.lower as f32]];
        let [ground, above] = self.shown(lens, frame);
        self.seen.clear();
        for (index, extent) in (0..).zip(&self.extents) {
            if meet(extent.frame, frame) && meet(extent.below, above) {
                self.seen.push(index);
            }
        }
        [ground, above]
    }

    /// The ground that a tile shows, and the same with what its rays pass over below the highest point.
    fn shown(&self, lens: &Lens, [[left, right], [upper, lower]]: Area) -> [Area; 2] {
        let corners = lens.through(Four::from([left, right, left, right]), Four::from([upper, upper, lower, lower]));
        let eye = lens.eye;
        let (mut ground, mut above) = (NOWHERE, NOWHERE);
        for direction in [0, 1, 2, 3].map(|lane| Vectors::lane(&corners, lane)) {
            let depth = -eye.z / direction.z;
            // At the horizon there is no end to it.
            if !(direction.z < 0.0 && depth < FAR) {
                return [ANYWHERE, ANYWHERE];
            }
            include(&mut ground, eye + direction * depth);
            // From below the highest point the rays start there.
            let entry = ((self.top - eye.z) / direction.z).max(0.0);
            include(&mut above, eye + direction * entry);
        }
        let together = [0, 1].map(|k: usize| [above[k][0].min(ground[k][0]), above[k][1].max(ground[k][1])]);
        [ground, together]
    }
}

impl Extent {
    fn of(solid: &Placed, lens: &Lens) -> Self {
        let (ends, radius) = solid.ends();
        let mut frame = NOWHERE;
        for other in ends.iter().filter_map(|&end| lens.frame(end, radius)) {
            frame = [0, 1].map(|k: usize| [frame[k][0].min(other[k][0]), frame[k][1].max(other[k][1])]);
        }
        let [low, high] = solid.bounds();
        // Light that passes the solid at a height comes down this far from there.
        let area = |lowest: f32| {
            [0, 1].map(|k: usize| {
                let slopes = [lowest, high.z].map(|height| SUN[k] / SUN.z * height);
                [low[k] - slopes[0].max(slopes[1]) - ROOM, high[k] - slopes[0].min(slopes[1]) + ROOM]
            })
        };
        let below = [[low.x - ROOM, high.x + ROOM], [low.y - ROOM, high.y + ROOM]];
        Self { frame, below, shadow: area(low.z), shade: area(0.0) }
    }
}

fn meet(one: Area, other: Area) -> bool {
    (0..2).all(|k| one[k][0] <= other[k][1] && one[k][1] >= other[k][0])
}

fn include(area: &mut Area, point: Vector) {
    for k in 0..2 {
        area[k] = [area[k][0].min(point[k]), area[k][1].max(point[k])];
    }
}
