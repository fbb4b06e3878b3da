//! What a body observes of itself.

use std::f32::consts::PI;

use rapier3d::math::ComplexField;

use super::State;
use crate::Channel;
use crate::robot::{Joint, JointKind, Robot};

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
    /// The joints as they are turned: sine and cosine of hinges that turn by more than half a turn, the position of others.
    Turns,
    /// Where a point of a part is, and the axes of that part, in the world frame: x, y, z and the rotation matrix row by row.
    Point {
        /// Place of the part in [`Robot::parts`].
        part: usize,
        /// The point in the frame of the part, metres.
        at: [f32; 3],
    },
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
            Self::Turns => {
                let of = |joint: &Joint| match (joint.kind, turns(joint)) {
                    (_, true) => ["sin", "cos"].map(|name| (format!("{}_{name}", joint.name), "")).to_vec(),
                    (JointKind::Hinge, _) => vec![(joint.name.clone(), "rad")],
                    (JointKind::Slide, _) => vec![(joint.name.clone(), "m")],
                };
                robot.joints().iter().flat_map(of).collect()
            }
            Self::Point { part, .. } => {
                let part = robot.parts().nth(part).unwrap_or("part");
                let place = ["x", "y", "z"].map(|axis| (format!("{part}_{axis}"), "m"));
                let rotation = (0..9).map(|k| (format!("{part}_r{}{}", k / 3 + 1, k % 3 + 1), ""));
                place.into_iter().chain(rotation).collect()
            }
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

    /// Whether this part shows a point of a part of the robot.
    pub(super) fn shows_point(&self, part: usize, at: [f32; 3]) -> bool {
        *self == Self::Point { part, at }
    }

    /// Writes this part to the head of `out` and gives its length.
    pub(super) fn observe(&self, robot: &Robot, state: &State, out: &mut [f32]) -> usize {
        let put = |values: &[f32], out: &mut [f32]| -> usize {
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
            Self::Turns => {
                let first = state.qpos.len() - robot.joints().len();
                let mut written = 0;
                for (joint, &position) in robot.joints().iter().zip(&state.qpos[first..]) {
                    // The functions of `ComplexField` have the same bits on every machine.
                    let (sine, cosine) = ComplexField::sin_cos(position);
                    let values = if turns(joint) { [sine, cosine] } else { [position, 0.0] };
                    written += put(&values[..1 + usize::from(turns(joint))], &mut out[written..]);
                }
                written
            }
            Self::Point { part, at } => {
                let [x, y, z] = robot.axes(part);
                let rotation: [f32; 9] = std::array::from_fn(|k| [x, y, z][k % 3][k / 3]);
                put(&robot.point(part, at), out) + put(&rotation, &mut out[3..])
            }
            Self::OwnVelocity => put(&robot.own_velocity(&state.qvel), out),
            Self::OwnTurning => put(state.qvel.get(3..6).unwrap_or(&[0.0; 3]), out),
        }
    }
}

/// Whether a joint is a hinge that turns by more than half a turn, so that its angle is better shown as a direction.
fn turns(joint: &Joint) -> bool {
    joint.kind == JointKind::Hinge && joint.range.is_none_or(|[low, high]| high - low > PI)
}
