//! Reading and writing `qpos` and `qvel`.

use rapier3d::prelude::*;

use super::Robot;
use super::load::Root;

impl Robot {
    /// Writes the generalized positions, [`Robot::qpos_len`] values in metres, unit quaternion and radians.
    ///
    /// # Panics
    /// When `out` is too short.
    pub fn qpos(&self, out: &mut [f32]) {
        let mut at = 0;
        if let Some(root) = &self.plan.root {
            let pose = self.physics.bodies[root.body].position();
            let origin = pose.translation - root.lever(pose.rotation);
            let r = pose.rotation;
            out[..7].copy_from_slice(&[origin.x, origin.y, origin.z, r.w, r.x, r.y, r.z]);
            at = 7;
        }
        let multibody = self.multibody();
        for (out, joint) in out[at..].iter_mut().zip(&self.plan.joints) {
            let link = multibody.link(joint.link).expect("links are never removed");
            *out = link.joint().coords()[joint.axis()] + joint.reference;
        }
    }

    /// Writes the generalized velocities, [`Robot::qvel_len`] values in m/s and rad/s.
    ///
    /// # Panics
    /// When `out` is too short.
    pub fn qvel(&self, out: &mut [f32]) {
        // The velocities of rapier's bodies lag by one substep; those of the multibody do not.
        let velocity = self.multibody().generalized_velocity();
        let mut at = 0;
        if let Some(root) = &self.plan.root {
            let rotation = self.physics.bodies[root.body].position().rotation;
            let angular = Vector::new(velocity[3], velocity[4], velocity[5]);
            let linear = Vector::new(velocity[0], velocity[1], velocity[2]) - angular.cross(root.lever(rotation));
            let angular = rotation.inverse() * angular;
            out[..6].copy_from_slice(&[linear.x, linear.y, linear.z, angular.x, angular.y, angular.z]);
            at = 6;
        }
        for (out, joint) in out[at..].iter_mut().zip(&self.plan.joints) {
            *out = velocity[joint.dof];
        }
    }

    /// Puts the robot into a state, as if it were newly built there: no contacts, no controls. The quaternion need not
    /// be normalised.
    ///
    /// # Panics
    /// When `qpos` or `qvel` has another length than [`Robot::qpos_len`] and [`Robot::qvel_len`].
    pub fn set_state(&mut self, qpos: &[f32], qvel: &[f32]) {
        assert_eq!((qpos.len(), qvel.len()), (self.qpos_len(), self.qvel_len()), "lengths of qpos and qvel");
        // From the pristine world all coordinates are zero, so that displacements set them exactly.
        self.reset();
        let plan = &self.plan;
        let physics = &mut self.physics;
        let multibody = physics
            .multibody_joints
            .get_multibody_mut(plan.multibody)
            .expect("the multibody lives as long as the robot");
        let (mut joint_positions, mut joint_rates) = (qpos, qvel);
        if let Some(root) = &plan.root {
            let (head, rest) = qpos.split_at(7);
            joint_positions = rest;
            let rotation = Rotation::from_xyzw(head[4], head[5], head[6], head[3]).normalize();
            let origin = Vector::new(head[0], head[1], head[2]);
            let pose = Pose::from_parts(origin + root.lever(rotation), rotation);
            physics.bodies[root.body].set_position(pose, true);

            let (head, rest) = qvel.split_at(6);
            joint_rates = rest;
            let angular = rotation * Vector::new(head[3], head[4], head[5]);
            let linear = Vector::new(head[0], head[1], head[2]) + angular.cross(root.lever(rotation));
            let mut velocity = multibody.generalized_velocity_mut();
            for k in 0..3 {
                velocity[k] = linear[k];
                velocity[3 + k] = angular[k];
            }
        }
        for (joint, (&position, &rate)) in plan.joints.iter().zip(joint_positions.iter().zip(joint_rates)) {
            let link = multibody.link_mut(joint.link).expect("links are never removed");
            // A slide that gives way sideways has a second coordinate, which stays at rest.
            link.joint.apply_displacement(&[position - joint.reference, 0.0]);
            multibody.generalized_velocity_mut()[joint.dof] = rate;
        }
        multibody.forward_kinematics(&physics.bodies, true);
        for link in multibody.links() {
            // Through the setter, which marks the body as moved: colliders then follow before the next contact.
            let body = &mut physics.bodies[link.rigid_body_handle()];
            if body.is_dynamic() {
                body.set_position(*link.local_to_world(), true);
            }
        }
    }

    fn multibody(&self) -> &Multibody {
        self.physics
            .multibody_joints
            .get_multibody(self.plan.multibody)
            .expect("the multibody lives as long as the robot")
    }
}

impl Root {
    /// From the origin of the root of the file to the origin of its rapier body, world frame.
    pub(super) fn lever(&self, rotation: Rotation) -> Vector {
        rotation * self.centre
    }
}
