//! `SquareMaze-*`: a point in the thin-walled mazes of skill discovery.
//!
//! The mazes and sizes are those of EDL (Campos et al., 2020) and `BeCL` (Yang et al., 2023): cells have an edge of 1 m, a unit action
//! moves 0.95 m along each axis, an episode has 50 steps and starts anywhere in the cell at the origin, at least 0.05 m from its
//! edges.
//!
//! Differences: the point is a disc of radius 0.05 m, where theirs is thrown back by up to 0.01 m at random from a wall that it hits;
//! start cells are kept clear along all edges, not only along those with walls.

use serde::{Deserialize, Serialize};

use super::{Obstacle, Plan};
use crate::camera::Scene;
use crate::maze::Layout;
use crate::registry::Family;
use crate::{Channel, Env, EnvsError, Outcome, Roles, Spec, Stream, World};

/// Radius of the point, metres.
const RADIUS: f64 = 0.05;
/// Metres per step and unit action.
const STRIDE: f64 = 0.95;
/// Height of the walls in pictures, metres.
const HEIGHT: f32 = 0.4;

/// The square mazes.
pub(crate) const FAMILY: Family = Family {
    name: "Square maze",
    worlds: &[
        ("SquareMaze-A-v0", square_world),
        ("SquareMaze-B-v0", square_world),
        ("SquareMaze-C-v0", square_world),
        ("SquareMaze-D-v0", square_world),
        ("SquareMaze-Tree-v0", square_world),
        ("SquareMaze-Corridor-v0", square_world),
        ("SquareMaze-Large-v0", square_world),
        ("SquareMaze-Bottleneck-v0", square_world),
    ],
};

/// The world of `SquareMaze-NAME-v0`.
fn square_world(id: &str) -> Result<World, EnvsError> {
    let layout = Layout::square(id.split('-').nth(1).unwrap_or_default())?;
    let prototype = Square::new(&layout);
    Ok(World::new(Square::spec(id, layout), move || Ok(Box::new(prototype.clone()))))
}

/// A point in a square maze.
#[derive(Clone)]
struct Square {
    plan: Plan,
    place: Place,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Place([f64; 2]);

impl Square {
    /// What the world of a maze looks like from outside.
    fn spec(id: &str, layout: Layout) -> Spec {
        let (low, high) = layout.free_bounds();
        let axis = |name: &str, k: usize| Channel {
            name: name.to_owned(),
            unit: "m",
            mean: f64::midpoint(low[k], high[k]) as f32,
            // Of a uniform number between the bounds.
            std: ((high[k] - low[k]) / 12_f64.sqrt()) as f32,
        };
        Spec {
            id: id.to_owned(),
            description: "A point in corridors 1 m wide between thin walls, 0.95 m at most along each axis and step."
                .to_owned(),
            observation: vec![axis("point_x", 0), axis("point_y", 1)],
            action: vec!["stride_x".to_owned(), "stride_y".to_owned()],
            dt: 1.0,
            horizon: 50,
            position: vec![0, 1],
            bin: 0.5,
            goal_range: 0.0,
            goal_radius: 0.25,
            layout: Some(layout),
            frames: None,
            roles: Roles::default(),
        }
    }

    /// A point at the origin of a maze.
    fn new(layout: &Layout) -> Self {
        let mut plan = Plan::default();
        for block in layout.walls() {
            plan.add(Obstacle::Block(block));
        }
        plan.sort(layout.cell);
        Self { plan, place: Place([0.0; 2]) }
    }
}

impl Env for Square {
    fn reset(&mut self, stream: &mut Stream) {
        let half = 0.5 - RADIUS;
        self.place = Place([0; 2].map(|_| stream.uniform(-half, half)));
    }

    fn step(&mut self, action: &[f32]) -> Outcome {
        let by = [0, 1].map(|k| STRIDE * f64::from(action[k]));
        self.place = Place(self.plan.slide(self.place.0, by, RADIUS).place);
        Outcome::default()
    }

    fn observe(&self, observation: &mut [f32]) {
        observation.copy_from_slice(&self.place.0.map(|value| value as f32));
    }

    fn place(&self) -> [f64; 2] {
        // As the observation shows it.
        self.place.0.map(|value| f64::from(value as f32))
    }

    fn teleport(&mut self, position: [f64; 2]) {
        self.place = Place(position);
    }

    fn is_free(&self, place: [f64; 2]) -> bool {
        self.plan.is_free(place, RADIUS)
    }

    fn scene(&self, scene: &mut Scene) {
        // Shown a little larger than it is.
        self.plan.scene(scene, HEIGHT, self.place.0, 2.0 * RADIUS);
    }

    fn save(&self, out: &mut Vec<u8>) {
        out.extend(postcard::to_stdvec(&self.place).expect("two numbers"));
    }

    fn load(&mut self, bytes: &[u8]) -> Result<(), EnvsError> {
        let refuse = |reason: String| EnvsError::State { what: "a square maze".to_owned(), reason };
        self.place = postcard::from_bytes(bytes).map_err(|error| refuse(error.to_string()))?;
        Ok(())
    }
}
