//! Worlds simulated with rapier, stepped in parallel lanes.
//!
//! ```text
//!  registry ──World──► Lanes ── actions [n, a] ──► worker pool: one Env per lane ──► StepBatch [n, ..]
//!                        └── Stream::new(seed, purpose, lane): all randomness
//! ```

mod batch; // the buffers of a step
mod coverage; // counting visited cells
mod env; // the interface of a world
mod error; // what can go wrong
pub mod maze; // layouts and shortest paths
mod spec; // names, units, sizes
mod stream; // randomness as a value

pub use batch::StepBatch;
pub use coverage::CellCounter;
pub use env::{Env, Outcome};
pub use error::EnvsError;
pub use spec::{Channel, Spec};
pub use stream::Stream;
