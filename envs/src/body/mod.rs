//! Robots as bodies: what to know about a robot beyond its file, and worlds of a body on a ground with a task.
//!
//! ```text
//!  Body: MJCF file, timing, start, senses ──┐
//!  Ground: plane, maze ─────────────────────┼── Embodiment::world ──► World, for Lanes
//!  Task: reward and endings ────────────────┘
//! ```
//!
//! ```
//! use std::sync::Arc;
//!
//! use freeroam_envs::body::{Body, Embodiment};
//! use freeroam_envs::ground::Ground;
//! use freeroam_envs::maze::Layout;
//! use freeroam_envs::task::Free;
//! # fn main() -> Result<(), freeroam_envs::EnvsError> {
//! let world = Embodiment {
//!     id: "Ant-in-my-maze-v0".to_owned(),
//!     description: "An ant in a maze.".to_owned(),
//!     body: Body::ant(),
//!     ground: Ground::Maze(Layout::umaze()),
//!     task: Arc::new(Free),
//!     horizon: 500,
//! };
//! assert_eq!(world.world()?.spec().position, [0, 1]);
//! # Ok(())
//! # }
//! ```

pub(crate) mod ant; // four legs, eight motors
mod embodied; // a body as an Env
mod file; // bodies from users' own files
pub(crate) mod half_cheetah; // Gymnasium's half cheetah
mod hand; // the hand of a body that stands fixed
pub(crate) mod hopper; // Gymnasium's one-legged hopper
pub(crate) mod humanoid; // Gymnasium's humanoid
pub(crate) mod jaco; // an arm with a hand
pub(crate) mod quadruped; // dm_control's quadruped
pub(crate) mod rover; // a wheeled ground robot
mod sense; // what a body observes of itself
mod start; // how an episode begins
pub(crate) mod walker; // dm_control's planar walker
pub(crate) mod walker2d; // Gymnasium's planar walker

use std::borrow::Cow;
use std::sync::Arc;

use crate::ground::Ground;
use crate::maze::Layout;
use crate::robot::{Robot, Timing};
use crate::task::{Escape, Free, Task};
use crate::terrain::Heights;
use crate::{Channel, EnvsError, Roles, Spec, World};
pub use embodied::{Embodied, State};
pub use file::{ROBOT_WORLDS, robot_world};
pub use hand::Hand;
pub use sense::Sense;
pub use start::{Noise, Posture, Start};

/// Distance at which a goal in a maze counts as reached, metres. `OGBench`: 0.5 for all robots.
const MAZE_GOAL_RADIUS: f64 = 0.5;
/// Steps of an episode in a maze, unless a world says otherwise. `OGBench`: 1000.
const MAZE_HORIZON: u32 = 1000;

/// A robot and all that its file does not say.
#[derive(Clone, Debug)]
pub struct Body {
    /// Name for messages.
    pub name: String,
    /// What it is, for descriptions of worlds: `An ant of 0.9 kg with four legs and eight motors`.
    pub summary: String,
    /// The MJCF document.
    pub mjcf: Cow<'static, str>,
    /// How a step is divided.
    pub timing: Timing,
    /// How an episode begins.
    pub start: Start,
    /// How actions drive the actuators; `None` when there is an action for each.
    pub controls: Option<Controls>,
    /// The hand of a body that stands fixed, whose place is that of the body; `None` for those that move about.
    pub hand: Option<Hand>,
    /// What it observes, in order.
    pub senses: Vec<Sense>,
    /// How channels are normalised; those that are not named have mean 0 and standard deviation 1.
    pub scales: Vec<Scale>,
    /// Largest |qvel| that can be trusted, m/s and rad/s. rapier lets an exploding robot fly on with finite numbers.
    pub fastest: f32,
    /// Largest |height| of a free root that can be trusted, metres.
    pub highest: f32,
    /// Edge of the squares in which coverage is counted, metres; about the length of the body.
    pub bin: f64,
    /// Half-width of the square from which goals are drawn on open ground, metres.
    pub goal_range: f64,
    /// Distance at which a goal on open ground counts as reached, metres.
    pub goal_radius: f64,
}

/// Actions that drive several actuators at once.
#[derive(Clone, Debug, PartialEq)]
pub struct Controls {
    /// Name of each action and its weights, one per actuator. An actuator is told the sum, clamped to `[-1, 1]`.
    pub rows: Vec<(String, Vec<f32>)>,
}

impl Controls {
    fn mix(&self, action: &[f32], mixed: &mut [f32]) {
        mixed.fill(0.0);
        for ((_, weights), value) in self.rows.iter().zip(action) {
            mixed.iter_mut().zip(weights).for_each(|(mixed, weight)| *mixed += weight * value);
        }
        mixed.iter_mut().for_each(|mixed| *mixed = mixed.clamp(-1.0, 1.0));
    }
}

/// How a channel is normalised.
#[derive(Clone, Debug, PartialEq)]
pub struct Scale {
    /// Name of the channel.
    pub name: String,
    /// Its mean.
    pub mean: f32,
    /// Its standard deviation; positive.
    pub std: f32,
}

impl Scale {
    fn table(rows: &[(&str, f32, f32)]) -> Vec<Self> {
        rows.iter().map(|&(name, mean, std)| Self { name: name.to_owned(), mean, std }).collect()
    }
}

