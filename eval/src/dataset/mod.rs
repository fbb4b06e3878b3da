//! Data sets made in simulated worlds, as OGBench makes its own (Park et al., 2025).
//!
//! ```text
//!  DatasetConfig ──► generate: blocks of episodes on threads ──► training and validation Dataset ──► npz or Minari
//!                       │ Lane: a world, its goal, its columns                  │                      │ sha256
//!                       │ Pilot: a scripted policy, or that of a run            └─► Fingerprint ──► manifest.json
//!                       └─ Expert: the next cell on the way                                            │
//!                                                                     render: pictures of the states ◄─┘
//! ```
//!
//! One episode:
//!
//! ```text
//!  start ← uniform free cell,  goal ← uniform vertex cell       stitch: a cell `cells` steps from the start
//!  both up to a quarter of a cell beside the centre along each axis; open ground: the world's start, a goal from anywhere
//!  repeat `steps` times:
//!    way    ← explore: a heading or skill, drawn anew every `redraw` steps; else towards the next cell on the way
//!    action ← clip(policy(observation, way) + N(0, noise²), -1, 1)
//!    keep the row; step; navigate: where the goal is reached, a new one
//! ```
//!
//! Episode `e` draws from streams of its own, and the episodes that a network acts for together depend on the settings only:
//! the same settings give the same bytes for any number of threads.
//!
//! Differences from OGBench: the body starts at rest; the action of the last row of an episode, which leads nowhere, is zero;
//! a row also has the goal that was pursued, and whether the transition reached it as its reward.

mod fingerprint; // statistics that tell data sets apart
mod folder; // whole or absent
mod ground; // where episodes start and lead
mod lane; // an episode in the making
mod make; // from settings to files
mod manifest; // what a data set is, and its checksums
mod pilot; // what acts
mod progress; // what a person sees
mod record; // the columns of episodes
mod render; // pictures of the states
mod retrace; // states that a world does not tell, gone through once more
mod settings; // what can be chosen

pub use fingerprint::Fingerprint;
pub use make::{generate, make};
pub use manifest::{Manifest, ManifestFile, Pictures, PolicySource};
pub use pilot::scripted;
pub use progress::Progress;
pub use record::GOALS;
pub use render::{RenderConfig, render};
pub use settings::{DatasetConfig, Format, Kind};
