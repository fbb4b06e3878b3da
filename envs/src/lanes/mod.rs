//! Many copies of a world, stepped together.

mod levels; // levels chosen for lanes
mod measures; // how far things are from the bodies
mod pictures; // what lanes look like
mod resets; // which lanes begin anew, and from what
mod saved; // the exact state as bytes
mod senses; // sensors and their memory

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::goals::Goals;
use crate::pool::{Pool, Work};
use crate::registry::World;
use crate::slice::{Job, Lane, Slice, Streams};
use crate::{EnvsError, FrameSpec, GoalConfig, Spec, StepBatch};
pub use resets::LaneResets;
pub(crate) use senses::Senses;

/// When a lane whose episode has ended starts the next one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Autoreset {
    /// At the next step, whose action is ignored and whose row is marked `reset`.
    #[default]
    NextStep,
    /// Within the step that ended it: `observation` is the first of the next episode, `final_observation` the last of
    /// the old one.
    SameStep,
    /// Never: [`Lanes::reset_masked_into`] must be called before the lane is stepped again.
    Disabled,
}

/// How many lanes, how stepped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LanesConfig {
    /// Copies of the world, at least 1.
    pub lanes: usize,
    /// Threads that step them, the caller's included, at least 1 and of use up to `lanes`. Results do not depend on it.
    pub threads: usize,
    /// Lane `i` draws its starts from `Stream::new(seed, "reset", i)` and its goals from `Stream::new(seed, "goals", i)`.
    pub seed: u64,
    /// Steps until an episode is truncated; 0 for [`Spec::horizon`].
    pub horizon: u32,
    /// What follows the end of an episode.
    pub autoreset: Autoreset,
    /// Places to reach, one per episode; they replace the world's own reward. Without them the world is as it is.
    pub goals: Option<GoalConfig>,
}

impl Default for LanesConfig {
    fn default() -> Self {
        Self { lanes: 1, threads: 1, seed: 0, horizon: 0, autoreset: Autoreset::NextStep, goals: None }
    }
}

/// Copies of a world stepped together by a fixed set of threads.
///
/// Every lane is a function of its own stream and its own actions, so that the results have the same bits for any
/// number of threads. A lane starts with [`Lanes::reset_into`]; without it, the first step resets (under
/// [`Autoreset::Disabled`] it is refused).
///
/// ```
/// use freeroam_envs::{Lanes, LanesConfig, world};
/// # fn main() -> Result<(), freeroam_envs::EnvsError> {
/// let mut lanes = Lanes::new(&world("Point-v0")?, LanesConfig { lanes: 4, ..LanesConfig::default() })?;
/// let mut batch = lanes.batch();
/// lanes.reset_into(&mut batch)?;
/// lanes.step_into(&[0.5; 4 * 2], &mut batch)?;
/// assert_eq!(batch.observation, [0.5; 4 * 2]);
/// # Ok(())
/// # }
/// ```
pub struct Lanes {
    spec: Arc<Spec>,
    pool: Pool<Slice>,
    lanes: usize,
    horizon: u32,
    autoreset: Autoreset,
    goals: Option<Arc<Goals>>,
    /// Set when a thread panicked: the lanes are then in no known state.
    failed: Option<String>,
}

impl Work for Slice {
    fn run(&mut self) {
        Self::run(self);
    }
}

impl Lanes {
    /// Builds the lanes and starts the threads.
    ///
    /// # Errors
    /// [`EnvsError::OutOfRange`] when there are no lanes or no threads, when the world has no places for the goals asked
    /// for or its frames are not possible, [`EnvsError::Worker`] when the system refuses a thread, and whatever building the world gives.
    pub fn new(world: &World, config: LanesConfig) -> Result<Self, EnvsError> {
        for (what, value) in [("number of lanes", config.lanes), ("number of threads", config.threads)] {
            if value == 0 {
                return Err(EnvsError::OutOfRange { what, got: "0".to_owned(), expected: "at least 1".to_owned() });
            }
        }
        let spec = Arc::clone(world.spec());
        spec.frames.as_ref().map_or(Ok(()), FrameSpec::check)?;
        let horizon = if config.horizon == 0 { spec.horizon } else { config.horizon };
        let goals = config.goals.map(|goals| Goals::new(&spec, goals)).transpose()?.map(Arc::new);
        let threads = config.threads.min(config.lanes);
        let mut slices = Vec::with_capacity(threads);
        for thread in 0..threads {
            let bounds = [thread, thread + 1].map(|edge| edge * config.lanes / threads);
            let mut lanes = Vec::with_capacity(bounds[1] - bounds[0]);
            for lane in bounds[0]..bounds[1] {
                let streams = Streams::new(config.seed, lane as u64);
                lanes.push(Lane { env: world.make()?, streams, steps: 0, ended: true });
            }
            slices.push(Slice {
                first: bounds[0],
                job: Job::Reset,
                actions: vec![0.0; lanes.len() * spec.action.len()],
                mask: vec![false; lanes.len()],
                tasks: vec![None; lanes.len()],
                rows: buffers(lanes.len(), &spec, config.goals),
                goals: goals.clone(),
                frames: spec.frames,
                senses: Senses::new(spec.goal_radius),
                lanes,
                diverged: 0,
                horizon,
                autoreset: config.autoreset,
            });
        }
        let pool = Pool::new(slices).map_err(|error| EnvsError::Worker { reason: error.to_string() })?;
        Ok(Self { spec, pool, lanes: config.lanes, horizon, autoreset: config.autoreset, goals, failed: None })
    }

