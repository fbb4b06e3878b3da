//! Frames to learn from: of worlds, and of files.
//!
//! ```text
//!  World ──► Lanes: a place for each episode, then random steps ──render──► Nuisance ──┐
//!                                                                                      ├──► Pool of the vision objectives
//!  folder of PNG files ──► cut to a square, shrunk to one size ────────────────────────┘
//! ```

mod folder; // files of the user
mod nuisance; // what frames show besides the place
mod world; // pictures of a world

pub use folder::{read_folder, read_picture};
pub use nuisance::{Nuisance, NuisanceConfig};
pub use world::{FramesConfig, Scenes, place_frames, world_frames, world_scenes};
