//! A guide that knows the maze: which way to go from anywhere to a goal.
//!
//! It is the oracle of `OGBench` (Park et al., 2025), whose headings drive the scripted policies that collect its data sets:
//!
//! ```text
//! distances = breadth-first search from the goal's cell
//! next      = of the neighbours up, left, down, right of the body's cell, the first with the smallest distance
//!             if that is smaller than the cell's own, else the cell itself
//! heading   = from the body to the centre of next, length 1
//! ```
//!
//! In the goal's cell it heads for the centre, although the goal lies up to a quarter of a cell beside it along each axis: a
//! body that follows it without noise misses about a fifth of the goals of the ball and four fifths of those of the ant, and
//! data sets made with it dwell at centres of cells. With `aim_true_goal` it heads for the goal itself there and misses none.
//!
//! For the ball of the mazes the heading is an action:
//!
//! ```
//! use freeroam_envs::{Expert, GoalConfig, GoalLaw, Lanes, LanesConfig, world};
//! # fn main() -> Result<(), freeroam_envs::EnvsError> {
//! let maze = world("PointMaze-Medium-v0")?;
//! let spec = maze.spec();
//! let goals = Some(GoalConfig { law: GoalLaw::Tasks, ..GoalConfig::default() });
//! let mut lanes = Lanes::new(&maze, LanesConfig { goals, ..LanesConfig::default() })?;
//! let mut batch = lanes.batch();
//! lanes.reset_into(&mut batch)?;
//! let mut expert = Expert::new(spec.layout.as_ref().expect("a maze"), true);
//! expert.set_goal(spec.place(&batch.goal));
//! while !batch.terminated[0] {
//!     let action = expert.heading(spec.place(&batch.observation)).map(|value| value as f32);
//!     lanes.step_into(&action, &mut batch)?;
//! }
//! assert!(batch.success[0]);
//! # Ok(())
//! # }
//! ```

use crate::maze::Layout;

/// A guide to one goal at a time.
#[derive(Clone, Debug)]
pub struct Expert {
    layout: Layout,
    aim_true_goal: bool,
    goal: [f64; 2],
    /// Steps from each cell to the goal's, row by row.
    distances: Vec<Option<u32>>,
}

impl Expert {
    /// A guide through `layout`, to be given a goal before it is asked. See the [module](self) for `aim_true_goal`.
    #[must_use]
    pub fn new(layout: &Layout, aim_true_goal: bool) -> Self {
        let (rows, columns) = layout.shape();
        Self { layout: layout.clone(), aim_true_goal, goal: [0.0; 2], distances: vec![None; rows * columns] }
    }

    /// Where it leads from now on (x, y in metres). To a goal in a wall there is no way: it then leads to the centre of the
    /// cell that the body is in.
    pub fn set_goal(&mut self, goal: [f64; 2]) {
        self.goal = goal;
        match self.layout.cell_of(goal) {
            Some(cell) => self.distances = self.layout.distances_from(cell),
            None => self.distances.fill(None),
        }
    }

    /// The goal (x, y in metres).
    #[must_use]
    pub fn goal(&self) -> [f64; 2] {
        self.goal
    }

    /// The next point to go to for a body at `place` (x, y in metres); the place itself outside the grid.
    #[must_use]
    pub fn next(&self, place: [f64; 2]) -> [f64; 2] {
        let Some(cell) = self.layout.cell_of(place) else { return place };
        let columns = self.layout.shape().1;
        let distance = |(i, j): (usize, usize)| self.distances[i * columns + j];
        let Some(here) = distance(cell) else { return self.layout.centre(cell) };
        if here == 0 && self.aim_true_goal {
            return self.goal;
        }
        // Of equal ones the first.
        let nearest = self.layout.neighbours(cell).min_by_key(|&next| distance(next).unwrap_or(u32::MAX));
        let nearer = nearest.filter(|&next| distance(next).is_some_and(|steps| steps < here));
        self.layout.centre(nearer.unwrap_or(cell))
    }

    /// The direction from `place` (x, y in metres) to [`Expert::next`], length 1; zero where the place is that point.
    #[must_use]
    pub fn heading(&self, place: [f64; 2]) -> [f64; 2] {
        let next = self.next(place);
        let way = [next[0] - place[0], next[1] - place[1]];
        let length = way[0].hypot(way[1]);
        if length > 0.0 { way.map(|value| value / length) } else { [0.0; 2] }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_heads_for_centres_of_cells_and_at_last_for_the_goal_if_asked_to() {
        let maze = Layout::umaze();
        for (aim_true_goal, last) in [(false, [0.0, 8.0]), (true, [0.5, 8.5])] {
            let mut expert = Expert::new(&maze, aim_true_goal);
            expert.set_goal([0.5, 8.5]);
            assert_eq!(expert.next([0.3, -0.3]), [4.0, 0.0]);
            assert_eq!(expert.heading([0.0, 0.0]), [1.0, 0.0]);
            assert_eq!(expert.next([8.0, 0.0]), [8.0, 4.0]);
            assert_eq!(expert.next([4.0, 8.0]), [0.0, 8.0]);
            assert_eq!(expert.next([-0.5, 7.0]), last);
        }
    }

    #[test]
    fn of_two_ways_of_one_length_it_takes_the_first_of_up_left_down_right() {
        let mut expert = Expert::new(&Layout::arena(), true);
        expert.set_goal([0.0, 0.0]);
        assert_eq!(expert.next([8.0, 8.0]), [8.0, 4.0], "up before left");
        expert.set_goal([16.0, 16.0]);
        assert_eq!(expert.next([8.0, 8.0]), [8.0, 12.0], "down before right");
    }

    #[test]
    fn without_a_way_it_stays_in_its_cell() {
        let mut expert = Expert::new(&Layout::umaze(), true);
        for nowhere in [[0.0, 4.0], [100.0, 0.0], [f64::NAN, 0.0]] {
            expert.set_goal(nowhere);
            assert_eq!(expert.next([0.7, 0.2]), [0.0, 0.0]);
        }
        assert_eq!(expert.heading([0.0, 0.0]), [0.0, 0.0]);
        assert_eq!(expert.heading([-50.0, 0.0]), [0.0, 0.0], "outside the grid");
    }
}
