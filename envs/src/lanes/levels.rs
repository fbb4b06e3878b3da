//! Levels chosen for lanes.

use super::{Lanes, length};
use crate::EnvsError;

impl Lanes {
    /// Numbers that describe a level of the world ([`MazeFamily`](crate::maze::MazeFamily)); zero where there is nothing to
    /// choose.
    #[must_use]
    pub fn level_len(&self) -> usize {
        self.pool.iter().flat_map(|slice| &slice.lanes).next().map_or(0, |lane| lane.env.level_len())
    }

    /// Chooses levels: the episodes of lane `i` that begin from now on are those of `levels[i]`, [`Lanes::level_len`] numbers,
    /// until another level is chosen; without one the world draws a level for each episode. Running episodes go on as they
    /// are. Choices are part of the saved state.
    ///
    /// ```
    /// use freeroam_envs::maze::MazeFamily;
    /// use freeroam_envs::{Lanes, LanesConfig, Stream, world};
    /// # fn main() -> Result<(), freeroam_envs::EnvsError> {
    /// let mut lanes = Lanes::new(&world("Maze-Procedural-v0")?, LanesConfig { lanes: 2, ..LanesConfig::default() })?;
    /// let family = MazeFamily::new(13, 60)?;
    /// let mut level = family.sample(&mut Stream::new(0, "levels", 0));
    /// let parent = family.to_vector(&level);
    /// family.mutate(&mut level, 5, &mut Stream::new(0, "edits", 0));
    /// let child = family.to_vector(&level);
    /// lanes.set_levels(&[Some(&parent), Some(&child)])?;
    /// let mut batch = lanes.batch();
    /// lanes.reset_into(&mut batch)?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`EnvsError::Length`] unless there is an entry for each lane, [`EnvsError::Length`] or [`EnvsError::OutOfRange`] for an
    /// entry that is no level; the lanes before it then have theirs.
    pub fn set_levels(&mut self, levels: &[Option<&[f32]>]) -> Result<(), EnvsError> {
        self.check_alive()?;
        length("the levels", levels.len(), self.lanes)?;
        let lanes = self.pool.iter_mut().flat_map(|slice| &mut slice.lanes);
        lanes.zip(levels).try_for_each(|(lane, level)| lane.env.set_level(*level))
    }
}
