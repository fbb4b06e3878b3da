//! Lanes that are stepped as one piece.

use freeroam_envs::{Autoreset, EnvsError, LaneResets, Lanes, StepBatch};
use serde::{Deserialize, Serialize};

use crate::fleet::FleetError;

/// Which lanes begin anew, and from what; `[lanes]` each, as [`LaneResets`] has them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Resets {
    pub(crate) mask: Option<Vec<bool>>,
    pub(crate) seeds: Option<Vec<Option<u64>>>,
    pub(crate) tasks: Option<Vec<Option<usize>>>,
}

impl Resets {
    /// What these say about some of the lanes.
    fn part(&self, first: usize, count: usize) -> LaneResets<'_> {
        let range = first..first + count;
        LaneResets {
            mask: self.mask.as_ref().map(|all| &all[range.clone()]),
            seeds: self.seeds.as_ref().map(|all| &all[range.clone()]),
            tasks: self.tasks.as_ref().map(|all| &all[range]),
        }
    }
}

/// Consecutive lanes with the buffers of their last result.
pub(crate) struct Group {
    /// Index of the first lane among those of all groups.
    pub(crate) first: usize,
    pub(crate) lanes: Lanes,
    pub(crate) autoreset: Autoreset,
    /// `[lanes, action]`, what the next step takes.
    pub(crate) actions: Vec<f32>,
    /// Results of the last job. Its observations and goals are always the current ones.
    pub(crate) batch: StepBatch,
    /// All lanes have been reset since construction.
    pub(crate) started: bool,
}

/// The saved state of a [`Group`].
#[derive(Serialize, Deserialize)]
pub(crate) struct GroupState {
    started: bool,
    lanes: Vec<u8>,
    batch: StepBatch,
}

impl Group {
    pub(crate) fn new(first: usize, lanes: Lanes, autoreset: Autoreset) -> Self {
        let actions = vec![0.0; lanes.len() * lanes.spec().action.len()];
        Self { first, batch: lanes.batch(), lanes, autoreset, actions, started: false }
    }

    pub(crate) fn step(&mut self) -> Result<(), EnvsError> {
        self.lanes.step_into(&self.actions, &mut self.batch).map_err(|error| self.renumber(error))
    }

    pub(crate) fn reset(&mut self, resets: &Resets) -> Result<(), EnvsError> {
        let part = resets.part(self.first, self.lanes.len());
        self.lanes.reset_with_into(&part, &mut self.batch).map_err(|error| self.renumber(error))?;
        self.started = true;
        Ok(())
    }

    /// Refuses a step before any lane moves, where [`Group::step`] would do so in the background.
    pub(crate) fn check_step(&self) -> Result<(), FleetError> {
        if !self.started {
            return Err(FleetError::NotReset);
        }
        let width = self.lanes.spec().action.len();
        if let Some(at) = self.actions.iter().position(|value| !value.is_finite()) {
            let (lane, index, value) = (self.first + at / width, at % width, self.actions[at]);
            return Err(EnvsError::NonFiniteAction { lane, index, value }.into());
        }
        let ended = |lane: &usize| self.batch.terminated[*lane] || self.batch.truncated[*lane];
        if self.autoreset == Autoreset::Disabled
            && let Some(lane) = (0..self.lanes.len()).find(ended)
        {
            return Err(EnvsError::NeedsReset { lane: self.first + lane }.into());
        }
        Ok(())
    }

    pub(crate) fn save(&self) -> GroupState {
        GroupState { started: self.started, lanes: self.lanes.save(), batch: self.batch.clone() }
    }

    pub(crate) fn load(&mut self, state: &GroupState) -> Result<(), EnvsError> {
        let lengths = |batch: &StepBatch| {
            let wide = [
                &batch.observation,
                &batch.final_observation,
                &batch.place,
                &batch.final_place,
                &batch.goal,
                &batch.final_goal,
                &batch.reward,
            ];
            let flags = [&batch.success, &batch.terminated, &batch.truncated, &batch.diverged, &batch.reset];
            let frames = [&batch.frames, &batch.final_frames];
            (wide.map(Vec::len), flags.map(Vec::len), frames.map(Vec::len))
        };
        self.lanes.load(&state.lanes)?;
        if lengths(&state.batch) != lengths(&self.batch) {
            // The lanes have changed and their results have not.
            self.started = false;
            let what = format!("the lanes of {}", self.lanes.spec().id);
            return Err(EnvsError::State { what, reason: "its results have another size".to_owned() });
        }
        self.batch.clone_from(&state.batch);
        self.started = state.started;
        Ok(())
    }

    /// Lanes are numbered across all groups in what the caller reads.
    fn renumber(&self, mut error: EnvsError) -> EnvsError {
        if let EnvsError::NonFiniteAction { lane, .. } | EnvsError::NeedsReset { lane } | EnvsError::Task { lane, .. } =
            &mut error
        {
            *lane += self.first;
        }
        error
    }
}
