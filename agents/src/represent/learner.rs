//! The learner of a representation objective: one gradient step per step of the loop.

use std::fs;
use std::path::{Path, PathBuf};

use freeroam_objectives::{Measure, Probe, Representation, Source};
use freeroam_replay::Stream;
use freeroam_trainer::{Learner, Progress, Record, TrainerError, newest_checkpoint};
use serde::{Deserialize, Serialize};

use super::{RepresentConfig, RepresentationRun};

/// Any representation objective, with what makes its batches and what measures it.
pub struct RepresentationLearner<B> {
    parts: Parts<B>,
    objective: Box<dyn Representation<B>>,
    config: RepresentConfig,
    streams: Streams,
    progress: Progress,
}

/// Makes an objective with fresh weights, always the same ones.
type Make<B> = Box<dyn Fn() -> Box<dyn Representation<B>> + Send>;
/// Starts an objective from the weights of another run.
type Start<B> = Box<dyn Fn(&mut dyn Representation<B>) -> Result<(), TrainerError> + Send>;

/// From the newest checkpoint of the run in `dir`.
pub(super) fn start_from<B>(dir: PathBuf) -> Start<B> {
    Box::new(move |objective| objective.initialise(&newest_checkpoint(&dir)?.learner()))
}

/// What a learner is made of.
pub struct Parts<B> {
    /// The objective with fresh weights.
    pub make: Make<B>,
    /// What its first weights are taken from, where the settings name a run.
    pub start: Option<Start<B>>,
    /// Batches.
    pub source: Box<dyn Source<B>>,
    /// Measures.
    pub probe: Box<dyn Probe<B>>,
}

/// One measure of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct ProbeResult {
    /// What was measured.
    pub measure: Measure,
    /// Of the trained objective.
    pub trained: Value,
    /// Of the same network with fresh weights.
    pub untrained: Value,
}

/// A number, with its 95 % interval where the probe gives one as `KEY_low` and `KEY_high`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Value {
    /// The number; NaN where the probe gave none.
    pub value: f64,
    /// Its interval.
    pub interval: Option<[f64; 2]>,
}

/// Streams of the updates.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Streams {
    batches: Stream,
    noise: Stream,
}

/// What a checkpoint holds besides the networks.
#[derive(Serialize, Deserialize)]
struct Saved {
    streams: Streams,
    progress: Progress,
}

const STATE: &str = "state.bin";

impl<B> RepresentationLearner<B> {
    /// A fresh learner of `config`.
    #[must_use]
    pub fn new(config: &RepresentConfig, parts: Parts<B>) -> Self {
        let stream = |purpose| Stream::new(config.seed, purpose, 0);
        Self {
            objective: (parts.make)(),
            parts,
            config: config.clone(),
            streams: Streams { batches: stream("representation batches"), noise: stream("representation noise") },
            progress: Progress::default(),
        }
    }

    /// The objective so far.
    #[must_use]
    pub fn objective(&self) -> &dyn Representation<B> {
        self.objective.as_ref()
    }

    /// Whether the metrics of this step are read: always on the CPU; elsewhere, where reading waits for the device, only at
    /// the end of a line of the log.
    fn reads(&self) -> bool {
        self.config.device == "cpu" || self.progress.steps.is_multiple_of(self.config.log_every)
    }
}

impl<B> Learner for RepresentationLearner<B> {
    fn step(&mut self) -> Result<Record, TrainerError> {
        let batch = self.parts.source.draw(self.config.batch, &mut self.streams.batches)?;
        let scalars = self.objective.update(&batch, &mut self.streams.noise);
        self.progress.steps += 1;
        self.progress.gradient_steps += 1;
        let mut record = Record::default();
        if self.reads() {
            for (key, value) in scalars {
                record.set(key, f64::from(value.into_scalar::<f32>()));
            }
        }
        Ok(record)
    }

    fn progress(&self) -> Progress {
        self.progress
    }

    fn save(&self, dir: &Path) -> Result<(), TrainerError> {
        self.objective.save(dir)?;
        let saved = Saved { streams: self.streams.clone(), progress: self.progress };
        let bytes = postcard::to_stdvec(&saved).expect("plain numbers serialise");
        let path = dir.join(STATE);
        fs::write(&path, bytes).map_err(|source| TrainerError::Io { path, source })
    }

    fn load(&mut self, dir: &Path) -> Result<(), TrainerError> {
        self.objective.load(dir)?;
        let path = dir.join(STATE);
        let bad = |reason: String| TrainerError::Checkpoint { path: path.clone(), reason };
        let bytes = fs::read(&path).map_err(|error| bad(error.to_string()))?;
        let saved: Saved = postcard::from_bytes(&bytes).map_err(|error| bad(error.to_string()))?;
        (self.streams, self.progress) = (saved.streams, saved.progress);
        Ok(())
    }

    fn evaluate(&mut self) -> Result<Record, TrainerError> {
        self.parts.probe.measure(self.objective.as_ref())
    }
}

impl<B> RepresentationRun for RepresentationLearner<B> {
    fn initialise(&mut self) -> Result<(), TrainerError> {
        match &self.parts.start {
            Some(start) => start(self.objective.as_mut()),
            None => Ok(()),
        }
    }

    fn write(&self, run: &Path) -> Result<(), TrainerError> {
        self.parts.source.write(run)
    }

    fn results(&mut self) -> Result<Vec<ProbeResult>, TrainerError> {
        let trained = self.parts.probe.measure(self.objective.as_ref())?;
        let untrained = self.parts.probe.measure((self.parts.make)().as_ref())?;
        let value = |record: &Record, key: &str| Value {
            value: record.get(key).unwrap_or(f64::NAN),
            interval: record.get(&format!("{key}_low")).zip(record.get(&format!("{key}_high"))).map(Into::into),
        };
        let result = |measure: Measure| ProbeResult {
            trained: value(&trained, measure.key),
            untrained: value(&untrained, measure.key),
            measure,
        };
        Ok(self.parts.probe.measures()?.into_iter().map(result).collect())
    }
}
