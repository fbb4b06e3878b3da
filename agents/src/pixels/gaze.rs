//! Rows of lanes that are stepped.
//!
//! ```text
//! row of a lane:  [observation | features of the frame stack - 1 steps ago | .. | of the newest]
//! ```
//!
//! Before the start of an episode its first frame is repeated. Each frame goes through the network once.

use freeroam_envs::StepBatch;

use super::Eyes;

/// The current rows of lanes under same-step autoreset.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Gaze {
    /// Numbers of an observation.
    observation: usize,
    /// `[lanes, row]`.
    pub(crate) rows: Vec<f32>,
    /// The latest frames, `[lanes, stack, height, width, 3]`; empty without eyes.
    pub(crate) frames: Vec<u8>,
}

impl Gaze {
    /// At the current observations and frames of `batch`, at the start of episodes.
    #[must_use]
    pub fn new(eyes: Option<&Eyes>, batch: &StepBatch) -> Self {
        let lanes = batch.reward.len();
        let observation = batch.observation.len() / lanes.max(1);
        let Some(eyes) = eyes else { return Self { observation, rows: batch.observation.clone(), frames: Vec::new() } };
        let width = observation + eyes.stack() * eyes.width();
        let frames = vec![0; lanes * eyes.stack() * eyes.bytes()];
        let mut gaze = Self { observation, rows: vec![0.0; lanes * width], frames };
        gaze.begin(eyes, batch, &(0..lanes).collect::<Vec<_>>());
        gaze
    }

    /// The current rows, `[lanes, row]`.
    #[must_use]
    pub fn rows(&self) -> &[f32] {
        &self.rows
    }

    /// The newest frames, `[lanes, height, width, 3]`.
    pub(crate) fn newest(&self, eyes: &Eyes) -> Vec<u8> {
        let (bytes, stack) = (eyes.bytes(), eyes.stack() * eyes.bytes());
        self.frames.chunks_exact(stack).flat_map(|frames| &frames[stack - bytes..]).copied().collect()
    }

    /// Goes on to what a step has filled `batch` with. Gives the rows that the step has led to, `[lanes, row]`, which differ
    /// from the current ones only where an episode ended.
    pub fn follow(&mut self, eyes: Option<&Eyes>, batch: &StepBatch) -> Vec<f32> {
        let Some(eyes) = eyes else {
            self.rows.copy_from_slice(&batch.observation);
            return batch.final_observation.clone();
        };
        let (lanes, features, bytes) = (batch.reward.len(), eyes.width(), eyes.bytes());
        let (width, start) = (self.rows.len() / lanes.max(1), self.observation);
        let seen = eyes.features(&batch.final_frames); // [lanes, F]
        for lane in 0..lanes {
            let row = &mut self.rows[lane * width..][..width];
            row[..start].copy_from_slice(&batch.final_observation[lane * start..][..start]);
            row.copy_within(start + features.., start);
            row[width - features..].copy_from_slice(&seen[lane * features..][..features]);
            let frames = &mut self.frames[lane * eyes.stack() * bytes..][..eyes.stack() * bytes];
            frames.copy_within(bytes.., 0);
            let newest = frames.len() - bytes;
            frames[newest..].copy_from_slice(&batch.final_frames[lane * bytes..][..bytes]);
        }
        let arrived = self.rows.clone();
        let ended: Vec<usize> = (0..lanes).filter(|&lane| batch.terminated[lane] || batch.truncated[lane]).collect();
        self.begin(eyes, batch, &ended);
        arrived
    }

    /// Encodes all frames once more, by a network that has changed.
    pub(crate) fn refresh(&mut self, eyes: &Eyes) {
        let (start, stack) = (self.observation, eyes.stack() * eyes.width());
        let features = eyes.features(&self.frames);
        for (row, features) in self.rows.chunks_exact_mut(start + stack).zip(features.chunks_exact(stack)) {
            row[start..].copy_from_slice(features);
        }
    }

