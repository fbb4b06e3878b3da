//! Families of mazes whose parameters are a vector, for curricula.
//!
//! A level is an inner square of cells with walls, a goal and a start. Its vector is the sequence of cells from which the
//! published environments build it (PAIRED, Dennis et al., 2020; ACCEL, Parker-Holder et al., 2022; CLUTR, Azad et al., 2023):
//!
//! ```text
//! [wall 1, .., wall B, goal, start]     each a cell k = row * size + column in 0 .. size * size; -1 for no wall
//!
//! a wall where there is one already: no effect        the goal on a wall: the wall goes
//! the start on a wall: the wall goes                  the start on the goal: the next free cell, row by row
//! ```
//!
//! Differences: a start on the goal goes to a random free cell in the publications, here to the next one, so that a level is a
//! function of its vector; there is no heading, because the body has none.
//!
//! Levels may have no way from the start to the goal, as theirs: [`Level::shortest_path`] tells.

use serde::{Deserialize, Serialize};

use super::{Cell, Layout};
use crate::{EnvsError, Stream};

/// Largest size of a family, cells.
const MOST_CELLS: usize = 128;

/// All mazes of one size with at most so many walls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MazeFamily {
    size: usize,
    blocks: usize,
}

/// One maze of a family.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Level {
    size: usize,
    /// Row by row.
    walls: Vec<bool>,
    goal: usize,
    start: usize,
}

impl MazeFamily {
    /// Mazes of `size` x `size` cells inside their border, with at most `blocks` walls. The publications have 13 cells, and
    /// 25 (PLR), 50 (PAIRED and CLUTR) or up to 60 walls (ACCEL).
    ///
    /// # Errors
    /// [`EnvsError::OutOfRange`] for a size outside 2 to 128, or more walls than leave room for the start and the goal.
    pub fn new(size: usize, blocks: usize) -> Result<Self, EnvsError> {
        let wrong = |what, got: usize, expected| Err(EnvsError::OutOfRange { what, got: got.to_string(), expected });
        if !(2..=MOST_CELLS).contains(&size) {
            return wrong("size of a maze family", size, format!("2 to {MOST_CELLS} cells"));
        }
        let most = size * size - 2;
        if blocks > most {
            return wrong("number of walls of a maze family", blocks, format!("at most {most}"));
        }
        Ok(Self { size, blocks })
    }

    /// Cells along one side, the border not counted.
    #[must_use]
    pub fn size(&self) -> usize {
        self.size
    }

    /// Most walls of a level.
    #[must_use]
    pub fn blocks(&self) -> usize {
        self.blocks
    }

    /// Numbers of a level's vector: one per wall, the goal, the start.
    #[must_use]
    pub fn vector_len(&self) -> usize {
        self.blocks + 2
    }

    /// The level of a vector.
    ///
    /// # Errors
    /// [`EnvsError::Length`] for a vector of another length, [`EnvsError::OutOfRange`] for a number that is no cell.
    pub fn from_vector(&self, vector: &[f32]) -> Result<Level, EnvsError> {
        let mut level = Level::empty(self.size);
        self.write_vector(vector, &mut level)?;
        Ok(level)
    }

    /// Writes the level of a vector into `level`, whose memory is reused. On an error it stays as it is.
    pub(crate) fn write_vector(&self, vector: &[f32], level: &mut Level) -> Result<(), EnvsError> {
        crate::lanes::length("the vector of a level", vector.len(), self.vector_len())?;
        let count = self.size * self.size;
        for (at, &value) in vector.iter().enumerate() {
            let lowest = if at < self.blocks { -1.0 } else { 0.0 };
            if value.fract() != 0.0 || !(lowest..count as f32).contains(&value) {
                let expected = format!("a whole number from {lowest} to {} at place {at}", count - 1);
                return Err(EnvsError::OutOfRange { what: "cell of a level", got: value.to_string(), expected });
            }
        }
        let cell = |value: f32| value as usize;
        let walls = vector[..self.blocks].iter().filter(|value| **value >= 0.0).map(|&value| cell(value));
        level.build(walls, cell(vector[self.blocks]), cell(vector[self.blocks + 1]));
        Ok(())
    }

