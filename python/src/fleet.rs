//! All lanes of a vector environment: one group that the caller's thread steps, or several that take turns in the background.

use std::collections::VecDeque;

use freeroam_envs::{Autoreset, EnvsError, GoalConfig, Lanes, LanesConfig, StepBatch, World};

use crate::background::{Background, Job, Slot};
use crate::group::{Group, GroupState, Resets};

/// How many lanes, how stepped.
#[derive(Clone, Copy)]
pub(crate) struct FleetConfig {
    pub(crate) lanes: usize,
    /// Lanes of a group; divides `lanes`.
    pub(crate) batch: usize,
    /// Threads in all.
    pub(crate) threads: usize,
    /// Steps until an episode is truncated; 0 for the world's own.
    pub(crate) horizon: u32,
    pub(crate) autoreset: Autoreset,
    pub(crate) goals: Option<GoalConfig>,
    /// Lane `i` starts with seed `seed + i` unless its first reset says otherwise.
    pub(crate) seed: u64,
}

/// Calls that come at the wrong time, and what the lanes refuse.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FleetError {
    #[error(transparent)]
    Envs(#[from] EnvsError),
    #[error("batch_size is {batch}, expected a divisor of the number of lanes, {lanes}")]
    Batch { batch: usize, lanes: usize },
    #[error("the lanes have not been reset; call reset first")]
    NotReset,
    #[error("the first reset has a mask; reset all lanes first")]
    PartialReset,
    #[error("{count} groups of lanes are still stepping; call recv for each of them first")]
    Pending { count: usize },
    #[error("lanes {first} to {last} are still stepping; call recv until they come back")]
    Sent { first: usize, last: usize },
    #[error("nothing was sent; call send or async_reset before recv")]
    NothingSent,
    #[error("the lanes were stepping in the background when the process was forked; make new ones in the child")]
    Lost,
}

pub(crate) struct Fleet {
    slots: Vec<Slot>,
    /// Groups at work whose results nobody has asked for yet, oldest first.
    sent: VecDeque<usize>,
    background: Background,
    config: FleetConfig,
    /// `[lanes, action]`, what the next step takes.
    pub(crate) actions: Vec<f32>,
    /// Results of all lanes, where there is more than one group.
    whole: StepBatch,
}

impl Fleet {
    pub(crate) fn new(world: &World, config: FleetConfig) -> Result<Self, FleetError> {
        let FleetConfig { lanes, batch, threads, horizon, autoreset, goals, seed } = config;
        for (what, value) in [("number of lanes", lanes), ("number of threads", threads)] {
            if value == 0 {
                let (got, expected) = ("0".to_owned(), "at least 1".to_owned());
                return Err(EnvsError::OutOfRange { what, got, expected }.into());
            }
        }
        if batch == 0 || !lanes.is_multiple_of(batch) {
            return Err(FleetError::Batch { batch, lanes });
        }
        let groups = lanes / batch;
        let threads_each = (threads / groups).max(1);
        let per_group = LanesConfig { lanes: batch, threads: threads_each, seed, horizon, autoreset, goals };
        let slot =
            |index| Ok(Slot::Home(Box::new(Group::new(index * batch, Lanes::new(world, per_group)?, autoreset))));
        let slots: Vec<Slot> = (0..groups).map(slot).collect::<Result<_, EnvsError>>()?;
        let width = world.spec().observation.len();
        let whole = match (groups, goals) {
            (1, _) => StepBatch::default(),
            (_, None) => StepBatch::new(lanes, width),
            (_, Some(_)) => StepBatch::with_goals(lanes, width),
        };
        let whole = whole.with_frames(world.spec().frame_bytes());
        let actions = vec![0.0; lanes * world.spec().action.len()];
        let background = Background::new(threads.clamp(1, groups));
        Ok(Self { slots, sent: VecDeque::new(), background, config, actions, whole })
    }

