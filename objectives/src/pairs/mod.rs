//! Representations of pairs: frames, and captions that hold in them.
//!
//! ```text
//!  Pairs: frames ──► image tower ──► unit vectors ─┐
//!         captions ► text tower ───► unit vectors ─┴─► similarities ──► which caption belongs to which frame?
//!                └── agreement: which captions say the same, which leave it open
//! ```

mod batch; // frames with captions
#[cfg(test)]
mod checks; // pairs to learn in tests
mod cleanclip; // the same, beside views of either side
mod clip; // frames and captions against each other
mod noise; // captions with gaps
mod towers; // an encoder for each side

pub use batch::{Agreement, Pairs};
pub use cleanclip::{CleanClip, CleanClipConfig};
pub use clip::{Clip, ClipConfig};
pub use towers::TowersConfig;
