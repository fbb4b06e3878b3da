//! A rapier world as a scene, whatever the world is.

use rapier3d::math::{Pose, Rotation, Vector};
use rapier3d::parry::bounding_volume::BoundingVolume;
use rapier3d::parry::shape::HeightField;
use rapier3d::prelude::{Collider, MultibodyIndex, RigidBodyHandle, SharedShape, TypedShape};

use super::light;
use super::scene::place;
use super::solid::Placed;
use super::{Scene, Shape};
use crate::physics::Physics;
use crate::walls;

/// How far the paint on outer walls stands out, metres: as little as still hides what is below it.
const PAINT: f32 = 2e-3;

impl Physics {
    /// Describes all shapes: those of bodies that can move as moving, the others as fixed. Cameras follow the first
    /// body that can move and has a shape. Half spaces are left out, because there is a ground anyway. The outer walls of a
    /// maze are painted in the colours of their sides.
    pub(crate) fn describe(&self, scene: &mut Scene) {
        scene.clear();
        let parent = |collider: &Collider| collider.parent().filter(|&body| !self.bodies[body].is_fixed());
        let shown = || self.colliders.iter().map(|(_, collider)| collider).filter(|collider| !collider.is_sensor());
        let followed = shown().find_map(parent);
        let limbs = followed.map(|body| Limbs::of(self, body));
        if let Some(body) = followed {
            let pose = self.bodies[body].position();
            let [x, y, z, w] = pose.rotation.to_array();
            scene.follow(pose.translation.to_array());
            scene.turn([w, x, y, z]);
        }
        for collider in shown() {
            // Poses come from the bodies: colliders follow them only at the next step.
            let (pose, colour, solids) = match (parent(collider), collider.position_wrt_parent()) {
                (Some(body), Some(local)) => {
                    let limbs = limbs.as_ref().expect("a body that can move and has a shape is followed");
                    let solids = if limbs.hold(self, body) { &mut scene.own } else { &mut scene.loose };
                    (*self.bodies[body].position() * *local, limbs.colour(self, body), solids)
                }
                _ => (*collider.position(), light::WALL, &mut scene.fixed),
            };
            shape(collider.shared_shape(), pose, light::linear(colour), solids);
        }
        self.paint(scene);
    }

    /// Covers the ring of walls around a maze with a box per side, in its colour.
    fn paint(&self, scene: &mut Scene) {
        let walls = || self.colliders.iter().filter_map(|(_, wall)| Some((wall, walls::ring(wall.user_data)?)));
        let Some((_, ring)) = walls().next() else { return };
        let boxes = walls().map(|(wall, _)| wall.compute_aabb());
        let Some(around) = boxes.reduce(|one, other| one.merged(&other)) else { return };
        let (low, high) = (around.mins, around.maxs);
        let (inner_low, inner_high) = (low + Vector::splat(ring), high - Vector::splat(ring));
        // North and south run from corner to corner, east and west between them.
        let sides = [
            [low.with_y(inner_high.y), high],
            [inner_low.with_x(inner_high.x).with_z(low.z), inner_high.with_x(high.x).with_z(high.z)],
            [low, high.with_y(inner_low.y)],
            [inner_low.with_x(low.x).with_z(low.z), inner_high.with_x(inner_low.x).with_z(high.z)],
        ];
        for ([low, high], colour) in sides.into_iter().zip(light::SIDES) {
            let half = (high - low) * 0.5 + Vector::splat(PAINT);
            let centre = Pose::from_translation((low + high) * 0.5);
            place(Shape::Cuboid { half: half.to_array() }, centre, light::linear(colour), &mut scene.fixed);
        }
    }
}

/// How the parts of the followed body are told apart. The first limb has a colour of its own, so that one sees which
/// way a symmetric robot is turned.
struct Limbs {
    followed: RigidBodyHandle,
    /// The link of the followed body, in its multibody.
    root: Option<usize>,
    /// The first link that hangs on it.
    first: Option<usize>,
    multibody: Option<MultibodyIndex>,
}

impl Limbs {
    fn of(physics: &Physics, followed: RigidBodyHandle) -> Self {
        let link = physics.multibody_joints.rigid_body_link(followed).copied();
        let multibody = link.and_then(|link| physics.multibody_joints.get_multibody(link.multibody));
        let root = link.map(|link| link.id);
        let first = multibody.and_then(|multibody| multibody.links().position(|link| link.parent_id() == root));
        let first = first.filter(|_| root.is_some());
        Self { followed, root, first, multibody: link.map(|link| link.multibody) }
    }

