//! The ant: four legs, eight motors.
//!
//! The model has gym's dimensions and the observation of the skill-discovery papers: 15 positions with x and y, then 14
//! velocities, all in MuJoCo's order and conventions.
//!
//! The reward of `Ant-v0` is that of Gymnasium's Ant-v5 (Towers et al., 2024), which pays for running along x:
//!
//! ```text
//! v + 1 where the ant is healthy - |a|^2 / 2
//! v         velocity of the torso along x, m/s: its displacement in the step by the length of the step
//! healthy   the torso's height is in [0.2, 1.0] m (and all numbers are finite: lanes reward no other step)
//! ```
//!
//! Differences: contacts cost nothing (Ant-v5 takes 5e-4 times their squared forces, each clipped to [-1, 1]), and nothing
//! ends an episode but its length, as with the ant of the skill-discovery papers; Ant-v5 ends where the ant is not healthy.
//! Intrinsic objectives take no notice of the reward.
//!
//! `AntMaze-*` puts the same ant into `OGBench`'s mazes (Park et al., 2025), without a task: it starts in the first free
//! cell, up to a metre from its centre along each axis. Differences: the start has the noise of `Ant-v0`.

use std::borrow::Cow;

use super::{Body, Embodiment, Noise, Posture, Scale, Sense, Start};
use crate::maze::Layout;
use crate::registry::Family;
use crate::robot::Timing;
use crate::task::{Forward, Healthy, Of};

/// The worlds of the ant.
pub(crate) const FAMILY: Family = Family {
    name: "Ant",
    worlds: &[
        ("Ant-v0", |id| forward(id).world()),
        ("AntMaze-UMaze-v0", |id| Embodiment::in_maze(id, Body::ant(), Layout::umaze()).world()),
        ("AntMaze-Medium-v0", |id| Embodiment::in_maze(id, Body::ant(), Layout::medium()).world()),
        ("AntMaze-Large-v0", |id| Embodiment::in_maze(id, Body::ant(), Layout::large()).world()),
        ("AntMaze-Giant-v0", |id| Embodiment::in_maze(id, Body::ant(), Layout::giant()).world()),
        ("AntMaze-Ultra-v0", |id| Embodiment::in_maze(id, Body::ant(), Layout::ultra()).world()),
        ("AntMaze-Teleport-v0", |id| Embodiment::in_maze(id, Body::ant(), Layout::teleport()).world()),
        ("AntMaze-Arena-v0", |id| Embodiment::in_maze(id, Body::ant(), Layout::arena()).world()),
        ("AntMaze-UMazeEval-v0", |id| Embodiment::in_maze(id, Body::ant(), Layout::umaze_eval()).world()),
        ("AntMaze-MediumEval-v0", |id| Embodiment::in_maze(id, Body::ant(), Layout::medium_eval()).world()),
        ("AntMaze-LargeEval-v0", |id| Embodiment::in_maze(id, Body::ant(), Layout::large_eval()).world()),
        ("Ant-escape-v0", |id| Embodiment::escape(id, Body::ant()).world()),
    ],
};

/// 12.5 ms per solver substep; at 25 ms the ant explodes when its motors alternate between full torques. One collision
/// detection per step is enough because contacts are anticipated from as far as a foot moves in it at 7 m/s; a foot
/// that strikes faster sinks in first. Anticipating more of them costs time for contacts that never happen.
const TIMING: Timing = Timing { dt: 0.05, frame_skip: 1, iterations: 4, reach: 0.35 };

fn forward(id: &str) -> Embodiment {
    let healthy = Healthy { reward: 1.0, height: 2, heights: 0.2..=1.0, pitch: None, ends: false };
    let task = Forward { of: Of::Root, speed: 1.0, effort: 0.5, healthy: Some(healthy) };
    Embodiment::on_plane(id, Body::ant(), " on open ground, rewarded for running along x", task, 200)
}

impl Body {
    /// The ant of gym's dimensions.
    #[must_use]
    pub fn ant() -> Self {
        let mut qpos = vec![0.0; 15];
        qpos[2] = 0.75;
        qpos[3] = 1.0;
        Self {
            name: "ant".to_owned(),
            summary: "An ant of 0.9 kg with four legs and eight motors".to_owned(),
            mjcf: Cow::Borrowed(include_str!("../../assets/ant.xml")),
            timing: TIMING,
            start: Start {
                qpos,
                position_noise: Noise::Uniform(0.1),
                velocity_noise: Noise::Normal(0.1),
                posture: Posture::Kept,
            },
            controls: None,
            hand: None,
            senses: vec![
                Sense::Positions { from: 0, to: Sense::ALL },
                Sense::Velocities { skip: 0, clip: f32::INFINITY },
            ],
            scales: Scale::table(SCALES),
            // Full torque gives up to about 20 rad/s and 2 m.
            fastest: 200.0,
            highest: 10.0,
            bin: 1.0,
            goal_range: 15.0,
            goal_radius: 3.0,
        }
    }
}

/// Mean and standard deviation of each channel over 10,000 rollouts of 2.5 s under random actions:
/// `cargo test --release -p freeroam-envs --test tests -- --ignored --nocapture normaliser_tables`
#[rustfmt::skip]
const SCALES: &[(&str, f32, f32)] = &[
    ("torso_x", -0.006, 0.599),
    ("torso_y", -0.017, 0.593),
    ("torso_z", 0.653, 0.173),
    ("torso_qw", 0.807, 0.330),
    ("torso_qx", -0.010, 0.224),
    ("torso_qy", 0.000, 0.222),
    ("torso_qz", 0.001, 0.374),
    ("hip_1", -0.002, 0.397),
    ("ankle_1", 0.859, 0.274),
    ("hip_2", -0.001, 0.397),
    ("ankle_2", -0.860, 0.275),
    ("hip_3", 0.000, 0.397),
    ("ankle_3", -0.860, 0.274),
    ("hip_4", 0.003, 0.397),
    ("ankle_4", 0.860, 0.274),
    ("torso_vx", -0.004, 0.787),
    ("torso_vy", -0.012, 0.783),
    ("torso_vz", -0.068, 1.016),
    ("torso_wx", -0.013, 1.736),
    ("torso_wy", -0.007, 1.733),
    ("torso_wz", -0.001, 1.956),
    ("hip_1_rate", -0.001, 4.483),
    ("ankle_1_rate", 0.137, 3.932),
    ("hip_2_rate", 0.001, 4.490),
    ("ankle_2_rate", -0.133, 3.926),
    ("hip_3_rate", 0.003, 4.491),
    ("ankle_3_rate", -0.141, 3.933),
    ("hip_4_rate", 0.000, 4.493),
    ("ankle_4_rate", 0.141, 3.923),
];
