//! From lanes to replay: acts, steps, stores, counts coverage, draws a new task where the objective asks for one.

use std::collections::VecDeque;

use freeroam_envs::{CellCounter, Lanes, StepBatch};
use freeroam_objectives::Moment;
use freeroam_replay::{Replay, Stream, Transitions};
use serde::{Deserialize, Serialize};

use crate::{Act, AgentsError, Policy};

/// Collection's own state; lanes and replay are saved beside it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Collector {
    /// Task of each lane, `[lanes, task]`.
    tasks: Vec<f32>,
    /// Steps of each lane in its episode, `[lanes]`.
    steps: Vec<u32>,
    task_stream: Stream,
    action_stream: Stream,
    /// Cells visited by every transition so far.
    pub(crate) total: CellCounter,
    /// Places (x, y) to which the latest transitions led, metres, oldest first; at most `evaluate.queue` of them.
    pub(crate) latest: VecDeque<[f32; 2]>,
    /// Episodes that ended so far.
    pub(crate) episodes: u64,
}

impl Collector {
    pub(crate) fn new(policy: &Policy, lanes: &Lanes, seed: u64) -> Result<Self, AgentsError> {
        let mut collector = Self {
            tasks: vec![0.0; lanes.len() * policy.tasks().dim()],
            steps: vec![0; lanes.len()],
            task_stream: Stream::new(seed, "tasks", 0),
            action_stream: Stream::new(seed, "actions", 0),
            total: CellCounter::new(lanes.spec().bin)?,
            latest: VecDeque::new(),
            episodes: 0,
        };
        for lane in 0..lanes.len() {
            collector.draw_task(policy, lanes, lane);
        }
        Ok(collector)
    }

    fn draw_task(&mut self, policy: &Policy, lanes: &Lanes, lane: usize) {
        let dim = policy.tasks().dim();
        let moment = Moment { step: self.steps[lane], horizon: lanes.horizon() };
        policy.objective.draw_task(moment, &mut self.task_stream, &mut self.tasks[lane * dim..(lane + 1) * dim]);
    }

    /// Steps all lanes once with actions of the kind `act`. `batch` holds the current observations and receives the next ones;
    /// `queue` is how many of the latest places are kept.
    pub(crate) fn step(
        &mut self,
        (policy, act): (&Policy, Act),
        lanes: &mut Lanes,
        replay: &mut Replay,
        batch: &mut StepBatch,
        queue: usize,
    ) -> Result<(), AgentsError> {
        let action = policy.act(&batch.observation, &self.tasks, act, &mut self.action_stream);
        let observation = batch.observation.clone();
        lanes.step_into(&action, batch)?;
        replay.push(&Transitions {
            observation: &observation,
            action: &action,
            task: &self.tasks,
            reward: &batch.reward,
            terminated: &batch.terminated,
            truncated: &batch.truncated,
            next_observation: &batch.final_observation,
            frames: &[],
            next_frames: &[],
            skip: &batch.diverged,
        })?;
        let task_steps = policy.objective.task_steps();
        let dim = policy.tasks().dim();
        for (lane, place) in batch.final_place.chunks_exact(2).enumerate() {
            self.total.insert(f64::from(place[0]), f64::from(place[1]));
            while self.latest.len() >= queue {
                self.latest.pop_front();
            }
            self.latest.push_back([place[0], place[1]]);
            if batch.terminated[lane] || batch.truncated[lane] {
                self.episodes += 1;
                self.steps[lane] = 0;
                self.draw_task(policy, lanes, lane);
            } else {
                self.steps[lane] += 1;
                policy.objective.advance(&mut self.tasks[lane * dim..(lane + 1) * dim]);
                if task_steps > 0 && self.steps[lane].is_multiple_of(task_steps) {
                    self.draw_task(policy, lanes, lane);
                }
            }
        }
        Ok(())
    }
}
