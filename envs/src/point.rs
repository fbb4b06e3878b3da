//! A ball that moves where it is told, on open ground or between walls.
//!
//! The action is a velocity. It is set before each step, so that the ball has no inertia: in free space
//! `s' = s + speed * dt * a`. Walls stop it without friction, so that it slides along them.

use std::sync::Arc;

use rapier3d::prelude::*;

use crate::camera::Scene;
use crate::lanes::length;
use crate::maze::{Jumps, Layout};
use crate::physics::Physics;
use crate::registry::Family;
use crate::walls::{self, frictionless, insert_walls};
use crate::{Channel, Env, EnvsError, Outcome, Roles, Spec, Stream, World};

/// Simulated seconds per step.
const DT: f32 = 0.1;
/// Radius of the ball, metres.
pub(crate) const RADIUS: f32 = 0.7;

/// The worlds of a point.
pub(crate) const FAMILY: Family = Family {
    name: "Point",
    worlds: &[
        ("Point-v0", |id| Ok(point_world(plane_spec(id)))),
        ("PointMaze-UMaze-v0", |id| Ok(point_world(maze_spec(id, Layout::umaze())))),
        ("PointMaze-Medium-v0", |id| Ok(point_world(maze_spec(id, Layout::medium())))),
        ("PointMaze-Large-v0", |id| Ok(point_world(maze_spec(id, Layout::large())))),
        ("PointMaze-Giant-v0", |id| Ok(point_world(maze_spec(id, Layout::giant())))),
        ("PointMaze-Ultra-v0", |id| Ok(point_world(maze_spec(id, Layout::ultra())))),
        ("PointMaze-Teleport-v0", |id| Ok(point_world(maze_spec(id, Layout::teleport())))),
        ("PointMaze-Arena-v0", |id| Ok(point_world(maze_spec(id, Layout::arena())))),
        ("PointMaze-UMazeEval-v0", |id| Ok(point_world(maze_spec(id, Layout::umaze_eval())))),
        ("PointMaze-MediumEval-v0", |id| Ok(point_world(maze_spec(id, Layout::medium_eval())))),
        ("PointMaze-LargeEval-v0", |id| Ok(point_world(maze_spec(id, Layout::large_eval())))),
    ],
};

/// The ball in a maze of one's own.
pub(crate) fn in_maze(id: &str, layout: Layout) -> World {
    point_world(maze_spec(id, layout))
}

fn point_world(spec: Spec) -> World {
    let prototype = Point::new(&spec);
    World::new(spec, move || Ok(Box::new(prototype.clone())))
}

/// `Point-v0`: an unbounded plane. Unit action moves one metre; the start is the origin, exactly.
fn plane_spec(id: &str) -> Spec {
    let description = "A point on an endless plane that moves by its action, one metre at most along each axis.";
    Spec {
        id: id.to_owned(),
        description: description.to_owned(),
        observation: vec![channel("point_x", 0.0, 10.0), channel("point_y", 0.0, 10.0)],
        action: actions(),
        dt: f64::from(DT),
        horizon: 50,
        position: vec![0, 1],
        bin: 1.0,
        goal_range: 40.0,
        goal_radius: 3.0,
        layout: None,
        frames: None,
        roles: Roles::default(),
    }
}

/// `PointMaze-*`: mazes and sizes of `OGBench`. Unit action moves 0.2 m; the start is the first free cell, give or take a
/// metre along each axis.
fn maze_spec(id: &str, layout: Layout) -> Spec {
    let (low, high) = layout.free_bounds();
    let axis = |name: &str, k: usize| {
        // Mean and standard deviation of a uniform number between the bounds.
        channel(name, f64::midpoint(low[k], high[k]), (high[k] - low[k]) / 12_f64.sqrt())
    };
    let description =
        "A ball of radius 0.7 m rolls through a maze of 4 m cells, 0.2 m at most along each axis and step.";
    Spec {
        id: id.to_owned(),
        description: description.to_owned(),
        observation: vec![axis("point_x", 0), axis("point_y", 1)],
        action: actions(),
        dt: f64::from(DT),
        horizon: 1000,
        position: vec![0, 1],
        bin: 1.0,
        goal_range: 0.0,
        goal_radius: 1.0,
        layout: Some(layout),
        frames: None,
        roles: Roles::default(),
    }
}

fn channel(name: &str, mean: f64, std: f64) -> Channel {
    Channel { name: name.to_owned(), unit: "m", mean: mean as f32, std: std as f32 }
}

fn actions() -> Vec<String> {
    vec!["velocity_x".to_owned(), "velocity_y".to_owned()]
}

/// A ball on a plane or in a maze. Cheap to clone from a prototype that was built once.
#[derive(Clone)]
pub(crate) struct Point {
    physics: Physics,
    /// The world at the moment of building, shared by all lanes.
    pristine: Arc<Physics>,
    ball: RigidBodyHandle,
    /// Metres per second and unit action.
    speed: f32,
    start: [f64; 2],
    /// Half-width of the square around `start` in which episodes begin, metres.
    noise: f64,
    /// The maze's teleporters, when it has any.
    jumps: Option<Jumps>,
}

