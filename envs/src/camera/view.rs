//! Where the camera stands, and what its pictures are like.

use rapier3d::math::{ComplexField, Vector};

use super::Scene;
use super::lens::Lens;
use super::mount::{Frame, Mount};
use super::solid::unit;
use crate::{EnvsError, Spec};

/// Most pixels along one side.
const MOST_PIXELS: usize = 8192;
/// Height of the point that a tracking camera looks at, metres. It does not follow the body up and down, so that one
/// sees it jump.
const WAIST: f32 = 0.5;
/// Height of [`View::Whole`] where there is nothing to fit, metres.
const OPEN_HEIGHT: f32 = 20.0;
/// Lowest height of a camera on a body, metres: one that would be in the ground looks from just above it.
const LOWEST: f32 = 0.02;
/// Room around what [`View::Whole`] shows.
const MARGIN: f32 = 1.03;

/// Where the camera stands and where it looks. Lengths in metres, angles in degrees, x and y those of the world.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum View {
    /// Straight down on the body, which stays in the middle: x to the right, y up.
    Above {
        /// Height of the camera over the ground.
        height: f32,
    },
    /// Straight down on all that is fixed, from where it just fits: x to the right, y up. On open ground as `Above`, from
    /// 20 m.
    Whole,
    /// From the side, always from the same direction, moving with the body along x and y.
    Tracking {
        /// Distance from the point that stays in the middle, half a metre over the ground at the body.
        distance: f32,
        /// Direction in which the camera looks over the ground, counted from x towards y.
        azimuth: f32,
        /// Angle of the view against the ground, 0 to 90.
        elevation: f32,
    },
    /// From one place to another, whatever moves.
    Fixed {
        /// Place of the camera, above the ground.
        eye: [f32; 3],
        /// What is in the middle of the picture.
        target: [f32; 3],
    },
    /// From the body, ahead. Its own parts are seen where they are in the way, but not those around the camera.
    Egocentric {
        /// Place of the camera in the frame of its mount, from the body's centre: ahead, to the left, up.
        offset: [f32; 3],
        /// Angle of the view below straight ahead, -90 to 90.
        pitch: f32,
        /// What the camera turns with.
        mount: Mount,
    },
}

/// What the ground looks like.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Floor {
    /// Light squares of one metre, and fainter ones of five.
    #[default]
    Checker,
    /// Coloured by place, so that the place can be read from the picture: red grows from 0 to 255 with x, green with y,
    /// and blue is 128 (the floor of METRA's pixel worlds). Exact outside shadows; there is no haze.
    Place {
        /// (x, y) where red and green are 0.
        low: [f32; 2],
        /// (x, y) where they are 255.
        high: [f32; 2],
    },
}

/// A camera and what its pictures are like.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Camera {
    /// Where it stands and where it looks.
    pub view: View,
    /// Pixels across, 1 to 8192.
    pub width: usize,
    /// Pixels down, 1 to 8192.
    pub height: usize,
    /// Angle between the lowest and the highest ray, degrees, 1 to 160.
    pub field_of_view: f32,
    /// What the ground looks like.
    pub floor: Floor,
    /// Casts four rays through pixels where something ends. Costs about as much again as the rest of a small picture, and
    /// less in large ones.
    pub antialias: bool,
}

impl Default for Camera {
    /// 480 x 480 pixels of the body from behind and above, smooth.
    fn default() -> Self {
        Self {
            view: View::Tracking { distance: 5.5, azimuth: 60.0, elevation: 35.0 },
            width: 480,
            height: 480,
            field_of_view: 45.0,
            floor: Floor::Checker,
            antialias: true,
        }
    }
}

impl View {
    /// Names that [`View::named`] knows.
    pub const NAMES: [&str; 4] = ["tracking", "above", "whole", "egocentric"];

    /// The view of a name, at a distance that suits the world: farther and steeper between walls, to see over them, and near where
    /// the ground is small.
    ///
    /// # Errors
    /// [`EnvsError::OutOfRange`] for other names than [`View::NAMES`].
    pub fn named(name: &str, spec: &Spec) -> Result<Self, EnvsError> {
        match (name, &spec.layout) {
            ("tracking", None) if spec.is_small() => {
                Ok(Self::Tracking { distance: 1.5, azimuth: 60.0, elevation: 35.0 })
            }
            ("tracking", None) => Ok(Camera::default().view),
            ("tracking", Some(layout)) => {
                Ok(Self::Tracking { distance: 4.0 * layout.cell as f32, azimuth: 60.0, elevation: 55.0 })
            }
            ("above", None) if spec.is_small() => Ok(Self::Above { height: 2.5 }),
            ("above", None) => Ok(Self::Above { height: 10.0 }),
            ("above", Some(layout)) => Ok(Self::Above { height: 5.0 * layout.cell as f32 }),
            ("whole", _) => Ok(Self::Whole),
            ("egocentric", _) => Ok(Self::Egocentric { offset: [0.0, 0.0, 0.3], pitch: 15.0, mount: Mount::Heading }),
            _ => {
                let known = "`tracking`, `above`, `whole` or `egocentric`";
                out_of_range("view of a camera", format!("`{name}`"), known)
            }
        }
    }
}

impl Floor {
    /// [`Floor::Place`] over the whole of a world: its free cells, or the square from which its goals are drawn.
    #[must_use]
    pub fn place(spec: &Spec) -> Self {
        let range = spec.goal_range;
        let open = ([-range; 2], [range; 2]);
        let (low, high) = spec.layout.as_ref().map_or(open, crate::maze::Layout::free_bounds);
        Self::Place { low: low.map(|value| value as f32), high: high.map(|value| value as f32) }
    }
}

