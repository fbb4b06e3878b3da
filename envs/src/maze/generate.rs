//! Random mazes: those of a family, and those on which curricula are tested.
//!
//! | generator | from |
//! |---|---|
//! | `FourRooms` | `MiniGrid` (Chevalier-Boisvert et al., 2023), 19 x 19 with the border: a door in each of the four inner walls |
//! | `Crossing` | `MiniGrid`'s `SimpleCrossingS11N5`: five walls from side to side, with openings along a way that crosses each once |
//! | `Perfect` | `PerfectMaze` of ACCEL (Parker-Holder et al., 2022): a random spanning tree, start and goal in two corners |

use super::{Level, MazeFamily};
use crate::Stream;

/// How the levels of a world are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Generator {
    /// Random levels of a family.
    Family(MazeFamily),
    /// Four rooms of 8 x 8 cells, start and goal anywhere.
    FourRooms,
    /// From one corner to the other across five walls, in 9 x 9 cells.
    Crossing,
    /// A maze without loops of `size` x `size` cells inside the border, an odd number.
    Perfect {
        /// Cells along one side.
        size: usize,
    },
}

impl Generator {
    /// Cells along one side, the border not counted.
    #[must_use]
    pub fn size(&self) -> usize {
        match self {
            Self::Family(family) => family.size(),
            Self::FourRooms => 17,
            Self::Crossing => 9,
            Self::Perfect { size } => *size,
        }
    }

    /// A random level.
    #[must_use]
    pub fn sample(&self, stream: &mut Stream) -> Level {
        let mut level = Level::empty(self.size());
        self.draw(stream, &mut level);
        level
    }

    /// Draws a random level into `level`, whose memory is reused.
    pub(crate) fn draw(&self, stream: &mut Stream, level: &mut Level) {
        match self {
            Self::Family(family) => family.draw(stream, level),
            Self::FourRooms => four_rooms(self.size(), stream, level),
            Self::Crossing => crossing(self.size(), stream, level),
            Self::Perfect { size } => perfect(*size, stream, level),
        }
    }
}

fn four_rooms(size: usize, stream: &mut Stream, level: &mut Level) {
    level.restart(size, false);
    let middle = size / 2;
    for k in 0..size {
        level.set(middle, k, true);
        level.set(k, middle, true);
    }
    for half in [0, middle + 1] {
        level.set(middle, half + stream.below(middle), false);
        level.set(half + stream.below(middle), middle, false);
    }
    let goal = level.random_free(stream);
    level.place_goal(goal);
    let start = level.random_free(stream);
    level.place_start(start);
}

fn crossing(size: usize, stream: &mut Stream, level: &mut Level) {
    const WALLS: usize = 5;
    level.restart(size, false);
    // Walls are possible in every other row and column; which of them is a random draw without putting back.
    let places = (size - 1) / 2;
    let mut chosen = [[false; 64]; 2];
    for _ in 0..WALLS {
        loop {
            let (axis, place) = (stream.below(2), stream.below(places));
            if !chosen[axis][place] {
                chosen[axis][place] = true;
                break;
            }
        }
    }
    let at = |place: usize| 2 * place + 1;
    for (axis, walls) in chosen.iter().enumerate() {
        for place in (0..places).filter(|&place| walls[place]) {
            for k in 0..size {
                let cell = if axis == 0 { (at(place), k) } else { (k, at(place)) };
                level.set(cell.0, cell.1, true);
            }
        }
    }
    // The way crosses all walls from the first row and column to the last, in random order; it opens each wall that it
    // crosses, somewhere in the room that it is in.
    let next = |axis: usize, from: usize| (from..size).find(|&k| k % 2 == 1 && chosen[axis][k / 2]);
    let mut room = [0, 0];
    loop {
        let walls = [0, 1].map(|axis| next(axis, room[axis]));
        let left = [0, 1].map(|axis| (room[axis] / 2..places).filter(|&place| chosen[axis][place]).count());
        if left == [0, 0] {
            break;
        }
        // Each remaining wall is the next one with the same chance.
        let axis = usize::from(stream.below(left[0] + left[1]) >= left[0]);
        let wall = walls[axis].expect("there is one left");
        let other = 1 - axis;
        let end = walls[other].unwrap_or(size);
        let along = room[other] + stream.below(end - room[other]);
        let cell = if axis == 0 { (wall, along) } else { (along, wall) };
        level.set(cell.0, cell.1, false);
        room[axis] = wall + 1;
    }
    level.place_goal(size * size - 1);
    level.place_start(0);
}

