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

/// 3.75 ms per solver substep.
const TIMING: Timing = Timing { dt: 0.015, frame_skip: 1, iterations: 4, reach: 0.1 };

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
    ("torso_x", -0.394, 0.311),
    ("torso_y", -0.019, 0.341),
    ("torso_z", 0.379, 0.407),
    ("torso_qw", 0.747, 0.168),
    ("torso_qx", 0.009, 0.227),
    ("torso_qy", -0.421, 0.369),
    ("torso_qz", -0.003, 0.221),
    ("abdomen_z", -0.008, 0.231),
    ("abdomen_y", -0.261, 0.368),
    ("abdomen_x", -0.005, 0.326),
    ("right_hip_x", -0.065, 0.142),
    ("right_hip_z", -0.200, 0.404),
    ("right_hip_y", -0.114, 0.372),
    ("right_knee", -2.163, 0.819),
    ("left_hip_x", -0.062, 0.142),
    ("left_hip_z", -0.184, 0.413),
    ("left_hip_y", -0.081, 0.362),
    ("left_knee", -2.131, 0.826),
    ("right_shoulder_1", 0.527, 0.401),
    ("right_shoulder_2", -0.622, 0.482),
    ("right_elbow", -0.841, 0.682),
    ("left_shoulder_1", -0.492, 0.400),
    ("left_shoulder_2", 0.624, 0.488),
    ("left_elbow", -0.869, 0.681),
    ("torso_vx", -0.213, 0.461),
    ("torso_vy", -0.011, 0.369),
    ("torso_vz", -0.512, 0.795),
    ("torso_wx", 0.014, 1.053),
    ("torso_wy", -0.573, 1.977),
    ("torso_wz", 0.008, 1.854),
    ("abdomen_z_rate", -0.003, 2.769),
    ("abdomen_y_rate", -0.032, 3.636),
    ("abdomen_x_rate", 0.001, 2.329),
    ("right_hip_x_rate", -0.026, 2.835),
    ("right_hip_z_rate", -0.123, 3.058),
    ("right_hip_y_rate", 0.001, 5.410),
    ("right_knee_rate", -0.865, 4.890),
    ("left_hip_x_rate", -0.014, 2.821),
    ("left_hip_z_rate", -0.114, 3.045),
    ("left_hip_y_rate", 0.017, 5.342),
    ("left_knee_rate", -0.832, 4.906),
    ("right_shoulder_1_rate", 0.199, 2.049),
    ("right_shoulder_2_rate", -0.334, 2.378),
    ("right_elbow_rate", -0.456, 2.929),
    ("left_shoulder_1_rate", -0.164, 2.066),
    ("left_shoulder_2_rate", 0.329, 2.411),
    ("left_elbow_rate", -0.490, 2.955),
];
