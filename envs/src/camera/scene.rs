//! What there is to see.

use rapier3d::math::{Pose, Rotation, Vector};

use super::light;
use super::solid::Placed;

/// A solid in its own frame, centred at the origin. Lengths in metres.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Shape {
    /// A ball.
    Ball {
        /// Radius.
        radius: f32,
    },
    /// A cylinder along z with a half ball on each end.
    Capsule {
        /// Half the length of the cylinder.
        half_length: f32,
        /// Radius.
        radius: f32,
    },
    /// A cylinder along z.
    Cylinder {
        /// Half its length.
        half_length: f32,
        /// Radius.
        radius: f32,
    },
    /// A box.
    Cuboid {
        /// Half its extents along x, y and z.
        half: [f32; 3],
    },
    /// An ellipsoid.
    Ellipsoid {
        /// Half its extents along x, y and z.
        half: [f32; 3],
    },
}

/// A solid in the world.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Solid {
    /// What it is.
    pub shape: Shape,
    /// Where its centre is, metres.
    pub centre: [f32; 3],
    /// How it is turned: unit quaternion `w x y z`.
    pub rotation: [f32; 4],
    /// Its colour in full light, sRGB.
    pub colour: [u8; 3],
}

/// What there is to see at one moment, above a ground plane at z = 0 that is always there. Reuse it: clearing keeps
/// the memory.
#[derive(Clone, Debug, Default)]
pub struct Scene {
    /// Parts of the followed body.
    pub(super) own: Vec<Placed>,
    /// What else can move.
    pub(super) loose: Vec<Placed>,
    pub(super) fixed: Vec<Placed>,
    /// Where the followed body is and how it is turned.
    pub(super) body: Pose,
    pub(super) goal: Option<Goal>,
}

/// A disc on the ground.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Goal {
    pub(super) centre: [f32; 2],
    pub(super) radius: f32,
}

impl Scene {
    /// Empty ground.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Back to empty ground.
    pub fn clear(&mut self) {
        self.own.clear();
        self.loose.clear();
        self.fixed.clear();
        self.body = Pose::IDENTITY;
        self.goal = None;
    }

    /// Adds a solid that never moves, such as a wall. Solids with numbers that are not finite are left out.
    pub fn add_fixed(&mut self, solid: &Solid) {
        place(solid.shape, solid.pose(), light::linear(solid.colour), &mut self.fixed);
    }

    /// Adds a part of the body that cameras follow; its own lidar does not see it. Solids with numbers that are not finite
    /// are left out.
    pub fn add_moving(&mut self, solid: &Solid) {
        place(solid.shape, solid.pose(), light::linear(solid.colour), &mut self.own);
    }

    /// Adds something else that can move. Solids with numbers that are not finite are left out.
    pub fn add_loose(&mut self, solid: &Solid) {
        place(solid.shape, solid.pose(), light::linear(solid.colour), &mut self.loose);
    }

    /// Says where the body is that cameras follow, metres. Places that are not finite are ignored.
    pub fn follow(&mut self, place: [f32; 3]) {
        let place = Vector::from_array(place);
        if place.is_finite() {
            self.body.translation = place;
        }
    }

    /// Says how that body is turned, as a unit quaternion `w x y z`: its x points ahead, its y to the left and its z up.
    /// Without a call it is not turned. Rotations that are not finite are ignored.
    pub fn turn(&mut self, [w, x, y, z]: [f32; 4]) {
        let rotation = Rotation::from_xyzw(x, y, z, w);
        if rotation.is_finite() {
            self.body.rotation = rotation;
        }
    }

    /// Marks the disc of `radius` metres around `centre` (x, y in metres) as the goal.
    pub fn mark_goal(&mut self, centre: [f32; 2], radius: f32) {
        self.goal = Some(Goal { centre, radius });
    }

    /// Moves all that moves down by `by` metres.
    pub(crate) fn lower(&mut self, by: f32) {
        self.body.translation.z -= by;
        for solid in self.own.iter_mut().chain(&mut self.loose) {
            solid.centre.z -= by;
        }
    }

    /// Moves the point from which sensors on the body look along x and y, and nothing else.
    pub(crate) fn look_from(&mut self, [x, y]: [f32; 2]) {
        (self.body.translation.x, self.body.translation.y) = (x, y);
    }

    /// How many solids can move.
    pub(super) fn moving(&self) -> usize {
        self.own.len() + self.loose.len()
    }

    /// All solids, those that can move first.
    pub(super) fn solids(&self) -> impl Iterator<Item = &Placed> {
        self.own.iter().chain(&self.loose).chain(&self.fixed)
    }

    /// Smallest and largest corner of the box around all that is fixed; `None` on open ground.
    pub(super) fn fixed_bounds(&self) -> Option<[Vector; 2]> {
        let boxes = self.fixed.iter().map(Placed::bounds);
        boxes.reduce(|[low, high], [other_low, other_high]| [low.min(other_low), high.max(other_high)])
    }
}

impl Solid {
    fn pose(&self) -> Pose {
        let [w, x, y, z] = self.rotation;
        Pose::from_parts(Vector::from_array(self.centre), Rotation::from_xyzw(x, y, z, w))
    }
}

/// Puts a shape at `pose` into `solids`. The colour is linear.
pub(super) fn place(shape: Shape, pose: Pose, colour: Vector, solids: &mut Vec<Placed>) {
    let solid = Placed::new(shape, pose, colour);
    if solid.is_finite() {
        solids.push(solid);
    }
}