    /// The vector of a level, walls in ascending order first, then -1 for each wall that it has less than it may have.
    ///
    /// # Panics
    /// When the level is of another size or has more walls than the family.
    #[must_use]
    pub fn to_vector(&self, level: &Level) -> Vec<f32> {
        assert!(level.size == self.size && level.wall_count() <= self.blocks, "a level of another family");
        let walls = (0..level.walls.len()).filter(|&cell| level.walls[cell]).map(|cell| cell as f32);
        let mut vector: Vec<f32> = walls.chain(std::iter::repeat(-1.0)).take(self.blocks).collect();
        vector.extend([level.goal as f32, level.start as f32]);
        vector
    }

    /// A random level: a number of walls that is uniform in 0 to [`MazeFamily::blocks`], each in a uniform cell, where one
    /// may be already, then a uniform goal and a uniform start (the levels of ACCEL's domain randomisation).
    #[must_use]
    pub fn sample(&self, stream: &mut Stream) -> Level {
        let mut level = Level::empty(self.size);
        self.draw(stream, &mut level);
        level
    }

    /// Draws a random level into `level`, whose memory is reused.
    pub(crate) fn draw(&self, stream: &mut Stream, level: &mut Level) {
        let walls = stream.below(self.blocks + 1);
        self.draw_with(walls, stream, level);
    }

    /// A random level from exactly `walls` draws of a wall, of which some may fall together.
    ///
    /// # Panics
    /// When the family has fewer walls.
    #[must_use]
    pub fn sample_with(&self, walls: usize, stream: &mut Stream) -> Level {
        assert!(walls <= self.blocks, "{walls} walls, the family has at most {}", self.blocks);
        let mut level = Level::empty(self.size);
        self.draw_with(walls, stream, &mut level);
        level
    }

    fn draw_with(&self, walls: usize, stream: &mut Stream, level: &mut Level) {
        let count = self.size * self.size;
        level.size = self.size;
        level.walls.clear();
        level.walls.resize(count, false);
        for _ in 0..walls {
            level.walls[stream.below(count)] = true;
        }
        let (goal, start) = (stream.below(count), stream.below(count));
        level.place(goal, start);
    }

    /// Changes a level by `edits` random edits (the mutation of ACCEL): each picks a uniform cell and puts a wall there, clears
    /// it, or moves the goal or the start there, all with the same chance. A wall on the goal or the start moves that to a
    /// random free cell. A wall beyond [`MazeFamily::blocks`] has no effect.
    pub fn mutate(&self, level: &mut Level, edits: usize, stream: &mut Stream) {
        for _ in 0..edits {
            let cell = stream.below(level.walls.len());
            match stream.below(4) {
                0 if level.walls[cell] || level.wall_count() >= self.blocks => {}
                0 => {
                    level.walls[cell] = true;
                    if cell == level.goal {
                        level.goal = level.random_free(stream);
                    } else if cell == level.start {
                        level.start = level.random_free(stream);
                    }
                }
                1 => level.walls[cell] = false,
                2 if cell != level.start => {
                    level.walls[cell] = false;
                    level.goal = cell;
                }
                3 if cell != level.goal => {
                    level.walls[cell] = false;
                    level.start = cell;
                }
                _ => {}
            }
        }
    }
}

impl Level {
    /// A level without walls: the goal in the first cell, the start in the last.
    pub(crate) fn empty(size: usize) -> Self {
        Self { size, walls: vec![false; size * size], goal: 0, start: size * size - 1 }
    }

    /// Back to a level of `size` x `size` cells that are all walls or all free, without a place for the goal and the start.
    pub(super) fn restart(&mut self, size: usize, wall: bool) {
        self.size = size;
        self.walls.clear();
        self.walls.resize(size * size, wall);
        // No cell is taken by them.
        (self.goal, self.start) = (usize::MAX, usize::MAX);
    }

    /// Makes a cell a wall or free.
    pub(super) fn set(&mut self, row: usize, column: usize, wall: bool) {
        self.walls[row * self.size + column] = wall;
    }

    /// Puts the goal into a free cell.
    pub(super) fn place_goal(&mut self, cell: usize) {
        self.goal = cell;
    }

    /// Puts the start into a free cell.
    pub(super) fn place_start(&mut self, cell: usize) {
        self.start = cell;
    }

    fn build(&mut self, walls: impl Iterator<Item = usize>, goal: usize, start: usize) {
        self.walls.fill(false);
        for wall in walls {
            self.walls[wall] = true;
        }
        self.place(goal, start);
    }

