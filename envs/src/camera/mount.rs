//! Frames on the followed body.

use rapier3d::math::Vector;
use serde::{Deserialize, Serialize};

use super::Scene;
use super::solid::unit;

/// What a sensor on the body turns with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mount {
    /// The heading of the body, the direction of its x over the ground: the sensor stays level, as on a gimbal. A body whose
    /// x points straight up or down heads along the x of the world.
    #[default]
    Heading,
    /// The body itself: the sensor rolls and pitches with it.
    Body,
}

/// A frame of the world: x ahead, y to the left, z up.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Frame {
    pub(super) origin: Vector,
    pub(super) axes: [Vector; 3],
}

impl Frame {
    /// The frame of the body that a scene follows.
    pub(super) fn new(scene: &Scene, mount: Mount) -> Self {
        let rotation = scene.body.rotation;
        let axes = match mount {
            Mount::Body => [Vector::X, Vector::Y, Vector::Z].map(|axis| rotation * axis),
            Mount::Heading => {
                let ahead = rotation * Vector::X;
                let level = Vector::new(ahead.x, ahead.y, 0.0);
                let ahead = if level.dot(level) > 1e-6 { unit(level) } else { Vector::X };
                [ahead, Vector::new(-ahead.y, ahead.x, 0.0), Vector::Z]
            }
        };
        Self { origin: scene.body.translation, axes }
    }

    /// A direction of this frame in the world.
    pub(super) fn direction(&self, own: Vector) -> Vector {
        let [x, y, z] = self.axes;
        x * own.x + y * own.y + z * own.z
    }

    /// A point of this frame in the world.
    pub(super) fn point(&self, own: Vector) -> Vector {
        self.origin + self.direction(own)
    }

    /// A point of the world in this frame.
    pub(super) fn own(&self, point: Vector) -> Vector {
        let from = point - self.origin;
        let [x, y, z] = self.axes.map(|axis| axis.dot(from));
        Vector::new(x, y, z)
    }
}

#[cfg(test)]
mod tests {
    use rapier3d::math::{Pose, Rotation};

    use super::*;

    fn frame(rotation: Rotation, mount: Mount) -> Frame {
        let mut scene = Scene::new();
        scene.body = Pose::from_parts(Vector::new(3.0, -2.0, 1.0), rotation);
        Frame::new(&scene, mount)
    }

    #[test]
    fn frames_are_right_handed_and_lead_there_and_back() {
        let mut noise = crate::Stream::new(0, "frames", 0);
        let mut draw = || Vector::ZERO.map(|_| noise.uniform(-2.0, 2.0) as f32);
        for _ in 0..100 {
            let (rotation, point) = (Rotation::from_scaled_axis(draw()), draw());
            for mount in [Mount::Heading, Mount::Body] {
                let frame = frame(rotation, mount);
                let [x, y, z] = frame.axes;
                assert!((x.cross(y) - z).length() < 1e-5 && (x.length() - 1.0).abs() < 1e-5, "{frame:?}");
                assert!((frame.own(frame.point(point)) - point).length() < 1e-4, "{frame:?}");
            }
            let level = frame(rotation, Mount::Heading).axes;
            assert!(level[2] == Vector::Z && level[0].dot(rotation * Vector::X) >= 0.0);
        }
    }

    #[test]
    fn a_body_that_points_straight_up_has_a_heading_too() {
        let up = Rotation::from_rotation_y(-std::f32::consts::FRAC_PI_2);
        assert_eq!(frame(up, Mount::Heading).axes, [Vector::X, Vector::Y, Vector::Z]);
        assert!((frame(up, Mount::Body).axes[0] - Vector::Z).length() < 1e-6);
    }
}
