//! Replay: per-lane rings of transitions, samplers, snapshots; data sets and their files.
//!
//! ```text
//!  step of all lanes ──Transitions──► Replay::push ──► one ring of rows per lane
//!                                                         │ sample, sample_returns, sample_future, ..
//!  learner ◄── Batch (columns, reused) ◄──────────────────┤ latest, save, load
//!  files  ◄──► Dataset (columns of episodes) ◄────────────┘ from_replay, fill
//! ```
//!
//! ```
//! use freeroam_replay::{Batch, Replay, Shape, Stream, Transitions};
//!
//! let mut replay = Replay::new(Shape { observation: 2, action: 1, task: 0, frame: 0 }, 1, 1000)?;
//! for step in 0..5 {
//!     replay.push(&Transitions {
//!         observation: &[step as f32, 0.0],
//!         action: &[0.5],
//!         task: &[],
//!         reward: &[1.0],
//!         terminated: &[false],
//!         truncated: &[step == 4],
//!         next_observation: &[step as f32 + 1.0, 0.0],
//!         frames: &[],
//!         next_frames: &[],
//!         skip: &[false],
//!     })?;
//! }
//! let mut batch = Batch::new(256);
//! replay.sample(&mut Stream::new(7, "replay", 0), &mut batch)?;
//! assert_eq!(batch.next_observation[0], batch.observation[0] + 1.0);
//! # Ok::<(), freeroam_replay::ReplayError>(())
//! ```

mod batch; // the columns that sampling fills
mod column; // memory that is backed as it is written
pub mod dataset; // trajectories in columns, files of OGBench, ExORL and Minari
mod error; // what can go wrong
mod hindsight; // goals for what was sampled
mod replay; // push, counters, the latest observations
mod ring; // rows of the lanes in memory
mod sample; // uniform, hindsight and segment samplers
mod snapshot; // save and load
mod transition; // what is pushed

pub use batch::Batch;
pub use error::ReplayError;
pub use freeroam_envs::{Categories, Stream};
pub use replay::Replay;
pub use transition::{Shape, Transitions};
