//! What a body observes of itself.

use super::State;
use crate::Channel;
use crate::robot::{JointKind, Robot};

/// A part of an observation. Names are those of the robot's file: `torso_x` .. `torso_qz` and `torso_vx` .. `torso_wz` for
/// a free root called `torso`, `knee` and `knee_rate` for a joint called `knee`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Sense {
    /// The generalized positions but the first `skip`: 0, or as many as tell the place.
    Positions {
        /// How many are left out.
        skip: usize,
    },
    /// The generalized velocities, clipped to plus or minus `clip`, which may be infinite.
    Velocities {
        /// The largest value shown.
        clip: f32,
    },
}

const ROOT_POSITIONS: [(&str, &str); 7] =
    [("x", "m"), ("y", "m"), ("z", "m"), ("qw", ""), ("qx", ""), ("qy", ""), ("qz", "")];
const ROOT_VELOCITIES: [(&str, &str); 6] =
    [("vx", "m/s"), ("vy", "m/s"), ("vz", "m/s"), ("wx", "rad/s"), ("wy", "rad/s"), ("wz", "rad/s")];

impl Sense {
    /// Names and units, in order; mean 0 and standard deviation 1.
    pub(super) fn channels(&self, robot: &Robot) -> Vec<Channel> {
        let root = |names: &[(&str, &'static str)]| -> Vec<(String, &'static str)> {
            let of = |root: &str| names.iter().map(|(name, unit)| (format!("{root}_{name}"), *unit)).collect();
            robot.root().map_or_else(Vec::new, of)
        };
        let joints = |suffix: &str, hinge, slide| {
            let suffix = suffix.to_owned();
            robot.joints().iter().map(move |joint| {
                (format!("{}{suffix}", joint.name), if joint.kind == JointKind::Hinge { hinge } else { slide })
            })
        };
        let names = match *self {
            Self::Positions { skip } => {
                root(&ROOT_POSITIONS).into_iter().chain(joints("", "rad", "m")).skip(skip).collect::<Vec<_>>()
            }
            Self::Velocities { .. } => {
                root(&ROOT_VELOCITIES).into_iter().chain(joints("_rate", "rad/s", "m/s")).collect()
            }
        };
        names.into_iter().map(|(name, unit)| Channel { name, unit, mean: 0.0, std: 1.0 }).collect()
    }

    /// Where this part shows the position at `place` of `qpos`.
    pub(super) fn shows_position(&self, place: usize) -> Option<usize> {
        match *self {
            Self::Positions { skip } => place.checked_sub(skip),
            Self::Velocities { .. } => None,
        }
    }

    /// Writes this part to the head of `out` and gives its length.
    pub(super) fn observe(&self, state: &State, out: &mut [f32]) -> usize {
        match *self {
            Self::Positions { skip } => {
                let shown = &state.qpos[skip..];
                out[..shown.len()].copy_from_slice(shown);
                shown.len()
            }
            Self::Velocities { clip } => {
                for (out, rate) in out.iter_mut().zip(&state.qvel) {
                    // NaN stays NaN, so that it is noticed.
                    *out = rate.clamp(-clip, clip);
                }
                state.qvel.len()
            }
        }
    }
}
