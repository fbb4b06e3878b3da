//! The walls of a maze as rapier colliders, for any body.

use rapier3d::prelude::*;

use crate::maze::Layout;

/// Half the height of a wall, metres; walls stand on the ground plane z = 0.
pub(crate) const HALF_HEIGHT: f32 = 1.0;

/// Inserts the walls of `layout` as fixed boxes, merged into runs. `finish` gives them their surface.
pub(crate) fn insert_walls(
    layout: &Layout,
    finish: impl Fn(ColliderBuilder) -> ColliderBuilder,
    colliders: &mut ColliderSet,
) {
    for block in layout.walls() {
        let [half_x, half_y] = block.half.map(|value| value as f32);
        let [x, y] = block.centre.map(|value| value as f32);
        let wall = ColliderBuilder::cuboid(half_x, half_y, HALF_HEIGHT).translation(Vector::new(x, y, HALF_HEIGHT));
        colliders.insert(finish(wall));
    }
}

/// The surface along which a ball slides.
pub(crate) fn frictionless(wall: ColliderBuilder) -> ColliderBuilder {
    wall.friction(0.0).friction_combine_rule(CoefficientCombineRule::Multiply)
}
