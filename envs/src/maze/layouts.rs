//! The mazes of `OGBench`, D4RL and their successors: cells of 4 m, cell (1, 1) at the world origin.
//!
//! | layout | from |
//! |---|---|
//! | `umaze`, `medium`, `large` | D4RL (Fu et al., 2020); the last two also in `OGBench` (Park et al., 2025), whose tasks they have |
//! | `giant`, `teleport`, `arena` | `OGBench` |
//! | `ultra` | `antmaze-ultra` of Jiang et al., 2023 ("Efficient planning in a compact latent action space") |
//! | `umaze_eval`, `medium_eval`, `large_eval` | the held-out topologies of D4RL |
//!
//! The tasks of `umaze`, `ultra`, of the held-out topologies and of `arena` from the second on are our own choice in the manner
//! of `OGBench`: far ones, detours, and one that is near. The first of `umaze`, `ultra` and `arena` is the published one.

use super::{Cell, Layout, Teleporters};

impl Layout {
    /// The 5x5 u-turn of D4RL.
    #[must_use]
    pub fn umaze() -> Self {
        wide(
            &["#####", "#...#", "###.#", "#...#", "#####"],
            &[[(1, 1), (3, 1)], [(3, 1), (1, 1)], [(1, 3), (3, 1)], [(2, 3), (1, 1)], [(3, 2), (3, 3)]],
        )
    }

    /// The 8x8 maze of `OGBench` (and D4RL), with its five tasks.
    #[must_use]
    pub fn medium() -> Self {
        wide(
            &["########", "#..##..#", "#..#...#", "##...###", "#..#...#", "#.#..#.#", "#...#..#", "########"],
            &[[(1, 1), (6, 6)], [(6, 1), (1, 6)], [(5, 3), (4, 2)], [(6, 5), (6, 1)], [(2, 6), (1, 1)]],
        )
    }

    /// The 9x12 maze of `OGBench` (and D4RL), with its five tasks.
    #[must_use]
    pub fn large() -> Self {
        wide(
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
        wide(
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

    /// The 12x16 maze of `antmaze-ultra`.
    #[must_use]
    pub fn ultra() -> Self {
        wide(
            &[
                "################",
                "#.......#......#",
                "#.###.#.#.##.#.#",
                "#.###.#....#.#.#",
                "#...#.##.###.#.#",
                "#.#...#........#",
                "#...#...#.###.##",
                "#.#.###.#...#.##",
                "#.......#.#....#",
                "##.##.#...####.#",
                "##.#..#.#......#",
                "################",
            ],
            &[[(1, 1), (10, 14)], [(10, 4), (1, 14)], [(1, 14), (10, 2)], [(1, 9), (10, 14)], [(8, 1), (5, 14)]],
        )
    }

    /// The 9x12 maze of `OGBench` with two cells that take a body in and three that put one out. One of these, (1, 7), is
    /// enclosed: whoever arrives there stays there.
    #[must_use]
    pub fn teleport() -> Self {
        let teleporters =
            Teleporters { radius: 1.5, inbound: vec![(4, 6), (5, 1)], outbound: vec![(1, 7), (6, 1), (6, 10)] };
        let layout = wide(
            &[
                "############",
                "#.....#.#..#",
                "##.#...#..##",
                "##.###.....#",
                "#....#.#.#.#",
                "#.##.#.#.#.#",
                "#.##.#.#.#.#",
                "#....#...#.#",
                "############",
            ],
            &[[(1, 10), (7, 1)], [(1, 1), (7, 10)], [(5, 6), (7, 10)], [(7, 1), (7, 10)], [(5, 6), (7, 1)]],
        );
        Self { teleporters: Some(teleporters), ..layout }
    }

    /// The 8x8 room without inner walls of `OGBench`.
    #[must_use]
    pub fn arena() -> Self {
        wide(
            &["########", "#......#", "#......#", "#......#", "#......#", "#......#", "#......#", "########"],
            &[[(1, 1), (6, 6)], [(6, 1), (1, 6)], [(6, 6), (1, 1)], [(1, 6), (6, 1)], [(1, 3), (6, 4)]],
        )
    }

    /// The 5x5 u-turn of D4RL the other way round.
    #[must_use]
    pub fn umaze_eval() -> Self {
        wide(
            &["#####", "#...#", "#.###", "#...#", "#####"],
            &[[(1, 3), (3, 3)], [(3, 3), (1, 3)], [(1, 1), (3, 3)], [(2, 1), (1, 3)], [(3, 1), (1, 3)]],
        )
    }

    /// The held-out 8x8 maze of D4RL.
    #[must_use]
    pub fn medium_eval() -> Self {
        wide(
            &["########", "#......#", "#.#.##.#", "#....#.#", "###..###", "#......#", "#..##..#", "########"],
            &[[(1, 1), (6, 5)], [(5, 1), (1, 6)], [(3, 6), (6, 6)], [(6, 6), (1, 1)], [(2, 1), (3, 6)]],
        )
    }

    /// The held-out 9x12 maze of D4RL.
    #[must_use]
    pub fn large_eval() -> Self {
        wide(
            &[
                "############",
                "#..#...#...#",
                "##.###.#.#.#",
                "#..#.#.....#",
                "#.##.#..##.#",
                "#......#...#",
                "#.##.#.#.###",
                "#....#.....#",
                "############",
            ],
            &[[(1, 1), (1, 9)], [(7, 10), (1, 1)], [(7, 1), (1, 4)], [(1, 4), (7, 10)], [(3, 4), (1, 10)]],
        )
    }
}

/// Coordinates of `OGBench`: cells of 4 m, cell (1, 1) at the world origin.
fn wide(rows: &[&str], tasks: &[[Cell; 2]]) -> Layout {
    Layout {
        rows: rows.iter().map(|&row| row.to_owned()).collect(),
        cell: 4.0,
        origin: [-4.0, -4.0],
        tasks: tasks.to_vec(),
        fences: Vec::new(),
        teleporters: None,
    }
}
