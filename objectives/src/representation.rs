//! The interface of what learns to represent: texts, frames, clips, pairs of them.
//!
//! ```text
//!  Source ──draw──► batch B ──► Representation::update     gradient steps
//!                      │
//!                      └──────► Representation::embed ──► Probe ──► Record     what the features are good for
//! ```
//!
//! An objective on batches of a type of its own knows neither where they come from nor how it is measured.

use std::path::Path;

use burn::tensor::Tensor;
use freeroam_replay::Stream;
use freeroam_trainer::{Record, TrainerError};

use crate::Scalars;
use crate::vision::Encoder;

/// What learns to represent batches of type `B`. Object-safe.
pub trait Representation<B>: Send {
    /// One gradient step. Noise (masks, dropout, augmentation) comes from `stream`.
    fn update(&mut self, batch: &B, stream: &mut Stream) -> Scalars;

    /// The features of each row, `[B, features]`, constants without noise.
    fn embed(&self, batch: &B) -> Tensor<2>;

    /// The network of its features, tracked, for others to go on with; nothing where rows are no frames or clips.
    fn encoder(&self) -> Option<Encoder> {
        None
    }

    /// Probabilities of classes of each row, `[B, classes]`, constants; nothing where it has no classes.
    fn assign(&self, _batch: &B) -> Option<Tensor<2>> {
        None
    }

    /// Both sides of each pair in one space, unit vectors `[B, D]` each, constants without noise; nothing where rows
    /// have one side.
    fn sides(&self, _batch: &B) -> Option<[Tensor<2>; 2]> {
        None
    }

    /// Its own measures of a batch that it does not learn from, such as the loss; none where there are none. Noise
    /// comes from `stream`.
    fn score(&self, _batch: &B, _stream: &mut Stream) -> Scalars {
        Scalars::new()
    }

    /// Starts from the weights that another run's objective saved in `dir`, for a newly made one.
    ///
    /// # Errors
    /// [`TrainerError::Usage`] where it can take nothing over, [`TrainerError::Checkpoint`] when a file is damaged.
    fn initialise(&mut self, dir: &Path) -> Result<(), TrainerError> {
        Err(TrainerError::Usage(format!("`init` = {}: this objective starts from no other run", dir.display())))
    }

    /// Writes its state into `dir`.
    ///
    /// # Errors
    /// When a file cannot be written.
    fn save(&self, dir: &Path) -> Result<(), TrainerError>;

    /// Restores what [`Representation::save`] wrote.
    ///
    /// # Errors
    /// When a file is missing or does not fit.
    fn load(&mut self, dir: &Path) -> Result<(), TrainerError>;
}

/// Where batches of type `B` come from. Object-safe.
pub trait Source<B>: Send {
    /// `size` rows to learn from. All chance comes from `stream`, so that a source has no state of its own to save.
    ///
    /// # Errors
    /// When a world or a file fails.
    fn draw(&mut self, size: usize, stream: &mut Stream) -> Result<B, TrainerError>;

    /// Writes into the run folder what others need to make the same batches, such as a tokenizer.
    ///
    /// # Errors
    /// When a file cannot be written.
    fn write(&self, _run: &Path) -> Result<(), TrainerError> {
        Ok(())
    }
}

/// A measure of features that nothing was trained on. Object-safe.
pub trait Probe<B>: Send {
    /// What it measures; the first is that of the headline.
    ///
    /// # Errors
    /// When a world or a file fails.
    fn measures(&mut self) -> Result<Vec<Measure>, TrainerError>;

    /// The numbers under the keys of [`Probe::measures`], and others of interest. Equal features give equal numbers.
    ///
    /// # Errors
    /// When a world or a file fails.
    fn measure(&mut self, objective: &dyn Representation<B>) -> Result<Record, TrainerError>;
}

/// One number that a probe gives.
#[derive(Clone, Debug, PartialEq)]
pub struct Measure {
    /// `probe/name`, as in the record.
    pub key: &'static str,
    /// What it is, with its unit and the data that it is of.
    pub meaning: String,
    /// Whether larger numbers are better ones.
    pub more_is_better: bool,
    /// What simple methods reach on the same data, by name.
    pub baselines: Vec<(String, f64)>,
}
