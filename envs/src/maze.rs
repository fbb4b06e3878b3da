//! Maze layouts: free and blocked cells, shortest paths, merged walls, evaluation tasks.

use std::collections::VecDeque;

/// Row and column of a cell.
pub type Cell = (usize, usize);

/// A maze on a grid of square cells. Row `i` runs along y, column `j` along x.
#[derive(Clone, Debug, PartialEq)]
pub struct Layout {
    /// One string per row, `#` wall and `.` free, top row first (smallest y). All rows have the same length and the
    /// border is wall.
    pub rows: Vec<String>,
    /// Edge of a cell, metres.
    pub cell: f64,
    /// World coordinates (x, y) of the centre of cell (0, 0), metres.
    pub origin: [f64; 2],
    /// Start and goal cell of each evaluation task.
    pub tasks: Vec<[Cell; 2]>,
}

/// An axis-aligned block of wall.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Block {
    /// Centre (x, y), metres.
    pub centre: [f64; 2],
    /// Half extents along x and y, metres.
    pub half: [f64; 2],
}

impl Layout {
    /// The 5x5 u-turn of D4RL, with its one task.
    #[must_use]
    pub fn umaze() -> Self {
        Self::ogbench(&["#####", "#...#", "###.#", "#...#", "#####"], &[[(1, 1), (3, 1)]])
    }

    /// The 8x8 maze of `OGBench` (and D4RL), with its five tasks.
    #[must_use]
    pub fn medium() -> Self {
        Self::ogbench(
            &["########", "#..##..#", "#..#...#", "##...###", "#..#...#", "#.#..#.#", "#...#..#", "########"],
            &[[(1, 1), (6, 6)], [(6, 1), (1, 6)], [(5, 3), (4, 2)], [(6, 5), (6, 1)], [(2, 6), (1, 1)]],
        )
    }

    /// The 9x12 maze of `OGBench` (and D4RL), with its five tasks.
    #[must_use]
    pub fn large() -> Self {
        Self::ogbench(
            &[
                "############",
                "#....#.....#",
                "#.##.#.#.#.#",
                "#......#...#",
                "#.####.###.#",
                "#..#.#.....#",
                "##.#.#.#.###",
                "#..#...#...#",
                "############",
            ],
            &[[(1, 1), (7, 10)], [(5, 4), (7, 1)], [(7, 4), (1, 10)], [(3, 8), (5, 4)], [(1, 1), (5, 4)]],
        )
    }

    /// The 12x16 maze of `OGBench`, with its five tasks.
    #[must_use]
    pub fn giant() -> Self {
        Self::ogbench(
            &[
                "################",
                "#.#......##....#",
                "#.#.##.#.#..##.#",
                "#...#..#...#...#",
                "#.###.######.#.#",
                "#...#...#....#.#",
                "###.#.#..#.#.###",
                "#...#..#...#...#",
                "#.#.#.######.#.#",
                "#.###...#...##.#",
                "#.....#...#....#",
                "################",
            ],
            &[[(1, 1), (10, 14)], [(1, 14), (10, 1)], [(8, 14), (1, 1)], [(8, 3), (5, 12)], [(5, 9), (3, 8)]],
        )
    }

    /// Coordinates of `OGBench`: cells of 4 m, cell (1, 1) at the world origin.
    fn ogbench(rows: &[&str], tasks: &[[Cell; 2]]) -> Self {
        Self {
            rows: rows.iter().map(|&row| row.to_owned()).collect(),
            cell: 4.0,
            origin: [-4.0, -4.0],
            tasks: tasks.to_vec(),
        }
    }

    /// Number of rows and columns.
    #[must_use]
    pub fn shape(&self) -> (usize, usize) {
        (self.rows.len(), self.rows.first().map_or(0, String::len))
    }

    /// World coordinates (x, y) of the centre of a cell, metres.
    #[must_use]
    pub fn centre(&self, (i, j): Cell) -> [f64; 2] {
        [self.origin[0] + j as f64 * self.cell, self.origin[1] + i as f64 * self.cell]
    }

    /// The cell that contains a point (x, y) in metres; `None` outside the grid.
    #[must_use]
    pub fn cell_of(&self, xy: [f64; 2]) -> Option<Cell> {
        let index = |k: usize| ((xy[k] - self.origin[k]) / self.cell + 0.5).floor();
        let (i, j) = (index(1), index(0));
        let (rows, columns) = self.shape();
        // Comparisons with NaN are false, so that a point that is no number is in no cell.
        (i >= 0.0 && j >= 0.0 && i < rows as f64 && j < columns as f64).then_some((i as usize, j as usize))
    }

    /// Whether a cell is inside the grid and not a wall.
    #[must_use]
    pub fn is_free(&self, (i, j): Cell) -> bool {
        self.rows.get(i).and_then(|row| row.as_bytes().get(j)) == Some(&b'.')
    }

    /// All free cells, row by row.
    #[must_use]
    pub fn free_cells(&self) -> Vec<Cell> {
        let (rows, columns) = self.shape();
        (0..rows).flat_map(|i| (0..columns).map(move |j| (i, j))).filter(|&cell| self.is_free(cell)).collect()
    }

    /// Free cells that are not the inside of a straight corridor: corners, dead ends, junctions, open ground.
    #[must_use]
    pub fn vertex_cells(&self) -> Vec<Cell> {
        let mut cells = self.free_cells();
        cells.retain(|&(i, j)| {
            let vertical = [self.is_free((i.wrapping_sub(1), j)), self.is_free((i + 1, j))];
            let horizontal = [self.is_free((i, j.wrapping_sub(1))), self.is_free((i, j + 1))];
            !matches!((vertical, horizontal), ([true, true], [false, false]) | ([false, false], [true, true]))
        });
        cells
    }

