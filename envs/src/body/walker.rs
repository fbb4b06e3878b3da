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
    ("z", -0.766, 0.340),
    ("x", 0.086, 0.297),
    ("pitch", -0.413, 1.111),
    ("right_hip", 0.580, 0.711),
    ("right_knee", -1.700, 0.927),
    ("right_ankle", -0.061, 0.601),
    ("left_hip", 0.581, 0.716),
    ("left_knee", -1.699, 0.932),
    ("left_ankle", -0.076, 0.601),
    ("z_rate", -0.413, 0.962),
    ("x_rate", 0.196, 0.654),
    ("pitch_rate", -0.139, 4.010),
    ("right_hip_rate", 0.246, 7.570),
    ("right_knee_rate", -0.521, 6.441),
    ("right_ankle_rate", -0.083, 9.579),
    ("left_hip_rate", 0.240, 7.462),
    ("left_knee_rate", -0.532, 6.332),
    ("left_ankle_rate", -0.066, 9.535),
    ("torso_xx", 0.022, 0.431),
    ("torso_xz", -0.149, 0.890),
    ("right_thigh_xx", -0.139, 0.611),
    ("right_thigh_xz", -0.065, 0.777),
    ("right_shin_xx", 0.083, 0.598),
    ("right_shin_xz", -0.100, 0.791),
    ("right_foot_xx", 0.105, 0.709),
    ("right_foot_xz", -0.058, 0.695),
    ("left_thigh_xx", -0.118, 0.607),
    ("left_thigh_xz", -0.084, 0.781),
    ("left_shin_xx", 0.074, 0.584),
    ("left_shin_xz", -0.068, 0.805),
    ("left_foot_xx", 0.096, 0.699),
    ("left_foot_xz", -0.032, 0.708),
    ("height", 0.348, 0.348),
];