    /// Puts the goal and the start, which clear their cells.
    fn place(&mut self, goal: usize, start: usize) {
        self.walls[goal] = false;
        self.goal = goal;
        let count = self.walls.len();
        let after = || (1..count).map(|k| (goal + k) % count);
        self.start = if start == goal {
            // Among walls only, the next cell becomes free.
            after().find(|&cell| !self.walls[cell]).unwrap_or((goal + 1) % count)
        } else {
            start
        };
        self.walls[self.start] = false;
    }

    /// A random cell that is neither a wall nor the goal nor the start. At least one other cell than those two is free where
    /// a wall has just been put on one of them, or the level is the smallest: then the first cell that is not taken.
    pub(super) fn random_free(&mut self, stream: &mut Stream) -> usize {
        let taken = |level: &Self, cell: usize| level.walls[cell] || cell == level.goal || cell == level.start;
        let free = (0..self.walls.len()).filter(|&cell| !taken(self, cell)).count();
        if free == 0 {
            let spare = (0..self.walls.len()).find(|&cell| cell != self.goal && cell != self.start);
            let cell = spare.expect("a level has more than two cells");
            self.walls[cell] = false;
            return cell;
        }
        let chosen = stream.below(free);
        (0..self.walls.len()).filter(|&cell| !taken(self, cell)).nth(chosen).expect("fewer than there are")
    }

    /// Cells along one side, the border not counted.
    #[must_use]
    pub fn size(&self) -> usize {
        self.size
    }

    /// Whether it is a level of `size` x `size` cells that a world can be made of.
    pub(crate) fn is_sound(&self, size: usize) -> bool {
        let free = |cell: usize| self.walls.get(cell) == Some(&false);
        self.size == size && self.walls.len() == size * size && free(self.goal) && free(self.start)
    }

    /// Number of walls inside the border.
    #[must_use]
    pub fn wall_count(&self) -> usize {
        self.walls.iter().filter(|&&wall| wall).count()
    }

    /// Row and column of a cell in the maze with its border.
    fn with_border(&self, cell: usize) -> Cell {
        (cell / self.size + 1, cell % self.size + 1)
    }

    /// Steps from the start to the goal; `None` where there is no way.
    #[must_use]
    pub fn shortest_path(&self) -> Option<u32> {
        let layout = self.layout();
        let [start, goal] = layout.tasks[0];
        layout.steps(start, goal)
    }

    /// The maze with its border and one task, from the start to the goal. Cells have an edge of one metre, and the middle of
    /// the maze is the world origin.
    #[must_use]
    pub fn layout(&self) -> Layout {
        let mut layout = Layout {
            rows: Vec::new(),
            cell: 1.0,
            origin: [0.0; 2],
            tasks: Vec::with_capacity(1),
            fences: Vec::new(),
            teleporters: None,
        };
        self.write(&mut layout);
        layout
    }

