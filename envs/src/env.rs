//! The interface that every world implements.

use crate::camera::Scene;
use crate::{EnvsError, Stream};

/// What one step of one lane gave besides the observation.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Outcome {
    /// Reward of the world's own task; zero in worlds without one. Lanes with goals replace it.
    pub reward: f32,
    /// The task ended by its own rule (a fall, a goal). Time limits belong to the lanes.
    pub terminated: bool,
    /// The physics left the range in which it can be trusted (exploding values). Rewards and observations that are not
    /// finite count as diverged without it.
    pub diverged: bool,
}

/// One copy of a world. Object-safe; stepped by [`crate::Lanes`].
pub trait Env: Send {
    /// Puts the world into a fresh start state drawn from `stream`.
    fn reset(&mut self, stream: &mut Stream);

    /// Advances by one step of [`crate::Spec::dt`]. `action` has one finite value in `[-1, 1]` per actuator.
    fn step(&mut self, action: &[f32]) -> Outcome;

    /// Writes the observation; `observation` has the length of [`crate::Spec::observation`]. SI units, not normalised.
    fn observe(&self, observation: &mut [f32]);

    /// Where the body is: x and y, metres, world frame, whether or not the observation shows them; y is 0 for bodies that
    /// move along a line. Exact in `f32` where the observation shows it.
    fn place(&self) -> [f64; 2];

    /// Moves the body to `position` (x, y in metres) without changing its posture; velocities become zero. Bodies
    /// that move along a line take x alone. Lanes call it
    /// right after [`Env::reset`] where a task sets the start ([`crate::GoalLaw::Tasks`]).
    fn teleport(&mut self, position: [f64; 2]);

    /// Changes what else depends on the place in `observation`, the current one with x and y replaced by those of `place`
    /// (metres). Lanes call it for goals; worlds whose other channels are the posture have nothing to change.
    fn imagine(&mut self, place: [f64; 2], observation: &mut [f32]) {
        let _ = (place, observation);
    }

    /// Tells the place (x, y in metres) that the lane asks this episode for, right after [`Env::reset`], where lanes have
    /// goals. A world with a goal of its own takes it in place of that, and leaves reward and end to the lane.
    fn set_goal(&mut self, goal: [f64; 2]) {
        let _ = goal;
    }

    /// Whether the body may be put to `position` (x, y in metres). Worlds whose walls change from episode to episode say what
    /// holds now; where [`crate::Spec::layout`] has the walls, they need not.
    fn is_free(&self, position: [f64; 2]) -> bool {
        let _ = position;
        true
    }

    /// Numbers that describe a level of this world ([`crate::maze::MazeFamily`]); zero where there is nothing to choose.
    fn level_len(&self) -> usize {
        0
    }

    /// Chooses the level of the episodes that begin from now on, by its [`Env::level_len`] numbers; `None` lets the world
    /// draw one for each episode. The choice is part of the state.
    ///
    /// # Errors
    /// [`EnvsError::Length`] or [`EnvsError::OutOfRange`] for numbers that are no level; the choice then stays as it was.
    fn set_level(&mut self, level: Option<&[f32]>) -> Result<(), EnvsError> {
        level.map_or(Ok(()), |level| crate::lanes::length("the vector of a level", level.len(), 0))
    }

    /// Describes what there is to see, from nothing. A world that does not say is shown as empty ground.
    fn scene(&self, scene: &mut Scene) {
        scene.clear();
    }

    /// Appends the generalized positions to `qpos` and velocities to `qvel` (SI units): as many in every state, and nothing in
    /// worlds that do not tell them. Data sets keep them beside the observations.
    fn coordinates(&self, qpos: &mut Vec<f32>, qvel: &mut Vec<f32>) {
        let _ = (qpos, qvel);
    }

    /// Puts the body into the state of some coordinates, as if it were newly made there: all that [`Env::scene`] shows follows
    /// from them. It takes what [`Env::coordinates`] of the same world gives.
    ///
    /// # Errors
    /// [`EnvsError::Length`] for another number of coordinates; the world is then unchanged.
    fn set_coordinates(&mut self, qpos: &[f32], qvel: &[f32]) -> Result<(), EnvsError> {
        crate::lanes::length("qpos", qpos.len(), 0)?;
        crate::lanes::length("qvel", qvel.len(), 0)
    }

    /// Appends the exact state to `out`.
    fn save(&self, out: &mut Vec<u8>);

    /// Restores a state written by [`Env::save`] of the same world: it continues bit for bit.
    ///
    /// # Errors
    /// [`EnvsError::State`] when the bytes are not such a state; the world is then unchanged.
    fn load(&mut self, bytes: &[u8]) -> Result<(), EnvsError>;
}
