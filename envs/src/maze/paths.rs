//! Shortest ways through a maze.

use std::collections::VecDeque;

use super::{Cell, Layout};

impl Layout {
    /// Steps from `from` to every cell through free cells that share an edge without a fence, row by row
    /// (`i * columns + j`); `None` where there is no way. Teleporters are no way.
    #[must_use]
    pub fn distances_from(&self, from: Cell) -> Vec<Option<u32>> {
        let (rows, columns) = self.shape();
        let mut distance = vec![None; rows * columns];
        let mut queue = VecDeque::new();
        if self.is_free(from) {
            distance[from.0 * columns + from.1] = Some(0);
            queue.push_back((from, 0));
        }
        while let Some((cell, steps)) = queue.pop_front() {
            for next in self.neighbours(cell) {
                let slot = &mut distance[next.0 * columns + next.1];
                if slot.is_none() {
                    *slot = Some(steps + 1);
                    queue.push_back((next, steps + 1));
                }
            }
        }
        distance
    }

    /// Steps of the shortest way from a cell to another; `None` where there is none.
    #[must_use]
    pub fn steps(&self, from: Cell, to: Cell) -> Option<u32> {
        self.is_free(to).then(|| self.distances_from(from)[to.0 * self.shape().1 + to.1])?
    }

    /// Length in metres of a short way for a point from `a` to `b`; `None` when there is none.
    ///
    /// Within a cell and between neighbouring cells it is the straight line. Farther apart, the way runs through the
    /// centres of the cells strictly between those of `a` and `b`, so that it is an upper bound on the shortest way.
    #[must_use]
    pub fn path_length(&self, a: [f64; 2], b: [f64; 2]) -> Option<f64> {
        let (cell_a, cell_b) = (self.cell_of(a)?, self.cell_of(b)?);
        let columns = self.shape().1;
        let steps = self.distances_from(cell_b)[cell_a.0 * columns + cell_a.1]?;
        if !self.is_free(cell_a) {
            return None;
        }
        if steps <= 1 {
            return Some(distance(a, b));
        }
        let mut shortest = f64::INFINITY;
        for first in self.neighbours(cell_a) {
            let from_first = self.distances_from(first);
            let leg_a = distance(a, self.centre(first));
            for last in self.neighbours(cell_b) {
                if let Some(between) = from_first[last.0 * columns + last.1] {
                    let leg_b = distance(self.centre(last), b);
                    shortest = shortest.min(leg_a + f64::from(between) * self.cell + leg_b);
                }
            }
        }
        Some(shortest)
    }

    /// Cells that one can go to from a free cell in one step: up, left, down, right.
    pub(crate) fn neighbours(&self, (i, j): Cell) -> impl Iterator<Item = Cell> {
        [(i.wrapping_sub(1), j), (i, j.wrapping_sub(1)), (i + 1, j), (i, j + 1)]
            .into_iter()
            .filter(move |&cell| self.is_open((i, j), cell))
    }
}

fn distance(a: [f64; 2], b: [f64; 2]) -> f64 {
    (a[0] - b[0]).hypot(a[1] - b[1])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn path_lengths_are_metres_along_the_corridors() {
        let maze = Layout::umaze();
        let near = |got: Option<f64>, want: f64| assert!((got.expect("a way") - want).abs() < 1e-9, "{got:?} {want}");
        near(maze.path_length([0.0, 0.0], [0.5, 0.5]), 0.5_f64.sqrt());
        near(maze.path_length([0.0, 1.0], [4.0, -1.0]), 20_f64.sqrt());
        near(maze.path_length(maze.centre((1, 1)), maze.centre((3, 1))), 24.0);
        near(maze.path_length([1.0, 0.0], maze.centre((3, 1))), 23.0);
        assert_eq!(maze.path_length([0.0, 0.0], [0.0, 4.0]), None, "inside a wall");
        assert_eq!(maze.path_length([0.0, 4.0], [0.0, 4.0]), None, "inside a wall");
    }

    #[test]
    fn a_fence_is_no_way_and_a_trap_has_none() {
        let maze = Layout::square("D").expect("a known name");
        let [a, b] = [[0.0, -2.0], [-1.0, -2.0]].map(|place| maze.cell_of(place).expect("inside"));
        assert_eq!(maze.steps(a, b), Some(2 + 3 + 3 + 2 + 1), "around the left arm");
        assert_eq!(maze.path_length(maze.centre(a), maze.centre(b)), Some(11.0));
        assert_eq!(Layout::teleport().steps((1, 1), (1, 7)), None, "the trap is enclosed");
        assert_eq!(Layout::umaze().steps((1, 1), (2, 1)), None, "a wall");
    }
}
