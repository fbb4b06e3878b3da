//! The registered worlds.

use std::sync::Arc;

use crate::ant::{self, Ant};
use crate::maze::Layout;
use crate::point::{self, Point};
use crate::{Env, EnvsError, Spec};

/// A registered world: what it looks like from outside, and how to make a copy. Cheap to clone.
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

/// The ids of all worlds.
#[must_use]
pub fn ids() -> Vec<&'static str> {
    vec![
        "Ant-v0",
        "Point-v0",
        "PointMaze-UMaze-v0",
        "PointMaze-Medium-v0",
        "PointMaze-Large-v0",
        "PointMaze-Giant-v0",
        "PointMaze-Ultra-v0",
        "PointMaze-Teleport-v0",
        "PointMaze-Arena-v0",
        "PointMaze-UMazeEval-v0",
        "PointMaze-MediumEval-v0",
        "PointMaze-LargeEval-v0",
    ]
}

/// The world registered as `id`.
///
/// # Errors
/// [`EnvsError::UnknownEnv`], which names the nearest id; [`EnvsError::Robot`] when the robot's file is not usable.
pub fn world(id: &str) -> Result<World, EnvsError> {
    match id {
        "Ant-v0" => {
            let prototype = Ant::new()?;
            Ok(World::new(ant::spec(), move || Ok(Box::new(prototype.clone()))))
        }
        "Point-v0" => Ok(point_world(point::plane_spec())),
        "PointMaze-UMaze-v0" => Ok(point_world(point::maze_spec("PointMaze-UMaze-v0", Layout::umaze()))),
        "PointMaze-Medium-v0" => Ok(point_world(point::maze_spec("PointMaze-Medium-v0", Layout::medium()))),
        "PointMaze-Large-v0" => Ok(point_world(point::maze_spec("PointMaze-Large-v0", Layout::large()))),
        "PointMaze-Giant-v0" => Ok(point_world(point::maze_spec("PointMaze-Giant-v0", Layout::giant()))),
        "PointMaze-Ultra-v0" => Ok(point_world(point::maze_spec("PointMaze-Ultra-v0", Layout::ultra()))),
        "PointMaze-Teleport-v0" => Ok(point_world(point::maze_spec("PointMaze-Teleport-v0", Layout::teleport()))),
        "PointMaze-Arena-v0" => Ok(point_world(point::maze_spec("PointMaze-Arena-v0", Layout::arena()))),
        "PointMaze-UMazeEval-v0" => Ok(point_world(point::maze_spec("PointMaze-UMazeEval-v0", Layout::umaze_eval()))),
        "PointMaze-MediumEval-v0" => {
            Ok(point_world(point::maze_spec("PointMaze-MediumEval-v0", Layout::medium_eval())))
        }
        "PointMaze-LargeEval-v0" => Ok(point_world(point::maze_spec("PointMaze-LargeEval-v0", Layout::large_eval()))),
        _ => Err(EnvsError::UnknownEnv { id: id.to_owned(), nearest: nearest(id) }),
    }
}

fn point_world(spec: Spec) -> World {
    let prototype = Point::new(&spec);
    World::new(spec, move || Ok(Box::new(prototype.clone())))
}

/// The registered id closest to `id`, capital letters aside.
fn nearest(id: &str) -> String {
    let wanted = id.to_lowercase();
    let distance = |known: &&str| strsim::damerau_levenshtein(&wanted, &known.to_lowercase());
    ids().into_iter().min_by_key(distance).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_id_makes_its_world() {
        for id in ids() {
            let world = world(id).expect("registered");
            assert_eq!(world.spec().id, id);
            world.make().expect("the world can be made");
        }
    }

    #[test]
    fn an_unknown_id_names_the_nearest() {
        let message = |id| world(id).expect_err("not registered").to_string();
        assert!(message("pointmaze-large").contains("`PointMaze-Large-v0`"), "{}", message("pointmaze-large"));
        assert!(message("Pont-v0").contains("`Point-v0`"), "{}", message("Pont-v0"));
    }
}