    /// Starts episodes of some `lanes` at the current observations and frames of `batch`.
    fn begin(&mut self, eyes: &Eyes, batch: &StepBatch, lanes: &[usize]) {
        let (start, bytes, stack) = (self.observation, eyes.bytes(), eyes.stack());
        let width = start + stack * eyes.width();
        let frame = |lane: usize| &batch.frames[lane * bytes..][..bytes];
        let firsts: Vec<u8> = lanes.iter().flat_map(|&lane| frame(lane)).copied().collect();
        let features = eyes.features(&firsts);
        for (&lane, seen) in lanes.iter().zip(features.chunks_exact(eyes.width())) {
            let row = &mut self.rows[lane * width..][..width];
            row[..start].copy_from_slice(&batch.observation[lane * start..][..start]);
            row[start..].copy_from_slice(&seen.repeat(stack));
            self.frames[lane * stack * bytes..][..stack * bytes].copy_from_slice(&frame(lane).repeat(stack));
        }
    }
}

/// The observations of the `rows` of lanes, `[lanes, observation]`.
pub(crate) fn observations(rows: &[f32], lanes: usize, observation: usize) -> Vec<f32> {
    rows.chunks_exact(rows.len() / lanes).flat_map(|row| &row[..observation]).copied().collect()
}

#[cfg(test)]
mod tests {
    use burn::tensor::Device;
    use freeroam_envs::{Autoreset, Lanes, LanesConfig, world};

    use super::*;
    use crate::EncoderConfig;

    /// Steps lanes of the ant through the ends of short episodes.
    #[test]
    fn rows_are_observations_and_features_of_the_latest_frames() {
        let world = world("Ant-Pixels-v0").expect("is registered");
        let config = EncoderConfig { features: 2, ..EncoderConfig::default() };
        let eyes = Eyes::new(&config, &world, 0, &Device::flex()).expect("fits").expect("has frames");
        let autoreset = Autoreset::SameStep;
        let settings = LanesConfig { lanes: 2, threads: 1, horizon: 3, autoreset, ..LanesConfig::default() };
        let mut lanes = Lanes::new(&world, settings).expect("made");
        let mut batch = lanes.batch();
        lanes.reset_into(&mut batch).expect("resets");
        let mut gaze = Gaze::new(Some(&eyes), &batch);
        let (numbers, bytes) = (world.spec().observation.len(), eyes.bytes());
        let row = |observation: &[f32], lane: usize, frames: &[Vec<u8>]| {
            let stack: Vec<u8> = frames.iter().flat_map(|frame| frame[lane * bytes..][..bytes].to_vec()).collect();
            [&observation[lane * numbers..][..numbers], &eyes.features(&stack)].concat()
        };
        let mut history = vec![batch.frames.clone(); 3];
        for step in 0..7 {
            for lane in 0..2 {
                let expected = row(&batch.observation, lane, &history[history.len() - 3..]);
                near(&gaze.rows()[lane * expected.len()..][..expected.len()], &expected);
            }
            assert_eq!(gaze.newest(&eyes), batch.frames);
            assert_eq!(observations(gaze.rows(), 2, numbers), batch.observation);
            lanes.step_into(&[0.5; 16], &mut batch).expect("steps");
            let arrived = gaze.follow(Some(&eyes), &batch);
            history.push(batch.final_frames.clone());
            for lane in 0..2 {
                let expected = row(&batch.final_observation, lane, &history[history.len() - 3..]);
                near(&arrived[lane * expected.len()..][..expected.len()], &expected);
            }
            if step % 3 == 2 {
                assert!(batch.truncated.iter().all(|ended| *ended));
                history = vec![batch.frames.clone(); 3];
            }
        }
        let before = gaze.clone();
        gaze.refresh(&eyes);
        near(&gaze.rows, &before.rows);
    }

    /// Convolutions of other batches may round otherwise.
    fn near(got: &[f32], expected: &[f32]) {
        assert_eq!(got.len(), expected.len());
        assert!(got.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-3), "{got:?} {expected:?}");
    }
}
