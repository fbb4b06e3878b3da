//! The thin-walled mazes of skill discovery: corridors one metre wide that start at the origin.
//!
//! They come from Trott et al., 2019 ("Keeping your distance"), and were used by EDL (Campos et al., 2020), `BeCL` (Yang et
//! al., 2023) and others. A maze is drawn as strokes of unit cells from the origin; what two strokes share is drawn once, and
//! cells that lie side by side without a stroke between them are separated by a fence. `Large`, a tree through ten by ten cells,
//! and `Bottleneck`, halls of them with gaps between, are drawn cell by cell.
//!
//! The five tasks of each are our own choice; the publications draw states, not tasks.

use std::collections::BTreeSet;

use super::{Cell, Layout};
use crate::EnvsError;

/// Cell of a square maze: x and y of its centre, metres.
type Place = [i32; 2];

/// Strokes from the origin, one letter and a number of cells each: `U`p is +y, `R`ight is +x.
const STROKES: [&[&str]; 6] = [
    &["D4 R4 U4", "D2 R2 U2"],
    &["D4 R4 U4", "D4 R2 U4"],
    &["D4 R2 U4 R2 D4"],
    &["L3 D3 R2 U1", "R3 D3 L2 U1", "D3"],
    &["D2 R4 D2 R2 D2", "D2 R4 D2 L2 D2", "D2 L4 D2 L2 D2", "D2 L4 D2 R2 D2"],
    &["L5", "R5"],
];

/// `Large` and `Bottleneck`: which way each cell is open, 1 to the right, 2 upwards, 3 both. The origin is at the lower left.
const OPENINGS: [[&str; 10]; 2] = [
    [
        "0111111010",
        "3021010122",
        "0323030210",
        "3022002320",
        "0323232302",
        "3313102312",
        "0200023202",
        "3322303130",
        "2213301210",
        "3123033122",
    ],
    [
        "1111110110",
        "3333332332",
        "3333332332",
        "3333332332",
        "3333332332",
        "1111032332",
        "3333233332",
        "3333233332",
        "3333311210",
        "3333233132",
    ],
];

#[rustfmt::skip]
const TASKS: [[[Place; 2]; 5]; 8] = [
    [[[0, 0], [4, 0]], [[0, 0], [2, 0]], [[2, 0], [4, 0]], [[0, 0], [4, -4]], [[4, 0], [2, 0]]],
    [[[0, 0], [4, 0]], [[0, 0], [2, 0]], [[2, 0], [4, 0]], [[0, 0], [4, -4]], [[4, 0], [0, 0]]],
    [[[0, 0], [4, -4]], [[0, 0], [2, 0]], [[4, -4], [0, 0]], [[0, -4], [4, -4]], [[2, 0], [4, -4]]],
    [[[0, 0], [-1, -2]], [[-1, -2], [1, -2]], [[0, 0], [1, -2]], [[0, 0], [0, -3]], [[0, -3], [-1, -3]]],
    [[[0, 0], [-6, -6]], [[0, 0], [6, -6]], [[0, 0], [2, -6]], [[-6, -6], [6, -6]], [[-6, -6], [-2, -6]]],
    [[[0, 0], [5, 0]], [[0, 0], [-5, 0]], [[-5, 0], [5, 0]], [[5, 0], [-5, 0]], [[-3, 0], [2, 0]]],
    [[[0, 0], [9, 9]], [[0, 0], [0, 9]], [[0, 0], [9, 0]], [[9, 9], [0, 0]], [[5, 5], [9, 4]]],
    [[[0, 0], [9, 9]], [[0, 0], [0, 9]], [[0, 0], [9, 0]], [[9, 9], [0, 0]], [[3, 3], [8, 2]]],
];

impl Layout {
    /// Names of the square mazes.
    pub const SQUARES: [&str; 8] = ["A", "B", "C", "D", "Tree", "Corridor", "Large", "Bottleneck"];

    /// A square maze. Cells have an edge of one metre, and the one at the origin is where episodes start.
    ///
    /// # Errors
    /// [`EnvsError::OutOfRange`] for other names than [`Layout::SQUARES`].
    pub fn square(name: &str) -> Result<Self, EnvsError> {
        let Some(index) = Self::SQUARES.iter().position(|&known| known == name) else {
            let expected = Self::SQUARES.map(|known| format!("`{known}`")).join(", ");
            return Err(EnvsError::OutOfRange { what: "name of a square maze", got: format!("`{name}`"), expected });
        };
        let (cells, ways) = match STROKES.get(index) {
            Some(strokes) => stroked(strokes),
            None => opened(&OPENINGS[index - STROKES.len()]),
        };
        Ok(Self::of_cells(&cells, &ways, &TASKS[index]))
    }

    /// The maze of these cells, with fences between neighbours that no way joins.
    fn of_cells(cells: &BTreeSet<Place>, ways: &BTreeSet<[Place; 2]>, tasks: &[[Place; 2]]) -> Self {
        let ends = |k: usize| {
            let values = || cells.iter().map(|cell| cell[k]);
            (values().min().unwrap_or(0), values().max().unwrap_or(0))
        };
        let ((left, right), (low, high)) = (ends(0), ends(1));
        // A border of one cell on each side.
        let index = |[x, y]: Place| -> Cell { ((y - low + 1) as usize, (x - left + 1) as usize) };
        let row = |y: i32| (left - 1..=right + 1).map(|x| if cells.contains(&[x, y]) { '.' } else { '#' }).collect();
        let beside = |&[x, y]: &Place| [[[x, y], [x + 1, y]], [[x, y], [x, y + 1]]];
        let fenced = |pair: &[Place; 2]| cells.contains(&pair[1]) && !ways.contains(pair);
        Self {
            rows: (low - 1..=high + 1).map(row).collect(),
            cell: 1.0,
            origin: [f64::from(left - 1), f64::from(low - 1)],
            tasks: tasks.iter().map(|task| task.map(index)).collect(),
            fences: cells.iter().flat_map(beside).filter(fenced).map(|pair| pair.map(index)).collect(),
            teleporters: None,
        }
    }
}

/// Cells, and the pairs of neighbours between which there is a way.
type Ways = (BTreeSet<Place>, BTreeSet<[Place; 2]>);

/// The maze of strokes from the origin.
fn stroked(strokes: &[&str]) -> Ways {
    let (mut cells, mut ways) = (BTreeSet::from([[0, 0]]), BTreeSet::new());
    for stroke in strokes {
        let mut at = [0, 0];
        for leg in stroke.split(' ') {
            let (direction, count) = leg.split_at(1);
            let [dx, dy] = match direction {
                "U" => [0, 1],
                "D" => [0, -1],
                "L" => [-1, 0],
                _ => [1, 0],
            };
            for _ in 0..count.parse().expect("the strokes above are letters and numbers") {
                let next = [at[0] + dx, at[1] + dy];
                ways.insert([at.min(next), at.max(next)]);
                cells.insert(next);
                at = next;
            }
        }
    }
    (cells, ways)
}

/// The maze of a drawing as [`OPENINGS`] has them.
fn opened(rows: &[&str; 10]) -> Ways {
    let (mut cells, mut ways) = (BTreeSet::new(), BTreeSet::new());
    for (y, row) in (0..).zip(rows.iter().rev()) {
        for (x, digit) in (0..).zip(row.bytes()) {
            cells.insert([x, y]);
            for (bit, next) in [(1, [x + 1, y]), (2, [x, y + 1])] {
                if (digit - b'0') & bit != 0 {
                    ways.insert([[x, y], next]);
                }
            }
        }
    }
    (cells, ways)
}
