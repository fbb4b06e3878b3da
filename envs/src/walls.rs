//! The walls of a maze as rapier colliders, for any body.

use rapier3d::prelude::*;

use crate::maze::Layout;

/// Half the height of a wall, metres; walls stand on the ground plane z = 0.
pub(crate) const HALF_HEIGHT: f32 = 1.0;

/// Inserts the walls of `layout` as fixed boxes, merged into runs. `finish` gives them their surface; their user
/// data is [`mark`].
pub(crate) fn insert_walls(
    layout: &Layout,
    finish: impl Fn(ColliderBuilder) -> ColliderBuilder,
    colliders: &mut ColliderSet,
) {
    for block in layout.walls() {
        let [half_x, half_y] = block.half.map(|value| value as f32);
        let [x, y] = block.centre.map(|value| value as f32);
        let wall = ColliderBuilder::cuboid(half_x, half_y, HALF_HEIGHT)
            .translation(Vector::new(x, y, HALF_HEIGHT))
            .user_data(mark(layout));
        colliders.insert(finish(wall));
    }
}

/// The surface along which a ball slides.
pub(crate) fn frictionless(wall: ColliderBuilder) -> ColliderBuilder {
    wall.friction(0.0).friction_combine_rule(CoefficientCombineRule::Multiply)
}

/// By what pictures know a wall, and how thick the ring around the maze is: the bits of the edge of a cell.
fn mark(layout: &Layout) -> u128 {
    u128::from(layout.cell.to_bits())
}

/// Thickness in metres of the ring of walls around a maze, from the user data of one of its walls; `None` for all else.
pub(crate) fn ring(user_data: u128) -> Option<f32> {
    let cell = u64::try_from(user_data).map(f64::from_bits).unwrap_or_default();
    (cell > 0.0).then_some(cell as f32)
}
