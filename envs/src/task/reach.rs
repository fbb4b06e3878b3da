//! URLB's tasks for the Jaco arm (Laskin et al., 2021), after `dm_control`'s `reach`: the hand at a place.
//!
//! ```text
//! [distance of the hand to the target at most 0.05 m]
//! ```
//!
//! `[..]` is a [`Tolerance`] that falls as a bell to 0.1 at 0.05 m from there.
//!
//! Difference: the target is a point that stays, where URLB's is a brick that the hand may push away.

use super::{Moment, Sigmoid, Task, Tolerance, Verdict};
use crate::body::Hand;

/// Distance that counts as reached, and over which the reward falls, metres.
const NEAR: Tolerance = Tolerance { bounds: [0.0, 0.05], margin: 0.05, at_margin: 0.1, sigmoid: Sigmoid::Gaussian };

/// Having the hand at a place.
#[derive(Clone, Copy, Debug)]
pub struct Reach {
    /// The hand.
    pub hand: Hand,
    /// The place, metres, world frame.
    pub target: [f32; 3],
}

impl Task for Reach {
    fn judge(&self, moment: &Moment<'_>) -> Verdict {
        let place = self.hand.place(moment.robot);
        let square: f32 = place.iter().zip(self.target).map(|(x, target)| (x - target) * (x - target)).sum();
        Verdict { reward: NEAR.of(square.sqrt()), ended: false }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_one_within_the_radius_and_a_tenth_at_twice_that() {
        for (distance, expected) in [(0.0, 1.0), (0.05, 1.0), (0.1, 0.1), (0.15, 0.0001)] {
            assert!((NEAR.of(distance) - expected).abs() < 1e-5, "{distance} m");
        }
    }
}