    /// The contract of the world.
    #[must_use]
    pub fn spec(&self) -> &Arc<Spec> {
        &self.spec
    }

    /// Number of lanes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.lanes
    }

    /// Always false: there is at least one lane.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.lanes == 0
    }

    /// Steps until an episode is truncated.
    #[must_use]
    pub fn horizon(&self) -> u32 {
        self.horizon
    }

    /// How goals are drawn; `None` for lanes without goals.
    #[must_use]
    pub fn goals(&self) -> Option<GoalConfig> {
        self.goals.as_ref().map(|goals| goals.config)
    }

    /// Buffers of the right size for the other methods.
    #[must_use]
    pub fn batch(&self) -> StepBatch {
        buffers(self.lanes, &self.spec, self.goals())
    }

    /// Steps every lane with `actions` (`[lanes, action]`), clamped to `[-1, 1]`. Allocates nothing itself.
    ///
    /// # Errors
    /// Before any lane moves: [`EnvsError::Length`] for buffers of another size, [`EnvsError::NonFiniteAction`],
    /// [`EnvsError::NeedsReset`] for an ended lane under [`Autoreset::Disabled`]. [`EnvsError::Worker`] when a thread
    /// panics or has panicked; only a new `Lanes` helps then.
    pub fn step_into(&mut self, actions: &[f32], batch: &mut StepBatch) -> Result<(), EnvsError> {
        self.check(batch)?;
        let width = self.spec.action.len();
        length("the actions", actions.len(), self.lanes * width)?;
        if let Some(at) = actions.iter().position(|value| !value.is_finite()) {
            return Err(EnvsError::NonFiniteAction { lane: at / width, index: at % width, value: actions[at] });
        }
        if self.autoreset == Autoreset::Disabled
            && let Some(lane) = self.pool.iter().flat_map(|slice| &slice.lanes).position(|lane| lane.ended)
        {
            return Err(EnvsError::NeedsReset { lane });
        }
        for slice in self.pool.iter_mut() {
            slice.job = Job::Step;
            slice.actions.copy_from_slice(&actions[slice.first * width..][..slice.lanes.len() * width]);
        }
        self.run()?;
        for slice in self.pool.iter() {
            copy_rows(slice, 0..slice.len(), batch);
        }
        Ok(())
    }

    /// Moves the body of one running lane to `position` (x, y in metres) without changing its posture, and refreshes
    /// that row of the observations, places and frames. Its goal stays.
    ///
    /// # Errors
    /// [`EnvsError::OutOfRange`] when there is no such lane or the place is not finite or not free,
    /// [`EnvsError::NeedsReset`] when the lane's episode has ended, [`EnvsError::Length`] for a batch of another size.
    pub fn teleport(&mut self, lane: usize, position: [f64; 2], batch: &mut StepBatch) -> Result<(), EnvsError> {
        self.check(batch)?;
        let wrong = |what, got: String, expected: String| Err(EnvsError::OutOfRange { what, got, expected });
        if lane >= self.lanes {
            return wrong("lane to teleport", lane.to_string(), format!("less than {}", self.lanes));
        }
        if !position.iter().all(|value| value.is_finite()) {
            return wrong("place to teleport to", format!("{position:?}"), "finite numbers".to_owned());
        }
        if let Some(layout) = &self.spec.layout
            && !layout.cell_of(position).is_some_and(|cell| layout.is_free(cell))
        {
            return wrong("place to teleport to", format!("{position:?}"), "a point in a free cell".to_owned());
        }
        let is_owner = |slice: &&mut Slice| lane < slice.first + slice.len();
        let slice = self.pool.iter_mut().find(is_owner).expect("the slices hold all lanes, in order");
        let index = lane - slice.first;
        if slice.lanes[index].ended {
            return Err(EnvsError::NeedsReset { lane });
        }
        if !slice.lanes[index].env.is_free(position) {
            return wrong("place to teleport to", format!("{position:?}"), "a place that is free".to_owned());
        }
        slice.teleport(index, position);
        let (from, to) = (slice.row(index), slice.row(lane));
        batch.observation[to.clone()].copy_from_slice(&slice.rows.observation[from.clone()]);
        batch.final_observation[to].copy_from_slice(&slice.rows.final_observation[from]);
        let (from, to) = (2 * index..2 * index + 2, 2 * lane..2 * lane + 2);
        batch.place[to.clone()].copy_from_slice(&slice.rows.place[from.clone()]);
        batch.final_place[to].copy_from_slice(&slice.rows.final_place[from]);
        let (bytes, from) = (self.spec.frame_bytes(), slice.frame(index));
        batch.frames[lane * bytes..][..bytes].copy_from_slice(&slice.rows.frames[from.clone()]);
        batch.final_frames[lane * bytes..][..bytes].copy_from_slice(&slice.rows.final_frames[from]);
        Ok(())
    }

    /// How often a lane has diverged since construction (a restored state brings its own count).
    #[must_use]
    pub fn diverged_total(&self) -> u64 {
        self.pool.iter().map(|slice| slice.diverged).sum()
    }

    fn run(&mut self) -> Result<(), EnvsError> {
        self.pool.run().map_err(|reason| {
            self.failed = Some(reason.clone());
            EnvsError::Worker { reason }
        })
    }

    fn check_alive(&self) -> Result<(), EnvsError> {
        match &self.failed {
            Some(reason) => Err(EnvsError::Worker { reason: reason.clone() }),
            None => Ok(()),
        }
    }

    fn check(&self, batch: &StepBatch) -> Result<(), EnvsError> {
        self.check_alive()?;
        let observation = self.lanes * self.spec.observation.len();
        length("batch.observation", batch.observation.len(), observation)?;
        length("batch.final_observation", batch.final_observation.len(), observation)?;
        length("batch.place", batch.place.len(), 2 * self.lanes)?;
        length("batch.final_place", batch.final_place.len(), 2 * self.lanes)?;
        let frames = self.lanes * self.spec.frame_bytes();
        length("batch.frames", batch.frames.len(), frames)?;
        length("batch.final_frames", batch.final_frames.len(), frames)?;
        let with_goals = |count: usize| if self.goals.is_some() { count } else { 0 };
        length("batch.goal", batch.goal.len(), with_goals(observation))?;
        length("batch.final_goal", batch.final_goal.len(), with_goals(observation))?;
        length("batch.success", batch.success.len(), with_goals(self.lanes))?;
        length("batch.reward", batch.reward.len(), self.lanes)?;
        length("batch.terminated", batch.terminated.len(), self.lanes)?;
        length("batch.truncated", batch.truncated.len(), self.lanes)?;
        length("batch.diverged", batch.diverged.len(), self.lanes)?;
        length("batch.reset", batch.reset.len(), self.lanes)
    }
}

