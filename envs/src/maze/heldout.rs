//! The mazes on which curricula are tested and never trained.
//!
//! They are the bitmap mazes of PAIRED, PLR, ACCEL and CLUTR (Jiang et al., 2021; Parker-Holder et al., 2022), without their border:
//! `#` wall, `.` free, `>` the start, `G` the goal, `g` one of several goals. Each start with each goal is a task; worlds draw one of
//! them for an episode.

use super::Layout;
use crate::EnvsError;

impl Layout {
    /// Names of the held-out mazes.
    pub const HELD_OUT: [&str; 14] = [
        "Standard",
        "Standard2",
        "Standard3",
        "Labyrinth",
        "LabyrinthFlipped",
        "Labyrinth2",
        "SixteenRooms",
        "SixteenRoomsFewerDoors",
        "NineRooms",
        "NineRoomsFewerDoors",
        "SmallCorridor",
        "LargeCorridor",
        "Mini",
        "Medium",
    ];

    /// A held-out maze. Cells have an edge of one metre, and cell (1, 1) lies at the world origin.
    ///
    /// # Errors
    /// [`EnvsError::OutOfRange`] for other names than [`Layout::HELD_OUT`].
    pub fn held_out(name: &str) -> Result<Self, EnvsError> {
        let flipped = name == "LabyrinthFlipped";
        let rows: &[&str] = match name {
            "Standard" => &STANDARD,
            "Standard2" => &STANDARD_2,
            "Standard3" => &STANDARD_3,
            "Labyrinth" | "LabyrinthFlipped" => &LABYRINTH,
            "Labyrinth2" => &LABYRINTH_2,
            "SixteenRooms" => &SIXTEEN_ROOMS,
            "SixteenRoomsFewerDoors" => &SIXTEEN_ROOMS_FEWER_DOORS,
            "NineRooms" => &NINE_ROOMS,
            "NineRoomsFewerDoors" => &NINE_ROOMS_FEWER_DOORS,
            "SmallCorridor" => &SMALL_CORRIDOR,
            "LargeCorridor" => &LARGE_CORRIDOR,
            "Mini" => &MINI,
            "Medium" => &MEDIUM,
            _ => {
                let expected = Self::HELD_OUT.map(|known| format!("`{known}`")).join(", ");
                return Err(EnvsError::OutOfRange {
                    what: "name of a held-out maze",
                    got: format!("`{name}`"),
                    expected,
                });
            }
        };
        let edge = "#".repeat(rows[0].len() + 2);
        let inner = |row: &&str| {
            let letters = row.chars().map(|letter| match letter {
                '>' => 'S',
                'g' => 'G',
                other => other,
            });
            let row: String = if flipped { letters.rev().collect() } else { letters.collect() };
            format!("#{row}#")
        };
        let rows: Vec<String> = [edge.clone()].into_iter().chain(rows.iter().map(inner)).chain([edge]).collect();
        let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
        Ok(Self { cell: 1.0, origin: [-1.0, -1.0], ..Self::from_lines(name, &rows, 0)? })
    }
}

#[rustfmt::skip]
const STANDARD: [&str; 13] = [
    ".....#>...#..",
    ".###.####.##.",
    ".#...........",
    ".########.###",
    "........#....",
    "######.#####.",
    "....#..#.....",
    ".##...##.####",
    "..#.#..#...#.",
    "#.#.##.###.#.",
    "#.#..#...#...",
    "#.##.###.###.",
    "...#..G#.#...",
];

#[rustfmt::skip]
const STANDARD_2: [&str; 13] = [
    "...#.#....#..",
    ".#.#.####...#",
    ".#........#..",
    ".########.###",
    "...#..#.#.#.G",
    "##.#.##.#.#..",
    ">#.#....#.##.",
    ".#.##.###..#.",
    ".#..#..###.#.",
    ".##.##.#.#.#.",
    ".#...#.#.#.#.",
    ".#.#.#.#.#.#.",
    "...#...#.....",
];

#[rustfmt::skip]
const STANDARD_3: [&str; 13] = [
    "...>#.#......",
    ".####.#.####.",
    ".#....#.#....",
    "...####.#.#.#",
    "##.#....#.#..",
    "...#.##.#.##.",
    ".#.#.#..#..#G",
    ".#.#.#.###.##",
    ".#...#.#.#...",
    ".###.#.#.###.",
    ".#...#.#...#.",
    ".#.###.#.#.#.",
    ".#...#...#...",
];

#[rustfmt::skip]
const LABYRINTH: [&str; 13] = [
    ".............",
    ".###########.",
    ".#.........#.",
    ".#.#######.#.",
    ".#.#.....#.#.",
    ".#.#.###.#.#.",
    ".#.#.#G#.#.#.",
    ".#.#.#.#.#.#.",
    ".#...#...#.#.",
    ".#########.#.",
    ".....#.....#.",
    "####.#.#####.",
    ">....#.......",
];

#[rustfmt::skip]
const LABYRINTH_2: [&str; 13] = [
    ">#...........",
    ".#.#########.",
    ".#.#.......#.",
    ".#.#.#####.#.",
    ".#.#.#...#.#.",
    "...#.#.#.#.#.",
    "####.#G#.#.#.",
    "...#.###.#.#.",
    ".#.#.....#.#.",
    ".#.#######.#.",
    ".#.........#.",
    ".###########.",
    ".............",
];

