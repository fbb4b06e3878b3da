//! Where episodes start, and where they lead.

use freeroam_envs::maze::{Cell, Layout};
use freeroam_envs::{EnvsError, GoalPlaces, Spec, Stream};

use super::{DatasetConfig, Kind};

/// Half-width of the square around a cell's centre in which starts and goals lie, in edges of a cell. OGBench: 1 m of 4 m.
const SPREAD: f64 = 0.25;

/// The ground of a world, under the settings of a data set.
pub(super) struct Ground<'a> {
    pub(super) config: &'a DatasetConfig,
    pub(super) spec: &'a Spec,
    maze: Option<Maze<'a>>,
    anywhere: GoalPlaces,
}

struct Maze<'a> {
    layout: &'a Layout,
    free: Vec<Cell>,
    vertices: Vec<Cell>,
}

impl<'a> Ground<'a> {
    /// # Errors
    /// [`EnvsError::OutOfRange`] for a maze without a free cell.
    pub(super) fn new(config: &'a DatasetConfig, spec: &'a Spec) -> Result<Self, EnvsError> {
        let anywhere = GoalPlaces::new(spec)?;
        let maze = spec.layout.as_ref().map(|layout| Maze {
            layout,
            free: layout.free_cells(),
            // A maze of one straight corridor without ends has none.
            vertices: Some(layout.vertex_cells()).filter(|cells| !cells.is_empty()).unwrap_or(layout.free_cells()),
        });
        Ok(Self { config, spec, maze, anywhere })
    }

    /// Where an episode starts (x, y, metres; nothing for the world's own start), and its first goal.
    pub(super) fn draw(&self, stream: &mut Stream) -> (Option<[f64; 2]>, [f64; 2]) {
        let Some(maze) = &self.maze else { return (None, self.anywhere.draw(stream)) };
        let cell = maze.free[stream.below(maze.free.len())];
        let start = maze.beside(cell, stream);
        let goal = match self.config.kind {
            Kind::Navigate | Kind::Explore => self.next_goal(stream),
            Kind::Stitch => {
                let distances = maze.layout.distances_from(cell);
                let columns = maze.layout.shape().1;
                let far = |(i, j): &&Cell| distances[i * columns + j] == Some(self.config.cells);
                let cells: Vec<Cell> = maze.free.iter().filter(far).copied().collect();
                let goal = if cells.is_empty() { cell } else { cells[stream.below(cells.len())] };
                maze.beside(goal, stream)
            }
        };
        (Some(start), goal)
    }

    /// The goal after one that was reached.
    pub(super) fn next_goal(&self, stream: &mut Stream) -> [f64; 2] {
        match &self.maze {
            Some(maze) => maze.beside(maze.vertices[stream.below(maze.vertices.len())], stream),
            None => self.anywhere.draw(stream),
        }
    }
}

impl Maze<'_> {
    /// A place near the centre of a cell.
    fn beside(&self, cell: Cell, stream: &mut Stream) -> [f64; 2] {
        let half = SPREAD * self.layout.cell;
        self.layout.centre(cell).map(|x| x + stream.uniform(-half, half))
    }
}

#[cfg(test)]
mod tests {
    use freeroam_envs::world;

    use super::*;

    #[test]
    fn starts_and_goals_lie_in_the_cells_that_the_kind_says() {
        let world = world("PointMaze-Medium-v0").expect("is registered");
        let layout = world.spec().layout.as_ref().expect("a maze");
        let cell = |place: [f64; 2]| {
            let cell = layout.cell_of(place).expect("inside");
            let centre = layout.centre(cell);
            assert!((0..2).all(|k| (place[k] - centre[k]).abs() <= 1.0), "{place:?} is far from {centre:?}");
            cell
        };
        for kind in Kind::ALL {
            let config = DatasetConfig::new("PointMaze-Medium-v0", kind);
            let ground = Ground::new(&config, world.spec()).expect("a maze with free cells");
            let (mut starts, mut goals) = (vec![], vec![]);
            for episode in 0..2000 {
                let (start, goal) = ground.draw(&mut Stream::new(0, "ground", episode));
                let (start, goal) = (cell(start.expect("mazes have starts")), cell(goal));
                starts.push(start);
                goals.push(goal);
                if kind == Kind::Stitch {
                    let steps = layout.distances_from(start)[goal.0 * layout.shape().1 + goal.1];
                    assert_eq!(steps, Some(4), "{start:?} to {goal:?}");
                }
            }
            for cells in [&mut starts, &mut goals] {
                cells.sort_unstable();
                cells.dedup();
            }
            assert_eq!(starts, layout.free_cells());
            if kind == Kind::Navigate {
                assert_eq!(goals, layout.vertex_cells());
            }
        }
    }
}
