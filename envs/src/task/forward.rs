//! Gymnasium's task for bodies that run (Towers et al., 2024): along x, healthy, with little effort.
//!
//! ```text
//! speed * v + reward where healthy - effort * |a|^2
//! v         velocity along x, m/s, of the root or of the centre of mass: its displacement in the step by its length
//! a         the action, in [-1, 1]
//! ```

use std::ops::RangeInclusive;

use super::{Moment, Task, Verdict};

/// Whose velocity counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Of {
    /// That of the root.
    Root,
    /// That of the centre of mass.
    Centre,
}

/// Running along x.
#[derive(Clone, Debug)]
pub struct Forward {
    /// Whose velocity counts.
    pub of: Of,
    /// Reward of a metre per second.
    pub speed: f32,
    /// Cost of a unit of the action's squared norm.
    pub effort: f32,
    /// What is healthy, for bodies that can fall.
    pub healthy: Option<Healthy>,
}

/// When a body is healthy.
#[derive(Clone, Debug)]
pub struct Healthy {
    /// Reward of a healthy step.
    pub reward: f32,
    /// Where the height is among the positions.
    pub height: usize,
    /// Healthy heights, metres, in the convention of `qpos`.
    pub heights: RangeInclusive<f32>,
    /// Where the pitch is among the positions, and healthy pitches, radians.
    pub pitch: Option<(usize, RangeInclusive<f32>)>,
    /// Whether an episode ends where the body is not healthy.
    pub ends: bool,
}

impl Healthy {
    fn holds(&self, qpos: &[f32]) -> bool {
        let upright = self.pitch.as_ref().is_none_or(|(at, pitches)| pitches.contains(&qpos[*at]));
        upright && self.heights.contains(&qpos[self.height])
    }
}

impl Task for Forward {
    fn judge(&self, moment: &Moment<'_>) -> Verdict {
        let Moment { robot, before, after, action, dt } = *moment;
        let velocity = match (self.of, robot.travel()[0]) {
            (Of::Root, Some(x)) => (after.qpos[x] - before.qpos[x]) / dt as f32,
            (Of::Root, None) => 0.0,
            (Of::Centre, _) => moment.speed()[0],
        };
        let effort = action.iter().map(|value| value * value).sum::<f32>();
        let (healthy, ended) = match &self.healthy {
            Some(healthy) if healthy.holds(&after.qpos) => (healthy.reward, false),
            Some(healthy) => (0.0, healthy.ends),
            None => (0.0, false),
        };
        Verdict { reward: self.speed * velocity + healthy - self.effort * effort, ended }
    }
}
