//! Articulated robots from MJCF files, simulated in reduced coordinates.
//!
//! State, order and signs are MuJoCo's: `qpos` is `x y z`, the quaternion `w x y z` and the joints in the order of the
//! file; `qvel` is the linear velocity in the world frame, the angular velocity in the body frame and the joint rates.
//! A robot without a free root has the joints only.
//!
//! Where rapier differs from MuJoCo: contacts and joint limits are rapier's own (`solref`, `solimp`, `margin` and
//! `condim` of the file have no effect), friction is isotropic, passive tendons are left out, and one step integrates
//! semi-implicitly in `frame_skip * iterations` substeps.

mod check; // what is not supported
mod coordinates; // qpos and qvel
mod load; // MJCF into rapier
mod mechanics; // heights, axes, momenta

use std::sync::Arc;

use rapier3d::prelude::{Collider, RigidBody, Vector};

pub(crate) use check::complete;

use crate::EnvsError;
use crate::camera::Scene;
use crate::ground::Ground;
use crate::physics::Physics;
use load::Plan;
pub use load::{Joint, JointKind};

/// Spring stiffness with which torque acts on a joint that has no spring of its own: so weak that the torque does not
/// change while the joint moves, and strong enough for the target angle `q + torque / stiffness` to stay exact in `f32`.
const WEAK_SPRING: f32 = 1e-3;

/// How a step is divided. The solver's substep is `dt / (frame_skip * iterations)` seconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Timing {
    /// Simulated seconds per step of the robot.
    pub dt: f64,
    /// Collision detections per step, at least 1.
    pub frame_skip: u32,
    /// Solver substeps per collision detection, at least 1.
    pub iterations: u32,
    /// Distance at which contacts are anticipated, metres: as far as the fastest part of the robot moves between two
    /// collision detections. Parts that arrive from further away sink in before the contact exists.
    pub reach: f32,
}

/// One robot in a world of its own.
///
/// ```
/// use freeroam_envs::ground::Ground;
/// use freeroam_envs::robot::{Robot, Timing};
/// # fn main() -> Result<(), freeroam_envs::EnvsError> {
/// let xml = r#"<mujoco><worldbody><body pos="0 0 1">
///     <joint name="swing" type="hinge" axis="0 1 0"/><geom type="sphere" size="0.1" pos="0 0 -0.5"/>
/// </body></worldbody><actuator><motor joint="swing" gear="2" ctrlrange="-1 1"/></actuator></mujoco>"#;
/// let timing = Timing { dt: 0.02, frame_skip: 1, iterations: 4, reach: 0.02 };
/// let mut robot = Robot::from_mjcf("pendulum", xml, timing, &Ground::Own)?;
/// robot.apply(&[1.0]); // 2 N m
/// robot.advance();
/// let (mut qpos, mut qvel) = ([0.0], [0.0]);
/// robot.qpos(&mut qpos);
/// robot.qvel(&mut qvel);
/// assert!(qpos[0] > 0.0 && qvel[0] > 0.0);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Robot {
    physics: Physics,
    /// The world as built, in the zero pose and at rest, shared by all copies.
    pristine: Arc<Physics>,
    plan: Arc<Plan>,
}

impl Robot {
    /// Builds the robot of an MJCF document on a ground. `name` is for error messages.
    ///
    /// # Errors
    /// [`EnvsError::Robot`] when the document does not parse or asks for something that has no counterpart here: ball
    /// joints, several trees, actuators other than motors and servos, equality constraints, contact pairs, meshes.
    /// [`EnvsError::OutOfRange`] for a timing without steps.
    pub fn from_mjcf(name: &str, xml: &str, timing: Timing, ground: &Ground) -> Result<Self, EnvsError> {
        let (physics, plan) = load::load(name, xml, timing, ground)?;
        Ok(Self { pristine: Arc::new(physics.clone()), physics, plan: Arc::new(plan) })
    }

    /// Name of the root that is free to move; `None` when the robot hangs on the world by its joints.
    #[must_use]
    pub fn root(&self) -> Option<&str> {
        self.plan.root.as_ref().map(|root| root.name.as_str())
    }

    /// Where `qpos` tells the robot's x and y, each `None` when the robot cannot move along that axis of the world: those
    /// of a free root, or of slide joints between the world and the first body.
    #[must_use]
    pub fn travel(&self) -> [Option<usize>; 2] {
        [self.plan.travel[0], self.plan.travel[1]]
    }

    /// Where `qpos` tells how far the robot is lifted; `None` when it cannot move up and down.
    #[must_use]
    pub fn lift(&self) -> Option<usize> {
        self.plan.travel[2]
    }

    /// The joints that `qpos` and `qvel` list after the free root, in that order.
    #[must_use]
    pub fn joints(&self) -> &[Joint] {
        &self.plan.joints
    }