    /// Whether a body is the followed one or hangs on it.
    fn hold(&self, physics: &Physics, body: RigidBodyHandle) -> bool {
        let link = || physics.multibody_joints.rigid_body_link(body);
        body == self.followed || (self.multibody.is_some() && link().map(|link| link.multibody) == self.multibody)
    }

    fn colour(&self, physics: &Physics, body: RigidBodyHandle) -> [u8; 3] {
        if body == self.followed {
            return light::BODY;
        }
        let Some(link) = physics.multibody_joints.rigid_body_link(body) else { return light::LIMB };
        let multibody = physics.multibody_joints.get_multibody(link.multibody);
        let parent = |link: usize| multibody.and_then(|multibody| multibody.link(link)?.parent_id());
        // Up to the link that hangs on the followed body.
        let limb = std::iter::successors(Some(link.id), |&link| parent(link))
            .find(|&link| parent(link).is_none() || parent(link) == self.root);
        if limb == self.first { light::FIRST_LIMB } else { light::LIMB }
    }
}

/// Adds a rapier shape. Rounded shapes are drawn without the rounding, and what has no counterpart as the ellipsoid
/// that fills its box.
fn shape(shape: &SharedShape, pose: Pose, colour: Vector, solids: &mut Vec<Placed>) {
    let box_of = |half: Vector, border: f32| Shape::Cuboid { half: (half + Vector::splat(border)).to_array() };
    // rapier's cylinders lie along y.
    let upright = |half_length: f32, radius: f32| {
        (Shape::Cylinder { half_length, radius }, pose * Pose::rotation(Vector::X * std::f32::consts::FRAC_PI_2))
    };
    let (shape, pose) = match shape.as_typed_shape() {
        TypedShape::HalfSpace(_) => return,
        TypedShape::Compound(compound) => {
            for (local, part) in compound.shapes() {
                self::shape(part, pose * *local, colour, solids);
            }
            return;
        }
        TypedShape::HeightField(field) => {
            hills(field, pose, colour, solids);
            return;
        }
        TypedShape::Ball(ball) => (Shape::Ball { radius: ball.radius }, pose),
        TypedShape::Capsule(capsule) => {
            let (a, b) = (capsule.segment.a, capsule.segment.b);
            let along = Rotation::from_rotation_arc(Vector::Z, (b - a).try_normalize().unwrap_or(Vector::Z));
            let half_length = 0.5 * (b - a).length();
            (Shape::Capsule { half_length, radius: capsule.radius }, pose * Pose::from_parts((a + b) * 0.5, along))
        }
        TypedShape::Cuboid(cuboid) => (box_of(cuboid.half_extents, 0.0), pose),
        TypedShape::RoundCuboid(round) => (box_of(round.inner_shape.half_extents, round.border_radius), pose),
        TypedShape::Cylinder(cylinder) => upright(cylinder.half_height, cylinder.radius),
        TypedShape::RoundCylinder(round) => {
            let (inner, border) = (&round.inner_shape, round.border_radius);
            upright(inner.half_height + border, inner.radius + border)
        }
        _ => {
            let around = shape.compute_local_aabb();
            let half = around.half_extents().to_array();
            (Shape::Ellipsoid { half }, pose * Pose::from_translation(around.center()))
        }
    };
    place(shape, pose, colour, solids);
}

/// Columns along one side of a height field in pictures.
const COLUMNS: usize = 60;

/// Adds an upright height field as square columns, each as high as the field in its middle. Columns lower than a
/// centimetre are left out, since there is a ground anyway.
fn hills(field: &HeightField, pose: Pose, colour: Vector, solids: &mut Vec<Placed>) {
    let heights = field.heights();
    let half = field.scale() * (0.5 / COLUMNS as f32);
    let place = |k: usize| (2 * k + 1) as f32 - COLUMNS as f32;
    let index = |k: usize, count: usize| (2 * k + 1) * count / (2 * COLUMNS);
    for row in 0..COLUMNS {
        for column in 0..COLUMNS {
            let height = heights[(index(row, heights.nrows()), index(column, heights.ncols()))] * field.scale().y;
            if height > 0.01 {
                let centre = pose * Vector::new(place(column) * half.x, 0.5 * height, place(row) * half.z);
                let half = [half.x, half.z, 0.5 * height];
                self::place(Shape::Cuboid { half }, Pose::from_translation(centre), colour, solids);
            }
        }
    }
}
