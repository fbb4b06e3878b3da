//! The registered worlds, family by family.

use std::sync::Arc;

use crate::body::{Body, Embodiment, ant, half_cheetah, hopper, humanoid, jaco, quadruped, rover, walker, walker2d};
use crate::maze::Layout;
use crate::plan::{navigate, outdoor, rooms, square};
use crate::{Env, EnvsError, Spec, point, sensed};

/// Worlds of one kind, in a file of their own that lists them.
pub(crate) struct Family {
    /// Heading of the family in lists.
    pub(crate) name: &'static str,
    /// Each id with what makes its world. The function is given the id.
    pub(crate) worlds: &'static [(&'static str, MakeWorld)],
}

type MakeWorld = fn(&str) -> Result<World, EnvsError>;

/// All families, in the order of lists.
const FAMILIES: &[Family] = &[
    ant::FAMILY,
    half_cheetah::FAMILY,
    hopper::FAMILY,
    walker2d::FAMILY,
    humanoid::FAMILY,
    walker::FAMILY,
    quadruped::FAMILY,
    jaco::FAMILY,
    rover::FAMILY,
    point::FAMILY,
    square::FAMILY,
    navigate::FAMILY,
    rooms::FAMILY,
    outdoor::FAMILY,
    sensed::PIXELS, // some of these with a camera
    sensed::LIDAR,  // and with a lidar
];

/// A world: what it looks like from outside, and how to make a copy. Cheap to clone.
#[derive(Clone)]
pub struct World {
    spec: Arc<Spec>,
    make: Arc<Make>,
}

type Make = dyn Fn() -> Result<Box<dyn Env>, EnvsError> + Send + Sync;

impl World {
    /// A world of one's own, for [`crate::Lanes`]. `make` is called once per lane.
    pub fn new(spec: Spec, make: impl Fn() -> Result<Box<dyn Env>, EnvsError> + Send + Sync + 'static) -> Self {
        Self { spec: Arc::new(spec), make: Arc::new(make) }
    }

    /// The contract of the world.
    #[must_use]
    pub fn spec(&self) -> &Arc<Spec> {
        &self.spec
    }

    /// One copy of the world, to be reset before its first step.
    ///
    /// # Errors
    /// [`EnvsError::Robot`] when the robot's file is not usable.
    pub fn make(&self) -> Result<Box<dyn Env>, EnvsError> {
        (self.make)()
    }
}

impl std::fmt::Debug for World {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("World").field("spec", &self.spec).finish_non_exhaustive()
    }
}

/// The names of the families, each with the ids of its worlds.
#[must_use]
pub fn families() -> Vec<(&'static str, Vec<&'static str>)> {
    FAMILIES.iter().map(|family| (family.name, family.worlds.iter().map(|(id, _)| *id).collect())).collect()
}

/// The ids of all registered worlds.
#[must_use]
pub fn ids() -> Vec<&'static str> {
    FAMILIES.iter().flat_map(|family| family.worlds).map(|(id, _)| *id).collect()
}

type MakeInMaze = fn(&str, Layout) -> Result<World, EnvsError>;

/// Kinds of worlds that take a maze of one's own, each with what makes the world of it.
const IN_MAZES: &[(&str, MakeInMaze)] = &[
    ("AntMaze", |id, layout| Embodiment::in_maze(id, Body::ant(), layout).world()),
    ("HumanoidMaze", |id, layout| Embodiment::in_maze(id, Body::humanoid(), layout).world()),
    ("PointMaze", |id, layout| Ok(point::in_maze(id, layout))),
    ("RoverMaze", |id, layout| Embodiment::in_maze(id, Body::rover(), layout).world()),
];

/// The world of `KIND:FILE`, whose maze is drawn in a text file.
fn in_maze_of_file(id: &str, kind: &str, file: &str) -> Result<World, EnvsError> {
    let Some((_, make)) = IN_MAZES.iter().find(|(known, _)| *known == kind) else {
        let expected = IN_MAZES.iter().map(|(known, _)| format!("`{known}:{file}`")).collect::<Vec<_>>().join(" or ");
        return Err(EnvsError::OutOfRange { what: "world of a maze file", got: format!("`{id}`"), expected });
    };
    let text = std::fs::read_to_string(file).map_err(|error| EnvsError::Maze {
        name: file.to_owned(),
        reason: format!("{error}, expected the path of a text file with a maze"),
    })?;
    make(id, Layout::parse(file, &text)?)
}

/// The world registered as `id`, or, as `KIND:FILE`, that of a maze of one's own, drawn in a text file ([`Layout::parse`]). KIND is
/// `AntMaze`, `HumanoidMaze`, `PointMaze` or `RoverMaze`.
///
/// # Errors
/// [`EnvsError::UnknownEnv`], which names the nearest id; [`EnvsError::Robot`] when the robot's file is not usable;
/// [`EnvsError::Maze`] when the file of a maze is not readable or its maze is not sound.
pub fn world(id: &str) -> Result<World, EnvsError> {
    if let Some((kind, file)) = id.split_once(':') {
        return in_maze_of_file(id, kind, file);
    }
    match FAMILIES.iter().flat_map(|family| family.worlds).find(|(known, _)| *known == id) {
        Some((_, make)) => make(id),
        None => Err(EnvsError::UnknownEnv { id: id.to_owned(), nearest: nearest(id) }),
    }
}

/// The registered id closest to `id`, capital letters aside.
fn nearest(id: &str) -> String {
    let wanted = id.to_lowercase();
    let distance = |known: &&str| strsim::damerau_levenshtein(&wanted, &known.to_lowercase());
    ids().into_iter().min_by_key(distance).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_id_is_unique_and_makes_its_world() {
        for id in ids() {
            let world = world(id).expect("registered");
            assert_eq!(world.spec().id, id);
            world.make().expect("the world can be made");
        }
        assert_eq!(ids().into_iter().collect::<HashSet<_>>().len(), ids().len());
    }

    #[test]
    fn a_maze_of_ones_own_is_a_world_for_a_body() {
        let file = std::env::temp_dir().join(format!("freeroam-maze-{}.txt", std::process::id()));
        std::fs::write(&file, "#####\n#S.G#\n#####\n").expect("writable");
        for kind in ["PointMaze", "AntMaze"] {
            let id = format!("{kind}:{}", file.display());
            let world = world(&id).expect("sound");
            assert_eq!(
                (world.spec().id.as_str(), world.spec().layout.as_ref().map(Layout::shape)),
                (id.as_str(), Some((3, 5)))
            );
        }
        let message = |id: &str| world(id).expect_err("refused").to_string();
        assert!(message(&format!("HorseMaze:{}", file.display())).contains("`PointMaze:"));
        std::fs::write(&file, "#####\n#S#G#\n#####\n").expect("writable");
        assert!(message(&format!("PointMaze:{}", file.display())).contains("no way from the start"));
        std::fs::remove_file(&file).expect("it is there");
        assert!(
            message("PointMaze:no-such-maze.txt").contains("maze `no-such-maze.txt`"),
            "{}",
            message("PointMaze:no-such-maze.txt")
        );
    }

    #[test]
    fn an_unknown_id_names_the_nearest() {
        let message = |id| world(id).expect_err("not registered").to_string();
        assert!(message("pointmaze-large").contains("`PointMaze-Large-v0`"), "{}", message("pointmaze-large"));
        assert!(message("Pont-v0").contains("`Point-v0`"), "{}", message("Pont-v0"));
    }
}
