//! What a body observes of itself.

use super::State;
use crate::Channel;
use crate::robot::{JointKind, Robot};

/// A part of an observation. Names are those of the robot's file: `torso_x` .. `torso_qz` and `torso_vx` .. `torso_wz` for
/// a free root called `torso`, `knee` and `knee_rate` for a joint called `knee`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Sense {
    /// The generalized positions.
    Positions {
        /// The first one shown: 0, or as many as tell the place.
        from: usize,
        /// The one after the last shown, or [`Sense::ALL`].
        to: usize,
    },
    /// The generalized velocities but the first `skip`, clipped to plus or minus `clip`, which may be infinite.
    Velocities {
        /// How many are left out.
        skip: usize,
        /// The largest value shown.
        clip: f32,
    },
    /// How the parts are turned in the plane y = 0, as `dm_control`'s planar bodies see them: the share of the world's x axis
    /// in the x and the z axis of each.
    Orientations,
    /// Height of the first part.
    Height,
    /// Cosine of the angle between the z axis of the first part and that of the world.
    Upright,
    /// Velocity of a free root along its own axes.
    OwnVelocity,
    /// Angular velocity of a free root about its own axes, as a gyroscope feels it.
    OwnTurning,
}

const ROOT_POSITIONS: [(&str, &str); 7] =
    [("x", "m"), ("y", "m"), ("z", "m"), ("qw", ""), ("qx", ""), ("qy", ""), ("qz", "")];
const ROOT_VELOCITIES: [(&str, &str); 6] =
    [("vx", "m/s"), ("vy", "m/s"), ("vz", "m/s"), ("wx", "rad/s"), ("wy", "rad/s"), ("wz", "rad/s")];

impl Sense {
    /// Up to the last coordinate.
    pub const ALL: usize = usize::MAX;

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
            Self::Positions { from, to } => {
                let all = root(&ROOT_POSITIONS).into_iter().chain(joints("", "rad", "m"));
                all.take(to).skip(from).collect::<Vec<_>>()
            }
            Self::Velocities { skip, .. } => {
                root(&ROOT_VELOCITIES).into_iter().chain(joints("_rate", "rad/s", "m/s")).skip(skip).collect()
            }
            Self::Orientations => {
                let both = |part: &str| ["xx", "xz"].map(|axis| (format!("{part}_{axis}"), ""));
                robot.parts().flat_map(both).collect()
            }
            Self::Height => vec![("height".to_owned(), "m")],
            Self::Upright => vec![("upright".to_owned(), "")],
            Self::OwnVelocity => ["ahead", "left", "up"].map(|way| (format!("velocity_{way}"), "m/s")).to_vec(),
            Self::OwnTurning => ["roll", "pitch", "yaw"].map(|axis| (format!("{axis}_rate"), "rad/s")).to_vec(),
        };
        names.into_iter().map(|(name, unit)| Channel { name, unit, mean: 0.0, std: 1.0 }).collect()
    }

    /// Where this part shows the position at `place` of `qpos`.
    pub(super) fn shows_position(&self, place: usize) -> Option<usize> {
        match *self {
            Self::Positions { from, to } if (from..to).contains(&place) => Some(place - from),
            _ => None,
        }
    }

    /// Writes this part to the head of `out` and gives its length.
    pub(super) fn observe(&self, robot: &Robot, state: &State, out: &mut [f32]) -> usize {
        let put = |values: &[f32], out: &mut [f32]| {
            out[..values.len()].copy_from_slice(values);
            values.len()
        };
        match *self {
            Self::Positions { from, to } => put(&state.qpos[from..to.min(state.qpos.len())], out),
            Self::Velocities { skip, clip } => {
                for (out, rate) in out.iter_mut().zip(&state.qvel[skip..]) {
                    // NaN stays NaN, so that it is noticed.
                    *out = rate.clamp(-clip, clip);
                }
                state.qvel.len() - skip
            }
            Self::Orientations => {
                let count = robot.parts().len();
                for (part, out) in out.chunks_exact_mut(2).take(count).enumerate() {
                    let [x, _, z] = robot.axes(part);
                    // Row x of the rotation: the world's x along the part's x and z.
                    out.copy_from_slice(&[x[0], z[0]]);
                }
                2 * count
            }
            Self::Height => put(&[robot.height()], out),
            Self::Upright => put(&[robot.upright()], out),
            Self::OwnVelocity => put(&robot.own_velocity(&state.qvel), out),
            Self::OwnTurning => put(state.qvel.get(3..6).unwrap_or(&[0.0; 3]), out),
        }
    }
}
