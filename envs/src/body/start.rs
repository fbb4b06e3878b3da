//! How an episode begins.

use std::f64::consts::PI;

use crate::Stream;
use crate::robot::{JointKind, Robot};

/// The state in which an episode begins.
#[derive(Clone, Debug)]
pub struct Start {
    /// The generalized positions without noise.
    pub qpos: Vec<f32>,
    /// Added to each of them, quaternions included.
    pub position_noise: Noise,
    /// The generalized velocities.
    pub velocity_noise: Noise,
    /// What of the posture is drawn anew.
    pub posture: Posture,
}

/// What of the posture at the start is drawn anew in each episode. Where something is, the body is lifted out of the
/// ground, as far as it can move up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Posture {
    /// Nothing.
    Kept,
    /// Joints with limits anywhere between them, hinges without anywhere in a turn: `dm_control`'s planar bodies.
    Joints,
    /// How a free root is turned, all ways alike: `dm_control`'s quadruped.
    Turned,
}

/// A law of random numbers around 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Noise {
    /// Always 0; draws nothing.
    None,
    /// Uniform in plus or minus this.
    Uniform(f64),
    /// Normal with this standard deviation.
    Normal(f64),
}

/// Height over the ground to which a drawn posture is lifted, metres.
const CLEARANCE: f32 = 0.01;

impl Noise {
    fn draw(self, stream: &mut Stream) -> f32 {
        match self {
            Self::None => 0.0,
            Self::Uniform(half) => stream.uniform(-half, half) as f32,
            Self::Normal(deviation) => (deviation * stream.normal()) as f32,
        }
    }
}

impl Start {
    /// Draws a start state into `qpos` and `qvel`. [`Start::lift`] belongs to it, once the robot is in that state.
    pub(super) fn draw(&self, robot: &Robot, stream: &mut Stream, qpos: &mut [f32], qvel: &mut [f32]) {
        for (value, pose) in qpos.iter_mut().zip(&self.qpos) {
            *value = pose + self.position_noise.draw(stream);
        }
        match self.posture {
            Posture::Kept => {}
            Posture::Joints => {
                let first = qpos.len() - robot.joints().len();
                for (value, joint) in qpos[first..].iter_mut().zip(robot.joints()) {
                    match (joint.range, joint.kind) {
                        (Some([low, high]), _) => *value = stream.uniform(f64::from(low), f64::from(high)) as f32,
                        (None, JointKind::Hinge) => *value = stream.uniform(-PI, PI) as f32,
                        (None, JointKind::Slide) => {}
                    }
                }
            }
            // Four normal numbers point all ways alike; the robot makes them a unit quaternion.
            Posture::Turned => qpos[3..7].fill_with(|| stream.normal() as f32),
        }
        qvel.fill_with(|| self.velocity_noise.draw(stream));
    }

    /// How far a robot in a drawn posture is to be lifted, metres: up to just above the ground when it is in it, and down to
    /// there too when it was turned.
    pub(super) fn lift(&self, robot: &Robot) -> f32 {
        let missing = CLEARANCE - robot.lowest_point();
        match self.posture {
            Posture::Kept => 0.0,
            Posture::Joints => missing.max(0.0),
            Posture::Turned => missing,
        }
    }
}
