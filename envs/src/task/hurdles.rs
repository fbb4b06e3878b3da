//! METRA's hurdle run (Park et al., 2024): one for each hurdle that is passed.
//!
//! Hurdles ahead of the start count, those behind it do not; coming back over one takes its reward away.
//!
//! Differences: a hurdle counts as passed where the root of the robot is behind it, instead of its hind foot; the observation is
//! that of the body, without the place of the next hurdle.

use super::{Moment, Task, Verdict};
use crate::ground::Hurdles;

/// Passing hurdles along x.
#[derive(Clone, Debug)]
pub struct HurdleRun {
    /// The hurdles.
    pub hurdles: Hurdles,
}

impl HurdleRun {
    /// Hurdles from x = 0 on that lie behind `x`.
    fn passed(&self, x: f32) -> f32 {
        self.hurdles.places.iter().filter(|&&place| place >= 0.0 && place < x).count() as f32
    }
}

impl Task for HurdleRun {
    fn judge(&self, moment: &Moment<'_>) -> Verdict {
        let x = |qpos: &[f32]| qpos.first().copied().unwrap_or(0.0);
        let reward = self.passed(x(&moment.after.qpos)) - self.passed(x(&moment.before.qpos));
        Verdict { reward, ended: false }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hurdles_ahead_of_the_start_count_once_they_are_behind() {
        let run = HurdleRun { hurdles: Hurdles::cheetah() };
        assert_eq!([-20.0, 0.0, 3.0, 3.1, 12.0, 100.0].map(|x| run.passed(x)), [0.0, 0.0, 0.0, 1.0, 3.0, 7.0]);
        assert_eq!([-20.0, 0.0, 3.0, 28.0].map(|x| run.hurdles.next(x)), [Some(-15.0), Some(3.0), Some(3.0), None]);
    }
}