/// A body on a ground with a task: all that makes a world.
#[derive(Clone, Debug)]
pub struct Embodiment {
    /// Id with version.
    pub id: String,
    /// One sentence for `--list` and the docs.
    pub description: String,
    /// The body.
    pub body: Body,
    /// What it stands on and runs into.
    pub ground: Ground,
    /// What is rewarded.
    pub task: Arc<dyn Task>,
    /// Steps until an episode is truncated.
    pub horizon: u32,
}

impl Body {
    /// The robot of the file, on a ground.
    ///
    /// # Errors
    /// As [`Robot::from_mjcf`].
    pub fn robot(&self, ground: &Ground) -> Result<Robot, EnvsError> {
        Robot::from_mjcf(&self.name, &self.mjcf, self.timing, ground)
    }

    fn channels(&self, robot: &Robot, layout: Option<&Layout>) -> Vec<Channel> {
        let mut channels: Vec<Channel> = self.senses.iter().flat_map(|sense| sense.channels(robot)).collect();
        for channel in &mut channels {
            if let Some(scale) = self.scales.iter().find(|scale| scale.name == channel.name) {
                (channel.mean, channel.std) = (scale.mean, scale.std);
            }
        }
        if let Some(layout) = layout {
            let (low, high) = layout.free_bounds();
            for (k, at) in self.position(robot).into_iter().enumerate() {
                // Mean and standard deviation of a uniform number between the bounds.
                channels[at].mean = f64::midpoint(low[k], high[k]) as f32;
                channels[at].std = ((high[k] - low[k]) / 12_f64.sqrt()) as f32;
            }
        }
        channels
    }

    /// Where the observation shows x and y.
    fn position(&self, robot: &Robot) -> Vec<usize> {
        let mut before = 0;
        let mut shown = [None; 2];
        for sense in &self.senses {
            if self.hand.is_some_and(|hand| sense.shows_point(hand.part, hand.at)) {
                return vec![before, before + 1];
            }
            for (shown, place) in shown.iter_mut().zip(robot.travel()) {
                *shown = shown.or(place.and_then(|place| sense.shows_position(place)).map(|at| before + at));
            }
            before += sense.channels(robot).len();
        }
        shown.into_iter().map_while(|at| at).collect()
    }
}

impl Embodiment {
    /// A body on open ground with a task: `description` goes on after the body's summary, to the end of the sentence.
    pub(crate) fn on_plane(id: &str, body: Body, description: &str, task: impl Task + 'static, horizon: u32) -> Self {
        let description = format!("{}{description}.", body.summary);
        let (ground, task) = (Ground::Plane, Arc::new(task));
        Self { id: id.to_owned(), description, body, ground, task, horizon }
    }

    /// A body that roams a maze without a task.
    pub(crate) fn in_maze(id: &str, body: Body, layout: Layout) -> Self {
        let description = format!("{} in a maze of {} m cells.", body.summary, layout.cell);
        let (ground, task) = (Ground::Maze(layout), Arc::new(Free));
        Self { id: id.to_owned(), description, body, ground, task, horizon: MAZE_HORIZON }
    }

    /// A body in the middle of a bowl of hills that it is to get out of within 20 s (`dm_control`'s `escape`).
    pub(crate) fn escape(id: &str, body: Body) -> Self {
        let hills = Heights::bowl(0);
        let description = format!("{} in a bowl of hills, rewarded for getting out of it.", body.summary);
        let task = Arc::new(Escape { radius: hills.half() as f32 });
        let horizon = (20.0 / body.timing.dt) as u32;
        Self { id: id.to_owned(), description, body, ground: Ground::Hills(hills), task, horizon }
    }

    /// The world, for [`crate::Lanes`].
    ///
    /// # Errors
    /// [`EnvsError::Robot`] when the robot's file is not usable or does not fit what else is said about the body,
    /// [`EnvsError::OutOfRange`] for a maze without a free cell.
    pub fn world(self) -> Result<World, EnvsError> {
        let prototype = self.env()?;
        let spec = self.spec(prototype.robot());
        Ok(World::new(spec, move || Ok(Box::new(prototype.clone()))))
    }

    /// One copy of the world, with its robot at hand.
    ///
    /// # Errors
    /// As [`Embodiment::world`].
    pub fn env(&self) -> Result<Embodied, EnvsError> {
        Embodied::new(self)
    }

    fn spec(&self, robot: &Robot) -> Spec {
        let Self { body, ground, .. } = self;
        let layout = ground.layout();
        Spec {
            id: self.id.clone(),
            description: self.description.clone(),
            observation: body.channels(robot, layout),
            action: match &body.controls {
                None => robot.actuators().map(str::to_owned).collect(),
                Some(controls) => controls.rows.iter().map(|(name, _)| name.clone()).collect(),
            },
            dt: body.timing.dt,
            horizon: self.horizon,
            position: body.position(robot),
            bin: body.bin,
            goal_range: if layout.is_some() { 0.0 } else { body.goal_range },
            goal_radius: if layout.is_some() { MAZE_GOAL_RADIUS } else { body.goal_radius },
            layout: layout.cloned(),
            frames: None,
            roles: Roles::default(),
        }
    }
}
