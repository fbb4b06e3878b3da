//! Runs of representation objectives: no policy, no replay, the same loop.
//!
//! ```text
//!  captions or pictures of a world, files ──Source──► batch ──► Representation ──► Probe ──► results beside baselines
//! ```
//!
//! [`RepresentConfig`] has the settings of such a run; [`representation_learner`] makes its learner. What makes batches
//! of a kind, and what measures features of it, is a file each.

mod captioned; // frames with captions, of a world or of the user's
mod config; // the settings of such a run
mod documents; // texts of the user's
mod encoder; // the network of a run, for agents
mod learner; // the learner
mod matcher; // what a run on pairs has learned
mod pairs; // frames with captions as batches
mod pairs_probe; // are captions found by frames, and frames by captions?
mod pictures; // frames and clips as batches
mod pictures_probe; // what features of frames and clips are good for
mod poison; // an attack on pairs
mod similarity; // do features follow the meaning of sentences?
mod simple_pairs; // frames and captions without learning
mod supervised; // what a network learns from labels alone
mod text; // texts as batches
mod text_probe; // what features of texts are good for

use std::path::Path;

use burn::tensor::Device;
use freeroam_trainer::{Learner, TrainerError};

pub use config::{DataConfig, ProbeConfig, RepresentConfig, TextConfig, represents};
pub use encoder::encoder_of_run;
pub use learner::{Parts, ProbeResult, RepresentationLearner, Value};
pub use matcher::Matcher;
pub use pairs::PairsConfig;

/// What sessions need of a representation run's learner, whatever its batches are. Object-safe.
pub trait RepresentationRun: Learner + Send {
    /// Starts from the weights of the run that the settings name (`init`), if they name one; for a newly made learner.
    ///
    /// # Errors
    /// [`TrainerError::Usage`] when that run does not fit, [`TrainerError::Checkpoint`] when a file is damaged.
    fn initialise(&mut self) -> Result<(), TrainerError>;

    /// Writes into the run folder what later sessions need beside checkpoints, such as a tokenizer.
    ///
    /// # Errors
    /// When a file cannot be written.
    fn write(&self, run: &Path) -> Result<(), TrainerError>;

    /// Everything that is measured of it, the headline first, beside the same network with fresh weights and simple methods.
    ///
    /// # Errors
    /// When a world or a file fails.
    fn results(&mut self) -> Result<Vec<ProbeResult>, TrainerError>;
}

/// The learner of a run on the plain `device`. `run` is the folder of one that is taken up again or evaluated.
///
/// # Errors
/// [`TrainerError::Usage`] for data that cannot be used.
pub fn representation_learner(
    config: &RepresentConfig,
    device: &Device,
    run: Option<&Path>,
) -> Result<Box<dyn RepresentationRun>, TrainerError> {
    match &config.data {
        DataConfig::Text(text) => Ok(Box::new(text::learner(config, text, device, run)?)),
        DataConfig::Frames(frames) => Ok(Box::new(pictures::frames_learner(config, frames, device, run)?)),
        DataConfig::Clips(clips) => Ok(Box::new(pictures::clips_learner(config, clips, device)?)),
        DataConfig::Pairs(pairs) => Ok(Box::new(pairs::learner(config, pairs, device, run)?)),
    }
}
