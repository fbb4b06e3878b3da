//! The half cheetah: two legs and a spine in a plane, six motors.
//!
//! `HalfCheetah-v0` observes what the skill-discovery papers observe: 9 positions with x, then 9 velocities. Its reward is
//! Gymnasium's (HalfCheetah-v5), as is the observation of `HalfCheetah-Blind-v0`, which leaves x out:
//!
//! ```text
//! v - |a|^2 / 10
//! ```
//!
//! `HalfCheetah-run-v0` and the three that follow have `dm_control`'s reward and those of URLB's authors, on the same body, with
//! the same observation without x ([`crate::task::Cheetah`]).

use std::borrow::Cow;

use super::{Body, Embodiment, Noise, Posture, Scale, Sense, Start};
use crate::ground::{Ground, Hurdles};
use crate::registry::Family;
use crate::robot::Timing;
use crate::task::{Cheetah, Forward, HurdleRun, Of};

/// The worlds of the half cheetah.
pub(crate) const FAMILY: Family = Family {
    name: "HalfCheetah",
    worlds: &[
        ("HalfCheetah-v0", |id| forward(id, Body::half_cheetah(), 200).world()),
        ("HalfCheetah-Blind-v0", |id| forward(id, blind(), 1000).world()),
        ("HalfCheetah-run-v0", |id| suite(id, "running along x", Cheetah { flip: false, backward: false }).world()),
        ("HalfCheetah-run-backward-v0", |id| {
            suite(id, "running against x", Cheetah { flip: false, backward: true }).world()
        }),
        ("HalfCheetah-flip-v0", |id| suite(id, "turning forward", Cheetah { flip: true, backward: false }).world()),
        ("HalfCheetah-flip-backward-v0", |id| {
            suite(id, "turning backward", Cheetah { flip: true, backward: true }).world()
        }),
        ("HalfCheetah-hurdles-v0", |id| hurdles(id).world()),
    ],
};

/// 8.3 ms per solver substep; feet strike at up to 14 m/s.
const TIMING: Timing = Timing { dt: 0.05, frame_skip: 2, iterations: 3, reach: 0.35 };

/// METRA's hurdle run ([`HurdleRun`]).
fn hurdles(id: &str) -> Embodiment {
    let hurdles = Hurdles::cheetah();
    let task = HurdleRun { hurdles: hurdles.clone() };
    let world =
        Embodiment::on_plane(id, Body::half_cheetah(), " before hurdles, rewarded for each it passes", task, 200);
    Embodiment { ground: Ground::Hurdles(hurdles), ..world }
}

fn forward(id: &str, body: Body, horizon: u32) -> Embodiment {
    let task = Forward { of: Of::Root, speed: 1.0, effort: 0.1, healthy: None };
    Embodiment::on_plane(id, body, ", rewarded for running along x", task, horizon)
}

fn suite(id: &str, what: &str, task: Cheetah) -> Embodiment {
    Embodiment::on_plane(id, blind(), &format!(", rewarded for {what}"), task, 1000)
}

/// As Gymnasium shows it: without x.
fn blind() -> Body {
    let senses = vec![Sense::Positions { from: 1, to: Sense::ALL }, Sense::Velocities { skip: 0, clip: f32::INFINITY }];
    Body { senses, ..Body::half_cheetah() }
}

impl Body {
    /// The half cheetah of Gymnasium's dimensions.
    #[must_use]
    pub fn half_cheetah() -> Self {
        Self {
            name: "half_cheetah".to_owned(),
            summary: "Half a cheetah of 14 kg with six motors in a plane".to_owned(),
            mjcf: Cow::Borrowed(include_str!("../../assets/half_cheetah.xml")),
            timing: TIMING,
            start: Start {
                qpos: vec![0.0; 9],
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
            fastest: 300.0,
            highest: 10.0,
            bin: 1.0,
            goal_range: 30.0,
            goal_radius: 3.0,
        }
    }
}

/// Mean and standard deviation of each channel over 300 rollouts of 2.5 s under random actions:
/// `cargo test --release -p freeroam-envs --test tests -- --ignored --nocapture normaliser_tables`
#[rustfmt::skip]
const SCALES: &[(&str, f32, f32)] = &[
    ("x", -0.134, 0.395),
    ("z", -0.101, 0.063),
    ("pitch", 0.057, 0.148),
    ("back_thigh", 0.009, 0.226),
    ("back_shin", 0.033, 0.241),
    ("back_foot", -0.018, 0.232),
    ("front_thigh", -0.002, 0.291),
    ("front_shin", -0.077, 0.257),
    ("front_foot", -0.073, 0.251),
    ("x_rate", -0.130, 0.702),
    ("z_rate", -0.051, 0.697),
    ("pitch_rate", 0.024, 1.411),
    ("back_thigh_rate", 0.006, 4.594),
    ("back_shin_rate", -0.026, 5.430),
    ("back_foot_rate", -0.012, 5.522),
    ("front_thigh_rate", 0.015, 5.315),
    ("front_shin_rate", -0.034, 5.179),
    ("front_foot_rate", -0.064, 5.114),
];
