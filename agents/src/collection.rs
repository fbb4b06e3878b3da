//! Lanes and all that goes on in them while a learner collects: what both collecting learners share.

use std::fs;
use std::path::Path;

use freeroam_envs::{Autoreset, Lanes, LanesConfig, StepBatch, World};
use freeroam_replay::{ReplayError, Transitions};
use freeroam_trainer::{Progress, Record, TrainerError};
use serde::{Deserialize, Serialize};

use crate::collect::Collector;
use crate::measured::measured;
use crate::update::Streams;
use crate::{Act, AgentsError, Gaze, Policy, RunConfig};

/// Lanes with their current rows, collection, streams of updates, and how far it all is.
pub(crate) struct Collection {
    pub(crate) lanes: Lanes,
    batch: StepBatch,
    gaze: Gaze,
    pub(crate) collector: Collector,
    pub(crate) streams: Streams,
    pub(crate) progress: Progress,
    /// Latest places that are kept.
    queue: usize,
}

/// What a checkpoint holds of it besides the lanes.
#[derive(Serialize, Deserialize)]
struct Saved {
    collector: Collector,
    streams: Streams,
    progress: Progress,
    /// The current rows, `[lanes, row]`.
    rows: Vec<f32>,
}

impl Collection {
    /// Fresh lanes of `config` in `world`, in which `policy` will act.
    pub(crate) fn new(config: &RunConfig, world: &World, policy: &Policy) -> Result<Self, AgentsError> {
        let settings = LanesConfig {
            lanes: config.collect.lanes,
            threads: config.threads(),
            seed: config.seed,
            horizon: config.collect.horizon,
            autoreset: Autoreset::SameStep,
            goals: None,
        };
        let mut lanes = Lanes::new(world, settings)?;
        let mut batch = lanes.batch();
        lanes.reset_into(&mut batch)?;
        Ok(Self {
            collector: Collector::new(policy, &lanes, config.seed)?,
            lanes,
            gaze: Gaze::new(policy.eyes(), &batch),
            batch,
            streams: Streams::new(config.seed, "replay samples"),
            progress: Progress::default(),
            queue: config.evaluate.queue,
        })
    }

    /// Steps that every lane takes in an epoch, where the settings say `steps`.
    pub(crate) fn epoch_steps(&self, steps: u32) -> u32 {
        if steps == 0 { self.lanes.horizon() } else { steps }
    }

    /// Steps all lanes once and hands the step to `store`.
    pub(crate) fn step(
        &mut self,
        policy: &Policy,
        act: Act,
        store: &mut dyn FnMut(&Transitions<'_>) -> Result<(), ReplayError>,
    ) -> Result<(), AgentsError> {
        self.collector.step((policy, act), &mut self.lanes, store, (&mut self.gaze, &mut self.batch), self.queue)?;
        self.progress.env_steps += self.lanes.len() as u64;
        Ok(())
    }

    /// Looks at the current frames once more, where what sees them has learned.
    pub(crate) fn refresh(&mut self, policy: &Policy) {
        if let Some(eyes) = policy.trained_eyes() {
            self.gaze.refresh(eyes);
        }
    }

    /// The latest frames of all lanes, `[lanes, stack, height, width, 3]`.
    pub(crate) fn stacks(&self) -> &[u8] {
        &self.gaze.frames
    }

    /// Gradient steps that are due after the collection so far, at `ratio` of them per environment step after `warmup`.
    pub(crate) fn due(&self, warmup: u64, ratio: f64) -> u64 {
        (self.progress.env_steps.saturating_sub(warmup) as f64 * ratio).floor() as u64
    }

    /// Closes an epoch: what collection says of itself.
    pub(crate) fn report(&mut self, record: &mut Record) {
        self.collector.report(&self.lanes, record);
        self.progress.steps += 1;
    }

    /// Distinct cells among the latest transitions.
    pub(crate) fn queue_cells(&self) -> Result<usize, AgentsError> {
        self.collector.queue(self.lanes.spec().bin)
    }

    /// Measures the policy, and what was collected.
    pub(crate) fn evaluate(&self, config: &RunConfig, world: &World, policy: &Policy) -> Result<Record, TrainerError> {
        let mut record = measured((config, world, policy), self.lanes.horizon(), self.progress.clock())?;
        record.set("evaluate/queue_coverage", self.queue_cells()? as f64);
        record.set("evaluate/total_coverage", self.collector.total.len() as f64);
        Ok(record)
    }

    /// Writes its state into `dir`.
    pub(crate) fn save(&self, dir: &Path) -> Result<(), TrainerError> {
        write(dir, LANES, self.lanes.save())?;
        let saved = Saved {
            collector: self.collector.clone(),
            streams: self.streams.clone(),
            progress: self.progress,
            rows: self.gaze.rows.clone(),
        };
        if !self.gaze.frames.is_empty() {
            write(dir, FRAMES, self.gaze.frames.clone())?;
        }
        write(dir, STATE, postcard::to_stdvec(&saved).expect("plain numbers serialise"))
    }

    /// Restores what [`Collection::save`] wrote.
    pub(crate) fn load(&mut self, dir: &Path) -> Result<(), TrainerError> {
        self.lanes.load(&read(dir, LANES)?).map_err(|error| bad(dir, LANES, error.to_string()))?;
        let saved: Saved =
            postcard::from_bytes(&read(dir, STATE)?).map_err(|error| bad(dir, STATE, error.to_string()))?;
        let another = |name| bad(dir, name, "it was written by a run of another shape".into());
        if saved.rows.len() != self.gaze.rows.len() {
            return Err(another(STATE));
        }
        if !self.gaze.frames.is_empty() {
            let frames = read(dir, FRAMES)?;
            if frames.len() != self.gaze.frames.len() {
                return Err(another(FRAMES));
            }
            self.gaze.frames = frames;
        }
        self.gaze.rows = saved.rows;
        (self.collector, self.streams, self.progress) = (saved.collector, saved.streams, saved.progress);
        Ok(())
    }
}

/// Writes a file of a checkpoint.
pub(crate) fn write(dir: &Path, name: &str, bytes: Vec<u8>) -> Result<(), TrainerError> {
    let path = dir.join(name);
    fs::write(&path, bytes).map_err(|source| TrainerError::Io { path, source })
}

/// Reads a file of a checkpoint.
pub(crate) fn read(dir: &Path, name: &str) -> Result<Vec<u8>, TrainerError> {
    fs::read(dir.join(name)).map_err(|error| bad(dir, name, error.to_string()))
}

/// The error of a file of a checkpoint.
pub(crate) fn bad(dir: &Path, name: &str, reason: String) -> TrainerError {
    TrainerError::Checkpoint { path: dir.join(name), reason }
}

const LANES: &str = "lanes.bin";
const STATE: &str = "state.bin";
/// The latest frames of each lane, in worlds with frames.
const FRAMES: &str = "frames.bin";
