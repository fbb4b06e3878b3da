//! Mazes on a grid of square cells: what is free, where it is, how one gets from place to place.
//!
//! ```
//! use freeroam_envs::maze::Layout;
//! # fn main() -> Result<(), freeroam_envs::EnvsError> {
//! let maze = Layout::parse("mine", "#####\n#S#G#\n#...#\n#####")?;
//! assert_eq!(maze.tasks, [[(1, 1), (1, 3)]]);
//! assert_eq!(maze.steps((1, 1), (1, 3)), Some(4));
//! # Ok(())
//! # }
//! ```

mod blocks; // walls as few boxes
mod family; // levels whose parameters are a vector
mod generate; // random mazes of the curricula's tests
mod heldout; // the mazes of the curricula's tests
mod layouts; // the mazes of OGBench, D4RL and their successors
mod parse; // mazes from text
mod paths; // shortest ways
mod squares; // the thin-walled mazes of skill discovery
mod teleporters; // cells that send the body elsewhere

pub use blocks::Block;
pub use family::{Level, MazeFamily};
pub use generate::Generator;
pub(crate) use teleporters::Jumps;
pub use teleporters::Teleporters;

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
    /// Pairs of neighbouring free cells with a thin wall between them.
    pub fences: Vec<[Cell; 2]>,
    /// Cells that send a body elsewhere, when there are any.
    pub teleporters: Option<Teleporters>,
}

