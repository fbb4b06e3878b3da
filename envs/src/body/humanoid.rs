//! Gymnasium's humanoid: 17 motors.
//!
//! The reward is that of Humanoid-v5 without the cost of contacts:
//!
//! ```text
//! 1.25 v + 5 where healthy - 0.1 |0.4 a|^2
//! v         velocity of the centre of mass along x
//! healthy   the torso's height is in [1, 2] m
//! ```
//!
//! `Humanoid-v0` shows 24 positions with x and y, then 23 velocities, and does not end. `Humanoid-Blind-v0` leaves x and y out
//! and ends where the humanoid is not healthy.
//!
//! Differences: the inertias, actuator forces and contact forces that Humanoid-v5 observes besides are left out; parts of the
//! body do not meet each other.

use std::borrow::Cow;

use super::{Body, Embodiment, Noise, Posture, Scale, Sense, Start};
use crate::maze::Layout;
use crate::registry::Family;
use crate::robot::Timing;
use crate::task::{Forward, Healthy, Of};

/// The worlds of the humanoid.
pub(crate) const FAMILY: Family = Family {
    name: "Humanoid",
    worlds: &[
        ("Humanoid-v0", |id| forward(id, Body::humanoid(), 400, false).world()),
        ("Humanoid-Blind-v0", |id| forward(id, blind(), 1000, true).world()),
        ("HumanoidMaze-UMaze-v0", |id| in_maze(id, Layout::umaze(), 2000).world()),
        ("HumanoidMaze-Medium-v0", |id| in_maze(id, Layout::medium(), 2000).world()),
        ("HumanoidMaze-Large-v0", |id| in_maze(id, Layout::large(), 2000).world()),
        ("HumanoidMaze-Giant-v0", |id| in_maze(id, Layout::giant(), 4000).world()),
    ],
};

/// 3.75 ms per solver substep. With one collision detection per step, a limb at 40 m/s sinks in before its contact exists, once in
/// some hours of full controls, and what pushes it out throws the body metres high.
const TIMING: Timing = Timing { dt: 0.015, frame_skip: 2, iterations: 2, reach: 0.1 };

/// The mazes and horizons of `OGBench` (Park et al., 2025), without a task.
fn in_maze(id: &str, layout: Layout, horizon: u32) -> Embodiment {
    Embodiment { horizon, ..Embodiment::in_maze(id, Body::humanoid(), layout) }
}

fn forward(id: &str, body: Body, horizon: u32, ends: bool) -> Embodiment {
    let healthy = Healthy { reward: 5.0, height: 2, heights: 1.0..=2.0, pitch: None, ends };
    let task = Forward { of: Of::Centre, speed: 1.25, effort: 0.016, healthy: Some(healthy) };
    Embodiment::on_plane(id, body, ", rewarded for walking along x", task, horizon)
}

/// Without x and y, as Gymnasium shows it.
fn blind() -> Body {
    let senses = vec![Sense::Positions { from: 2, to: Sense::ALL }, Sense::Velocities { skip: 0, clip: f32::INFINITY }];
    Body { senses, ..Body::humanoid() }
}

impl Body {
    /// The humanoid of Gymnasium's dimensions.
    #[must_use]
    pub fn humanoid() -> Self {
        let mut qpos = vec![0.0; 24];
        qpos[2] = 1.4;
        qpos[3] = 1.0;
        Self {
            name: "humanoid".to_owned(),
            summary: "A humanoid of 42 kg with 17 motors".to_owned(),
            mjcf: Cow::Borrowed(include_str!("../../assets/humanoid.xml")),
            timing: TIMING,
            start: Start {
                qpos,
                position_noise: Noise::Uniform(0.01),
                velocity_noise: Noise::Uniform(0.01),
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
            goal_radius: 2.0,
        }
    }
}

/// Mean and standard deviation of each channel over 300 rollouts of 2.5 s under random actions:
/// `cargo test --release -p freeroam-envs --test tests -- --ignored --nocapture normaliser_tables`
#[rustfmt::skip]
const SCALES: &[(&str, f32, f32)] = &[
    ("torso_x", -0.389, 0.305),
    ("torso_y", -0.017, 0.334),
    ("torso_z", 0.378, 0.407),
    ("torso_qw", 0.746, 0.166),
    ("torso_qx", 0.005, 0.227),
    ("torso_qy", -0.424, 0.365),
    ("torso_qz", 0.003, 0.228),
    ("abdomen_z", -0.009, 0.232),
    ("abdomen_y", -0.269, 0.364),
    ("abdomen_x", -0.005, 0.327),
    ("right_hip_x", -0.067, 0.143),
    ("right_hip_z", -0.203, 0.402),
    ("right_hip_y", -0.119, 0.373),
    ("right_knee", -2.150, 0.828),
    ("left_hip_x", -0.066, 0.144),
    ("left_hip_z", -0.187, 0.415),
    ("left_hip_y", -0.085, 0.362),
    ("left_knee", -2.146, 0.820),
    ("right_shoulder_1", 0.522, 0.404),
    ("right_shoulder_2", -0.608, 0.478),
    ("right_elbow", -0.844, 0.688),
    ("left_shoulder_1", -0.476, 0.407),
    ("left_shoulder_2", 0.619, 0.481),
    ("left_elbow", -0.862, 0.676),
    ("torso_vx", -0.211, 0.457),
    ("torso_vy", -0.009, 0.365),
    ("torso_vz", -0.513, 0.797),
    ("torso_wx", 0.002, 1.065),
    ("torso_wy", -0.571, 1.974),
    ("torso_wz", 0.017, 1.876),
    ("abdomen_z_rate", -0.002, 2.778),
    ("abdomen_y_rate", -0.038, 3.637),
    ("abdomen_x_rate", -0.005, 2.326),
    ("right_hip_x_rate", -0.022, 2.847),
    ("right_hip_z_rate", -0.133, 3.051),
    ("right_hip_y_rate", -0.005, 5.433),
    ("right_knee_rate", -0.836, 4.959),
    ("left_hip_x_rate", -0.020, 2.829),
    ("left_hip_z_rate", -0.113, 3.032),
    ("left_hip_y_rate", 0.011, 5.359),
    ("left_knee_rate", -0.845, 4.875),
    ("right_shoulder_1_rate", 0.192, 2.038),
    ("right_shoulder_2_rate", -0.326, 2.399),
    ("right_elbow_rate", -0.457, 2.933),
    ("left_shoulder_1_rate", -0.160, 2.055),
    ("left_shoulder_2_rate", 0.336, 2.426),
    ("left_elbow_rate", -0.489, 2.949),
];