    /// Writes [`Level::layout`] into `layout`, whose memory is reused.
    pub(crate) fn write(&self, layout: &mut Layout) {
        let edge = self.size + 2;
        layout.rows.resize_with(edge, || String::with_capacity(edge));
        for (i, row) in layout.rows.iter_mut().enumerate() {
            row.clear();
            let inside = |k: usize| (1..=self.size).contains(&k);
            row.extend((0..edge).map(|j| {
                let free = inside(i) && inside(j) && !self.walls[(i - 1) * self.size + j - 1];
                if free { '.' } else { '#' }
            }));
        }
        layout.origin = [-0.5 * (edge - 1) as f64; 2];
        layout.tasks.clear();
        layout.tasks.push([self.with_border(self.start), self.with_border(self.goal)]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn family(blocks: usize) -> MazeFamily {
        MazeFamily::new(13, blocks).expect("sound")
    }

    #[test]
    fn a_vector_builds_its_level_by_the_published_rules() {
        let family = MazeFamily::new(3, 4).expect("sound");
        let level = |vector: [f32; 6]| family.from_vector(&vector).expect("cells");
        let rows = |level: &Level| level.layout().rows[1..4].iter().map(|row| row[1..4].to_owned()).collect::<Vec<_>>();
        let plain = level([1.0, 4.0, 4.0, -1.0, 8.0, 0.0]);
        assert_eq!(rows(&plain), [".#.", ".#.", "..."], "a wall on a wall has no effect");
        assert_eq!((plain.goal, plain.start, plain.shortest_path()), (8, 0, Some(4)));
        assert_eq!(rows(&level([1.0, 4.0, 3.0, -1.0, 4.0, 3.0])), [".#.", "...", "..."], "goal and start clear walls");
        let clash = level([5.0, 6.0, -1.0, -1.0, 4.0, 4.0]);
        assert_eq!((clash.goal, clash.start), (4, 7), "the next free cell after the goal");
        assert_eq!(level([1.0, 3.0, 4.0, -1.0, 8.0, 0.0]).shortest_path(), None, "walled in");
    }

    #[test]
    fn vectors_and_levels_go_back_and_forth() {
        let family = family(60);
        let mut stream = Stream::new(0, "levels", 0);
        for _ in 0..200 {
            let level = family.sample(&mut stream);
            level.layout().check_grid("a level").expect("sound");
            let vector = family.to_vector(&level);
            assert_eq!(vector.len(), family.vector_len());
            assert_eq!(family.from_vector(&vector).expect("its own"), level);
        }
        assert_eq!(family.sample(&mut stream).layout().centre((7, 7)), [0.0, 0.0], "the middle is the origin");
    }

    #[test]
    fn bad_vectors_and_families_are_refused_by_name() {
        let family = MazeFamily::new(3, 1).expect("sound");
        let fault = |vector: &[f32]| family.from_vector(vector).expect_err("unsound").to_string();
        assert!(fault(&[0.0; 4]).contains("4 elements, expected 3"));
        assert!(fault(&[9.0, 0.0, 1.0]).contains("is 9, expected a whole number from -1 to 8 at place 0"));
        assert!(fault(&[0.5, 0.0, 1.0]).contains("0.5"));
        assert!(fault(&[f32::NAN, 0.0, 1.0]).contains("NaN"));
        assert!(fault(&[0.0, -1.0, 1.0]).contains("from 0 to 8 at place 1"), "a goal is never absent");
        assert!(MazeFamily::new(1, 0).is_err() && MazeFamily::new(129, 0).is_err());
        assert!(MazeFamily::new(3, 8).expect_err("no room").to_string().contains("at most 7"));
    }

    #[test]
    fn random_levels_have_the_published_statistics() {
        // Draws of walls, share that is solvable, mean shortest path, mean number of walls: prototype of 4,000 levels each.
        let mut stream = Stream::new(0, "levels", 0);
        for (draws, solvable, path, walls) in
            [(12, 0.9995, 8.8, 11.6), (25, 0.996, 9.1, 23.0), (50, 0.936, 10.1, 42.9), (60, 0.855, 10.5, 50.0)]
        {
            let family = family(60);
            let levels: Vec<Level> = (0..1500).map(|_| family.sample_with(draws, &mut stream)).collect();
            let paths: Vec<u32> = levels.iter().filter_map(Level::shortest_path).collect();
            let share = paths.len() as f64 / levels.len() as f64;
            let mean = f64::from(paths.iter().sum::<u32>()) / paths.len() as f64;
            let count = levels.iter().map(Level::wall_count).sum::<usize>() as f64 / levels.len() as f64;
            assert!((share - solvable).abs() < 0.03, "{draws}: {share}");
            assert!((mean - path).abs() < 0.4, "{draws}: {mean}");
            assert!((count - walls).abs() < 1.0, "{draws}: {count}");
        }
    }

    #[test]
    fn edits_keep_a_level_a_level_of_its_family() {
        for (size, blocks) in [(13, 60), (3, 7), (2, 2)] {
            let family = MazeFamily::new(size, blocks).expect("sound");
            let mut stream = Stream::new(1, "levels", 0);
            let mut level = Level::empty(size);
            let mut most = 0;
            for _ in 0..1000 {
                family.mutate(&mut level, 1, &mut stream);
                assert!(level.goal != level.start && !level.walls[level.goal] && !level.walls[level.start]);
                most = most.max(level.wall_count());
                assert_eq!(family.from_vector(&family.to_vector(&level)).expect("its own"), level);
            }
            assert!(most <= blocks && most > 0, "{most}");
        }
    }

    #[test]
    fn choosing_edits_by_the_length_of_the_way_makes_mazes_longer() {
        let family = family(60);
        let mut stream = Stream::new(2, "levels", 0);
        let mut best = Level::empty(13);
        for _ in 0..20_000 {
            let mut child = best.clone();
            family.mutate(&mut child, 2, &mut stream);
            if child.shortest_path() >= best.shortest_path() {
                best = child;
            }
        }
        // Levels without walls end at 24, and of 64,000 random ones the longest way has 44 steps.
        assert!(best.shortest_path() > Some(44), "{:?}", best.shortest_path());
    }
}