    /// Results of all lanes, as the last [`Fleet::step`] or [`Fleet::reset`] left them.
    pub(crate) fn batch(&self) -> &StepBatch {
        match &self.slots[..] {
            [Slot::Home(group)] => &group.batch,
            _ => &self.whole,
        }
    }

    /// Steps all lanes with [`Fleet::actions`].
    pub(crate) fn step(&mut self) -> Result<(), FleetError> {
        self.settle()?;
        let width = self.actions.len() / self.config.lanes;
        for group in groups(&mut self.slots) {
            group.actions.copy_from_slice(&self.actions[group.first * width..][..group.lanes.len() * width]);
        }
        if let [Slot::Home(group)] = &mut self.slots[..] {
            return if group.started { Ok(group.step()?) } else { Err(FleetError::NotReset) };
        }
        groups(&mut self.slots).try_for_each(|group| group.check_step())?;
        self.run_all(|| Job::Step)
    }

    /// Resets lanes; the first time all of them.
    pub(crate) fn reset(&mut self, resets: Resets) -> Result<(), FleetError> {
        let resets = self.prepare(resets)?;
        match &mut self.slots[..] {
            [Slot::Home(group)] => Ok(group.reset(&resets)?),
            _ => self.run_all(|| Job::Reset(resets.clone())),
        }
    }

    /// Starts to reset all groups in the background.
    pub(crate) fn send_resets(&mut self, resets: Resets) -> Result<(), FleetError> {
        let resets = self.prepare(resets)?;
        (0..self.slots.len()).try_for_each(|index| self.send_job(index, Job::Reset(resets.clone())))
    }

    /// Starts to step a group in the background; `actions` is `[batch, action]`.
    pub(crate) fn send(&mut self, index: usize, actions: &[f32]) -> Result<(), FleetError> {
        self.background.notice_fork(&mut self.slots);
        match &mut self.slots[index] {
            Slot::Home(group) => {
                group.actions.copy_from_slice(actions);
                group.check_step()?;
            }
            Slot::Away(_) => {
                let first = index * self.config.batch;
                return Err(FleetError::Sent { first, last: first + self.config.batch - 1 });
            }
            Slot::Lost => return Err(FleetError::Lost),
        }
        self.send_job(index, Job::Step)
    }

    /// Waits for the group that was sent first, and tells which it is; it is home then, whatever its outcome.
    pub(crate) fn receive(&mut self) -> Result<usize, FleetError> {
        self.background.notice_fork(&mut self.slots);
        let index = self.sent.pop_front().ok_or(FleetError::NothingSent)?;
        self.slots[index].wait()?;
        Ok(index)
    }

    /// A group that is home.
    pub(crate) fn group(&self, index: usize) -> Result<&Group, FleetError> {
        match &self.slots[index] {
            Slot::Home(group) => Ok(group),
            Slot::Away(_) | Slot::Lost => Err(FleetError::Lost),
        }
    }

    /// All groups, after their first reset.
    pub(crate) fn running(&mut self) -> Result<impl Iterator<Item = &mut Group>, FleetError> {
        self.settle()?;
        if groups(&mut self.slots).all(|group| group.started) {
            Ok(groups(&mut self.slots))
        } else {
            Err(FleetError::NotReset)
        }
    }

    /// Moves the body of a running lane to (x, y), metres, at rest.
    pub(crate) fn teleport(&mut self, lane: usize, place: [f64; 2]) -> Result<(), FleetError> {
        let FleetConfig { lanes, batch, .. } = self.config;
        let (got, expected) = (lane.to_string(), format!("less than {lanes}"));
        let missing = EnvsError::OutOfRange { what: "lane to teleport", got, expected };
        let group = self.running()?.nth(lane / batch).ok_or(missing)?;
        Ok(group.lanes.teleport(lane % batch, place, &mut group.batch)?)
    }

    pub(crate) fn save(&mut self) -> Result<Vec<GroupState>, FleetError> {
        self.settle()?;
        Ok(groups(&mut self.slots).map(|group| group.save()).collect())
    }

