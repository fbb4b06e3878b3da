//! `dm_control`'s task for the half cheetah (Tassa et al., 2018), and the backward runs and flips of URLB's authors.
//!
//! ```text
//! run  = [speed at least 10 m/s]
//! flip = [spin at least 5 kg m^2/s]
//! ```
//!
//! `[..]` is a [`Tolerance`] that falls on a line to 0 at rest; speed and spin are those of the centre of mass along x and
//! about it along y, with their signs changed for the backward tasks.
//!
//! Differences: the body is Gymnasium's; the speed is the mean over the step.

use super::{Moment, Task, Tolerance, Verdict};

/// What the half cheetah is asked for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cheetah {
    /// To turn over and over instead of running.
    pub flip: bool,
    /// The other way.
    pub backward: bool,
}

const RUNNING: Tolerance = Tolerance::at_least_linear(10.0, 10.0, 0.0);
const SPINNING: Tolerance = Tolerance::at_least_linear(5.0, 5.0, 0.0);

impl Task for Cheetah {
    fn judge(&self, moment: &Moment<'_>) -> Verdict {
        let sign = if self.backward { -1.0 } else { 1.0 };
        let reward =
            if self.flip { SPINNING.of(sign * moment.robot.spin()[1]) } else { RUNNING.of(sign * moment.speed()[0]) };
        Verdict { reward, ended: false }
    }
}