/// Kruskal's algorithm: walls between rooms are taken away in random order wherever they part what is not yet joined.
fn perfect(size: usize, stream: &mut Stream, level: &mut Level) {
    level.restart(size, true);
    // Rooms lie in every other row and column, from the first to the last.
    let rooms = size.div_ceil(2);
    for i in 0..rooms {
        for j in 0..rooms {
            level.set(2 * i, 2 * j, false);
        }
    }
    let index = |i: usize, j: usize| i * rooms + j;
    let mut walls: Vec<[(usize, usize); 2]> = Vec::with_capacity(2 * rooms * rooms);
    for i in 0..rooms {
        for j in 0..rooms {
            walls.extend((i + 1 < rooms).then_some([(i, j), (i + 1, j)]));
            walls.extend((j + 1 < rooms).then_some([(i, j), (i, j + 1)]));
        }
    }
    stream.shuffle(&mut walls);
    let mut parent: Vec<usize> = (0..rooms * rooms).collect();
    for [a, b] in walls {
        let [root_a, root_b] = [a, b].map(|(i, j)| root(&mut parent, index(i, j)));
        if root_a != root_b {
            parent[root_a] = root_b;
            level.set(a.0 + b.0, a.1 + b.1, false);
        }
    }
    let corners = [0, size - 1, size * (size - 1), size * size - 1];
    let goal = stream.below(4);
    level.place_goal(corners[goal]);
    level.place_start(corners[(goal + 1 + stream.below(3)) % 4]);
}

/// The room that stands for all that are joined with a room.
fn root(parent: &mut [usize], mut room: usize) -> usize {
    while parent[room] != room {
        parent[room] = parent[parent[room]];
        room = parent[room];
    }
    room
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn random_mazes_always_have_a_way() {
        let mut stream = Stream::new(0, "levels", 0);
        for generator in [Generator::FourRooms, Generator::Crossing, Generator::Perfect { size: 19 }] {
            let levels: Vec<Level> = (0..200).map(|_| generator.sample(&mut stream)).collect();
            assert!(levels.iter().all(|level| level.shortest_path().is_some()), "{generator:?}");
            assert!(
                levels.windows(2).any(|pair| pair[0].layout().tasks != pair[1].layout().tasks)
                    || generator == Generator::Crossing
            );
            assert!(levels.windows(2).all(|pair| pair[0] != pair[1]), "{generator:?}: they differ");
        }
    }

    #[test]
    fn crossings_have_five_walls_with_an_opening_each() {
        let mut stream = Stream::new(1, "levels", 0);
        for _ in 0..200 {
            let level = Generator::Crossing.sample(&mut stream);
            assert!(level.shortest_path() >= Some(16), "from corner to corner");
            assert!((5 * 9 - 6 - 5..=5 * 9 - 5).contains(&level.wall_count()), "{}", level.wall_count());
        }
    }

    #[test]
    fn a_perfect_maze_is_a_tree() {
        let mut stream = Stream::new(2, "levels", 0);
        for size in [9, 19, 49] {
            let layout = Generator::Perfect { size }.sample(&mut stream).layout();
            let cells = layout.free_cells();
            let ways = cells.iter().map(|&cell| layout.neighbours(cell).count()).sum::<usize>() / 2;
            assert_eq!(ways, cells.len() - 1, "no loops");
            assert_eq!(layout.distances_from(cells[0]).iter().flatten().count(), cells.len(), "all joined");
        }
    }

    #[test]
    fn four_rooms_have_a_door_in_each_inner_wall() {
        let level = Generator::FourRooms.sample(&mut Stream::new(3, "levels", 0));
        assert_eq!(level.wall_count(), 2 * 17 - 1 - 4);
    }
}
