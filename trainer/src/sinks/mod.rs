//! Where metrics go: one truth and two views of it.
//!
//! ```text
//!  record ──► metrics.jsonl  the truth: cut back to a checkpoint on resume
//!        ├──► metrics.csv    a view: one row per line of the truth
//!        └──► tensorboard/   a view: one event per line of the truth
//! ```

mod csv; // rows with columns that may grow
mod jsonl; // one object per line
mod tensorboard; // event files

use std::path::Path;

pub use self::csv::Csv;
pub use self::jsonl::{Jsonl, read_metrics};
pub use self::tensorboard::TensorBoard;
use crate::{Progress, Record, TrainerError};

/// Takes records in the order in which they are made.
pub trait Sink {
    /// Takes one record, made when the learner had come as far as `progress`.
    ///
    /// # Errors
    /// [`TrainerError::Io`] when it cannot be written.
    fn write(&mut self, progress: Progress, record: &Record) -> Result<(), TrainerError>;

    /// Makes what was written durable.
    ///
    /// # Errors
    /// [`TrainerError::Io`] when it cannot be written.
    fn flush(&mut self) -> Result<(), TrainerError>;
}

/// The sinks of a run folder.
pub(crate) struct Sinks {
    truth: Jsonl,
    views: [Box<dyn Sink>; 2],
}

impl Sinks {
    /// Cuts the truth of the run in `dir` back to `keep` bytes and makes the views anew from it. `started_unix_s` and
    /// `session` (resumes so far) date and name the TensorBoard file.
    pub(crate) fn open(dir: &Path, keep: u64, started_unix_s: u64, session: usize) -> Result<Self, TrainerError> {
        let path = dir.join("metrics.jsonl");
        let truth = Jsonl::open(&path, keep)?;
        let past = read_metrics(&path)?;
        let csv = Csv::open(&dir.join("metrics.csv"), &path)?;
        let mut events = TensorBoard::open(&dir.join("tensorboard"), started_unix_s, session)?;
        for (progress, record) in &past {
            events.write(*progress, record)?;
        }
        Ok(Self { truth, views: [Box::new(csv), Box::new(events)] })
    }

    /// Length of the truth in bytes.
    pub(crate) const fn bytes(&self) -> u64 {
        self.truth.bytes()
    }
}

impl Sink for Sinks {
    fn write(&mut self, progress: Progress, record: &Record) -> Result<(), TrainerError> {
        // The truth first: the views may read it back.
        self.truth.write(progress, record)?;
        self.views.iter_mut().try_for_each(|view| view.write(progress, record))
    }

    fn flush(&mut self) -> Result<(), TrainerError> {
        self.truth.flush()?;
        self.views.iter_mut().try_for_each(|view| view.flush())
    }
}
