//! One training loop for everything that learns.

mod config; // layered settings
mod device; // devices by name
mod error; // what can go wrong
mod learner; // the trait that the loop runs
pub mod nn; // networks and their optimiser
mod record; // metrics

pub use config::{Layers, nearest};
pub use device::device;
pub use error::TrainerError;
pub use learner::{Learner, Progress};
pub use record::Record;
