//! Maze layouts: free and blocked cells, shortest paths.

/// A maze on a grid of square cells. Row `i` runs along y, column `j` along x.
#[derive(Clone, Debug, PartialEq)]
pub struct Layout {
    /// One string per row, `#` wall and `.` free, top row first (smallest y).
    pub rows: Vec<String>,
    /// Edge of a cell, metres.
    pub cell: f64,
    /// World coordinates (x, y) of the centre of cell (0, 0), metres.
    pub origin: [f64; 2],
}
