//! How much of a maze was visited.

use freeroam_envs::CellCounter;
use freeroam_envs::maze::{Cell, Layout};

/// The counting cells `[floor(x / bin), floor(y / bin)]` whose centre lies in a maze cell that can be reached from
/// `start`, ascending. `bin` is their edge in metres; empty if `start` is a wall.
#[must_use]
pub fn reachable_cells(layout: &Layout, start: Cell, bin: f64) -> Vec<[i32; 2]> {
    let columns = layout.shape().1;
    let distances = layout.distances_from(start);
    let reachable = |point: [f64; 2]| {
        layout.cell_of(point).is_some_and(|(row, column)| distances[row * columns + column].is_some())
    };
    let (low, high) = layout.free_bounds();
    let index = |value: f64| (value / bin).floor() as i32;
    let mut cells = Vec::new();
    for x in index(low[0])..=index(high[0]) {
        for y in index(low[1])..=index(high[1]) {
            if reachable([x, y].map(|index| (f64::from(index) + 0.5) * bin)) {
                cells.push([x, y]);
            }
        }
    }
    cells
}

/// Fraction of the [`reachable_cells`] that `counter` has seen, `0..=1`; zero if there are none.
#[must_use]
pub fn reachable_fraction(counter: &CellCounter, layout: &Layout, start: Cell) -> f64 {
    let cells = reachable_cells(layout, start, counter.bin());
    let seen = cells.iter().filter(|cell| counter.contains(**cell)).count();
    seen as f64 / cells.len().max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_large_maze_has_736_cells_of_a_metre() {
        let layout = Layout::large();
        assert_eq!(reachable_cells(&layout, (1, 1), 1.0).len(), 46 * 16);
        assert_eq!(reachable_cells(&layout, (1, 1), 0.5).len(), 46 * 64);
        assert!(reachable_cells(&layout, (0, 0), 1.0).is_empty());
    }

    #[test]
    fn only_reachable_cells_count() {
        let layout = Layout::umaze();
        let mut counter = CellCounter::new(2.0).expect("valid");
        assert_eq!(reachable_fraction(&counter, &layout, (1, 1)), 0.0);
        for (x, y) in [(0.5, 0.5), (3.0, 0.0), (0.0, 4.0), (100.0, 0.0)] {
            counter.insert(x, y);
        }
        assert_eq!(reachable_fraction(&counter, &layout, (1, 1)), 2.0 / 28.0, "the third is wall, the fourth outside");
    }
}