    /// Smallest and largest (x, y) of the free cells' area, metres.
    #[must_use]
    pub fn free_bounds(&self) -> ([f64; 2], [f64; 2]) {
        let (mut low, mut high) = ([f64::INFINITY; 2], [f64::NEG_INFINITY; 2]);
        for cell in self.free_cells() {
            let centre = self.centre(cell);
            for k in 0..2 {
                low[k] = low[k].min(centre[k] - self.cell / 2.0);
                high[k] = high[k].max(centre[k] + self.cell / 2.0);
            }
        }
        (low, high)
    }

    /// Steps from `from` to every cell through free cells that share an edge, row by row (`i * columns + j`); `None`
    /// where there is no way.
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

    /// The walls as few blocks: runs along x, equal runs of neighbouring rows merged.
    #[must_use]
    pub fn walls(&self) -> Vec<Block> {
        let (rows, columns) = self.shape();
        let is_wall = |i: usize, j: usize| i < rows && j < columns && !self.is_free((i, j));
        let is_run = |i: usize, (start, end): (usize, usize)| {
            (start..end).all(|j| is_wall(i, j)) && (start == 0 || !is_wall(i, start - 1)) && !is_wall(i, end)
        };
        let mut blocks = Vec::new();
        for i in 0..rows {
            let mut start = 0;
            while start < columns {
                let end = (start..columns).find(|&j| !is_wall(i, j)).unwrap_or(columns);
                let run = (start, end);
                // A run that continues the one above belongs to the block begun there.
                if end > start && (i == 0 || !is_run(i - 1, run)) {
                    let height = (i..rows).take_while(|&row| is_run(row, run)).count();
                    let (low, high) = (self.centre((i, start)), self.centre((i + height - 1, end - 1)));
                    blocks.push(Block {
                        centre: [f64::midpoint(low[0], high[0]), f64::midpoint(low[1], high[1])],
                        half: [(end - start) as f64 * self.cell / 2.0, height as f64 * self.cell / 2.0],
                    });
                }
                start = end.max(start + 1);
            }
        }
        blocks
    }

    /// Free cells that share an edge with a cell: up, left, down, right.
    fn neighbours(&self, (i, j): Cell) -> impl Iterator<Item = Cell> {
        [(i.wrapping_sub(1), j), (i, j.wrapping_sub(1)), (i + 1, j), (i, j + 1)]
            .into_iter()
            .filter(|&cell| self.is_free(cell))
    }
}

fn distance(a: [f64; 2], b: [f64; 2]) -> f64 {
    (a[0] - b[0]).hypot(a[1] - b[1])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all() -> [Layout; 4] {
        [Layout::umaze(), Layout::medium(), Layout::large(), Layout::giant()]
    }

    #[test]
    fn cell_counts_and_diameters_are_those_of_the_published_mazes() {
        let counts = |layout: &Layout| {
            let diameter = layout.free_cells().into_iter().flat_map(|cell| layout.distances_from(cell)).flatten().max();
            (layout.shape(), layout.free_cells().len(), layout.vertex_cells().len(), diameter)
        };
        let expected = [
            ((5, 5), 7, 4, Some(6)),
            ((8, 8), 26, 21, Some(11)),
            ((9, 12), 46, 22, Some(19)),
            ((12, 16), 86, 46, Some(31)),
        ];
        assert_eq!(all().each_ref().map(counts), expected);
    }

    #[test]
    fn tasks_have_the_published_path_lengths() {
        let lengths = |layout: &Layout| -> Vec<u32> {
            let columns = layout.shape().1;
            let steps = |[start, goal]: [Cell; 2]| layout.distances_from(start)[goal.0 * columns + goal.1];
            layout.tasks.iter().map(|&task| steps(task).expect("every task has a way")).collect()
        };
        let expected = [vec![6], vec![10, 10, 6, 10, 8], vec![15, 19, 12, 14, 15], vec![30, 26, 30, 26, 17]];
        assert_eq!(all().each_ref().map(lengths), expected);
    }

    #[test]
    fn cells_and_coordinates_agree() {
        for layout in all() {
            assert_eq!(layout.centre((1, 1)), [0.0, 0.0]);
            for cell in layout.free_cells() {
                let [x, y] = layout.centre(cell);
                for (dx, dy) in [(0.0, 0.0), (1.9, -1.9), (-1.9, 1.9), (1.9, 1.9), (-1.9, -1.9)] {
                    assert_eq!(layout.cell_of([x + dx, y + dy]), Some(cell));
                }
            }
            assert_eq!(layout.cell_of([-6.1, 0.0]), None);
            assert_eq!(layout.cell_of([f64::NAN, 0.0]), None);
        }
        assert_eq!(Layout::large().cell_of([4.0, 8.0]), Some((3, 2)), "x is the column, y the row");
        assert_eq!(Layout::medium().free_bounds(), ([-2.0, -2.0], [22.0, 22.0]));
    }

    #[test]
    fn blocks_cover_the_walls_once_and_nothing_else() {
        for layout in all() {
            let (rows, columns) = layout.shape();
            let blocks = layout.walls();
            for i in 0..rows {
                for j in 0..columns {
                    let [x, y] = layout.centre((i, j));
                    let inside = |block: &&Block| {
                        (x - block.centre[0]).abs() < block.half[0] && (y - block.centre[1]).abs() < block.half[1]
                    };
                    let covers = blocks.iter().filter(inside).count();
                    assert_eq!(covers, usize::from(!layout.is_free((i, j))), "cell ({i}, {j})");
                }
            }
            assert!(blocks.len() * 2 < rows * columns);
        }
    }

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
}