    /// Names of the actuators, in the order of the file.
    pub fn actuators(&self) -> impl ExactSizeIterator<Item = &str> {
        self.plan.drives.iter().map(|drive| drive.name.as_str())
    }

    /// Length of `qpos`.
    #[must_use]
    pub fn qpos_len(&self) -> usize {
        self.plan.joints.len() + if self.plan.root.is_some() { 7 } else { 0 }
    }

    /// Length of `qvel`.
    #[must_use]
    pub fn qvel_len(&self) -> usize {
        self.plan.joints.len() + if self.plan.root.is_some() { 6 } else { 0 }
    }

    /// Total mass, kg.
    #[must_use]
    pub fn mass(&self) -> f32 {
        self.moving_bodies().map(RigidBody::mass).sum()
    }

    /// Height of the lowest point of the robot's shapes, metres, world frame. Under 0 it sinks into a floor at z = 0.
    #[must_use]
    pub fn lowest_point(&self) -> f32 {
        self.bounds().0.z
    }

    /// Lowest and highest corner of the box around the robot's shapes, world frame.
    fn bounds(&self) -> (Vector, Vector) {
        let around = |collider: &Collider| {
            let parent = collider.parent().and_then(|body| self.physics.bodies.get(body));
            let pose = *parent?.position() * *collider.position_wrt_parent()?;
            Some(collider.shape().compute_aabb(&pose))
        };
        let handles = self.moving_bodies().flat_map(RigidBody::colliders);
        // Poses come from the bodies: colliders follow them only at the next step.
        let boxes = handles.filter_map(|&handle| around(&self.physics.colliders[handle]));
        let nothing = (Vector::splat(f32::INFINITY), Vector::splat(f32::NEG_INFINITY));
        boxes.fold(nothing, |(low, high), next| (low.min(next.mins), high.max(next.maxs)))
    }

    /// Sets the controls until the next call: one value in `[-1, 1]` per actuator, scaled to the actuator's range.
    ///
    /// # Panics
    /// When `action` is shorter than [`Robot::actuators`].
    pub fn apply(&mut self, action: &[f32]) {
        let multibody = self
            .physics
            .multibody_joints
            .get_multibody_mut(self.plan.multibody)
            .expect("the multibody lives as long as the robot");
        for (index, drive) in self.plan.drives.iter().enumerate() {
            let force = drive.force(action[index]);
            let joint = &mut multibody.link_mut(drive.link).expect("links are never removed").joint;
            // A spring that pulls with exactly `force` at its rest, integrated implicitly in all substeps; rapier has no
            // generalized forces, and its motors distort near joint limits.
            let (stiffness, rest) = match drive.spring {
                Some((stiffness, rest)) => (stiffness, rest + force / stiffness),
                None => (WEAK_SPRING, joint.coords()[drive.axis] + force / WEAK_SPRING),
            };
            joint.set_spring(drive.axis, stiffness, rest);
        }
    }

    /// Advances by one step of [`Timing::dt`] under the controls of the last [`Robot::apply`].
    pub fn advance(&mut self) {
        for _ in 0..self.plan.frame_skip {
            self.physics.step();
        }
    }

    /// Back to the zero pose of the file, at rest, without controls: the same bits as a newly built robot.
    pub fn reset(&mut self) {
        self.physics.copy_from(&self.pristine);
    }

    /// Describes the robot's shapes and those that stand around it. Cameras follow the first body with a shape.
    pub fn scene(&self, scene: &mut Scene) {
        self.physics.describe(scene);
    }

    /// Appends the exact state to `out`.
    pub fn save(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.plan.fingerprint.to_le_bytes());
        out.extend_from_slice(&self.physics.save());
    }

    /// Restores a state written by [`Robot::save`] of a robot built from the same document, timing and ground; it continues
    /// bit for bit.
    ///
    /// # Errors
    /// [`EnvsError::State`] when the bytes are not such a state; the robot is then unchanged.
    pub fn load(&mut self, bytes: &[u8]) -> Result<(), EnvsError> {
        let failed = |reason: String| EnvsError::State { what: self.plan.name.clone(), reason };
        let Some((fingerprint, state)) = bytes.split_first_chunk::<8>() else {
            return Err(failed(format!("{} bytes, expected at least 8", bytes.len())));
        };
        if u64::from_le_bytes(*fingerprint) != self.plan.fingerprint {
            return Err(failed("it was saved by a robot of another file, timing or ground".to_owned()));
        }
        self.physics.load(state).map_err(failed)
    }

    fn moving_bodies(&self) -> impl Iterator<Item = &RigidBody> {
        self.physics.bodies.iter().map(|(_, body)| body).filter(|body| body.is_dynamic())
    }
}
