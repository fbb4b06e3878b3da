//! Sun, floor pattern and sky.
//!
//! Colours are linear while they are added and multiplied: the square of sRGB over 255, so that the way back is a
//! square root, which has the same bits everywhere.

use rapier3d::math::Vector;
use rapier3d::parry::simba::simd::SimdPartialOrd;

use super::Floor;
use super::four::{Four, Mask, Vectors, abs, four, max, min, nearest, select, sqrt};
use super::scene::Goal;

/// The body that cameras follow, sRGB.
pub(super) const BODY: [u8; 3] = [236, 110, 46];
/// Its limbs and all other things that move.
pub(super) const LIMB: [u8; 3] = [247, 178, 92];
/// Its first limb.
pub(super) const FIRST_LIMB: [u8; 3] = [32, 150, 160];
/// All that does not move.
pub(super) const WALL: [u8; 3] = [124, 136, 158];
/// The outer walls of a maze: north (largest y), east (largest x), south, west.
pub(super) const SIDES: [[u8; 3]; 4] = [[198, 36, 40], [230, 204, 60], [40, 74, 196], [138, 62, 176]];
const GOAL: [u8; 3] = [46, 168, 84];
const GROUND: [u8; 3] = [206, 208, 206];
const HORIZON: [u8; 3] = [214, 226, 238];
const ZENITH: [u8; 3] = [92, 146, 212];

/// Towards the sun, unit length: from the left in pictures with x to the right.
pub(super) const SUN: Vector = Vector::new(-6.0 / 11.0, 2.0 / 11.0, 9.0 / 11.0);
/// Light on the ground in shadow, of 1 in the sun.
const SHADE: f32 = 0.42;
/// How much less light comes from the sky to a surface that is level with it, and again to one that faces down.
const SKYLIGHT: f32 = 0.12;
/// Contrast of the squares of one metre and of five.
const FINE: f32 = 0.10;
const COARSE: f32 = 0.07;
/// Ground at this many heights of the camera is half hidden by haze.
const HAZE: f32 = 30.0;

/// An sRGB colour to calculate with.
pub(super) fn linear(colour: [u8; 3]) -> Vector {
    Vector::from_array(colour.map(|value| {
        let value = f32::from(value) / 255.0;
        value * value
    }))
}

/// The sRGB colours of four linear ones.
#[inline]
pub(super) fn encoded(colours: Vectors) -> [[u8; 3]; 4] {
    let channel = |linear: Four| -> [f32; 4] { (sqrt(max(linear, four(0.0))) * four(255.0) + four(0.5)).into() };
    let (red, green, blue) = (channel(colours.x), channel(colours.y), channel(colours.z));
    // Conversions to integers end at 255.
    [0, 1, 2, 3].map(|lane| [red[lane] as u8, green[lane] as u8, blue[lane] as u8])
}

/// Light on surfaces with these unit normals, of which `lit` are in the sun: 1 on the ground in the sun.
#[inline]
pub(super) fn lambert(normals: Vectors, lit: Mask) -> Four {
    let sky = four(SHADE - SKYLIGHT) + four(SKYLIGHT) * normals.z;
    let sun = four((1.0 - SHADE) / SUN.z) * normals.dot(Vectors::splat(SUN));
    sky + select(lit, max(sun, four(0.0)), four(0.0))
}

/// The bright spot of the sun on smooth surfaces, seen along directions of any length.
#[inline]
pub(super) fn highlight(normals: Vectors, directions: Vectors) -> Four {
    let between = (Vectors::splat(SUN) - directions.unit()).unit();
    let mut power = max(normals.dot(between), four(0.0));
    for _ in 0..5 {
        power = power * power;
    }
    four(0.3) * power
}

/// The colours of one picture's ground and sky.
#[derive(Clone, Copy, Debug)]
pub(super) struct Backdrop {
    floor: Floor,
    goal: Option<Goal>,
    ground: Vectors,
    horizon: Vectors,
    zenith: Vectors,
    mark: Vectors,
    /// Squared distance at which haze hides half, metres.
    haze: Four,
}

impl Backdrop {
    /// For a camera at `height` metres.
    pub(super) fn new(floor: Floor, goal: Option<Goal>, height: f32) -> Self {
        let haze = match floor {
            Floor::Checker => HAZE * height.max(2.0),
            // Haze would hide the place.
            Floor::Place { .. } => f32::INFINITY,
        };
        let [ground, horizon, zenith, mark] =
            [GROUND, HORIZON, ZENITH, GOAL].map(|colour| Vectors::splat(linear(colour)));
        Self { floor, goal, ground, horizon, zenith, mark, haze: four(haze * haze) }
    }

