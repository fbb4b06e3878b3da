//! Solids in the world: how large they are, where rays enter them, how their surface is turned.

use rapier3d::math::{Pose, Vector};
use rapier3d::parry::simba::simd::{SimdBool, SimdPartialOrd};

use super::Shape;
use super::entry::{capsule, cylinder, ellipsoid, slabs};
use super::four::{Four, Rays, Vectors, abs, four, max, min, select, sqrt};

/// A solid in the world, ready for rays.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Placed {
    shape: Shape,
    pub(super) centre: Vector,
    /// Where its own x, y and z point.
    axes: [Vector; 3],
    /// Whether these are the world's.
    aligned: bool,
    /// Radius of the ball around the centre that holds it.
    pub(super) reach: f32,
    /// Linear.
    pub(super) colour: Vector,
}

impl Placed {
    pub(super) fn new(shape: Shape, pose: Pose, colour: Vector) -> Self {
        let axes = [Vector::X, Vector::Y, Vector::Z].map(|axis| pose.rotation * axis);
        let reach = match shape {
            Shape::Ball { radius } => radius,
            Shape::Capsule { half_length, radius } => half_length + radius,
            Shape::Cylinder { half_length, radius } => (half_length * half_length + radius * radius).sqrt(),
            Shape::Cuboid { half: [x, y, z] } => (x * x + y * y + z * z).sqrt(),
            Shape::Ellipsoid { half: [x, y, z] } => x.max(y).max(z),
        };
        let aligned = axes == [Vector::X, Vector::Y, Vector::Z];
        Self { shape, centre: pose.translation, axes, aligned, reach, colour }
    }

    pub(super) fn is_finite(&self) -> bool {
        self.centre.is_finite() && self.reach.is_finite() && self.axes.iter().all(|axis| axis.is_finite())
    }

    /// Centres and radius of the two balls whose hull holds the solid.
    pub(super) fn ends(&self) -> ([Vector; 2], f32) {
        match self.shape {
            Shape::Capsule { half_length, radius } => {
                let along = self.axes[2] * half_length;
                ([self.centre - along, self.centre + along], radius)
            }
            _ => ([self.centre; 2], self.reach),
        }
    }

    /// Smallest and largest corner of the box around it along the axes of the world.
    pub(super) fn bounds(&self) -> [Vector; 2] {
        let [x, y, z] = self.axes;
        let half = match self.shape {
            Shape::Ball { radius } => Vector::splat(radius),
            Shape::Capsule { half_length, radius } => z.abs() * half_length + Vector::splat(radius),
            Shape::Cylinder { half_length, radius } => {
                let across = (Vector::ONE - z * z).max(Vector::ZERO);
                z.abs() * half_length + Vector::new(across.x.sqrt(), across.y.sqrt(), across.z.sqrt()) * radius
            }
            Shape::Cuboid { half } => x.abs() * half[0] + y.abs() * half[1] + z.abs() * half[2],
            Shape::Ellipsoid { half } => {
                let squares = [x * half[0], y * half[1], z * half[2]].map(|axis| axis * axis);
                let sum = squares[0] + squares[1] + squares[2];
                Vector::new(sum.x.sqrt(), sum.y.sqrt(), sum.z.sqrt())
            }
        };
        [self.centre - half, self.centre + half]
    }

    /// Whether a part of the box around it is at most `range` from a point.
    pub(super) fn is_within(&self, point: Vector, range: f32) -> bool {
        let [low, high] = self.bounds();
        let away = (low - point).max(point - high).max(Vector::ZERO);
        away.dot(away) <= range * range
    }

    /// Smallest positive `t` at which each ray enters the solid; infinite when it misses it or starts inside.
    #[inline]
    pub(super) fn enter(&self, rays: &Rays) -> Four {
        let to = Vectors::splat(self.centre) - rays.origin;
        if let Shape::Cuboid { half } = self.shape
            && self.aligned
        {
            return positive(slabs(to, rays.inverse, half));
        }
        // Rays are first moved to where they pass the centre, so that what is subtracted afterwards has the size of the
        // solid and not that of its distance.
        let Rays { direction, squared, .. } = *rays;
        let pass = to.dot(direction) / squared;
        let from = direction * pass - to;
        let rest = four(self.reach * self.reach) - from.dot(from);
        let near = rest.simd_ge(four(0.0));
        if near.none() {
            return four(f32::INFINITY);
        }
        let entry = match self.shape {
            Shape::Ball { .. } => -sqrt(rest / squared),
            Shape::Capsule { half_length, radius } => {
                capsule(from, direction, squared, Vectors::splat(self.axes[2]), half_length, radius)
            }
            Shape::Cuboid { half } => {
                let own = Rays::new(self.own(from), self.own(direction));
                slabs(Vectors::splat(Vector::ZERO) - own.origin, own.inverse, half)
            }
            Shape::Cylinder { half_length, radius } => {
                cylinder(self.own(from), self.own(direction), half_length, radius)
            }
            Shape::Ellipsoid { half } => ellipsoid(self.own(from), self.own(direction), half),
        };
        select(near, positive(pass + entry), four(f32::INFINITY))
    }

