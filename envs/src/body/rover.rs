//! The rover: a ground robot of the size of a Clearpath Jackal on four wheels, steered by the speeds of its sides.
//!
//! Two actions: `drive`, at most 1 m/s, and `turn`, which sets the sides 1.1 m/s apart at most. The wheels are servos of their
//! speed. `Rover-v0` observes place, heading and velocities; how far the wheels have turned is not shown.

use std::borrow::Cow;

use super::{Body, Controls, Embodiment, Noise, Posture, Scale, Sense, Start};
use crate::maze::Layout;
use crate::registry::Family;
use crate::robot::Timing;
use crate::task::Free;

/// The worlds of the rover.
pub(crate) const FAMILY: Family = Family {
    name: "Rover",
    worlds: &[
        ("Rover-v0", |id| Embodiment::on_plane(id, Body::rover(), " on open ground", Free, 400).world()),
        ("RoverMaze-UMaze-v0", |id| Embodiment::in_maze(id, Body::rover(), Layout::umaze()).world()),
        ("RoverMaze-Medium-v0", |id| Embodiment::in_maze(id, Body::rover(), Layout::medium()).world()),
        ("RoverMaze-Large-v0", |id| Embodiment::in_maze(id, Body::rover(), Layout::large()).world()),
        ("RoverMaze-Giant-v0", |id| Embodiment::in_maze(id, Body::rover(), Layout::giant()).world()),
    ],
};

/// 10 ms per solver substep.
const TIMING: Timing = Timing { dt: 0.1, frame_skip: 5, iterations: 2, reach: 0.05 };

/// Shares of the wheels' top speed, 2 m/s, that a full drive and a full turn ask for.
const DRIVE: f32 = 0.5;
const TURN: f32 = 0.275;

impl Body {
    /// The rover.
    #[must_use]
    pub fn rover() -> Self {
        let mut qpos = vec![0.0; 11];
        qpos[2] = 0.1;
        qpos[3] = 1.0;
        let rows = vec![
            ("drive".to_owned(), vec![DRIVE; 4]),
            // Front and back left, front and back right in the order of the file: to the left, the right side is faster.
            ("turn".to_owned(), vec![-TURN, TURN, -TURN, TURN]),
        ];
        Self {
            name: "rover".to_owned(),
            summary: "A rover of 17 kg on four driven wheels".to_owned(),
            mjcf: Cow::Borrowed(include_str!("../../assets/rover.xml")),
            timing: TIMING,
            start: Start {
                qpos,
                position_noise: Noise::Uniform(0.01),
                velocity_noise: Noise::None,
                posture: Posture::Kept,
            },
            controls: Some(Controls { rows }),
            hand: None,
            senses: vec![Sense::Positions { from: 0, to: 7 }, Sense::Velocities { skip: 0, clip: f32::INFINITY }],
            scales: Scale::table(SCALES),
            fastest: 200.0,
            highest: 10.0,
            bin: 0.5,
            goal_range: 20.0,
            goal_radius: 1.0,
        }
    }
}

/// Mean and standard deviation of each channel over 300 rollouts of 2.5 s under random actions:
/// `cargo test --release -p freeroam-envs --test tests -- --ignored --nocapture normaliser_tables`
#[rustfmt::skip]
const SCALES: &[(&str, f32, f32)] = &[
    ("chassis_x", -0.012, 0.206),
    ("chassis_y", 0.002, 0.051),
    ("chassis_z", 0.098, 0.002),
    ("chassis_qw", 0.989, 0.019),
    ("chassis_qx", 0.000, 0.001),
    ("chassis_qy", 0.000, 0.007),
    ("chassis_qz", -0.010, 0.148),
    ("chassis_vx", -0.007, 0.418),
    ("chassis_vy", 0.001, 0.143),
    ("chassis_vz", -0.007, 0.024),
    ("chassis_wx", 0.013, 0.055),
    ("chassis_wy", -0.019, 0.196),
    ("chassis_wz", -0.015, 0.722),
    ("wheel_front_left_rate", 0.109, 6.419),
    ("wheel_front_right_rate", 0.089, 6.240),
    ("wheel_back_left_rate", -0.195, 6.345),
    ("wheel_back_right_rate", -0.231, 6.247),
];
