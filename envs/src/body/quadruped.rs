//! `dm_control`'s quadruped: an egg on four legs, twelve position servos.
//!
//! `Quadruped-stand-v0` and the three that follow are URLB's tasks ([`crate::task::Quadruped`]), seen from the body itself:
//! joints and their rates, velocity of the torso, uprightness, turning rates. Episodes begin turned any way. `Quadruped-v0`
//! shows positions and velocities in the world, begins upright, and asks for nothing.
//!
//! Differences: the ankles are rigid, so that a leg has three joints instead of four coupled ones; the servos act on joints,
//! without the filter of 0.1 s before them; accelerations and the forces in the toes are not observed.

use std::borrow::Cow;

use super::{Body, Embodiment, Noise, Posture, Scale, Sense, Start};
use crate::registry::Family;
use crate::robot::Timing;
use crate::task::{Free, Quadruped};

/// The worlds of the quadruped.
pub(crate) const FAMILY: Family = Family {
    name: "Quadruped",
    worlds: &[
        ("Quadruped-v0", |id| Embodiment::on_plane(id, Body::quadruped(), "", Free, 400).world()),
        ("Quadruped-stand-v0", |id| suite(id, "standing", Quadruped::Stand).world()),
        ("Quadruped-walk-v0", |id| suite(id, "walking ahead", Quadruped::Move(0.5)).world()),
        ("Quadruped-run-v0", |id| suite(id, "running ahead", Quadruped::Move(5.0)).world()),
        ("Quadruped-jump-v0", |id| suite(id, "jumping", Quadruped::Jump).world()),
        ("Quadruped-escape-v0", |id| Embodiment::escape(id, Body::quadruped()).world()),
    ],
};

/// 5 ms per solver substep.
const TIMING: Timing = Timing { dt: 0.02, frame_skip: 1, iterations: 4, reach: 0.1 };

fn suite(id: &str, what: &str, task: Quadruped) -> Embodiment {
    let body = Body::quadruped();
    let start =
        Start { posture: Posture::Turned, velocity_noise: Noise::None, position_noise: Noise::None, ..body.start };
    let senses = vec![
        Sense::Positions { from: 7, to: Sense::ALL },
        Sense::Velocities { skip: 6, clip: f32::INFINITY },
        Sense::OwnVelocity,
        Sense::Upright,
        Sense::OwnTurning,
    ];
    let body = Body { start, senses, ..body };
    Embodiment::on_plane(id, body, &format!(", rewarded for {what}"), task, 1000)
}

impl Body {
    /// The quadruped of `dm_control`'s dimensions.
    #[must_use]
    pub fn quadruped() -> Self {
        let mut qpos = vec![0.0; 19];
        qpos[2] = 0.57;
        qpos[3] = 1.0;
        Self {
            name: "quadruped".to_owned(),
            summary: "A quadruped of 107 kg with twelve position servos".to_owned(),
            mjcf: Cow::Borrowed(include_str!("../../assets/quadruped.xml")),
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
            fastest: 300.0,
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
    ("torso_x", 0.016, 0.460),
    ("torso_y", 0.011, 0.478),
    ("torso_z", 0.728, 0.109),
    ("torso_qw", 0.895, 0.188),
    ("torso_qx", -0.006, 0.163),
    ("torso_qy", 0.003, 0.150),
    ("torso_qz", 0.012, 0.339),
    ("yaw_front_left", 0.000, 0.251),
    ("pitch_front_left", 0.317, 0.218),
    ("knee_front_left", -0.073, 0.282),
    ("yaw_front_right", 0.004, 0.252),
    ("pitch_front_right", 0.316, 0.218),
    ("knee_front_right", -0.068, 0.280),
    ("yaw_back_right", 0.000, 0.250),
    ("pitch_back_right", 0.319, 0.220),
    ("knee_back_right", -0.070, 0.280),
    ("yaw_back_left", -0.001, 0.253),
    ("pitch_back_left", 0.316, 0.219),
    ("knee_back_left", -0.068, 0.281),
    ("torso_vx", 0.015, 0.633),
    ("torso_vy", 0.013, 0.631),
    ("torso_vz", 0.058, 0.769),
    ("torso_wx", -0.023, 3.037),
    ("torso_wy", 0.001, 2.950),
    ("torso_wz", 0.005, 3.047),
    ("yaw_front_left_rate", -0.007, 8.702),
    ("pitch_front_left_rate", 0.159, 7.439),
    ("knee_front_left_rate", -0.141, 9.850),
    ("yaw_front_right_rate", -0.004, 8.722),
    ("pitch_front_right_rate", 0.156, 7.517),
    ("knee_front_right_rate", -0.137, 9.845),
    ("yaw_back_right_rate", -0.002, 8.735),
    ("pitch_back_right_rate", 0.163, 7.469),
    ("knee_back_right_rate", -0.131, 9.832),
    ("yaw_back_left_rate", 0.020, 8.736),
    ("pitch_back_left_rate", 0.163, 7.497),
    ("knee_back_left_rate", -0.148, 9.851),
    ("velocity_ahead", 0.008, 0.564),
    ("velocity_left", 0.001, 0.566),
    ("velocity_up", 0.191, 0.743),
    ("upright", -0.373, 0.808),
    ("roll_rate", 0.022, 3.176),
    ("pitch_rate", 0.011, 3.130),
    ("yaw_rate", -0.014, 3.019),
];
