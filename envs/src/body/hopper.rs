//! The hopper: one leg in a plane, three motors.
//!
//! The reward is that of Gymnasium's Hopper-v5:
//!
//! ```text
//! v + 1 where healthy - |a|^2 / 1000
//! healthy   the torso's height is over 0.7 m and its pitch within 0.2 rad
//! ```
//!
//! `Hopper-Blind-v0` has Gymnasium's observation, without x and with velocities clipped to 10, and ends where the hopper is not
//! healthy. `Hopper-v0` shows x and does not end.
//!
//! Differences: a state beyond plus or minus 100, which is unhealthy there, is not looked for.

use std::borrow::Cow;

use super::{Body, Embodiment, Noise, Posture, Scale, Sense, Start};
use crate::registry::Family;
use crate::robot::Timing;
use crate::task::{Forward, Healthy, Of};

/// The worlds of the hopper.
pub(crate) const FAMILY: Family = Family {
    name: "Hopper",
    worlds: &[
        ("Hopper-v0", |id| forward(id, Body::hopper(), false).world()),
        ("Hopper-Blind-v0", |id| forward(id, blind(), true).world()),
    ],
};

/// 4 ms per solver substep.
const TIMING: Timing = Timing { dt: 0.008, frame_skip: 1, iterations: 2, reach: 0.08 };

fn forward(id: &str, body: Body, ends: bool) -> Embodiment {
    let healthy = Healthy { reward: 1.0, height: 1, heights: 0.7..=f32::INFINITY, pitch: Some((2, -0.2..=0.2)), ends };
    let task = Forward { of: Of::Root, speed: 1.0, effort: 1e-3, healthy: Some(healthy) };
    Embodiment::on_plane(id, body, ", rewarded for hopping along x", task, 1000)
}

/// As Gymnasium shows it: without x, velocities clipped.
fn blind() -> Body {
    let senses = vec![Sense::Positions { from: 1, to: Sense::ALL }, Sense::Velocities { skip: 0, clip: 10.0 }];
    Body { senses, ..Body::hopper() }
}

impl Body {
    /// The hopper of Gymnasium's dimensions.
    #[must_use]
    pub fn hopper() -> Self {
        Self {
            name: "hopper".to_owned(),
            summary: "A hopper of 15.8 kg with one leg and three motors in a plane".to_owned(),
            mjcf: Cow::Borrowed(include_str!("../../assets/hopper.xml")),
            timing: TIMING,
            start: Start {
                qpos: vec![0.0, 1.25, 0.0, 0.0, 0.0, 0.0],
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
            fastest: 300.0,
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
    ("x", -0.244, 0.496),
    ("z", 0.454, 0.398),
    ("pitch", -2.755, 1.813),
    ("hip", -1.244, 0.927),
    ("knee", -1.516, 0.948),
    ("ankle", 0.102, 0.528),
    ("x_rate", -0.135, 0.658),
    ("z_rate", -0.418, 0.978),
    ("pitch_rate", -1.526, 3.631),
    ("hip_rate", -0.602, 3.105),
    ("knee_rate", -0.735, 2.600),
    ("ankle_rate", -0.023, 2.363),
];
