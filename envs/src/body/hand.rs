//! The hand of a body that stands fixed: its place is that of the body, and inverse kinematics brings it elsewhere.
//!
//! Joints are found by Levenberg and Marquardt's method: the hand at the place, its z axis up, so that it points down.

use rapier3d::na::{Matrix6, Vector6};

use crate::Stream;
use crate::robot::Robot;

/// A hand at the end of an arm.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hand {
    /// Place of the part that holds it in [`Robot::parts`].
    pub part: usize,
    /// The point between its fingers, metres, frame of the part.
    pub at: [f32; 3],
    /// Where it is when episodes begin: anywhere between these corners, metres, world frame. It can be put to places over the
    /// same ground.
    pub between: [[f32; 3]; 2],
}

/// Joints that move the hand; those that follow in the robot are its fingers.
const JOINTS: usize = 6;
/// Metres that a share of a wrong direction counts.
const DIRECTION: f32 = 0.2;
/// Step of finite differences, and the largest step of a joint, rad.
const DIFFERENCE: f32 = 1e-3;
const STRIDE: f32 = 0.5;
/// Steps of the method, and the error at which it ends, metres.
const STEPS: usize = 100;
const ENOUGH: f32 = 1e-6;

impl Hand {
    /// Where the hand of a robot is, metres, world frame.
    pub fn place(&self, robot: &Robot) -> [f32; 3] {
        robot.point(self.part, self.at)
    }

    /// Whether it can be put over a place (x, y, metres).
    pub(super) fn reaches(&self, place: [f64; 2]) -> bool {
        let [low, high] = self.between;
        (0..2).all(|k| (f64::from(low[k])..=f64::from(high[k])).contains(&place[k]))
    }

    /// Draws where the hand begins, and how far its fingers are closed, into `qpos`, which holds a posture from where to go
    /// there.
    pub(super) fn draw(&self, robot: &mut Robot, stream: &mut Stream, qpos: &mut [f32]) {
        let [low, high] = self.between;
        let target = [0, 1, 2].map(|k| stream.uniform(f64::from(low[k]), f64::from(high[k])) as f32);
        let closed = stream.uniform(0.0, 1.0) as f32;
        for (position, finger) in qpos.iter_mut().zip(robot.joints()).skip(JOINTS) {
            if let Some([low, high]) = finger.range {
                *position = low + closed * (high - low);
            }
        }
        self.bring(robot, target, qpos);
    }

    /// Changes the joints in `qpos` so that the hand is over a place (x, y, metres), as high as it is, but not out of reach.
    pub(super) fn bring_to(&self, robot: &mut Robot, [x, y]: [f64; 2], qpos: &mut [f32]) {
        let [low, high] = self.between;
        let height = self.place(robot)[2].clamp(low[2], high[2]);
        self.bring(robot, [x as f32, y as f32, height], qpos);
    }

    /// Changes the joints in `qpos` so that the hand is at `target` and points down; as near as it gets where that is out of
    /// reach. Leaves the robot somewhere.
    fn bring(&self, robot: &mut Robot, target: [f32; 3], qpos: &mut [f32]) {
        let rest = vec![0.0; robot.qvel_len()];
        let mut missing = |qpos: &[f32]| -> Vector6<f32> {
            robot.set_state(qpos, &rest);
            let ([x, y, z], up) = (self.place(robot), robot.axes(self.part)[2]);
            let [tx, ty, tz] = target;
            Vector6::new(tx - x, ty - y, tz - z, -DIRECTION * up[0], -DIRECTION * up[1], DIRECTION * (1.0 - up[2]))
        };
        let mut error = missing(qpos);
        let mut damping = 1e-3;
        for _ in 0..STEPS {
            if error.norm() < ENOUGH || damping > 1e3 {
                break;
            }
            let mut columns = Matrix6::zeros();
            for joint in 0..JOINTS {
                let here = qpos[joint];
                qpos[joint] = here + DIFFERENCE;
                columns.set_column(joint, &((error - missing(qpos)) / DIFFERENCE));
                qpos[joint] = here;
            }
            let normal = columns.transpose() * columns + Matrix6::identity() * damping;
            let Some(step) = normal.cholesky().map(|factor| factor.solve(&(columns.transpose() * error))) else {
                break;
            };
            let mut next = qpos.to_vec();
            for (position, step) in next.iter_mut().zip(&step) {
                *position += step.clamp(-STRIDE, STRIDE);
            }
            let then = missing(&next);
            if then.norm() < error.norm() {
                qpos.copy_from_slice(&next);
                error = then;
                damping = (damping * 0.1).max(1e-9);
            } else {
                damping *= 10.0;
            }
        }
    }
}
