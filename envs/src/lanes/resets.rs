//! Which lanes begin anew, and from what.

use super::{Lanes, copy_rows, length};
use crate::slice::{Job, Streams};
use crate::{EnvsError, StepBatch};

/// Which lanes [`Lanes::reset_with_into`] resets, and from what. The default resets all of them from their own streams.
///
/// What it says about lanes that are not reset has no effect.
#[derive(Clone, Copy, Debug, Default)]
pub struct LaneResets<'a> {
    /// The lanes to reset, `[lanes]`; without it all of them.
    pub mask: Option<&'a [bool]>,
    /// Seeds of single lanes, `[lanes]`. A lane with seed `s` draws from now on what lane 0 of lanes built with seed `s`
    /// draws from its first reset on. A lane without a seed draws on.
    pub seeds: Option<&'a [Option<u64>]>,
    /// Tasks of single lanes, `[lanes]`: indices into [`Layout::tasks`](crate::maze::Layout::tasks), each for this one
    /// episode and under any [`GoalLaw`](crate::GoalLaw). A lane without a task follows the law of its goals.
    pub tasks: Option<&'a [Option<usize>]>,
}

impl Lanes {
    /// Starts an episode in every lane.
    ///
    /// # Errors
    /// As [`Lanes::reset_with_into`].
    pub fn reset_into(&mut self, batch: &mut StepBatch) -> Result<(), EnvsError> {
        self.reset_with_into(&LaneResets::default(), batch)
    }

    /// Starts an episode in the lanes where `mask` (`[lanes]`) is true: their rows of `batch` become reset rows, the
    /// other rows stay as they are.
    ///
    /// # Errors
    /// As [`Lanes::reset_with_into`].
    pub fn reset_masked_into(&mut self, mask: &[bool], batch: &mut StepBatch) -> Result<(), EnvsError> {
        self.reset_with_into(&LaneResets { mask: Some(mask), ..LaneResets::default() }, batch)
    }

    /// Starts an episode in some lanes, from seeds and tasks of their own where `resets` has them: their rows of `batch`
    /// become reset rows, the other rows stay as they are. Allocates nothing itself.
    ///
    /// ```
    /// use freeroam_envs::{GoalConfig, LaneResets, Lanes, LanesConfig, world};
    /// # fn main() -> Result<(), freeroam_envs::EnvsError> {
    /// let goals = Some(GoalConfig::default());
    /// let maze = world("PointMaze-Medium-v0")?;
    /// let mut lanes = Lanes::new(&maze, LanesConfig { lanes: 2, goals, ..LanesConfig::default() })?;
    /// let mut batch = lanes.batch();
    /// // Both lanes start in the cell of the second task, at the same place.
    /// let resets = LaneResets { seeds: Some(&[Some(7); 2]), tasks: Some(&[Some(1); 2]), ..LaneResets::default() };
    /// lanes.reset_with_into(&resets, &mut batch)?;
    /// assert_eq!(batch.observation[..2], batch.observation[2..]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Before any lane is reset: [`EnvsError::Length`] for buffers of another size, [`EnvsError::Task`] for a task that
    /// the world does not have, or any task when the lanes have no goals. [`EnvsError::Worker`] when a thread panics or
    /// has panicked.
    pub fn reset_with_into(&mut self, resets: &LaneResets<'_>, batch: &mut StepBatch) -> Result<(), EnvsError> {
        self.check(batch)?;
        length("the mask", resets.mask.map_or(self.lanes, <[_]>::len), self.lanes)?;
        length("the seeds", resets.seeds.map_or(self.lanes, <[_]>::len), self.lanes)?;
        length("the tasks", resets.tasks.map_or(self.lanes, <[_]>::len), self.lanes)?;
        let chosen = |lane: usize| resets.mask.is_none_or(|mask| mask[lane]);
        let task = |lane: usize| resets.tasks.and_then(|tasks| tasks[lane]);
        for lane in (0..self.lanes).filter(|&lane| chosen(lane)) {
            self.check_task(lane, task(lane))?;
        }
        for slice in self.pool.iter_mut() {
            slice.job = Job::Reset;
            for index in 0..slice.len() {
                let lane = slice.first + index;
                slice.mask[index] = chosen(lane);
                slice.tasks[index] = task(lane);
                if slice.mask[index]
                    && let Some(seed) = resets.seeds.and_then(|seeds| seeds[lane])
                {
                    slice.lanes[index].streams = Streams::new(seed, 0);
                }
            }
        }
        self.run()?;
        for slice in self.pool.iter() {
            for index in (0..slice.len()).filter(|&index| slice.mask[index]) {
                copy_rows(slice, index..index + 1, batch);
            }
        }
        Ok(())
    }

    fn check_task(&self, lane: usize, task: Option<usize>) -> Result<(), EnvsError> {
        let Some(task) = task else { return Ok(()) };
        let refused = match &self.goals {
            Some(goals) => goals.refuse(task),
            None => Some("the lanes have no goals".to_owned()),
        };
        refused.map_or(Ok(()), |reason| Err(EnvsError::Task { lane, task, reason }))
    }
}
