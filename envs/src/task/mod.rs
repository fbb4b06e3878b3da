//! What a world rewards, for users who bring a reward-driven algorithm. Intrinsic objectives take no notice of it.

mod cheetah; // dm_control's half cheetah
mod escape; // dm_control's: out of a bowl, upright
mod forward; // Gymnasium's: run along x, stay healthy, spend little
mod hurdles; // METRA's: one for each hurdle that is passed
mod quadruped; // dm_control's and URLB's quadruped
mod reach; // URLB's: the hand at a place
mod tolerance; // how well a number keeps to an interval
mod walker; // dm_control's and URLB's planar walker

use crate::body::State;
use crate::robot::Robot;
pub use cheetah::Cheetah;
pub use escape::Escape;
pub use forward::{Forward, Healthy, Of};
pub use hurdles::HurdleRun;
pub use quadruped::Quadruped;
pub use reach::Reach;
pub use tolerance::{Sigmoid, Tolerance};
pub use walker::Walker;

/// What there is to judge after a step.
#[derive(Clone, Copy)]
pub struct Moment<'a> {
    /// The robot after the step.
    pub robot: &'a Robot,
    /// Its coordinates before the step.
    pub before: &'a State,
    /// Its coordinates after the step.
    pub after: &'a State,
    /// The action, in `[-1, 1]`.
    pub action: &'a [f32],
    /// Simulated seconds of the step.
    pub dt: f64,
}

impl Moment<'_> {
    /// Mean velocity of the centre of mass over the step, m/s.
    #[must_use]
    pub fn speed(&self) -> [f32; 3] {
        [0, 1, 2].map(|k| (self.after.centre[k] - self.before.centre[k]) / self.dt as f32)
    }
}

/// What a task says of a step.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Verdict {
    /// The reward.
    pub reward: f32,
    /// The task ends the episode here.
    pub ended: bool,
}

/// A reward and when it ends an episode.
pub trait Task: std::fmt::Debug + Send + Sync {
    /// Judges a step.
    fn judge(&self, moment: &Moment<'_>) -> Verdict;
}

/// No task: nothing is rewarded and nothing ends.
#[derive(Clone, Copy, Debug, Default)]
pub struct Free;

impl Task for Free {
    fn judge(&self, _moment: &Moment<'_>) -> Verdict {
        Verdict::default()
    }
}