    /// Outward unit normals at points of the surface, and numbers that are equal for points of one face: even, and for
    /// shapes without planes made from the solid's own `number`.
    #[inline]
    pub(super) fn normals(&self, points: Vectors, number: u32) -> (Vectors, [u32; 4]) {
        let from = points - Vectors::splat(self.centre);
        let axis = Vectors::splat(self.axes[2]);
        let round = [number * 8; 4];
        match self.shape {
            Shape::Ball { .. } => (from.unit(), round),
            Shape::Capsule { half_length, .. } => {
                let along = min(max(axis.dot(from), four(-half_length)), four(half_length));
                ((from - axis * along).unit(), round)
            }
            Shape::Cuboid { half } => {
                let own = self.own(from);
                let depth = |place: Four, half: f32| abs(place) - four(half);
                let (x, y, z) = (depth(own.x, half[0]), depth(own.y, half[1]), depth(own.z, half[2]));
                let face = |k: usize, place: Four| {
                    let sign = select(place.simd_lt(four(0.0)), four(-1.0), four(1.0));
                    // Where the plane is along its normal: the same for blocks that continue each other.
                    let plane = four(self.axes[k].dot(self.centre)) * sign + four(half[k]);
                    (Vectors::splat(self.axes[k]) * sign, plane)
                };
                let (mut normals, mut planes) = face(2, own.z);
                let (mut axes, on_y) = (four(2.0), y.simd_ge(z));
                for (k, place, here) in [(1, own.y, on_y), (0, own.x, x.simd_ge(y) & x.simd_ge(z))] {
                    let (normal, plane) = face(k, place);
                    normals = Vectors::select(here, normal, normals);
                    planes = select(here, plane, planes);
                    axes = select(here, four(k as f32), axes);
                }
                let (planes, axes) = (<[f32; 4]>::from(planes), <[f32; 4]>::from(axes));
                let number = |lane: usize| (planes[lane].to_bits() & !15) | (2 * axes[lane] as u32);
                (normals, [0, 1, 2, 3].map(number))
            }
            Shape::Cylinder { half_length, radius } => {
                let along = axis.dot(from);
                let across = from - axis * along;
                let end = (abs(along) - four(half_length)).simd_gt(sqrt(across.dot(across)) - four(radius));
                let sign = select(along.simd_lt(four(0.0)), four(-1.0), four(1.0));
                let ends: [f32; 4] = select(end, sign, four(0.0)).into();
                let face = |lane: usize| number * 8 + (2.0 * ends[lane] + 2.0) as u32;
                (Vectors::select(end, axis * sign, across.unit()), [0, 1, 2, 3].map(face))
            }
            Shape::Ellipsoid { half } => {
                let own = self.own(from);
                let slope = |place: Four, half: f32| place / four(half * half);
                let [x, y, z] = self.axes.map(Vectors::splat);
                let normals = x * slope(own.x, half[0]) + y * slope(own.y, half[1]) + z * slope(own.z, half[2]);
                (normals.unit(), round)
            }
        }
    }

    /// Vectors of the world in the solid's frame.
    #[inline]
    fn own(&self, vectors: Vectors) -> Vectors {
        let [x, y, z] = self.axes.map(|axis| Vectors::splat(axis).dot(vectors));
        Vectors { x, y, z }
    }
}

/// The vector at length 1.
#[inline]
pub(super) fn unit(vector: Vector) -> Vector {
    vector * (1.0 / vector.dot(vector).sqrt())
}

/// `t` where it is positive, else infinite.
#[inline]
fn positive(t: Four) -> Four {
    select(t.simd_gt(four(0.0)), t, four(f32::INFINITY))
}

#[cfg(test)]
mod tests {
    use rapier3d::math::Rotation;

    use super::*;

    const SHAPES: [Shape; 5] = [
        Shape::Ball { radius: 0.6 },
        Shape::Capsule { half_length: 0.7, radius: 0.3 },
        Shape::Cylinder { half_length: 0.5, radius: 0.4 },
        Shape::Cuboid { half: [0.3, 0.5, 0.8] },
        Shape::Ellipsoid { half: [0.9, 0.4, 0.6] },
    ];

