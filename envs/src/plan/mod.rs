//! Floor plans: worlds on the plane whose body is a disc, without rapier.
//!
//! A plan holds boxes and discs, sorted into square bins. A body moves in small parts and is pushed out of what it would enter,
//! so that it slides along walls without friction; rays tell how far it is to what stands around. A plan is cheap to draw
//! anew, which is what worlds need whose walls change from episode to episode.

pub(crate) mod navigate; // mazes that are searched for a goal by feel
pub(crate) mod outdoor; // a cart among obstacles
mod ray; // distances along rays
pub(crate) mod rooms; // rooms with noise in them
mod slide; // a disc that slides along walls
pub(crate) mod square; // the thin-walled mazes of skill discovery

use crate::camera::{Scene, Shape, Solid};
use crate::maze::Block;

/// Colour of walls in pictures, sRGB.
const WALL: [u8; 3] = [112, 124, 142];
/// Colour of the body in pictures, sRGB.
const BODY: [u8; 3] = [236, 110, 40];
/// Colour of the mark that shows where a body looks, sRGB.
const NOSE: [u8; 3] = [30, 130, 130];
/// Colour of balls that are not the body, sRGB.
const OTHER: [u8; 3] = [70, 110, 200];
/// Colours of panels, sRGB.
const PANELS: [[u8; 3]; 6] =
    [[200, 60, 60], [70, 160, 80], [70, 100, 200], [220, 190, 60], [160, 80, 180], [120, 120, 120]];

/// Something that stands in the way.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Obstacle {
    /// An axis-aligned box.
    Block(Block),
    /// A disc.
    Disc {
        /// Centre (x, y), metres.
        centre: [f64; 2],
        /// Radius, metres.
        radius: f64,
    },
    /// Nothing: an obstacle that has been taken away.
    Gone,
}

/// Obstacles on the plane, sorted into square bins. Drawing a plan anew keeps the memory.
#[derive(Clone, Debug, Default)]
pub(crate) struct Plan {
    obstacles: Vec<Obstacle>,
    /// Lower corner of bin (0, 0), metres.
    low: [f64; 2],
    /// Edge of a bin, metres.
    bin: f64,
    /// Bins along x and y.
    bins: [usize; 2],
    /// Where the obstacles of each bin begin in `members`, and at last its length; row by row.
    starts: Vec<u32>,
    /// Indices of obstacles.
    members: Vec<u32>,
}

impl Obstacle {
    /// Smallest and largest (x, y), if it is there.
    fn bounds(&self) -> Option<[[f64; 2]; 2]> {
        let around = |centre: [f64; 2], half: [f64; 2]| {
            [[centre[0] - half[0], centre[1] - half[1]], [centre[0] + half[0], centre[1] + half[1]]]
        };
        match *self {
            Self::Block(Block { centre, half }) => Some(around(centre, half)),
            Self::Disc { centre, radius } => Some(around(centre, [radius; 2])),
            Self::Gone => None,
        }
    }
}

impl Plan {
    /// Takes everything away.
    pub(crate) fn clear(&mut self) {
        self.obstacles.clear();
    }

    /// Adds an obstacle and gives its index. [`Plan::sort`] has to follow before the plan is used.
    pub(crate) fn add(&mut self, obstacle: Obstacle) -> usize {
        self.obstacles.push(obstacle);
        self.obstacles.len() - 1
    }

    /// Takes an obstacle away, whose place stays empty.
    pub(crate) fn remove(&mut self, index: usize) {
        self.obstacles[index] = Obstacle::Gone;
    }

    /// Sorts the obstacles into bins of edge `bin` metres.
    pub(crate) fn sort(&mut self, bin: f64) {
        let (mut low, mut high) = ([f64::INFINITY; 2], [f64::NEG_INFINITY; 2]);
        for [from, to] in self.obstacles.iter().filter_map(Obstacle::bounds) {
            low = [low[0].min(from[0]), low[1].min(from[1])];
            high = [high[0].max(to[0]), high[1].max(to[1])];
        }
        if low[0] > high[0] {
            (low, high) = ([0.0; 2], [0.0; 2]);
        }
        (self.low, self.bin) = (low, bin);
        self.bins = [0, 1].map(|k| ((high[k] - low[k]) / bin).floor() as usize + 1);
        // Counting sort: how many there are in each bin, where each bin begins, then the obstacles.
        self.starts.clear();
        self.starts.resize(self.bins[0] * self.bins[1] + 1, 0);
        for index in 0..self.obstacles.len() {
            self.each_bin(index, |plan, at| plan.starts[at + 1] += 1);
        }
        for at in 1..self.starts.len() {
            self.starts[at] += self.starts[at - 1];
        }
        self.members.clear();
        self.members.resize(self.starts.last().map_or(0, |&end| end as usize), 0);
        for index in (0..self.obstacles.len()).rev() {
            // Filled from the back: the end of each bin moves down to its beginning.
            self.each_bin(index, |plan, at| {
                plan.starts[at + 1] -= 1;
                let slot = plan.starts[at + 1] as usize;
                plan.members[slot] = index as u32;
            });
        }
        // Every end has become the beginning of its own bin.
        let count = self.members.len() as u32;
        self.starts.remove(0);
        self.starts.push(count);
    }

