//! Gymnasium's planar walker: two legs, six motors.
//!
//! The reward is that of Walker2d-v5:
//!
//! ```text
//! v + 1 where healthy - |a|^2 / 1000
//! healthy   the torso's height is in [0.8, 2] m and its pitch within 1 rad
//! ```
//!
//! `Walker2d-Blind-v0` has Gymnasium's observation, without x and with velocities clipped to 10, and ends where the walker is
//! not healthy. `Walker2d-v0` shows x and does not end.

use std::borrow::Cow;

use super::{Body, Embodiment, Noise, Posture, Scale, Sense, Start};
use crate::registry::Family;
use crate::robot::Timing;
use crate::task::{Forward, Healthy, Of};

/// The worlds of Gymnasium's walker.
pub(crate) const FAMILY: Family = Family {
    name: "Walker2d",
    worlds: &[
        ("Walker2d-v0", |id| forward(id, Body::walker2d(), false).world()),
        ("Walker2d-Blind-v0", |id| forward(id, blind(), true).world()),
    ],
};

/// 2 ms per solver substep: the legs are light for their motors.
const TIMING: Timing = Timing { dt: 0.008, frame_skip: 1, iterations: 4, reach: 0.1 };

fn forward(id: &str, body: Body, ends: bool) -> Embodiment {
    let healthy = Healthy { reward: 1.0, height: 1, heights: 0.8..=2.0, pitch: Some((2, -1.0..=1.0)), ends };
    let task = Forward { of: Of::Root, speed: 1.0, effort: 1e-3, healthy: Some(healthy) };
    Embodiment::on_plane(id, body, ", rewarded for walking along x", task, 1000)
}

/// As Gymnasium shows it: without x, velocities clipped.
fn blind() -> Body {
    let senses = vec![Sense::Positions { from: 1, to: Sense::ALL }, Sense::Velocities { skip: 0, clip: 10.0 }];
    Body { senses, ..Body::walker2d() }
}

impl Body {
    /// The planar walker of Gymnasium's dimensions.
    #[must_use]
    pub fn walker2d() -> Self {
        let mut qpos = vec![0.0; 9];
        qpos[1] = 1.25;
        Self {
            name: "walker2d".to_owned(),
            summary: "A walker of 23.7 kg with two legs and six motors in a plane".to_owned(),
            mjcf: Cow::Borrowed(include_str!("../../assets/walker2d.xml")),
            timing: TIMING,
            start: Start {
                qpos,
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
    ("x", -0.106, 0.422),
    ("z", 0.335, 0.309),
    ("pitch", -3.816, 1.812),
    ("right_hip", -1.438, 0.855),
    ("right_knee", -1.745, 0.852),
    ("right_ankle", 0.099, 0.553),
    ("left_hip", -1.443, 0.855),
    ("left_knee", -1.672, 0.881),
    ("left_ankle", 0.120, 0.548),
    ("x_rate", -0.057, 1.056),
    ("z_rate", -0.411, 1.442),
    ("pitch_rate", -1.975, 8.141),
    ("right_hip_rate", -0.572, 9.236),
    ("right_knee_rate", -0.628, 5.924),
    ("right_ankle_rate", 0.027, 14.842),
    ("left_hip_rate", -0.573, 9.301),
    ("left_knee_rate", -0.611, 6.151),
    ("left_ankle_rate", 0.056, 14.813),
];