    /// Whether a point of the solid's frame is inside, by the shape's definition.
    fn holds(shape: Shape, p: Vector) -> bool {
        let across = p.x * p.x + p.y * p.y;
        match shape {
            Shape::Ball { radius } => p.dot(p) <= radius * radius,
            Shape::Capsule { half_length, radius } => {
                let beyond = (p.z.abs() - half_length).max(0.0);
                across + beyond * beyond <= radius * radius
            }
            Shape::Cylinder { half_length, radius } => p.z.abs() <= half_length && across <= radius * radius,
            Shape::Cuboid { half } => p.abs().cmple(Vector::from_array(half)).all(),
            Shape::Ellipsoid { half } => {
                let scaled = p / Vector::from_array(half);
                scaled.dot(scaled) <= 1.0
            }
        }
    }

    /// One ray, in the company of one that passes through the middle, one that misses and one that starts inside.
    fn enter(solid: &Placed, origin: Vector, direction: Vector) -> f32 {
        let centre = solid.centre;
        let origins = [centre - Vector::X * 5.0, origin, centre + Vector::splat(9.0), centre];
        let directions = [Vector::X, direction, Vector::X, Vector::Y];
        let all = solid.enter(&Rays::new(Vectors::from_lanes(origins), Vectors::from_lanes(directions)));
        let [through, t, miss, inside] = all.into();
        assert!(through < 5.0 && miss == f32::INFINITY && inside == f32::INFINITY, "{:?}: {all:?}", solid.shape);
        t
    }

    #[test]
    fn rays_enter_where_the_shape_begins_and_normals_point_outwards() {
        let mut noise = crate::Stream::new(0, "rays", 0);
        let mut draw = || Vector::new(0.0, 0.0, 0.0).map(|_| noise.uniform(-1.0, 1.0) as f32);
        for shape in SHAPES {
            let mut hits = 0;
            for _ in 0..2000 {
                let rotation = Rotation::from_scaled_axis(draw() * 3.0);
                let pose = Pose::from_parts(draw() * 50.0, rotation);
                let solid = Placed::new(shape, pose, Vector::ONE);
                let origin = pose.translation + unit(draw()) * 9.0;
                let direction = (pose.translation + draw() - origin) * 0.3;
                let local = |t: f32| rotation.inverse() * (origin + direction * t - pose.translation);
                // By small steps along the ray.
                let first = (0..6000).map(|k| k as f32 * 1e-3).find(|&t| holds(shape, local(t)));
                let t = enter(&solid, origin, direction);
                match first {
                    Some(first) => {
                        hits += 1;
                        assert!((t - first).abs() < 2e-3, "{shape:?}: {t} {first}");
                        let (normals, _) = solid.normals(Vectors::splat(origin + direction * t), 0);
                        let normal = normals.lane(1);
                        assert!((normal.length() - 1.0).abs() < 1e-4 && normal.dot(direction) < 1e-2, "{shape:?}");
                        let outside = local(t) + rotation.inverse() * normal * 2e-3;
                        assert!(!holds(shape, outside), "{shape:?}: the normal points outwards");
                        let [low, high] = solid.bounds();
                        let point = origin + direction * t;
                        assert!((low - point).max_element().max((point - high).max_element()) < 1e-3, "{shape:?}");
                        assert!((point - solid.centre).length() < solid.reach + 1e-3, "{shape:?}");
                    }
                    // Steps can miss what is only grazed.
                    None if t < 6.0 => {
                        let inside = local(t) + unit(local(t)) * -2e-3;
                        assert!(holds(shape, inside), "{shape:?}: {t}");
                    }
                    None => {}
                }
            }
            assert!(hits > 300, "{shape:?}: {hits}");
        }
    }

    #[test]
    fn rays_along_an_axis_and_from_inside_are_no_exceptions() {
        for shape in SHAPES {
            let solid = Placed::new(shape, Pose::IDENTITY, Vector::ONE);
            for axis in [Vector::X, Vector::Y, Vector::Z] {
                let t = enter(&solid, axis * -5.0, axis * 2.0);
                let [low, _] = solid.bounds();
                assert!((t * 2.0 - 5.0 - low.dot(axis)).abs() < 1e-5, "{shape:?} {axis}: {t}");
                assert_eq!(enter(&solid, axis * 5.0, axis), f32::INFINITY, "{shape:?}: it is behind");
                assert_eq!(enter(&solid, Vector::ZERO, axis), f32::INFINITY, "{shape:?}: from inside");
            }
        }
    }
}
