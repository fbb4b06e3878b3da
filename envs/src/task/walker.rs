//! `dm_control`'s tasks for the planar walker (Tassa et al., 2018), and URLB's flip (Laskin et al., 2021).
//!
//! ```text
//! stand = (3 [height at least 1.2 m] + (1 + z . z_torso) / 2) / 4
//! move  = stand (5 [speed at least that of the task] + 1) / 6
//! flip  = stand (5 [spin at least 5 kg m^2/s] + 1) / 6
//! ```
//!
//! `[..]` is a [`Tolerance`]; speed and spin are those of the centre of mass along x and about it along y.
//!
//! Differences: the speed is the mean over the step, and the spin counts each part as turning with it, not as in the last
//! instant of it.

use super::{Moment, Task, Tolerance, Verdict};

/// What the walker is asked for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Walker {
    /// To stand upright.
    Stand,
    /// To walk or run upright along x at this many m/s or faster. `dm_control`: 1 and 8.
    Move(f32),
    /// To turn forward over and over.
    Flip,
}

/// Height of the torso at which it stands, metres, with `dm_control`'s margin.
const STANDING: Tolerance = Tolerance::at_least(1.2, 0.6);
/// Angular momentum of a flip, kg m^2/s.
const SPINNING: Tolerance = Tolerance::at_least_linear(5.0, 5.0, 0.0);

impl Task for Walker {
    fn judge(&self, moment: &Moment<'_>) -> Verdict {
        let upright = 0.5 * (1.0 + moment.robot.upright());
        let stand = 0.25 * (3.0 * STANDING.of(moment.robot.height()) + upright);
        let moving = match *self {
            Self::Stand => return Verdict { reward: stand, ended: false },
            Self::Move(speed) => Tolerance::at_least_linear(speed, 0.5 * speed, 0.5).of(moment.speed()[0]),
            Self::Flip => SPINNING.of(moment.robot.spin()[1]),
        };
        Verdict { reward: stand * (5.0 * moving + 1.0) / 6.0, ended: false }
    }
}
