//! `dm_control`'s planar walker: two legs, six motors.
//!
//! `Walker-stand-v0` and the three that follow are URLB's tasks with `dm_control`'s observation of 24 numbers: how the seven parts
//! are turned, the height of the torso, nine velocities ([`crate::task::Walker`]). Episodes begin in any posture. `Walker-v0`
//! shows the positions instead, x among them, begins upright, and asks for nothing.
//!
//! Differences: a posture that reaches into the ground is lifted out of it at the start.

use std::borrow::Cow;

use super::{Body, Embodiment, Noise, Posture, Scale, Sense, Start};
use crate::registry::Family;
use crate::robot::Timing;
use crate::task::{Free, Walker};

/// The worlds of `dm_control`'s walker.
pub(crate) const FAMILY: Family = Family {
    name: "Walker",
    worlds: &[
        ("Walker-v0", |id| Embodiment::on_plane(id, Body::walker(), "", Free, 1000).world()),
        ("Walker-stand-v0", |id| suite(id, "standing", Walker::Stand).world()),
        ("Walker-walk-v0", |id| suite(id, "walking along x", Walker::Move(1.0)).world()),
        ("Walker-run-v0", |id| suite(id, "running along x", Walker::Move(8.0)).world()),
        ("Walker-flip-v0", |id| suite(id, "turning over and over", Walker::Flip).world()),
    ],
};

/// 4.2 ms per solver substep.
const TIMING: Timing = Timing { dt: 0.025, frame_skip: 2, iterations: 3, reach: 0.2 };

fn suite(id: &str, what: &str, task: Walker) -> Embodiment {
    let body = Body::walker();
    let start =
        Start { posture: Posture::Joints, velocity_noise: Noise::None, position_noise: Noise::None, ..body.start };
    let senses = vec![Sense::Orientations, Sense::Height, Sense::Velocities { skip: 0, clip: f32::INFINITY }];
    let body = Body { start, senses, ..body };
    Embodiment::on_plane(id, body, &format!(", rewarded for {what}"), task, 1000)
}

impl Body {
    /// The planar walker of `dm_control`'s dimensions.
    #[must_use]
    pub fn walker() -> Self {
        Self {
            name: "walker".to_owned(),
            summary: "A walker of 28.5 kg with two legs and six motors in a plane".to_owned(),
            mjcf: Cow::Borrowed(include_str!("../../assets/walker.xml")),
            timing: TIMING,
            start: Start {
                qpos: vec![0.0; 9],
                position_noise: Noise::Uniform(5e-3),
                velocity_noise: Noise::Uniform(5e-3),
                posture: Posture::Kept,
            },
            controls: None,
            hand: None,
            senses: vec![
                Sense::Positions { from: 0, to: Sense::ALL },
                Sense::Velocities { skip: 0, clip: f32::INFINITY },
            ],
            scales: Scale::table(SCALES),
            fastest: 500.0,
            highest: 10.0,
            bin: 1.0,
            goal_range: 10.0,
            goal_radius: 1.0,
        }
    }
}

/// Mean and standard deviation of each channel over 300 rollouts of 2.5 s under random actions:
/// `cargo test --release -p freeroam-envs --test tests -- --ignored --nocapture normaliser_tables`
#[rustfmt::skip]
const SCALES: &[(&str, f32, f32)] = &[
    ("z", -0.815, 0.368),
    ("x", -0.141, 0.446),
    ("pitch", -0.843, 0.991),
    ("right_hip", 0.665, 0.712),
    ("right_knee", -1.825, 0.846),
    ("right_ankle", 0.012, 0.571),
    ("left_hip", 0.675, 0.713),
    ("left_knee", -1.837, 0.836),
    ("left_ankle", -0.001, 0.569),
    ("z_rate", -0.423, 1.002),
    ("x_rate", -0.042, 0.619),
    ("pitch_rate", -0.339, 4.063),
    ("right_hip_rate", 0.305, 7.540),
    ("right_knee_rate", -0.625, 5.613),
    ("right_ankle_rate", -0.058, 9.203),
    ("left_hip_rate", 0.313, 7.476),
    ("left_knee_rate", -0.650, 5.485),
    ("left_ankle_rate", -0.047, 9.142),
    ("torso_xx", -0.017, 0.445),
    ("torso_xz", -0.153, 0.882),
    ("right_thigh_xx", -0.168, 0.650),
    ("right_thigh_xz", -0.027, 0.741),
    ("right_shin_xx", 0.147, 0.625),
    ("right_shin_xz", 0.012, 0.767),
    ("right_foot_xx", 0.189, 0.706),
    ("right_foot_xz", 0.035, 0.682),
    ("left_thigh_xx", -0.156, 0.645),
    ("left_thigh_xz", -0.047, 0.747),
    ("left_shin_xx", 0.147, 0.620),
    ("left_shin_xz", 0.022, 0.771),
    ("left_foot_xx", 0.190, 0.708),
    ("left_foot_xz", 0.050, 0.679),
    ("height", 0.357, 0.346),
];
