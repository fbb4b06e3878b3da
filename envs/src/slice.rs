//! A fixed group of lanes with buffers of its own: what one thread works on.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::goals::Goals;
use crate::lanes::Senses;
use crate::{Autoreset, Env, EnvsError, FrameSpec, StepBatch, Stream};

/// Times that another goal is drawn where something stands in its place.
const GOAL_TRIES: usize = 200;

/// One copy of the world and what surrounds it.
pub(crate) struct Lane {
    pub(crate) env: Box<dyn Env>,
    pub(crate) streams: Streams,
    /// Steps since the last reset.
    pub(crate) steps: u32,
    /// The next step needs a reset first. True from construction to the first reset.
    pub(crate) ended: bool,
}

/// Where a lane draws from. Goals have a stream of their own, so that they do not shift the world's starts.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Streams {
    starts: Stream,
    goals: Stream,
}

impl Streams {
    pub(crate) fn new(seed: u64, lane: u64) -> Self {
        Self { starts: Stream::new(seed, "reset", lane), goals: Stream::new(seed, "goals", lane) }
    }
}

/// The saved state of a [`Lane`].
#[derive(Serialize, Deserialize)]
pub(crate) struct LaneState {
    streams: Streams,
    steps: u32,
    ended: bool,
    env: Vec<u8>,
    /// The current observation.
    pub(crate) observation: Vec<f32>,
    /// The current goal observation; empty without goals.
    pub(crate) goal: Vec<f32>,
}

/// What a thread does with a slice.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Job {
    /// Step every lane with [`Slice::actions`].
    Step,
    /// Reset the lanes chosen in [`Slice::mask`].
    Reset,
    /// Let every lane fill the buffers of [`Slice::senses`].
    Sense,
}