    pub(crate) fn load(&mut self, states: &[GroupState]) -> Result<(), FleetError> {
        self.settle()?;
        if states.len() != self.slots.len() {
            let what = "the lanes".to_owned();
            let reason = format!("it has {} groups of lanes, expected {}", states.len(), self.slots.len());
            return Err(EnvsError::State { what, reason }.into());
        }
        groups(&mut self.slots).zip(states).try_for_each(|(group, state)| Ok(group.load(state)?))
    }

    /// Checks that all groups are home.
    pub(crate) fn settle(&mut self) -> Result<(), FleetError> {
        self.background.notice_fork(&mut self.slots);
        if self.slots.iter().any(|slot| matches!(slot, Slot::Lost)) {
            return Err(FleetError::Lost);
        }
        match self.sent.len() {
            0 => Ok(()),
            count => Err(FleetError::Pending { count }),
        }
    }

    /// Checks that a reset can be, and fills in the seeds of the first one.
    fn prepare(&mut self, mut resets: Resets) -> Result<Resets, FleetError> {
        self.settle()?;
        if !groups(&mut self.slots).all(|group| group.started) {
            if resets.mask.as_ref().is_some_and(|mask| mask.contains(&false)) {
                return Err(FleetError::PartialReset);
            }
            let FleetConfig { lanes, seed, .. } = self.config;
            resets.seeds.get_or_insert_with(|| (0..lanes as u64).map(|lane| Some(seed.wrapping_add(lane))).collect());
        }
        Ok(resets)
    }

    fn send_job(&mut self, index: usize, job: Job) -> Result<(), FleetError> {
        let places = self.slots.len();
        self.background.send(&mut self.slots[index], job, places)?;
        self.sent.push_back(index);
        Ok(())
    }

    /// Gives all groups a job, waits for all and gathers their results.
    fn run_all(&mut self, job: impl Fn() -> Job) -> Result<(), FleetError> {
        let places = self.slots.len();
        for slot in &mut self.slots {
            self.background.send(slot, job(), places)?;
        }
        // All are waited for even if one fails.
        let outcomes: Vec<_> = self.slots.iter_mut().map(Slot::wait).collect();
        for group in groups(&mut self.slots) {
            gather(group, &mut self.whole);
        }
        Ok(outcomes.into_iter().collect::<Result<(), EnvsError>>()?)
    }
}

impl Drop for Fleet {
    fn drop(&mut self) {
        self.background.notice_fork(&mut self.slots);
    }
}

/// The groups that are home.
fn groups(slots: &mut [Slot]) -> impl Iterator<Item = &mut Group> {
    slots.iter_mut().filter_map(|slot| match slot {
        Slot::Home(group) => Some(group.as_mut()),
        Slot::Away(_) | Slot::Lost => None,
    })
}

/// Copies the results of a group to its rows among those of all.
fn gather(group: &Group, whole: &mut StepBatch) {
    fn put<T: Copy>(to: &mut [T], from: &[T], first: usize, lanes: usize) {
        let width = from.len() / lanes;
        to[first * width..][..from.len()].copy_from_slice(from);
    }
    let Group { first, batch, .. } = group;
    let lanes = group.lanes.len();
    put(&mut whole.observation, &batch.observation, *first, lanes);
    put(&mut whole.final_observation, &batch.final_observation, *first, lanes);
    put(&mut whole.frames, &batch.frames, *first, lanes);
    put(&mut whole.final_frames, &batch.final_frames, *first, lanes);
    put(&mut whole.goal, &batch.goal, *first, lanes);
    put(&mut whole.final_goal, &batch.final_goal, *first, lanes);
    put(&mut whole.success, &batch.success, *first, lanes);
    put(&mut whole.reward, &batch.reward, *first, lanes);
    put(&mut whole.terminated, &batch.terminated, *first, lanes);
    put(&mut whole.truncated, &batch.truncated, *first, lanes);
    put(&mut whole.diverged, &batch.diverged, *first, lanes);
    put(&mut whole.reset, &batch.reset, *first, lanes);
}
