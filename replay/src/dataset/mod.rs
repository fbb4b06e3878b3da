//! Data sets: trajectories in columns, and the files that others keep them in.
//!
//! ```text
//!  steps of all lanes ─Recorder─┐                          ┌─ ogbench: npz, read and write
//!  Replay ─────────from_replay──┼──► Dataset ◄─────────────┼─ exorl:   npz, read
//!  Replay ◄──────────────fill───┘         │                └─ minari:  Parquet, read and write; Arrow, read
//!                                         └──► GoalSampler ──► GoalBatch, for learning from it
//!
//!  row            0   1   2   3  │  4   5   6                  starts = [0, 4]
//!  observations   s0  s1  s2  s3 │  s0  s1  s2
//!  actions        a0  a1  a2  ·  │  a0  a1  ·
//!  rewards        r1  r2  r3  ·  │  r1  r2  ·                  r1 is what a0 led to, beside s1
//!  terminated     0   0   0   ·  │  0   1   ·
//!  truncated      0   0   1   ·  │  0   0   ·
//! ```
//!
//! An episode of `n` transitions takes `n + 1` rows, so that every transition has its next observation and no
//! observation is there twice. The last row of an episode holds the observation that it ended with; what the other
//! columns have there (`·`) means nothing: zeros where freeroam makes the data, else what the file has, so that copying
//! changes no bit.

mod assembly; // rows from transitions
mod columns; // the columns and what holds of them
mod error; // what can go wrong
pub mod exorl; // episodes of ExORL and URLB
mod goals; // transitions with goals, for learning from a data set
pub mod minari; // data sets of Minari
mod npy; // arrays of NumPy
mod npz; // archives of them
pub mod ogbench; // data sets of OGBench
mod recorder; // from steps of lanes
mod replay; // from replays and back
mod views; // as OGBench's loader gives it

pub use columns::{Columns, Dataset, Rows};
pub use error::DatasetError;
pub use goals::{FutureLaw, GoalBatch, GoalMixture, GoalSampler, Goals};
pub use npz::Compression;
pub use recorder::Recorder;
pub use views::{Compact, Regular};

/// The extra column that holds the skills or goals that a policy acted under.
pub const TASKS: &str = "tasks";
