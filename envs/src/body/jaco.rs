//! Kinova's Jaco arm with its hand, as `dm_control` has it: six joints and three fingers, nine servos of their speeds.
//!
//! `Jaco-reach-top-left-v0` and the three that follow are URLB's tasks ([`crate::task::Reach`]): the hand at one of four places on
//! a table, in episodes of ten seconds that begin with the hand anywhere over it, pointing down. `Jaco-v0` asks for nothing.
//! The place of the body is that of its hand; coverage and goals are over the table.
//!
//! Differences: links are capsules, and touch the table, but not each other; servos have no largest torque, so that a speed is
//! reached at once instead of within a tenth of a second; fingers do not bend at their tips' joints, as in `dm_control`; the
//! observation has no torques, and no brick, which URLB lays on the place to be reached.

use std::borrow::Cow;

use super::{Body, Embodiment, Hand, Noise, Posture, Scale, Sense, Start};
use crate::registry::Family;
use crate::robot::Timing;
use crate::task::{Free, Reach};

/// The worlds of the arm.
pub(crate) const FAMILY: Family = Family {
    name: "Jaco",
    worlds: &[
        ("Jaco-v0", |id| Embodiment::on_plane(id, Body::jaco(), " on a table", Free, HORIZON).world()),
        ("Jaco-reach-top-left-v0", |id| reach(id, "far left", [-0.09, 0.09]).world()),
        ("Jaco-reach-top-right-v0", |id| reach(id, "far right", [0.09, 0.09]).world()),
        ("Jaco-reach-bottom-left-v0", |id| reach(id, "near left", [-0.09, -0.09]).world()),
        ("Jaco-reach-bottom-right-v0", |id| reach(id, "near right", [0.09, -0.09]).world()),
    ],
};

/// 5 ms per solver substep.
const TIMING: Timing = Timing { dt: 0.04, frame_skip: 2, iterations: 4, reach: 0.05 };
/// Ten seconds.
const HORIZON: u32 = 250;
/// Height of the place to be reached, metres: half that of URLB's brick.
const TABLE: f32 = 0.01;

/// Between the fingers, where `dm_control` pinches; episodes begin over the middle of the table.
const HAND: Hand = Hand { part: 5, at: [0.015, 0.0024, -0.193], between: [[-0.1, -0.1, 0.2], [0.1, 0.1, 0.4]] };

fn reach(id: &str, place: &str, [x, y]: [f32; 2]) -> Embodiment {
    let task = Reach { hand: HAND, target: [x, y, TABLE] };
    Embodiment::on_plane(
        id,
        Body::jaco(),
        &format!(" on a table, rewarded for its hand at the {place} of it"),
        task,
        HORIZON,
    )
}

impl Body {
    /// The Jaco arm with its hand.
    #[must_use]
    pub fn jaco() -> Self {
        Self {
            name: "jaco".to_owned(),
            summary: "An arm of 3.6 kg with six joints and three fingers".to_owned(),
            mjcf: Cow::Borrowed(include_str!("../../assets/jaco.xml")),
            timing: TIMING,
            start: Start {
                // The hand over the middle of the table.
                qpos: vec![-1.367, 3.577, 1.349, -2.854, -1.069, 0.454, 0.75, 0.75, 0.75],
                position_noise: Noise::None,
                velocity_noise: Noise::None,
                posture: Posture::Kept,
            },
            controls: None,
            hand: Some(HAND),
            senses: vec![
                Sense::Turns,
                Sense::Velocities { skip: 0, clip: f32::INFINITY },
                Sense::Point { part: HAND.part, at: HAND.at },
            ],
            scales: Scale::table(SCALES),
            fastest: 100.0,
            highest: 10.0,
            bin: 0.02,
            goal_range: 0.1,
            goal_radius: 0.02,
        }
    }
}

/// Mean and standard deviation of each channel over 300 rollouts of 2.5 s under random actions:
/// `cargo test --release -p freeroam-envs --test tests -- --ignored --nocapture normaliser_tables`
#[rustfmt::skip]
const SCALES: &[(&str, f32, f32)] = &[
    ("joint_1_sin", -0.967, 0.035),
    ("joint_1_cos", 0.196, 0.160),
    ("joint_2_sin", -0.384, 0.157),
    ("joint_2_cos", -0.907, 0.065),
    ("joint_3_sin", 0.966, 0.041),
    ("joint_3_cos", -0.046, 0.250),
    ("joint_4_sin", -0.422, 0.137),
    ("joint_4_cos", -0.894, 0.067),
    ("joint_5_sin", -0.953, 0.052),
    ("joint_5_cos", 0.085, 0.287),
    ("joint_6_sin", 0.431, 0.100),
    ("joint_6_cos", 0.895, 0.049),
    ("finger_1", 0.743, 0.373),
    ("finger_2", 0.738, 0.366),
    ("finger_3", 0.732, 0.365),
    ("joint_1_rate", 0.001, 0.353),
    ("joint_2_rate", 0.014, 0.351),
    ("joint_3_rate", -0.010, 0.350),
    ("joint_4_rate", 0.002, 0.480),
    ("joint_5_rate", 0.003, 0.481),
    ("joint_6_rate", -0.005, 0.482),
    ("finger_1_rate", 0.009, 2.435),
    ("finger_2_rate", 0.003, 2.455),
    ("finger_3_rate", 0.001, 2.457),
    ("hand_x", -0.006, 0.073),
    ("hand_y", 0.003, 0.066),
    ("hand_z", 0.289, 0.070),
    ("hand_r11", 0.177, 0.218),
    ("hand_r12", -0.951, 0.055),
    ("hand_r13", -0.005, 0.115),
    ("hand_r21", 0.947, 0.057),
    ("hand_r22", 0.181, 0.219),
    ("hand_r23", -0.021, 0.136),
    ("hand_r31", 0.028, 0.141),
    ("hand_r32", 0.004, 0.108),
    ("hand_r33", 0.983, 0.023),
];
