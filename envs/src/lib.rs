//! Worlds simulated with rapier, stepped in parallel lanes.
//!
//! ```text
//!  registry ──World──► Lanes ── actions [n, a] ──► worker pool: one Env per lane ──► StepBatch [n, ..]
//!                        ├── Stream::new(seed, purpose, lane): all randomness
//!                        └── Camera, Lidar ──► pictures [n, height, width, 3], distances [n, rings, rays]
//! ```
//!
//! ```
//! use freeroam_envs::{Lanes, LanesConfig, world};
//! # fn main() -> Result<(), freeroam_envs::EnvsError> {
//! let maze = world("PointMaze-Large-v0")?;
//! let mut lanes = Lanes::new(&maze, LanesConfig { lanes: 8, threads: 2, seed: 1, ..LanesConfig::default() })?;
//! let mut batch = lanes.batch();
//! lanes.reset_into(&mut batch)?;
//! for _ in 0..10 {
//!     lanes.step_into(&[1.0; 8 * 2], &mut batch)?; // [lanes, action]
//! }
//! assert_eq!(batch.observation.len(), 8 * maze.spec().observation.len());
//! # Ok(())
//! # }
//! ```
//!
//! The reward is the world's own, or, with [`LanesConfig::goals`], that of reaching a place drawn for each episode.

mod batch; // the buffers of a step
pub mod body; // robots as bodies, and their worlds
pub mod camera; // pictures of worlds
mod coverage; // counting visited cells
mod env; // the interface of a world
mod error; // what can go wrong
pub mod expert; // a guide that knows the maze
mod frames; // pictures at every step
mod goals; // places that an episode asks for
pub mod ground; // what robots stand on and run into
mod lanes; // many copies stepped together
pub mod maze; // layouts, shortest ways, mazes from text
mod physics; // one rapier world: step, copy, save
mod plan; // worlds on floor plans, without rapier
mod point; // a ball on a plane or in a maze
mod pool; // worker threads
mod ranger; // a world with a lidar
mod registry; // worlds by id
pub mod robot; // articulated robots from MJCF
mod roles; // what channels are for
mod sensed; // worlds with cameras and lidars
mod slice; // the lanes of one thread
mod spec; // names, units, sizes
mod stream; // randomness as a value
pub mod task; // what worlds reward
pub mod terrain; // hilly ground
mod walls; // mazes as colliders
pub mod words; // short English about states and goals

pub use batch::StepBatch;
pub use body::{ROBOT_WORLDS, robot_world};
pub use coverage::CellCounter;
pub use env::{Env, Outcome};
pub use error::EnvsError;
pub use expert::Expert;
pub use frames::{FrameSpec, Pixel};
pub use goals::{GoalConfig, GoalLaw, GoalPlaces};
pub use lanes::{Autoreset, LaneResets, Lanes, LanesConfig};
pub use registry::{World, families, ids, world};
pub use roles::{Categories, Gauge, Roles};
pub use spec::{Channel, Spec};
pub use stream::Stream;