impl Camera {
    /// Bytes of a picture, `[height, width, 3]`.
    #[must_use]
    pub fn rgb_len(&self) -> usize {
        self.depth_len().saturating_mul(3)
    }

    /// Numbers of a depth picture, `[height, width]`.
    #[must_use]
    pub fn depth_len(&self) -> usize {
        self.height.saturating_mul(self.width)
    }

    /// Whether pictures can be taken with it.
    ///
    /// # Errors
    /// [`EnvsError::OutOfRange`] names the setting and what it may be.
    pub fn check(&self) -> Result<(), EnvsError> {
        for (what, pixels) in [("width of a picture", self.width), ("height of a picture", self.height)] {
            if !(1..=MOST_PIXELS).contains(&pixels) {
                return out_of_range(what, pixels.to_string(), "1 to 8192 pixels");
            }
        }
        if !(1.0..=160.0).contains(&self.field_of_view) {
            return out_of_range("field of view of a camera", self.field_of_view.to_string(), "1 to 160 degrees");
        }
        if let Floor::Place { low, high } = self.floor
            && !(0..2).all(|k| low[k] < high[k] && (high[k] - low[k]).is_finite())
        {
            return out_of_range("range of a floor", format!("{low:?} to {high:?}"), "finite numbers, the lower first");
        }
        let metres = 1e-2..=1e4;
        match self.view {
            View::Above { height } if !metres.contains(&height) => {
                out_of_range("height of a camera", height.to_string(), "0.01 to 10000 m")
            }
            View::Tracking { distance, .. } if !metres.contains(&distance) => {
                out_of_range("distance of a camera", distance.to_string(), "0.01 to 10000 m")
            }
            View::Tracking { elevation, .. } if !(0.0..=90.0).contains(&elevation) => {
                out_of_range("elevation of a camera", elevation.to_string(), "0 to 90 degrees")
            }
            View::Tracking { azimuth, .. } if !(-360.0..=360.0).contains(&azimuth) => {
                out_of_range("azimuth of a camera", azimuth.to_string(), "-360 to 360 degrees")
            }
            View::Fixed { eye, .. } if !(Vector::from_array(eye).is_finite() && metres.contains(&eye[2])) => {
                out_of_range("place of a camera", format!("{eye:?}"), "finite, 0.01 to 10000 m above the ground")
            }
            View::Fixed { eye, target } if eye == target || !Vector::from_array(target).is_finite() => {
                out_of_range("target of a camera", format!("{target:?}"), "a finite place other than the camera's own")
            }
            View::Egocentric { offset, .. } if !Vector::from_array(offset).is_finite() => {
                out_of_range("place of a camera on the body", format!("{offset:?}"), "finite numbers of metres")
            }
            View::Egocentric { pitch, .. } if !(-90.0..=90.0).contains(&pitch) => {
                out_of_range("pitch of a camera", pitch.to_string(), "-90 to 90 degrees")
            }
            _ => Ok(()),
        }
    }

    /// What this camera sees a scene through.
    pub(super) fn lens(&self, scene: &Scene) -> Lens {
        let tangent = ComplexField::tan(0.5 * self.field_of_view.to_radians());
        let half = [tangent * self.width as f32 / self.height as f32, tangent];
        let over = |x: f32, y: f32, height: f32| (Vector::new(x, y, height), Vector::X, Vector::NEG_Z);
        let focus = scene.body.translation;
        let (eye, right, forward) = match self.view {
            View::Above { height } => over(focus.x, focus.y, height),
            View::Whole => match scene.fixed_bounds() {
                Some([low, high]) => {
                    let (middle, size) = ((low + high) * 0.5, (high - low) * 0.5);
                    let height = high.z.max(0.0) + MARGIN * (size.x / half[0]).max(size.y / half[1]);
                    over(middle.x, middle.y, height)
                }
                None => over(focus.x, focus.y, OPEN_HEIGHT),
            },
            View::Tracking { distance, azimuth, elevation } => {
                let (sin, cos) = ComplexField::sin_cos(azimuth.to_radians());
                let (rise, level) = ComplexField::sin_cos(elevation.to_radians());
                let forward = Vector::new(cos * level, sin * level, -rise);
                let middle = Vector::new(focus.x, focus.y, WAIST);
                (middle - forward * distance, Vector::new(sin, -cos, 0.0), forward)
            }
            View::Fixed { eye, target } => {
                let (eye, target) = (Vector::from_array(eye), Vector::from_array(target));
                let forward = unit(target - eye);
                let level = Vector::new(forward.y, -forward.x, 0.0);
                // Straight down as the views from above; straight up likewise.
                let right = if level.dot(level) > 1e-12 { unit(level) } else { Vector::X };
                (eye, right, forward)
            }
            View::Egocentric { offset, pitch, mount } => {
                let frame = Frame::new(scene, mount);
                let (fall, level) = ComplexField::sin_cos(pitch.to_radians());
                let mut eye = frame.point(Vector::from_array(offset));
                eye.z = eye.z.max(LOWEST);
                (eye, -frame.axes[1], frame.direction(Vector::new(level, 0.0, -fall)))
            }
        };
        let size = [self.width as f32, self.height as f32];
        Lens { eye, forward, axes: [right, right.cross(forward)], half, size }
    }
}

pub(super) fn out_of_range<T>(what: &'static str, got: String, expected: &str) -> Result<T, EnvsError> {
    Err(EnvsError::OutOfRange { what, got, expected: expected.to_owned() })
}