impl Point {
    /// The ball of a spec made by [`plane_spec`] or [`maze_spec`].
    pub(crate) fn new(spec: &Spec) -> Self {
        let layout = spec.layout.as_ref();
        let (speed, noise) = if layout.is_some() { (2.0, 1.0) } else { (10.0, 0.0) };
        let first_free = |maze: &Layout| maze.free_cells().first().map(|&cell| maze.centre(cell));
        let start = layout.and_then(first_free).unwrap_or([0.0, 0.0]);
        let mut physics = Physics::new(IntegrationParameters {
            dt: DT,
            // Four substeps of four sweeps: between corners, where contacts pull against each other, fewer leave the ball
            // centimetres deep in a wall.
            num_solver_iterations: 4,
            num_internal_pgs_iterations: 4,
            // As far as the ball can travel in one step: a contact exists before the ball arrives, so that it
            // neither sinks in nor tunnels. rapier's own prediction from the velocity comes a step late here, because
            // the velocity is set between two steps.
            normalized_prediction_distance: speed * std::f32::consts::SQRT_2 * DT,
            max_ccd_substeps: 0,
            contact_recycling: false,
            ..IntegrationParameters::default()
        });
        let ball = physics.bodies.insert(
            RigidBodyBuilder::dynamic()
                .translation(centre(start))
                .enabled_translations(true, true, false)
                .lock_rotations()
                .can_sleep(false),
        );
        let shape = ColliderBuilder::ball(RADIUS).friction(0.0);
        physics.colliders.insert_with_parent(shape, ball, &mut physics.bodies);
        if let Some(layout) = layout {
            insert_walls(layout, frictionless, &mut physics.colliders);
        }
        // The first step sorts the walls into the broad phase; episodes begin with that done.
        physics.step();
        let jumps = layout.and_then(Jumps::new);
        Self { pristine: Arc::new(physics.clone()), physics, ball, speed, start, noise, jumps }
    }

    fn put(&mut self, position: [f64; 2]) {
        let ball = &mut self.physics.bodies[self.ball];
        ball.set_translation(centre(position), true);
        ball.set_linvel(Vector::ZERO, true);
    }
}

fn centre(position: [f64; 2]) -> Vector {
    Vector::new(position[0] as f32, position[1] as f32, walls::HALF_HEIGHT)
}

impl Env for Point {
    fn reset(&mut self, stream: &mut Stream) {
        self.physics.copy_from(&self.pristine);
        let start = self.start;
        // One draw per axis, in this order, so that the start is a function of the stream alone.
        let x = start[0] + stream.uniform(-self.noise, self.noise);
        let y = start[1] + stream.uniform(-self.noise, self.noise);
        self.put([x, y]);
        if let Some(jumps) = &mut self.jumps {
            jumps.reset(stream);
        }
    }

    fn step(&mut self, action: &[f32]) -> Outcome {
        if let Some(place) = self.jumps.as_mut().and_then(Jumps::take) {
            self.put(place);
        }
        let velocity = Vector::new(action[0] * self.speed, action[1] * self.speed, 0.0);
        self.physics.bodies[self.ball].set_linvel(velocity, true);
        self.physics.step();
        let place = self.place();
        if let Some(jumps) = &mut self.jumps {
            jumps.arrive(place);
        }
        Outcome::default()
    }

    fn observe(&self, observation: &mut [f32]) {
        let position = self.physics.bodies[self.ball].translation();
        observation.copy_from_slice(&[position.x, position.y]);
    }

    fn place(&self) -> [f64; 2] {
        let position = self.physics.bodies[self.ball].translation();
        [f64::from(position.x), f64::from(position.y)]
    }

    fn teleport(&mut self, position: [f64; 2]) {
        self.put(position);
        if let Some(jumps) = &mut self.jumps {
            jumps.forget();
        }
    }

    /// x and y, metres, and the velocity of the latest step, metres per second.
    fn coordinates(&self, qpos: &mut Vec<f32>, qvel: &mut Vec<f32>) {
        let ball = &self.physics.bodies[self.ball];
        let (position, velocity) = (ball.translation(), ball.linvel());
        qpos.extend([position.x, position.y]);
        qvel.extend([velocity.x, velocity.y]);
    }

    fn set_coordinates(&mut self, qpos: &[f32], qvel: &[f32]) -> Result<(), EnvsError> {
        length("qpos", qpos.len(), 2)?;
        length("qvel", qvel.len(), 2)?;
        self.teleport([qpos[0], qpos[1]].map(f64::from));
        self.physics.bodies[self.ball].set_linvel(Vector::new(qvel[0], qvel[1], 0.0), true);
        Ok(())
    }

    /// The ball is shown on the ground. Its height is that of the middle of the walls and makes no difference to how it
    /// moves.
    fn scene(&self, scene: &mut Scene) {
        self.physics.describe(scene);
        scene.lower(walls::HALF_HEIGHT - RADIUS);
    }

    fn save(&self, out: &mut Vec<u8>) {
        if let Some(jumps) = &self.jumps {
            jumps.save(out);
        }
        out.extend(self.physics.save());
    }

    fn load(&mut self, bytes: &[u8]) -> Result<(), EnvsError> {
        let refuse = |reason| EnvsError::State { what: "a point world".to_owned(), reason };
        let mut jumps = self.jumps.clone();
        let rest = jumps.as_mut().map_or(Ok(bytes), |jumps| jumps.load(bytes)).map_err(refuse)?;
        self.physics.load(rest).map_err(refuse)?;
        self.jumps = jumps;
        Ok(())
    }
}
