//! Representations of frames and clips.
//!
//! ```text
//!  Pool (bytes in host memory) ──► Frames, Clips ──► an objective's update ──► embed(frames) ──► probes
//!                                        └── meta: read by evaluation only
//! ```

mod augment; // views of frames
#[cfg(test)]
pub(crate) mod checks; // what every representation has to pass
mod contrastive; // two views of a frame among those of others
mod cpc; // rows of patches predicted from those above
mod encoder; // the networks by themselves
mod frames; // batches
mod pool; // where batches come from
mod scan; // clusters of neighbours
mod vjepa; // features of what is hidden of a clip

pub use augment::AugmentConfig;
pub use contrastive::{Contrastive, ContrastiveConfig};
pub use cpc::{Cpc, CpcConfig, Grid};
pub use encoder::Encoder;
pub use frames::{Clips, Frames, Instant, Meta, planes};
pub use pool::{Pool, draw};
pub use scan::{Scan, ScanConfig};
pub use vjepa::{Still, Vjepa, VjepaConfig};