impl Layout {
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
        self.cells().filter(|&cell| self.is_free(cell)).collect()
    }

    /// All cells, row by row.
    fn cells(&self) -> impl Iterator<Item = Cell> + use<> {
        let (rows, columns) = self.shape();
        (0..rows).flat_map(move |i| (0..columns).map(move |j| (i, j)))
    }

    /// Free cells that are not the inside of a straight corridor: corners, dead ends, junctions, open ground.
    #[must_use]
    pub fn vertex_cells(&self) -> Vec<Cell> {
        let mut cells = self.free_cells();
        cells.retain(|&cell| {
            let (i, j) = cell;
            let open = |next: Cell| self.is_open(cell, next);
            let vertical = [open((i.wrapping_sub(1), j)), open((i + 1, j))];
            let horizontal = [open((i, j.wrapping_sub(1))), open((i, j + 1))];
            !matches!((vertical, horizontal), ([true, true], [false, false]) | ([false, false], [true, true]))
        });
        cells
    }

    /// Whether one can go from a cell to a neighbour of it: both are free and there is no fence between them.
    #[must_use]
    pub fn is_open(&self, from: Cell, to: Cell) -> bool {
        self.is_free(from)
            && self.is_free(to)
            && !self.fences.iter().any(|&fence| fence == [from, to] || fence == [to, from])
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
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The mazes of 4 m cells.
    fn wide() -> [Layout; 10] {
        [
            Layout::umaze(),
            Layout::medium(),
            Layout::large(),
            Layout::giant(),
            Layout::ultra(),
            Layout::teleport(),
            Layout::arena(),
            Layout::umaze_eval(),
            Layout::medium_eval(),
            Layout::large_eval(),
        ]
    }

    fn squares() -> [Layout; 8] {
        Layout::SQUARES.map(|name| Layout::square(name).expect("a known name"))
    }

    fn all() -> impl Iterator<Item = Layout> {
        wide().into_iter().chain(squares())
    }

    /// Number of free cells, of vertex cells, and the longest of the shortest ways.
    fn counts(layout: &Layout) -> ((usize, usize), usize, usize, Option<u32>) {
        let diameter = layout.free_cells().into_iter().flat_map(|cell| layout.distances_from(cell)).flatten().max();
        (layout.shape(), layout.free_cells().len(), layout.vertex_cells().len(), diameter)
    }

    fn lengths(layout: &Layout) -> Vec<u32> {
        layout.tasks.iter().map(|&[start, goal]| layout.steps(start, goal).expect("every task has a way")).collect()
    }

    #[test]
    fn cell_counts_and_diameters_are_those_of_the_published_mazes() {
        let expected = [
            ((5, 5), 7, 4, Some(6)),
            ((8, 8), 26, 21, Some(11)),
            ((9, 12), 46, 22, Some(19)),
            ((12, 16), 86, 46, Some(31)),
            ((12, 16), 89, 42, Some(22)),
            ((9, 12), 45, 24, Some(23)),
            ((8, 8), 36, 36, Some(10)),
            ((5, 5), 7, 4, Some(6)),
            ((8, 8), 26, 19, Some(13)),
            ((9, 12), 47, 25, Some(19)),
        ];
        assert_eq!(wide().each_ref().map(counts), expected);
    }

    #[test]
    fn tasks_have_the_published_path_lengths() {
        let expected = [
            vec![6, 6, 4, 3, 1],
            vec![10, 10, 6, 10, 8],
            vec![15, 19, 12, 14, 15],
            vec![30, 26, 30, 26, 17],
            vec![22, 19, 21, 14, 16],
            vec![19, 15, 10, 21, 15],
            vec![10, 10, 10, 10, 6],
            vec![6, 6, 4, 3, 4],
            vec![9, 9, 13, 10, 8],
            vec![18, 17, 13, 12, 12],
        ];
        assert_eq!(wide().each_ref().map(lengths), expected);
        let expected = [
            vec![12, 6, 14, 8, 14],
            vec![12, 10, 10, 8, 12],
            vec![16, 10, 16, 12, 6],
            vec![9, 18, 9, 3, 11],
            vec![12, 12, 12, 20, 8],
            vec![5, 5, 10, 10, 5],
            vec![22, 13, 13, 22, 7],
            vec![18, 23, 11, 18, 8],
        ];
        assert_eq!(squares().each_ref().map(lengths), expected);
    }

    #[test]
    fn square_mazes_have_the_published_cells() {
        let cells = |name| {
            let layout = Layout::square(name).expect("a known name");
            let mut places: Vec<[f64; 2]> = layout.free_cells().into_iter().map(|cell| layout.centre(cell)).collect();
            places.sort_by(|a, b| a.partial_cmp(b).expect("numbers"));
            (places.len(), places[0], places[places.len() - 1], layout.fences.len())
        };
        assert_eq!(cells("A"), (17, [0.0, -4.0], [4.0, 0.0], 0));
        assert_eq!(cells("B"), (17, [0.0, -4.0], [4.0, 0.0], 0));
        assert_eq!(cells("C"), (17, [0.0, -4.0], [4.0, 0.0], 0));
        assert_eq!(cells("D"), (22, [-3.0, -3.0], [3.0, 0.0], 4));
        assert_eq!(cells("Tree"), (31, [-6.0, -6.0], [6.0, -4.0], 0));
        assert_eq!(cells("Corridor"), (11, [-5.0, 0.0], [5.0, 0.0], 0));
        assert_eq!(cells("Large"), (100, [0.0, 0.0], [9.0, 9.0], 81));
        assert_eq!(cells("Bottleneck"), (100, [0.0, 0.0], [9.0, 9.0], 21));
        assert!(Layout::square("E").expect_err("unknown").to_string().contains("`A`"));
    }

    #[test]
    fn cells_and_coordinates_agree() {
        for layout in all() {
            let near = 0.475 * layout.cell;
            for cell in layout.free_cells() {
                let [x, y] = layout.centre(cell);
                for (dx, dy) in [(0.0, 0.0), (near, -near), (-near, near), (near, near), (-near, -near)] {
                    assert_eq!(layout.cell_of([x + dx, y + dy]), Some(cell));
                }
            }
            assert_eq!(layout.cell_of([1e3, 0.0]), None);
            assert_eq!(layout.cell_of([f64::NAN, 0.0]), None);
        }
        for layout in wide() {
            assert_eq!(layout.centre((1, 1)), [0.0, 0.0]);
            assert_eq!(layout.cell_of([-6.1, 0.0]), None);
        }
        assert_eq!(Layout::large().cell_of([4.0, 8.0]), Some((3, 2)), "x is the column, y the row");
        assert_eq!(Layout::medium().free_bounds(), ([-2.0, -2.0], [22.0, 22.0]));
    }

    #[test]
    fn every_layout_passes_the_checks_that_text_passes() {
        for layout in all() {
            layout.check("a layout").expect("sound");
        }
    }
}
