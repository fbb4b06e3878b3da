//! Where rays enter shapes around the origin.
//!
//! Each function gives the smaller of the two `t` at which a ray `from + t * direction` crosses the surface; infinite or
//! NaN when it misses the shape.

use rapier3d::parry::simba::simd::SimdPartialOrd;

use super::four::{Four, Vectors, abs, four, max, min, select, sqrt};

/// A capsule along the unit vector `axis`.
#[inline]
pub(super) fn capsule(
    from: Vectors,
    direction: Vectors,
    squared: Four,
    axis: Vectors,
    half_length: f32,
    radius: f32,
) -> Four {
    let (along, rate) = (axis.dot(from), axis.dot(direction));
    let (from_across, across) = (from - axis * along, direction - axis * rate);
    let (a, b) = (across.dot(across), across.dot(from_across));
    let root = b * b - a * (from_across.dot(from_across) - four(radius * radius));
    // Rays along the axis meet an end, whatever the rounding says about the side.
    let slanted = a.simd_gt(squared * four(1e-6));
    let t = (-b - sqrt(root)) / a;
    let place = along + t * rate;
    let side = slanted & root.simd_ge(four(0.0)) & abs(place).simd_le(four(half_length));
    let missed = slanted & root.simd_lt(four(0.0));
    let beyond = select(slanted, place, -rate);
    let end = select(beyond.simd_lt(four(0.0)), four(-half_length), four(half_length));
    let from = from - axis * end;
    let b = from.dot(direction);
    let cap = (-b - sqrt(b * b - squared * (from.dot(from) - four(radius * radius)))) / squared;
    select(side, t, select(missed, four(f32::INFINITY), cap))
}

/// A box along the axes, for rays with directions one over `inverse` from whose origins the centre is at `to`.
#[inline]
pub(super) fn slabs(to: Vectors, inverse: Vectors, half: [f32; 3]) -> Four {
    let slab = |to: Four, inverse: Four, half: f32| {
        let (one, other) = ((to - four(half)) * inverse, (to + four(half)) * inverse);
        (min(one, other), max(one, other))
    };
    let (x, y, z) = (slab(to.x, inverse.x, half[0]), slab(to.y, inverse.y, half[1]), slab(to.z, inverse.z, half[2]));
    let (enter, leave) = (max(max(x.0, y.0), z.0), min(min(x.1, y.1), z.1));
    select(enter.simd_le(leave), enter, four(f32::INFINITY))
}

/// A cylinder along z.
pub(super) fn cylinder(from: Vectors, direction: Vectors, half_length: f32, radius: f32) -> Four {
    let a = direction.x * direction.x + direction.y * direction.y;
    let b = direction.x * from.x + direction.y * from.y;
    let c = from.x * from.x + from.y * from.y - four(radius * radius);
    let (root, slanted) = (b * b - a * c, a.simd_gt(four(0.0)));
    let spread = sqrt(max(root, four(0.0)));
    // Rays along the axis are inside from end to end, or nowhere.
    let always = select(c.simd_gt(four(0.0)), four(f32::INFINITY), four(f32::NEG_INFINITY));
    let side = select(slanted, (-b - spread) / a, always);
    let other_side = select(slanted, (-b + spread) / a, four(f32::INFINITY));
    let inverse = select(direction.z.simd_eq(four(0.0)), four(1e30), four(1.0) / direction.z);
    let (one, other) = ((four(-half_length) - from.z) * inverse, (four(half_length) - from.z) * inverse);
    let (enter, leave) = (max(side, min(one, other)), min(other_side, max(one, other)));
    select(root.simd_ge(four(0.0)) & enter.simd_le(leave), enter, four(f32::INFINITY))
}

/// An ellipsoid along the axes.
pub(super) fn ellipsoid(from: Vectors, direction: Vectors, half: [f32; 3]) -> Four {
    let scaled = |vectors: Vectors| Vectors {
        x: vectors.x / four(half[0]),
        y: vectors.y / four(half[1]),
        z: vectors.z / four(half[2]),
    };
    let (from, direction) = (scaled(from), scaled(direction));
    let (a, b) = (direction.dot(direction), direction.dot(from));
    (-b - sqrt(b * b - a * (from.dot(from) - four(1.0)))) / a
}
