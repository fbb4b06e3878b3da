//! What tasks and senses ask of a robot beyond its coordinates.

use rapier3d::prelude::*;

use super::Robot;

impl Robot {
    /// Names of the parts, in the order of the file: its bodies but the world.
    pub fn parts(&self) -> impl ExactSizeIterator<Item = &str> {
        self.plan.parts.iter().map(|(name, _)| name.as_str())
    }

    /// The axes of a part in the world frame, as columns: `[x, y, z]`, each a unit vector.
    ///
    /// # Panics
    /// When there is no such part.
    #[must_use]
    pub fn axes(&self, part: usize) -> [[f32; 3]; 3] {
        let rotation = self.pose(part).rotation;
        [Vector::X, Vector::Y, Vector::Z].map(|axis| (rotation * axis).to_array())
    }

    /// Height of the origin of the first part, metres.
    #[must_use]
    pub fn height(&self) -> f32 {
        let pose = self.pose(0);
        let lever = self.plan.root.as_ref().map_or(Vector::ZERO, |root| root.lever(pose.rotation));
        (pose.translation - lever).z
    }

    /// A point that is fixed to a part at `at` (metres, frame of the part), metres, world frame.
    ///
    /// # Panics
    /// When there is no such part.
    #[must_use]
    pub fn point(&self, part: usize, at: [f32; 3]) -> [f32; 3] {
        (*self.pose(part) * Vector::from_array(at)).to_array()
    }

    /// Longest horizontal edge of the box around the robot's shapes, metres.
    #[must_use]
    pub fn extent(&self) -> f32 {
        let (low, high) = self.bounds();
        (high.x - low.x).max(high.y - low.y).max(0.0)
    }

    /// Cosine of the angle between the z axis of the first part and that of the world.
    #[must_use]
    pub fn upright(&self) -> f32 {
        self.axes(0)[2][2]
    }

    /// Velocity of the first part along its own axes, m/s, for a robot with a free root in the state `qvel`; zero for others.
    ///
    /// # Panics
    /// When `qvel` is shorter than [`Robot::qvel_len`].
    #[must_use]
    pub fn own_velocity(&self, qvel: &[f32]) -> [f32; 3] {
        if self.plan.root.is_none() {
            return [0.0; 3];
        }
        (self.pose(0).rotation.inverse() * Vector::new(qvel[0], qvel[1], qvel[2])).to_array()
    }

    /// Centre of mass, metres, world frame.
    #[must_use]
    pub fn centre(&self) -> [f32; 3] {
        let (mut mass, mut moment) = (0.0, Vector::ZERO);
        for body in self.moving_bodies() {
            mass += body.mass();
            moment += centre_of(body) * body.mass();
        }
        (moment / mass).to_array()
    }

    /// Angular momentum about the centre of mass, kg m^2/s, world frame, in the last solver substep but one.
    #[must_use]
    pub fn spin(&self) -> [f32; 3] {
        let centre = Vector::from_array(self.centre());
        let (mut mass, mut momentum) = (0.0, Vector::ZERO);
        for body in self.moving_bodies() {
            mass += body.mass();
            momentum += body.velocity_at_point(centre_of(body)) * body.mass();
        }
        let drift = momentum / mass;
        let of = |body: &RigidBody| {
            let local = &body.mass_properties().local_mprops;
            let frame = body.position().rotation * local.principal_inertia_local_frame;
            let own = frame * (local.principal_inertia() * (frame.inverse() * body.angvel()));
            let at = centre_of(body);
            own + (at - centre).cross(body.velocity_at_point(at) - drift) * body.mass()
        };
        self.moving_bodies().map(of).fold(Vector::ZERO, |sum, part| sum + part).to_array()
    }

    fn pose(&self, part: usize) -> &Pose {
        self.physics.bodies[self.plan.parts[part].1].position()
    }
}

/// Centre of mass of a body, world frame. rapier's own lags behind the pose.
fn centre_of(body: &RigidBody) -> Vector {
    *body.position() * body.mass_properties().local_mprops.local_com
}