    fn each_bin(&mut self, index: usize, mut visit: impl FnMut(&mut Self, usize)) {
        let Some([from, to]) = self.obstacles[index].bounds() else { return };
        let [first, last] = [from, to].map(|corner| self.clamped(corner));
        for row in first[1]..=last[1] {
            for column in first[0]..=last[0] {
                visit(self, row * self.bins[0] + column);
            }
        }
    }

    /// Column and row of the bin nearest to a point.
    fn clamped(&self, place: [f64; 2]) -> [usize; 2] {
        // Casts of floats saturate, so that what lies below bin 0 is in it.
        [0, 1].map(|k| (((place[k] - self.low[k]) / self.bin) as usize).min(self.bins[k] - 1))
    }

    /// The obstacles of a bin with their indices.
    fn members(&self, column: usize, row: usize) -> impl Iterator<Item = (usize, &Obstacle)> {
        let at = row * self.bins[0] + column;
        let range = self.starts[at] as usize..self.starts[at + 1] as usize;
        self.members[range].iter().map(|&index| (index as usize, &self.obstacles[index as usize]))
    }

    /// Describes what stands there, `height` metres high, and a round body of `radius` metres at `place`.
    pub(crate) fn scene(&self, scene: &mut Scene, height: f32, place: [f64; 2], radius: f64) {
        scene.clear();
        for obstacle in &self.obstacles {
            match *obstacle {
                Obstacle::Block(Block { centre, half }) => slab(scene, centre, half, height, WALL),
                Obstacle::Disc { centre: [x, y], radius } => {
                    let half_length = 0.5 * height;
                    let shape = Shape::Cylinder { half_length, radius: radius as f32 };
                    let centre = [x as f32, y as f32, half_length];
                    scene.add_fixed(&Solid { shape, centre, rotation: [1.0, 0.0, 0.0, 0.0], colour: WALL });
                }
                Obstacle::Gone => {}
            }
        }
        scene.follow([place[0] as f32, place[1] as f32, radius as f32]);
        ball(scene, place, radius, radius, BODY);
    }
}

/// Shows a ball of `radius` metres whose middle is at `height`, as a part of the body.
fn ball(scene: &mut Scene, [x, y]: [f64; 2], height: f64, radius: f64, colour: [u8; 3]) {
    let shape = Shape::Ball { radius: radius as f32 };
    let centre = [x as f32, y as f32, height as f32];
    scene.add_moving(&Solid { shape, centre, rotation: [1.0, 0.0, 0.0, 0.0], colour });
}

/// Shows a box of half extents `half` along x and y that stands on the ground, `height` metres high.
fn slab(scene: &mut Scene, [x, y]: [f64; 2], half: [f64; 2], height: f32, colour: [u8; 3]) {
    let shape = Shape::Cuboid { half: [half[0] as f32, half[1] as f32, 0.5 * height] };
    let centre = [x as f32, y as f32, 0.5 * height];
    scene.add_fixed(&Solid { shape, centre, rotation: [1.0, 0.0, 0.0, 0.0], colour });
}

fn length([x, y]: [f64; 2]) -> f64 {
    (x * x + y * y).sqrt()
}

fn minus(a: [f64; 2], b: [f64; 2]) -> [f64; 2] {
    [a[0] - b[0], a[1] - b[1]]
}

fn plus(a: [f64; 2], b: [f64; 2]) -> [f64; 2] {
    [a[0] + b[0], a[1] + b[1]]
}

fn times(a: [f64; 2], by: f64) -> [f64; 2] {
    [a[0] * by, a[1] * by]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_obstacle_is_in_the_bins_that_it_touches_and_in_no_other() {
        let mut plan = Plan::default();
        for _ in 0..2 {
            plan.clear();
            let far = plan.add(Obstacle::Block(Block { centre: [5.0, 1.0], half: [0.2, 0.3] }));
            let wide = plan.add(Obstacle::Block(Block { centre: [2.6, 0.6], half: [2.5, 0.45] }));
            let disc = plan.add(Obstacle::Disc { centre: [0.5, 2.5], radius: 0.25 });
            plan.sort(1.0);
            let members = |column, row| plan.members(column, row).map(|(index, _)| index).collect::<Vec<_>>();
            assert_eq!(plan.bins, [6, 3]);
            assert_eq!(members(0, 0), [wide]);
            assert_eq!(members(4, 0), [far, wide]);
            assert_eq!(members(4, 1), [far]);
            assert_eq!(members(0, 2), [disc]);
            assert_eq!(members(2, 2), [] as [usize; 0]);
        }
        plan.clear();
        plan.sort(1.0);
        assert_eq!(plan.members(0, 0).count(), 0, "nothing at all");
    }
}
