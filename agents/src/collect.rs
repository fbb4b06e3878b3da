//! From lanes to replay: acts, steps, stores, counts coverage, draws a new task for each new episode.

use std::collections::VecDeque;

use freeroam_envs::{CellCounter, Lanes, StepBatch};
use freeroam_replay::{Replay, Stream, Transitions};
use serde::{Deserialize, Serialize};

use crate::{Act, AgentsError, Policy};

/// Collection's own state; lanes and replay are saved beside it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Collector {
    /// Task of each lane, `[lanes, task]`.
    tasks: Vec<f32>,
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
            task_stream: Stream::new(seed, "tasks", 0),
            action_stream: Stream::new(seed, "actions", 0),
            total: CellCounter::new(lanes.spec().bin)?,
            latest: VecDeque::new(),
            episodes: 0,
        };
        for lane in 0..lanes.len() {
            collector.draw_task(policy, lane);
        }
        Ok(collector)
    }

    fn draw_task(&mut self, policy: &Policy, lane: usize) {
        let law = policy.tasks();
        let dim = law.dim();
        law.draw(&mut self.task_stream, &mut self.tasks[lane * dim..(lane + 1) * dim]);
    }

    /// Steps all lanes once with exploring actions. `batch` holds the current observations and receives the next ones;
    /// `queue` is how many of the latest places are kept.
    pub(crate) fn step(
        &mut self,
        policy: &Policy,
        lanes: &mut Lanes,
        replay: &mut Replay,
        batch: &mut StepBatch,
        queue: usize,
    ) -> Result<(), AgentsError> {
        let action = policy.act(&batch.observation, &self.tasks, Act::Explore, &mut self.action_stream);
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
            skip: &batch.diverged,
        })?;
        for (lane, place) in batch.final_place.chunks_exact(2).enumerate() {
            self.total.insert(f64::from(place[0]), f64::from(place[1]));
            while self.latest.len() >= queue {
                self.latest.pop_front();
            }
            self.latest.push_back([place[0], place[1]]);
            if batch.terminated[lane] || batch.truncated[lane] {
                self.episodes += 1;
                self.draw_task(policy, lane);
            }
        }
        Ok(())
    }
}