    /// What is seen above the horizon along directions of squared length `squared`.
    #[inline]
    pub(super) fn sky(&self, directions: Vectors, squared: Four) -> Vectors {
        let rise = sqrt(max(directions.z, four(0.0)) / sqrt(squared));
        self.horizon + (self.zenith - self.horizon) * rise
    }

    /// Colours seen through haze from squared distances.
    #[inline]
    pub(super) fn hazy(&self, colours: Vectors, distance: Four) -> Vectors {
        colours + (self.horizon - colours) * (distance / (distance + self.haze))
    }

    /// Colours of the ground in full light around (x, y), averaged over `width` metres along x and y, and the zones of
    /// the goal's mark, 0 to 2.
    #[inline]
    pub(super) fn ground(&self, place: [Four; 2], width: [Four; 2]) -> (Vectors, Four) {
        let colours = match self.floor {
            Floor::Checker => {
                let fifth = |value: Four| value * four(0.2);
                let fine = wave(place[0], width[0]) * wave(place[1], width[1]);
                let coarse = wave(fifth(place[0]), fifth(width[0])) * wave(fifth(place[1]), fifth(width[1]));
                self.ground * (four(1.0) + four(FINE) * fine + four(COARSE) * coarse)
            }
            Floor::Place { low, high } => {
                let share = |k: usize| {
                    let share = (place[k] - four(low[k])) * four(1.0 / (high[k] - low[k]));
                    let share = min(max(share, four(0.0)), four(1.0));
                    share * share
                };
                let blue = 128.0 / 255.0;
                Vectors { x: share(0), y: share(1), z: four(blue * blue) }
            }
        };
        let Some(goal) = self.goal else { return (colours, four(0.0)) };
        let (x, y) = (place[0] - four(goal.centre[0]), place[1] - four(goal.centre[1]));
        let (squared, radius) = (x * x + y * y, goal.radius * goal.radius);
        let (inside, middle) = (squared.simd_le(four(radius)), squared.simd_le(four(0.75 * radius)));
        let strength = select(middle, four(0.45), select(inside, four(1.0), four(0.0)));
        (colours + (self.mark - colours) * strength, select(middle, four(2.0), select(inside, four(1.0), four(0.0))))
    }
}

/// 1 in even metres and -1 in odd ones, averaged over `width` metres around `x`.
#[inline]
fn wave(x: Four, width: Four) -> Four {
    let width = max(width, four(0.01));
    let half = four(0.5) * width;
    (ramp(x + half) - ramp(x - half)) / width
}

/// Integral of [`wave`] without the average: up for a metre, down for a metre.
#[inline]
fn ramp(x: Four) -> Four {
    let half = four(0.5) * x;
    four(2.0) * abs(half - nearest(half))
}

#[cfg(test)]
mod tests {
    use rapier3d::parry::simba::simd::SimdValue;

    use super::*;

    #[test]
    fn colours_survive_the_way_there_and_back() {
        for value in 0..=255 {
            assert_eq!(encoded(Vectors::splat(linear([value; 3]))), [[value; 3]; 4]);
        }
        assert_eq!(encoded(Vectors::splat(Vector::new(f32::NAN, 7.0, -1.0)))[3], [0, 255, 0]);
        assert!((SUN.length() - 1.0).abs() < 1e-6);
        let ground = lambert(Vectors::splat(Vector::Z), four(1.0).simd_gt(four(0.0)));
        assert!((ground.extract(0) - 1.0).abs() < 1e-6);
    }

    #[test]
    fn the_pattern_changes_every_metre_and_averages_out() {
        let wave = |x: f32, width: f32| wave(four(x), four(width)).extract(2);
        for k in -7_i32..7 {
            let sign = if k.rem_euclid(2) == 0 { 1.0 } else { -1.0 };
            assert!((wave(k as f32 + 0.5, 0.1) - sign).abs() < 1e-3, "{k}");
            assert!(wave(k as f32, 0.1).abs() < 1e-3, "half of each at the edge, {k}");
            assert!(wave(k as f32 + 0.3, 2.0).abs() < 1e-5, "over a period");
        }
    }

    #[test]
    fn a_floor_coloured_by_place_shows_the_place() {
        let floor = Floor::Place { low: [-10.0, -10.0], high: [10.0, 30.0] };
        let backdrop = Backdrop::new(floor, None, 10.0);
        let colour = |x: f32, y: f32| encoded(backdrop.ground([four(x), four(y)], [four(0.1); 2]).0)[1];
        assert_eq!(colour(-10.0, -10.0), [0, 0, 128]);
        assert_eq!(colour(0.0, 20.0), [128, 191, 128]);
        assert_eq!(colour(99.0, 99.0), [255, 255, 128]);
    }
}
