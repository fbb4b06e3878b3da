//! A disc that slides along what stands in its way.

use super::{Obstacle, Plan, length, minus, plus, times};

/// Longest part of a move between two looks at what is in the way, in radii: shorter than a radius, so that the centre
/// never enters an obstacle, and half of it keeps the way around corners smooth.
const PART: f64 = 0.5;
/// Times that a disc is pushed out of what it has entered: once for each wall of a corner, and once more.
const PUSHES: usize = 3;
/// How deep a disc may stand in an obstacle, metres: above the rounding of a push.
const SLACK: f64 = 1e-9;

/// Where a move has ended.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Moved {
    /// Centre (x, y), metres.
    pub(crate) place: [f64; 2],
    /// The last obstacle that was in the way.
    pub(crate) touched: Option<usize>,
}

impl Plan {
    /// Moves a disc `by` (x, y in metres); what is in the way takes away the part of the move that goes into it.
    pub(crate) fn slide(&self, from: [f64; 2], by: [f64; 2], radius: f64) -> Moved {
        let parts = (length(by) / (PART * radius)).ceil().max(1.0);
        let part = times(by, 1.0 / parts);
        let mut moved = Moved { place: from, touched: None };
        for _ in 0..parts as usize {
            let before = moved.place;
            moved.place = plus(moved.place, part);
            for _ in 0..PUSHES {
                let Some((depth, normal, index)) = self.deepest(moved.place, radius) else { break };
                moved.place = plus(moved.place, times(normal, depth));
                moved.touched = Some(index);
            }
            if self.deepest(moved.place, radius).is_some() {
                // Between walls that come closer than its width it stays where it was.
                moved.place = before;
                break;
            }
        }
        moved
    }

    /// Whether a disc stands clear of everything.
    pub(crate) fn is_free(&self, place: [f64; 2], radius: f64) -> bool {
        self.deepest(place, radius).is_none()
    }

    /// The obstacle that a disc has entered farthest: how deep in metres, the direction out of it, its index.
    fn deepest(&self, place: [f64; 2], radius: f64) -> Option<(f64, [f64; 2], usize)> {
        let first = self.clamped([place[0] - radius, place[1] - radius]);
        let last = self.clamped([place[0] + radius, place[1] + radius]);
        let mut deepest: Option<(f64, [f64; 2], usize)> = None;
        for row in first[1]..=last[1] {
            for column in first[0]..=last[0] {
                for (index, obstacle) in self.members(column, row) {
                    if let Some((depth, normal)) = obstacle.entered(place, radius)
                        && depth > deepest.map_or(SLACK, |(most, ..)| most)
                    {
                        deepest = Some((depth, normal, index));
                    }
                }
            }
        }
        deepest
    }
}

impl Obstacle {
    /// How deep a disc stands in it, metres, and the direction out of it.
    pub(super) fn entered(&self, place: [f64; 2], radius: f64) -> Option<(f64, [f64; 2])> {
        match *self {
            Self::Block(block) => {
                let offset = minus(place, block.centre);
                let beyond = [0, 1].map(|k| offset[k].abs() - block.half[k]);
                let sign = offset.map(|value| if value < 0.0 { -1.0 } else { 1.0 });
                if beyond[0] <= 0.0 && beyond[1] <= 0.0 {
                    // The centre is inside: out through the nearest side.
                    let normal = if beyond[0] > beyond[1] { [sign[0], 0.0] } else { [0.0, sign[1]] };
                    return Some((radius - beyond[0].max(beyond[1]), normal));
                }
                let away = [0, 1].map(|k| sign[k] * beyond[k].max(0.0));
                let distance = length(away);
                (distance < radius).then(|| (radius - distance, times(away, 1.0 / distance)))
            }
            Self::Disc { centre, radius: other } => {
                let away = minus(place, centre);
                let distance = length(away);
                let normal = if distance > 0.0 { times(away, 1.0 / distance) } else { [1.0, 0.0] };
                (distance < radius + other).then_some((radius + other - distance, normal))
            }
            Self::Gone => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Stream;
    use crate::maze::{Block, Layout};

    fn maze(layout: &Layout) -> Plan {
        let mut plan = Plan::default();
        for block in layout.walls() {
            plan.add(Obstacle::Block(block));
        }
        plan.sort(layout.cell);
        plan
    }

    fn near(a: [f64; 2], b: [f64; 2]) {
        assert!(length(minus(a, b)) < 1e-9, "{a:?} {b:?}");
    }

    #[test]
    fn a_disc_moves_freely_slides_along_walls_and_stops_in_corners() {
        let plan = maze(&Layout::umaze());
        near(plan.slide([0.0, 0.0], [0.3, -0.2], 0.7).place, [0.3, -0.2]);
        // Walls are 2 m from the centre of a cell.
        let along = plan.slide([0.0, 0.0], [3.0, 3.0], 0.7);
        near(along.place, [3.0, 1.3]);
        assert!(along.touched.is_some());
        near(plan.slide([0.0, 0.0], [-9.0, -9.0], 0.7).place, [-1.3, -1.3]);
        near(plan.slide([-1.3, -1.3], [-1.0, 0.4], 0.7).place, [-1.3, -0.9]);
    }

    #[test]
    fn a_disc_goes_around_a_corner_and_around_another_disc() {
        let mut plan = Plan::default();
        plan.add(Obstacle::Disc { centre: [2.0, 0.1], radius: 0.5 });
        plan.sort(1.0);
        let mut place = [0.0, 0.0];
        for _ in 0..200 {
            place = plan.slide(place, [0.05, 0.0], 0.3).place;
            assert!(length(minus(place, [2.0, 0.1])) > 0.8 - 1e-8);
        }
        assert!(place[0] > 4.0, "{place:?}");
        assert!(plan.is_free([1.19, 0.1], 0.3) && !plan.is_free([1.21, 0.1], 0.3));
    }

    #[test]
    fn no_move_ends_in_a_wall_or_behind_it() {
        let mut stream = Stream::new(0, "moves", 0);
        for (layout, radius) in [(Layout::giant(), 0.7), (Layout::square("D").expect("known"), 0.05)] {
            let plan = maze(&layout);
            for cell in layout.free_cells() {
                let mut place = layout.centre(cell);
                for _ in 0..300 {
                    let by = [0; 2].map(|_| layout.cell * stream.uniform(-0.95, 0.95));
                    let moved = plan.slide(place, by, radius).place;
                    assert!(plan.is_free(moved, radius - 1e-8), "{moved:?}");
                    let steps = |a, b| layout.steps(layout.cell_of(a).expect("in"), layout.cell_of(b).expect("in"));
                    assert!(steps(place, moved).expect("a way") <= 2, "{place:?} {moved:?}");
                    place = moved;
                }
            }
        }
    }

    #[test]
    fn a_gap_that_is_too_narrow_holds_a_disc() {
        let mut plan = Plan::default();
        for y in [-0.5, 0.5] {
            plan.add(Obstacle::Block(Block { centre: [2.0, 1.8 * y], half: [1.0, 0.5] }));
        }
        plan.sort(1.0);
        let mut place = [0.0, 0.0];
        for _ in 0..100 {
            place = plan.slide(place, [0.1, 0.0], 0.45).place;
        }
        assert!(place[0] < 1.0 && plan.is_free(place, 0.45), "{place:?}");
        assert!(plan.slide([0.0, 0.0], [9.0, 0.0], 0.35).place[0] > 8.9, "a smaller one goes through");
    }
}
