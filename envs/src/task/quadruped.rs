//! `dm_control`'s tasks for the quadruped (Tassa et al., 2018), and URLB's stand and jump (Laskin et al., 2021).
//!
//! ```text
//! stand = (1 + z . z_torso) / 2
//! move  = stand [speed at least that of the task]
//! jump  = stand [height of the centre of mass at least 1 m]
//! ```
//!
//! `[..]` is a [`Tolerance`]; the speed is that of the torso along its own x.

use super::{Moment, Task, Tolerance, Verdict};

/// What the quadruped is asked for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Quadruped {
    /// To be upright.
    Stand,
    /// To walk or run upright, straight ahead, at this many m/s or faster. `dm_control`: 0.5 and 5.
    Move(f32),
    /// To be high, upright.
    Jump,
}

/// Height of the centre of mass in a jump, metres.
const HIGH: Tolerance = Tolerance::at_least_linear(1.0, 1.0, 0.5);

impl Task for Quadruped {
    fn judge(&self, moment: &Moment<'_>) -> Verdict {
        let upright = 0.5 * (1.0 + moment.robot.upright());
        let done = match *self {
            Self::Stand => 1.0,
            Self::Move(speed) => {
                let [ahead, ..] = moment.robot.own_velocity(&moment.after.qvel);
                Tolerance::at_least_linear(speed, speed, 0.5).of(ahead)
            }
            Self::Jump => HIGH.of(moment.after.centre[2]),
        };
        Verdict { reward: upright * done, ended: false }
    }
}
