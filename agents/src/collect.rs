//! From lanes to where experience is kept: acts, steps, stores, counts coverage, draws a new task where the objective asks for one.

use std::collections::VecDeque;

use freeroam_envs::{CellCounter, Lanes, Spec, StepBatch};
use freeroam_objectives::Moment;
use freeroam_replay::{ReplayError, Stream, Transitions};
use freeroam_trainer::Record;
use serde::{Deserialize, Serialize};

use crate::{Act, AgentsError, Gaze, Policy};

/// Collection's own state; lanes and what it collected are saved beside it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Collector {
    /// Task of each lane, `[lanes, task]`.
    tasks: Vec<f32>,
    /// What the agent remembers of each lane's episode, `[lanes, memory]`.
    pub(crate) memory: Vec<f32>,
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
    /// Sum and count of each of the world's gauges since they were last read.
    gauges: Vec<(f64, u64)>,
}

impl Collector {
    pub(crate) fn new(policy: &Policy, lanes: &Lanes, seed: u64) -> Result<Self, AgentsError> {
        let mut collector = Self {
            tasks: vec![0.0; lanes.len() * policy.tasks().dim()],
            memory: vec![0.0; lanes.len() * policy.memory()],
            steps: vec![0; lanes.len()],
            task_stream: Stream::new(seed, "tasks", 0),
            action_stream: Stream::new(seed, "actions", 0),
            total: CellCounter::new(lanes.spec().bin)?,
            latest: VecDeque::new(),
            episodes: 0,
            gauges: vec![(0.0, 0); lanes.spec().roles.gauges.len()],
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

    /// Steps all lanes once with actions of the kind `act` and hands the step to `store`: rows, and frames where the agent trains
    /// what sees them. `gaze` holds the current rows and goes on to the next ones, `batch` receives the step; `queue` is how many
    /// of the latest places are kept.
    pub(crate) fn step(
        &mut self,
        (policy, act): (&Policy, Act),
        lanes: &mut Lanes,
        store: &mut dyn FnMut(&Transitions<'_>) -> Result<(), ReplayError>,
        (gaze, batch): (&mut Gaze, &mut StepBatch),
        queue: usize,
    ) -> Result<(), AgentsError> {
        let action = policy.act_on(gaze.rows(), &self.tasks, &mut self.memory, act, &mut self.action_stream);
        let rows = gaze.rows().to_vec();
        let frames = policy.trained_eyes().map_or_else(Vec::new, |eyes| gaze.newest(eyes));
        lanes.step_into(&action, batch)?;
        let arrived = gaze.follow(policy.eyes(), batch);
        let next_frames = if policy.trained_eyes().is_some() { &batch.final_frames[..] } else { &[] };
        store(&Transitions {
            observation: &rows,
            action: &action,
            task: &self.tasks,
            reward: &batch.reward,
            terminated: &batch.terminated,
            truncated: &batch.truncated,
            next_observation: &arrived,
            frames: &frames,
            next_frames,
            skip: &batch.diverged,
        })?;
        policy.see(&mut self.tasks, &arrived);
        let task_steps = policy.objective.task_steps();
        let (dim, memory) = (policy.tasks().dim(), policy.memory());
        for (lane, place) in batch.final_place.chunks_exact(2).enumerate() {
            self.total.insert(f64::from(place[0]), f64::from(place[1]));
            while self.latest.len() >= queue {
                self.latest.pop_front();
            }
            self.latest.push_back([place[0], place[1]]);
            if batch.terminated[lane] || batch.truncated[lane] {
                self.episodes += 1;
                self.read_gauges(lanes.spec(), batch, lane);
                self.memory[lane * memory..(lane + 1) * memory].fill(0.0);
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

    fn read_gauges(&mut self, spec: &Spec, batch: &StepBatch, lane: usize) {
        let width = spec.observation.len();
        for (gauge, (sum, count)) in spec.roles.gauges.iter().zip(&mut self.gauges) {
            if let Some(value) = gauge.read(&batch.final_observation[lane * width..(lane + 1) * width]) {
                *sum += value;
                *count += 1;
            }
        }
    }

    /// What collection says of itself: cells, episodes, and means of the world's gauges over the episodes since the last time.
    pub(crate) fn report(&mut self, lanes: &Lanes, record: &mut Record) {
        record.set("coverage/total", self.total.len() as f64);
        record.set("collect/episodes", self.episodes as f64);
        record.set("collect/diverged", lanes.diverged_total() as f64);
        for (gauge, (sum, count)) in lanes.spec().roles.gauges.iter().zip(&mut self.gauges) {
            if *count > 0 {
                record.set(format!("collect/{}", gauge.name), *sum / *count as f64);
            }
            (*sum, *count) = (0.0, 0);
        }
    }

    /// Distinct cells among the latest transitions.
    pub(crate) fn queue(&self, bin: f64) -> Result<usize, AgentsError> {
        let mut cells = CellCounter::new(bin)?;
        for [x, y] in &self.latest {
            cells.insert(f64::from(*x), f64::from(*y));
        }
        Ok(cells.len())
    }
}
