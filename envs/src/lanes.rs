//! Many copies of a world, stepped together.

mod pictures; // what lanes look like

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::pool::{Pool, Work};
use crate::registry::World;
use crate::slice::{Job, Lane, LaneState, Slice};
use crate::{EnvsError, Spec, StepBatch, Stream};
pub(crate) use pictures::Pictures;

/// Layout number of [`Lanes::save`].
const FORMAT: u32 = 1;

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
    /// Lane `i` draws from `Stream::new(seed, "reset", i)`.
    pub seed: u64,
    /// Steps until an episode is truncated; 0 for [`Spec::horizon`].
    pub horizon: u32,
    /// What follows the end of an episode.
    pub autoreset: Autoreset,
}

impl Default for LanesConfig {
    fn default() -> Self {
        Self { lanes: 1, threads: 1, seed: 0, horizon: 0, autoreset: Autoreset::NextStep }
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
    /// Set when a thread panicked: the lanes are then in no known state.
    failed: Option<String>,
}

impl Work for Slice {
    fn run(&mut self) {
        Self::run(self);
    }
}

/// What [`Lanes::save`] writes.
#[derive(Serialize, Deserialize)]
struct State {
    format: u32,
    world: String,
    diverged: u64,
    lanes: Vec<LaneState>,
}

impl Lanes {
    /// Builds the lanes and starts the threads.
    ///
    /// # Errors
    /// [`EnvsError::OutOfRange`] when there are no lanes or no threads, [`EnvsError::Worker`] when the system refuses
    /// a thread, and whatever building the world gives.
    pub fn new(world: &World, config: LanesConfig) -> Result<Self, EnvsError> {
        for (what, value) in [("number of lanes", config.lanes), ("number of threads", config.threads)] {
            if value == 0 {
                return Err(EnvsError::OutOfRange { what, got: "0".to_owned(), expected: "at least 1".to_owned() });
            }
        }
        let spec = Arc::clone(world.spec());
        let horizon = if config.horizon == 0 { spec.horizon } else { config.horizon };
        let threads = config.threads.min(config.lanes);
        let mut slices = Vec::with_capacity(threads);
        for thread in 0..threads {
            let bounds = [thread, thread + 1].map(|edge| edge * config.lanes / threads);
            let mut lanes = Vec::with_capacity(bounds[1] - bounds[0]);
            for lane in bounds[0]..bounds[1] {
                let stream = Stream::new(config.seed, "reset", lane as u64);
                lanes.push(Lane { env: world.make()?, stream, steps: 0, ended: true });
            }
            slices.push(Slice {
                first: bounds[0],
                job: Job::Reset,
                actions: vec![0.0; lanes.len() * spec.action.len()],
                mask: vec![false; lanes.len()],
                rows: StepBatch::new(lanes.len(), spec.observation.len()),
                pictures: Pictures::new(spec.goal_radius),
                lanes,
                diverged: 0,
                horizon,
                autoreset: config.autoreset,
            });
        }
        let pool = Pool::new(slices).map_err(|error| EnvsError::Worker { reason: error.to_string() })?;
        Ok(Self { spec, pool, lanes: config.lanes, horizon, autoreset: config.autoreset, failed: None })
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

    /// Buffers of the right size for the other methods.
    #[must_use]
    pub fn batch(&self) -> StepBatch {
        StepBatch::new(self.lanes, self.spec.observation.len())
    }

    /// Starts an episode in every lane.
    ///
    /// # Errors
    /// As [`Lanes::reset_masked_into`].
    pub fn reset_into(&mut self, batch: &mut StepBatch) -> Result<(), EnvsError> {
        self.check(batch)?;
        self.pool.iter_mut().for_each(|slice| slice.mask.fill(true));
        self.reset(batch)
    }

    /// Starts an episode in the lanes where `mask` (`[lanes]`) is true: their rows of `batch` become reset rows, the
    /// other rows stay as they are.
    ///
    /// # Errors
    /// [`EnvsError::Length`] for buffers of another size, [`EnvsError::Worker`] when a thread panics or has panicked.
    pub fn reset_masked_into(&mut self, mask: &[bool], batch: &mut StepBatch) -> Result<(), EnvsError> {
        self.check(batch)?;
        length("the mask", mask.len(), self.lanes)?;
        for slice in self.pool.iter_mut() {
            slice.mask.copy_from_slice(&mask[slice.first..][..slice.lanes.len()]);
        }
        self.reset(batch)
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
    /// that row of `observation` and `final_observation`.
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
        slice.teleport(index, position);
        let (from, to) = (slice.row(index), slice.row(lane));
        batch.observation[to.clone()].copy_from_slice(&slice.rows.observation[from.clone()]);
        batch.final_observation[to].copy_from_slice(&slice.rows.final_observation[from]);
        Ok(())
    }

    /// The exact state of all lanes: physics, streams, step counters, ended flags, current observations.
    #[must_use]
    pub fn save(&self) -> Vec<u8> {
        let state = State {
            format: FORMAT,
            world: self.spec.id.to_owned(),
            diverged: self.diverged_total(),
            lanes: self.pool.iter().flat_map(|slice| (0..slice.len()).map(|index| slice.save(index))).collect(),
        };
        postcard::to_stdvec(&state).expect("the state is made of numbers, text and lists only")
    }

    /// Restores a state written by [`Lanes::save`] of the same world and number of lanes, for any number of threads:
    /// the lanes continue bit for bit.
    ///
    /// # Errors
    /// [`EnvsError::State`] when the bytes are not such a state. The lanes are unchanged, except when the state of
    /// single lanes is damaged: then all lanes need a reset.
    pub fn load(&mut self, bytes: &[u8]) -> Result<(), EnvsError> {
        let refuse = |reason: String| EnvsError::State { what: format!("the lanes of {}", self.spec.id), reason };
        let state: State = postcard::from_bytes(bytes).map_err(|error| refuse(error.to_string()))?;
        if state.format != FORMAT {
            return Err(refuse(format!("it has format {}, expected {FORMAT}", state.format)));
        }
        if state.world != self.spec.id {
            return Err(refuse(format!("it is of {}", state.world)));
        }
        if state.lanes.len() != self.lanes {
            return Err(refuse(format!("it has {} lanes, expected {}", state.lanes.len(), self.lanes)));
        }
        let width = self.spec.observation.len();
        if let Some(lane) = state.lanes.iter().find(|lane| lane.observation.len() != width) {
            return Err(refuse(format!("its observations have {} numbers, expected {width}", lane.observation.len())));
        }
        for slice in self.pool.iter_mut() {
            slice.diverged = if slice.first == 0 { state.diverged } else { 0 };
        }
        let loaded = self.pool.iter_mut().try_for_each(|slice| {
            let states = &state.lanes[slice.first..][..slice.len()];
            states.iter().enumerate().try_for_each(|(index, lane)| slice.load(index, lane))
        });
        if loaded.is_err() {
            self.pool.iter_mut().flat_map(|slice| &mut slice.lanes).for_each(|lane| lane.ended = true);
        }
        loaded
    }

    /// How often a lane has diverged since construction (a restored state brings its own count).
    #[must_use]
    pub fn diverged_total(&self) -> u64 {
        self.pool.iter().map(|slice| slice.diverged).sum()
    }

    fn reset(&mut self, batch: &mut StepBatch) -> Result<(), EnvsError> {
        self.pool.iter_mut().for_each(|slice| slice.job = Job::Reset);
        self.run()?;
        for slice in self.pool.iter() {
            for index in (0..slice.len()).filter(|&index| slice.mask[index]) {
                copy_rows(slice, index..index + 1, batch);
            }
        }
        Ok(())
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

/// Copies some lanes of a slice to their rows of the caller's batch.
fn copy_rows(slice: &Slice, lanes: std::ops::Range<usize>, batch: &mut StepBatch) {
    let rows = &slice.rows;
    let to = slice.first + lanes.start..slice.first + lanes.end;
    let (from_wide, to_wide) =
        (slice.row(lanes.start).start..slice.row(lanes.end).start, slice.row(to.start).start..slice.row(to.end).start);
    batch.observation[to_wide.clone()].copy_from_slice(&rows.observation[from_wide.clone()]);
    batch.final_observation[to_wide].copy_from_slice(&rows.final_observation[from_wide]);
    batch.reward[to.clone()].copy_from_slice(&rows.reward[lanes.clone()]);
    batch.terminated[to.clone()].copy_from_slice(&rows.terminated[lanes.clone()]);
    batch.truncated[to.clone()].copy_from_slice(&rows.truncated[lanes.clone()]);
    batch.diverged[to.clone()].copy_from_slice(&rows.diverged[lanes.clone()]);
    batch.reset[to].copy_from_slice(&rows.reset[lanes]);
}
