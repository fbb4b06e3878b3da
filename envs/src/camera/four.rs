//! Four numbers at a time.
//!
//! Operations are those of single `f32` numbers, lane by lane, in the order in which they are written.

use std::ops::{Add, Mul, Sub};

use rapier3d::math::{SimdBool, SimdReal, Vector};
use rapier3d::parry::simba::simd::{SimdComplexField, SimdPartialOrd, SimdValue};

/// Four numbers.
pub(super) type Four = SimdReal;
/// Four answers.
pub(super) type Mask = SimdBool;

/// Four times the same number.
#[inline]
pub(super) fn four(value: f32) -> Four {
    Four::splat(value)
}

/// `yes` where `mask` is true, else `no`.
#[inline]
pub(super) fn select(mask: Mask, yes: Four, no: Four) -> Four {
    yes.select(mask, no)
}

/// The smaller of each two. Machines disagree about NaN.
#[inline]
pub(super) fn min(a: Four, b: Four) -> Four {
    SimdReal(a.0.fast_min(b.0))
}

/// The larger of each two. Machines disagree about NaN.
#[inline]
pub(super) fn max(a: Four, b: Four) -> Four {
    SimdReal(a.0.fast_max(b.0))
}

#[inline]
pub(super) fn sqrt(value: Four) -> Four {
    value.simd_sqrt()
}

#[inline]
pub(super) fn abs(value: Four) -> Four {
    max(value, -value)
}

/// The nearest whole numbers, for numbers under four million.
#[inline]
pub(super) fn nearest(value: Four) -> Four {
    // Numbers of this size have no room for fractions, so that adding it rounds.
    let large = four(12_582_912.0);
    value + large - large
}

/// Four rays `origin + t * direction`, and what many solids ask of them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rays {
    pub(super) origin: Vectors,
    /// Of any length but zero.
    pub(super) direction: Vectors,
    /// Squared length of the direction.
    pub(super) squared: Four,
    /// One over each part of the direction; large and finite where the part is zero.
    pub(super) inverse: Vectors,
}

impl Rays {
    #[inline]
    pub(super) fn new(origin: Vectors, direction: Vectors) -> Self {
        let invert = |rate: Four| select(rate.simd_eq(four(0.0)), four(1e30), four(1.0) / rate);
        let inverse = Vectors { x: invert(direction.x), y: invert(direction.y), z: invert(direction.z) };
        Self { origin, direction, squared: direction.dot(direction), inverse }
    }
}

/// Four vectors.
#[derive(Clone, Copy, Debug)]
pub(super) struct Vectors {
    pub(super) x: Four,
    pub(super) y: Four,
    pub(super) z: Four,
}

impl Vectors {
    /// Four times the same vector.
    #[inline]
    pub(super) fn splat(vector: Vector) -> Self {
        Self { x: four(vector.x), y: four(vector.y), z: four(vector.z) }
    }

    /// From the vectors of the lanes.
    #[inline]
    pub(super) fn from_lanes(lanes: [Vector; 4]) -> Self {
        Self {
            x: Four::from(lanes.map(|lane| lane.x)),
            y: Four::from(lanes.map(|lane| lane.y)),
            z: Four::from(lanes.map(|lane| lane.z)),
        }
    }

    /// The vector of one lane.
    #[inline]
    pub(super) fn lane(&self, lane: usize) -> Vector {
        Vector::new(self.x.extract(lane), self.y.extract(lane), self.z.extract(lane))
    }

    #[inline]
    pub(super) fn dot(self, other: Self) -> Four {
        self.x * other.x + self.y * other.y + self.z * other.z
    }

    /// The vectors at length 1.
    #[inline]
    pub(super) fn unit(self) -> Self {
        self * (four(1.0) / sqrt(self.dot(self)))
    }

    /// `yes` where `mask` is true, else `no`.
    #[inline]
    pub(super) fn select(mask: Mask, yes: Self, no: Self) -> Self {
        Self { x: select(mask, yes.x, no.x), y: select(mask, yes.y, no.y), z: select(mask, yes.z, no.z) }
    }
}

impl Add for Vectors {
    type Output = Self;

    #[inline]
    fn add(self, other: Self) -> Self {
        Self { x: self.x + other.x, y: self.y + other.y, z: self.z + other.z }
    }
}

impl Sub for Vectors {
    type Output = Self;

    #[inline]
    fn sub(self, other: Self) -> Self {
        Self { x: self.x - other.x, y: self.y - other.y, z: self.z - other.z }
    }
}

impl Mul<Four> for Vectors {
    type Output = Self;

    #[inline]
    fn mul(self, by: Four) -> Self {
        Self { x: self.x * by, y: self.y * by, z: self.z * by }
    }
}