/// Consecutive lanes. Moves to a worker and back as a whole, so that threads share nothing that changes.
pub(crate) struct Slice {
    /// Index of the first lane.
    pub(crate) first: usize,
    pub(crate) lanes: Vec<Lane>,
    pub(crate) job: Job,
    /// `[lanes, action]`, finite.
    pub(crate) actions: Vec<f32>,
    /// `[lanes]`.
    pub(crate) mask: Vec<bool>,
    /// Tasks chosen for the next reset by [`Job::Reset`], `[lanes]`.
    pub(crate) tasks: Vec<Option<usize>>,
    pub(crate) goals: Option<Arc<Goals>>,
    /// Results of the last job. `observation`, `frames` and `goal` are always the current ones.
    pub(crate) rows: StepBatch,
    pub(crate) frames: Option<FrameSpec>,
    pub(crate) senses: Senses,
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
                Job::Reset if self.mask[lane] => self.reset(lane, self.tasks[lane]),
                Job::Reset => {}
                Job::Sense => self.senses.sense(lane, self.lanes[lane].env.as_ref()),
            }
        }
    }

    fn step(&mut self, index: usize) {
        if self.lanes[index].ended {
            // Under `Disabled` ended lanes are refused before any lane moves.
            self.reset(index, None);
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
        let place = 2 * index..2 * index + 2;
        if diverged {
            arrived.copy_from_slice(&rows.observation[row.clone()]);
        } else {
            rows.observation[row.clone()].copy_from_slice(arrived);
            rows.place[place.clone()].copy_from_slice(&lane.env.place().map(|x| x as f32));
        }
        rows.final_place[place.clone()].copy_from_slice(&rows.place[place.clone()]);
        let (mut reward, mut terminated) = (outcome.reward, outcome.terminated);
        if let Some(goals) = &self.goals {
            let goal = &mut rows.final_goal[row.clone()];
            goal.copy_from_slice(&rows.goal[row]);
            let place = [0, 1].map(|k| f64::from(rows.final_place[place.start + k]));
            let success = !diverged && goals.reached(place, goal);
            rows.success[index] = success;
            reward = f32::from(u8::from(success));
            terminated |= success && goals.config.terminate;
        }
        terminated &= !diverged;
        let truncated = diverged || (lane.steps >= self.horizon && !terminated);
        rows.reward[index] = if diverged { 0.0 } else { reward };
        rows.terminated[index] = terminated;
        rows.truncated[index] = truncated;
        rows.diverged[index] = diverged;
        rows.reset[index] = false;
        self.diverged += u64::from(diverged);
        lane.ended = terminated || truncated;
        // Of a diverged lane the last frame stays, as its last finite observation does.
        if !diverged {
            self.photograph(index);
        }
        self.finish_frame(index);
        let lane = &self.lanes[index];
        if lane.ended && self.autoreset == Autoreset::SameStep {
            self.begin(index, None);
        }
    }

    fn reset(&mut self, index: usize, task: Option<usize>) {
        self.begin(index, task);
        self.finish_frame(index);
        let row = self.row(index);
        let rows = &mut self.rows;
        rows.final_observation[row.clone()].copy_from_slice(&rows.observation[row.clone()]);
        let place = 2 * index..2 * index + 2;
        rows.final_place[place.clone()].copy_from_slice(&rows.place[place]);
        rows.reward[index] = 0.0;
        rows.terminated[index] = false;
        rows.truncated[index] = false;
        rows.diverged[index] = false;
        rows.reset[index] = true;
        if self.goals.is_some() {
            rows.final_goal[row.clone()].copy_from_slice(&rows.goal[row]);
            rows.success[index] = false;
        }
    }

    /// Starts an episode, of `task` where one is chosen, and writes its first observation and its goal.
    fn begin(&mut self, index: usize, task: Option<usize>) {
        let row = self.row(index);
        let Self { lanes, rows, goals, .. } = self;
        let lane = &mut lanes[index];
        let observation = &mut rows.observation[row.clone()];
        lane.env.reset(&mut lane.streams.starts);
        let mut drawn = goals.as_ref().map(|goals| goals.draw(task, &mut lane.streams.goals));
        for _ in 0..GOAL_TRIES {
            let (Some(goals), Some((None, goal))) = (&*goals, drawn) else { break };
            if lane.env.is_free(goal) {
                break;
            }
            drawn = Some(goals.draw(task, &mut lane.streams.goals));
        }
        if let Some((Some(start), _)) = drawn {
            lane.env.teleport(start);
        }
        if let Some((_, goal)) = drawn {
            lane.env.set_goal(goal);
        }
        lane.env.observe(observation);
        rows.place[2 * index..2 * index + 2].copy_from_slice(&lane.env.place().map(|x| x as f32));
        if let (Some(goals), Some((_, goal))) = (goals, drawn) {
            let row = &mut rows.goal[row];
            goals.write(goal, observation, row);
            lane.env.imagine(goal, row);
        }
        lane.steps = 0;
        lane.ended = false;
        self.photograph(index);
    }

    /// Draws the current frame of a lane, if the world has frames.
    fn photograph(&mut self, index: usize) {
        let range = self.frame(index);
        if let Some(frames) = &self.frames {
            self.senses.photograph(frames, self.lanes[index].env.as_ref(), &mut self.rows.frames[range]);
        }
    }

    /// Makes the current frame of a lane also the one that its action led to.
    fn finish_frame(&mut self, index: usize) {
        let range = self.frame(index);
        self.rows.final_frames[range.clone()].copy_from_slice(&self.rows.frames[range]);
    }

    /// Moves a running lane and refreshes its observations, places and frames.
    pub(crate) fn teleport(&mut self, index: usize, position: [f64; 2]) {
        let row = self.row(index);
        let env = &mut self.lanes[index].env;
        env.teleport(position);
        env.observe(&mut self.rows.observation[row.clone()]);
        let place = env.place().map(|x| x as f32);
        self.rows.final_observation[row.clone()].copy_from_slice(&self.rows.observation[row]);
        self.rows.place[2 * index..2 * index + 2].copy_from_slice(&place);
        self.rows.final_place[2 * index..2 * index + 2].copy_from_slice(&place);
        self.photograph(index);
        self.finish_frame(index);
    }

    /// The part of a buffer of frames that belongs to a lane of this slice.
    pub(crate) fn frame(&self, index: usize) -> std::ops::Range<usize> {
        let bytes = self.rows.frames.len() / self.len();
        index * bytes..(index + 1) * bytes
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
            streams: lane.streams.clone(),
            steps: lane.steps,
            ended: lane.ended,
            env,
            observation: self.rows.observation[self.row(index)].to_vec(),
            goal: self.goals.as_ref().map_or_else(Vec::new, |_| self.rows.goal[self.row(index)].to_vec()),
        }
    }

    /// Restores a lane from a state whose observation and goal have the right lengths.
    pub(crate) fn load(&mut self, index: usize, state: &LaneState) -> Result<(), EnvsError> {
        let row = self.row(index);
        let lane = &mut self.lanes[index];
        lane.env.load(&state.env)?;
        let place = lane.env.place().map(|x| x as f32);
        self.rows.place[2 * index..2 * index + 2].copy_from_slice(&place);
        self.rows.final_place[2 * index..2 * index + 2].copy_from_slice(&place);
        lane.streams = state.streams.clone();
        lane.steps = state.steps;
        lane.ended = state.ended;
        self.rows.observation[row.clone()].copy_from_slice(&state.observation);
        self.rows.final_observation[row.clone()].copy_from_slice(&state.observation);
        if self.goals.is_some() {
            self.rows.goal[row.clone()].copy_from_slice(&state.goal);
            self.rows.final_goal[row].copy_from_slice(&state.goal);
        }
        // A frame is a function of the world's state.
        self.photograph(index);
        self.finish_frame(index);
        Ok(())
    }
}
