//! Between places in a picture and directions in the world.

use rapier3d::math::Vector;

use super::four::{Four, Vectors, abs, four};

/// How one picture is projected. Directions of rays have length 1 along the line of sight, so that `t` is the depth.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lens {
    pub(super) eye: Vector,
    pub(super) forward: Vector,
    /// Unit vectors to the right and up in the picture.
    pub(super) axes: [Vector; 2],
    /// From the middle of the picture to its edges at a depth of 1.
    pub(super) half: [f32; 2],
    /// Pixels across and down.
    pub(super) size: [f32; 2],
}

impl Lens {
    /// The directions through places in the picture, in pixels from the upper left corner.
    #[inline]
    pub(super) fn through(&self, x: Four, y: Four) -> Vectors {
        let across = x * four(2.0 * self.half[0] / self.size[0]) - four(self.half[0]);
        let up = four(self.half[1]) - y * four(2.0 * self.half[1] / self.size[1]);
        Vectors::splat(self.forward) + Vectors::splat(self.axes[0]) * across + Vectors::splat(self.axes[1]) * up
    }

    /// How much ground along x and y one pixel covers where rays of these directions meet it at depths `t`, metres.
    #[inline]
    pub(super) fn ground_width(&self, directions: Vectors, t: Four) -> [Four; 2] {
        let [right, up] = self.axes;
        let across = t * four(2.0 * self.half[0] / self.size[0]);
        let down = t * four(2.0 * self.half[1] / self.size[1]);
        // One pixel farther up a ray is less steep, and meets the ground later; so to the side where the camera is tilted.
        let (aside, later) = (four(right.z) / directions.z, four(up.z) / directions.z);
        [
            abs((four(right.x) - directions.x * aside) * across) + abs((four(up.x) - directions.x * later) * down),
            abs((four(right.y) - directions.y * aside) * across) + abs((four(up.y) - directions.y * later) * down),
        ]
    }

    /// Where a ball can be seen, in pixels from the upper left corner and not cut to the picture: first and last column,
    /// first and last row. `None` when it is behind the camera.
    pub(super) fn frame(&self, centre: Vector, radius: f32) -> Option<[[f32; 2]; 2]> {
        let to = centre - self.eye;
        let depth = to.dot(self.forward);
        if depth <= radius {
            // Beside or around the camera it can be anywhere.
            return (depth > -radius).then_some([[0.0, self.size[0]], [0.0, self.size[1]]]);
        }
        let squared = (depth - radius) * (depth + radius);
        let edges = |k: usize| {
            // Tangents from the eye to the circle that the ball is in the plane of this axis and the line of sight.
            let side = to.dot(self.axes[k]);
            let spread = radius * (side * side + squared).sqrt();
            [-spread, spread].map(|spread| (side * depth + spread) / (squared * self.half[k]))
        };
        let ([left, right], [bottom, top]) = (edges(0), edges(1));
        let [columns, rows] = self.size.map(|size| 0.5 * size);
        Some([[(1.0 + left) * columns, (1.0 + right) * columns], [(1.0 - top) * rows, (1.0 - bottom) * rows]])
    }
}
