//! From lanes to replay: acts, steps, stores, counts coverage, draws a new task for each new episode.

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

    /// Steps all lanes once with exploring actions. `batch` holds the current observations and receives the next ones.
    pub(crate) fn step(
        &mut self,
        policy: &Policy,
        lanes: &mut Lanes,
        replay: &mut Replay,
        batch: &mut StepBatch,
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
            frames: &[],
            next_frames: &[],
            skip: &batch.diverged,
        })?;
        let spec = lanes.spec().clone();
        let [x, y] = spec.position;
        for (lane, row) in batch.final_observation.chunks_exact(spec.observation.len()).enumerate() {
            self.total.insert(f64::from(row[x]), f64::from(row[y]));
            if batch.terminated[lane] || batch.truncated[lane] {
                self.episodes += 1;
                self.draw_task(policy, lane);
            }
        }
        Ok(())
    }
}