pub(crate) fn length(what: &'static str, got: usize, expected: usize) -> Result<(), EnvsError> {
    if got == expected { Ok(()) } else { Err(EnvsError::Length { what, got, expected }) }
}

/// Buffers for `lanes` lanes of a world.
fn buffers(lanes: usize, spec: &Spec, goals: Option<GoalConfig>) -> StepBatch {
    let new = if goals.is_some() { StepBatch::with_goals } else { StepBatch::new };
    new(lanes, spec.observation.len()).with_frames(spec.frame_bytes())
}

/// Copies some lanes of a slice to their rows of the caller's batch.
fn copy_rows(slice: &Slice, lanes: std::ops::Range<usize>, batch: &mut StepBatch) {
    let rows = &slice.rows;
    let to = slice.first + lanes.start..slice.first + lanes.end;
    let (from_wide, to_wide) =
        (slice.row(lanes.start).start..slice.row(lanes.end).start, slice.row(to.start).start..slice.row(to.end).start);
    if slice.goals.is_some() {
        batch.goal[to_wide.clone()].copy_from_slice(&rows.goal[from_wide.clone()]);
        batch.final_goal[to_wide.clone()].copy_from_slice(&rows.final_goal[from_wide.clone()]);
        batch.success[to.clone()].copy_from_slice(&rows.success[lanes.clone()]);
    }
    let bytes = slice.frame(0).end;
    let (from, into) = (lanes.start * bytes..lanes.end * bytes, to.start * bytes..to.end * bytes);
    batch.frames[into.clone()].copy_from_slice(&rows.frames[from.clone()]);
    batch.final_frames[into].copy_from_slice(&rows.final_frames[from]);
    batch.observation[to_wide.clone()].copy_from_slice(&rows.observation[from_wide.clone()]);
    batch.final_observation[to_wide].copy_from_slice(&rows.final_observation[from_wide]);
    let (from_places, to_places) = (2 * lanes.start..2 * lanes.end, 2 * to.start..2 * to.end);
    batch.place[to_places.clone()].copy_from_slice(&rows.place[from_places.clone()]);
    batch.final_place[to_places].copy_from_slice(&rows.final_place[from_places]);
    batch.reward[to.clone()].copy_from_slice(&rows.reward[lanes.clone()]);
    batch.terminated[to.clone()].copy_from_slice(&rows.terminated[lanes.clone()]);
    batch.truncated[to.clone()].copy_from_slice(&rows.truncated[lanes.clone()]);
    batch.diverged[to.clone()].copy_from_slice(&rows.diverged[lanes.clone()]);
    batch.reset[to].copy_from_slice(&rows.reset[lanes]);
}
