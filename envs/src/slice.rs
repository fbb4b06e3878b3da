//! A fixed group of lanes with buffers of its own: what one thread works on.

use serde::{Deserialize, Serialize};

use crate::lanes::Pictures;
use crate::{Autoreset, Env, EnvsError, StepBatch, Stream};

/// One copy of the world and what surrounds it.
pub(crate) struct Lane {
    pub(crate) env: Box<dyn Env>,
    /// Where its starts are drawn from.
    pub(crate) stream: Stream,
    /// Steps since the last reset.
    pub(crate) steps: u32,
    /// The next step needs a reset first. True from construction to the first reset.
    pub(crate) ended: bool,
}

/// The saved state of a [`Lane`].
#[derive(Serialize, Deserialize)]
pub(crate) struct LaneState {
    pub(crate) stream: Stream,
    steps: u32,
    ended: bool,
    env: Vec<u8>,
    /// The current observation.
    pub(crate) observation: Vec<f32>,
}

/// What a thread does with a slice.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Job {
    /// Step every lane with [`Slice::actions`].
    Step,
    /// Reset the lanes chosen in [`Slice::mask`].
    Reset,
    /// Draw every lane into [`Slice::pictures`].
    Draw,
}

/// Consecutive lanes. Moves to a worker and back as a whole, so that no memory is ever shared between threads.
pub(crate) struct Slice {
    /// Index of the first lane.
    pub(crate) first: usize,
    pub(crate) lanes: Vec<Lane>,
    pub(crate) job: Job,
    /// `[lanes, action]`, finite.
    pub(crate) actions: Vec<f32>,
    /// `[lanes]`.
    pub(crate) mask: Vec<bool>,
    /// Results of the last job. `observation` is always the current one.
    pub(crate) rows: StepBatch,
    pub(crate) pictures: Pictures,
    /// Lanes that diverged since construction or load.
    pub(crate) diverged: u64,
    pub(crate) horizon: u32,
    pub(crate) autoreset: Autoreset,
}

impl Slice {
    pub(crate) fn len(&self) -> usize {
        self.lanes.len()
    }

    /// Does [`Slice::job`].
    pub(crate) fn run(&mut self) {
        for lane in 0..self.len() {
            match self.job {
                Job::Step => self.step(lane),
                Job::Reset if self.mask[lane] => self.reset(lane),
                Job::Reset => {}
                Job::Draw => self.pictures.draw(lane, self.lanes[lane].env.as_ref()),
            }
        }
    }

    fn step(&mut self, index: usize) {
        if self.lanes[index].ended {
            // Under `Disabled` ended lanes are refused before any lane moves.
            self.reset(index);
            return;
        }
        let row = self.row(index);
        let width = self.actions.len() / self.len();
        let Self { lanes, actions, rows, .. } = self;
        let lane = &mut lanes[index];
        let action = &mut actions[index * width..][..width];
        for value in &mut *action {
            *value = value.clamp(-1.0, 1.0);
        }
        let outcome = lane.env.step(action);
        lane.steps += 1;
        // The last finite observation stays in `rows.observation` until this one is known to be finite.
        let arrived = &mut rows.final_observation[row.clone()];
        lane.env.observe(arrived);
        let diverged = outcome.diverged || !outcome.reward.is_finite() || arrived.iter().any(|x| !x.is_finite());
        if diverged {
            arrived.copy_from_slice(&rows.observation[row.clone()]);
        } else {
            rows.observation[row.clone()].copy_from_slice(arrived);
        }
        let terminated = outcome.terminated && !diverged;
        let truncated = diverged || (lane.steps >= self.horizon && !terminated);
        rows.reward[index] = if diverged { 0.0 } else { outcome.reward };
        rows.terminated[index] = terminated;
        rows.truncated[index] = truncated;
        rows.diverged[index] = diverged;
        rows.reset[index] = false;
        self.diverged += u64::from(diverged);
        lane.ended = terminated || truncated;
        if lane.ended && self.autoreset == Autoreset::SameStep {
            lane.begin(&mut rows.observation[row]);
        }
    }

    fn reset(&mut self, index: usize) {
        let row = self.row(index);
        let rows = &mut self.rows;
        self.lanes[index].begin(&mut rows.observation[row.clone()]);
        rows.final_observation[row.clone()].copy_from_slice(&rows.observation[row]);
        rows.reward[index] = 0.0;
        rows.terminated[index] = false;
        rows.truncated[index] = false;
        rows.diverged[index] = false;
        rows.reset[index] = true;
    }

    /// Moves a running lane and refreshes its observations.
    pub(crate) fn teleport(&mut self, index: usize, position: [f64; 2]) {
        let row = self.row(index);
        let env = &mut self.lanes[index].env;
        env.teleport(position);
        env.observe(&mut self.rows.observation[row.clone()]);
        self.rows.final_observation[row.clone()].copy_from_slice(&self.rows.observation[row]);
    }

    /// The part of an observation buffer that belongs to a lane of this slice.
    pub(crate) fn row(&self, index: usize) -> std::ops::Range<usize> {
        let width = self.rows.observation.len() / self.len();
        index * width..(index + 1) * width
    }

    pub(crate) fn save(&self, index: usize) -> LaneState {
        let lane = &self.lanes[index];
        let mut env = Vec::new();
        lane.env.save(&mut env);
        LaneState {
            stream: lane.stream.clone(),
            steps: lane.steps,
            ended: lane.ended,
            env,
            observation: self.rows.observation[self.row(index)].to_vec(),
        }
    }

    /// Restores a lane from a state whose observation has the right length.
    pub(crate) fn load(&mut self, index: usize, state: &LaneState) -> Result<(), EnvsError> {
        let row = self.row(index);
        let lane = &mut self.lanes[index];
        lane.env.load(&state.env)?;
        lane.stream = state.stream.clone();
        lane.steps = state.steps;
        lane.ended = state.ended;
        self.rows.observation[row.clone()].copy_from_slice(&state.observation);
        self.rows.final_observation[row].copy_from_slice(&state.observation);
        Ok(())
    }
}

impl Lane {
    /// Starts an episode.
    fn begin(&mut self, observation: &mut [f32]) {
        self.env.reset(&mut self.stream);
        self.env.observe(observation);
        self.steps = 0;
        self.ended = false;
    }
}