#[rustfmt::skip]
const SIXTEEN_ROOMS: [&str; 13] = [
    "...#..#..#...",
    ".>.......#...",
    "...#..#......",
    "#.###.##.###.",
    "...#.........",
    "......#..#...",
    "##.#.##.###.#",
    "...#.....#...",
    "...#..#......",
    ".####.##.#.##",
    "...#..#..#...",
    "......#....G.",
    "...#.....#...",
];

#[rustfmt::skip]
const SIXTEEN_ROOMS_FEWER_DOORS: [&str; 13] = [
    "...#.....#...",
    ".>....#..#...",
    "...#..#..#...",
    "####.##.###.#",
    "...#..#......",
    "......#..#...",
    "#.#####.#####",
    "...#..#..#...",
    "...#.........",
    "##.##.##.####",
    "...#..#..#...",
    "......#....G.",
    "...#..#..#...",
];

#[rustfmt::skip]
const NINE_ROOMS: [&str; 13] = [
    "........#....",
    ".>..#........",
    "....#...#....",
    "....#...#....",
    "#.###.######.",
    "....#........",
    "........#....",
    "....#...#....",
    "###.###.##.##",
    "....#...#....",
    "........#....",
    "....#......G.",
    "....#...#....",
];

#[rustfmt::skip]
const NINE_ROOMS_FEWER_DOORS: [&str; 13] = [
    "....#...#....",
    ".>..#........",
    "....#...#....",
    "....#...#....",
    "#.###.######.",
    "....#...#....",
    "........#....",
    "....#...#....",
    "###.##.###.##",
    "....#...#....",
    "........#....",
    "....#...#..G.",
    "....#...#....",
];

#[rustfmt::skip]
const SMALL_CORRIDOR: [&str; 13] = [
    ".............",
    ".#.#.#.#.#.#.",
    ".#.#.#.#.#.#.",
    ".#.#.#.#.#.#.",
    ".#.#.#.#.#.#.",
    ".#g#g#g#g#g#.",
    ">###########.",
    ".#g#g#g#g#g#.",
    ".#.#.#.#.#.#.",
    ".#.#.#.#.#.#.",
    ".#.#.#.#.#.#.",
    ".#.#.#.#.#.#.",
    ".............",
];

#[rustfmt::skip]
const LARGE_CORRIDOR: [&str; 19] = [
    "...................",
    ".#.#.#.#.#.#.#.#.#.",
    ".#.#.#.#.#.#.#.#.#.",
    ".#.#.#.#.#.#.#.#.#.",
    ".#.#.#.#.#.#.#.#.#.",
    ".#.#.#.#.#.#.#.#.#.",
    ".#.#.#.#.#.#.#.#.#.",
    ".#.#.#.#.#.#.#.#.#.",
    ".#g#g#g#g#g#g#g#g#.",
    ">#################.",
    ".#g#g#g#g#g#g#g#g#.",
    ".#.#.#.#.#.#.#.#.#.",
    ".#.#.#.#.#.#.#.#.#.",
    ".#.#.#.#.#.#.#.#.#.",
    ".#.#.#.#.#.#.#.#.#.",
    ".#.#.#.#.#.#.#.#.#.",
    ".#.#.#.#.#.#.#.#.#.",
    ".#.#.#.#.#.#.#.#.#.",
    "...................",
];

#[rustfmt::skip]
const MINI: [&str; 4] = [
    ">...",
    "###.",
    "G#..",
    "...#",
];

#[rustfmt::skip]
const MEDIUM: [&str; 8] = [
    ".#..>##.",
    ".#.#.#..",
    ".#.####.",
    ".....#..",
    "####.#.#",
    "........",
    ".######.",
    "..G#....",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_walls_and_shortest_ways_are_the_published_ones() {
        let fan = |from: u32, to: u32| (from..=to).step_by(2).flat_map(|steps| [steps; 2]).collect::<Vec<_>>();
        for (name, size, walls, mut paths) in [
            ("Standard", 15, 73, vec![40]),
            ("Standard2", 15, 72, vec![56]),
            ("Standard3", 15, 71, vec![39]),
            ("Labyrinth", 15, 72, vec![96]),
            ("LabyrinthFlipped", 15, 72, vec![96]),
            ("Labyrinth2", 15, 72, vec![96]),
            ("SixteenRooms", 15, 46, vec![20]),
            ("SixteenRoomsFewerDoors", 15, 53, vec![22]),
            ("NineRooms", 15, 36, vec![20]),
            ("NineRoomsFewerDoors", 15, 39, vec![34]),
            ("SmallCorridor", 15, 71, fan(13, 21)),
            ("LargeCorridor", 21, 161, fan(19, 33)),
            ("Mini", 6, 5, vec![10]),
            ("Medium", 10, 25, vec![17]),
        ] {
            let layout = Layout::held_out(name).expect("a known name");
            assert_eq!(layout.shape(), (size, size), "{name}");
            assert_eq!((size - 2) * (size - 2) - layout.free_cells().len(), walls, "{name}");
            let mut ways: Vec<u32> =
                layout.tasks.iter().map(|&[start, goal]| layout.steps(start, goal).expect("a way")).collect();
            ways.sort_unstable();
            paths.sort_unstable();
            assert_eq!(ways, paths, "{name}");
        }
    }

    #[test]
    fn the_flipped_labyrinth_starts_in_the_other_corner() {
        let start = |name| Layout::held_out(name).expect("a known name").tasks[0][0];
        assert_eq!((start("Labyrinth"), start("LabyrinthFlipped")), ((13, 1), (13, 13)));
        assert!(Layout::held_out("Maze4").expect_err("unknown").to_string().contains("`Labyrinth2`"));
    }
}
