//! Agents that act by frames: a network in front of them, frozen or trained.
//!
//! ```text
//!                          ┌── observation ──────────────────────┐
//!  Lanes ──StepBatch───────┤                                     ├──► Gaze: rows [observation | features]
//!                          └── frames ──Eyes, frame by frame─────┘      │
//!                                                                       ├──► replay, evaluation: the whole row
//!                                                                       └──► objective, agent: the features alone
//! ```
//!
//! A row is what a policy keeps of a moment of a lane. In worlds without frames it is the observation; in worlds with frames
//! ([`Spec::frames`](freeroam_envs::Spec::frames)) the features of the latest frames come after it. Networks then see the
//! features alone, whereas coverage, places and rewards are read from the observation.

mod config; // settings
mod eyes; // frames to features
mod gaze; // lanes to rows
mod net; // the network of a frame
mod readout; // what is read of features

pub use config::EncoderConfig;
pub use eyes::Eyes;
pub use gaze::Gaze;
pub(crate) use gaze::observations;
pub use net::{EyeNet, Glance, Sight};
pub(crate) use net::{critics_view, descend};
