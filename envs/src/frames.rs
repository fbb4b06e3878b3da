//! Frames: the pictures that a world yields at every step, beside its observation.

use crate::EnvsError;
use crate::camera::{Camera, Renderer, Scene};

/// What a pixel of a frame holds, one byte per channel.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Pixel {
    /// Red, green, blue, sRGB.
    #[default]
    Rgb,
    /// The depth: 0 at the camera, 255 at `far` and beyond, in proportion between.
    Depth {
        /// Metres, positive.
        far: f32,
    },
    /// Red, green, blue, then the depth as in `Depth`.
    RgbDepth {
        /// Metres, positive.
        far: f32,
    },
}

/// The frames of a world.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FrameSpec {
    /// Where they are taken from, how large they are.
    pub camera: Camera,
    /// What their pixels hold.
    pub pixel: Pixel,
    /// Frames that an agent sees at once, at least 1, so that it sees what moves. Lanes give the newest one only; a replay
    /// gives stacks of any number of those that it holds.
    pub stack: usize,
}

impl Pixel {
    /// Bytes of a pixel.
    #[must_use]
    pub fn channels(self) -> usize {
        match self {
            Self::Rgb => 3,
            Self::Depth { .. } => 1,
            Self::RgbDepth { .. } => 4,
        }
    }
}

impl FrameSpec {
    /// Height, width and channels of a frame.
    #[must_use]
    pub fn shape(&self) -> [usize; 3] {
        [self.camera.height, self.camera.width, self.pixel.channels()]
    }

    /// Bytes of a frame.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.camera.depth_len().saturating_mul(self.pixel.channels())
    }

    /// Whether a world can have such frames.
    ///
    /// # Errors
    /// [`EnvsError::OutOfRange`] names the setting and what it may be.
    pub fn check(&self) -> Result<(), EnvsError> {
        self.camera.check()?;
        if let Pixel::Depth { far } | Pixel::RgbDepth { far } = self.pixel
            && !(far.is_finite() && far > 0.0)
        {
            let (got, expected) = (far.to_string(), "a finite number of metres above 0".to_owned());
            return Err(EnvsError::OutOfRange { what: "farthest depth of a frame", got, expected });
        }
        if self.stack == 0 {
            let (got, expected) = ("0".to_owned(), "at least 1".to_owned());
            return Err(EnvsError::OutOfRange { what: "frames of a stack", got, expected });
        }
        Ok(())
    }
}

/// Draws frames. Keeps its memory from frame to frame.
#[derive(Clone, Debug, Default)]
pub(crate) struct Photographer {
    /// `[height, width, 3]`, where colours and depth are mixed afterwards.
    rgb: Vec<u8>,
    /// `[height, width]`.
    depth: Vec<f32>,
}

impl Photographer {
    /// Draws a frame of `scene`; `frames` has been checked and `frame` has [`FrameSpec::bytes`] bytes.
    pub(crate) fn draw(&mut self, frames: &FrameSpec, scene: &Scene, renderer: &mut Renderer, frame: &mut [u8]) {
        let FrameSpec { camera, pixel, .. } = frames;
        let Self { rgb, depth } = self;
        let drawn = match *pixel {
            Pixel::Rgb => renderer.render(scene, camera, frame, None),
            Pixel::Depth { far } => {
                depth.resize(camera.depth_len(), 0.0);
                let drawn = renderer.depth(scene, camera, depth);
                for (byte, &depth) in frame.iter_mut().zip(&*depth) {
                    *byte = encoded(depth, far);
                }
                drawn
            }
            Pixel::RgbDepth { far } => {
                rgb.resize(camera.rgb_len(), 0);
                depth.resize(camera.depth_len(), 0.0);
                let drawn = renderer.render(scene, camera, rgb, Some(depth));
                let pixels = rgb.as_chunks::<3>().0.iter().zip(&*depth);
                for (bytes, (&[red, green, blue], &depth)) in frame.as_chunks_mut::<4>().0.iter_mut().zip(pixels) {
                    *bytes = [red, green, blue, encoded(depth, far)];
                }
                drawn
            }
        };
        drawn.expect("the camera has been checked and the buffers fit it");
    }
}

/// A depth as a byte.
fn encoded(depth: f32, far: f32) -> u8 {
    // Conversions to integers end at 255.
    (255.0 * (depth / far) + 0.5) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn depths_are_in_proportion_and_end_at_the_farthest() {
        let bytes = [0.0, 5.0, 10.0, 1e4, f32::INFINITY].map(|depth| encoded(depth, 10.0));
        assert_eq!(bytes, [0, 128, 255, 255, 255]);
    }

    #[test]
    fn impossible_frames_are_refused_by_name() {
        let good = FrameSpec { camera: Camera::default(), pixel: Pixel::Rgb, stack: 1 };
        good.check().expect("possible");
        let message = |frames: FrameSpec| frames.check().expect_err("refused").to_string();
        assert_eq!(message(FrameSpec { stack: 0, ..good }), "frames of a stack is 0, expected at least 1");
        let camera = Camera { width: 0, ..good.camera };
        assert!(message(FrameSpec { camera, ..good }).starts_with("width of a picture is 0"));
        for far in [0.0, f32::NAN, f32::INFINITY] {
            for pixel in [Pixel::Depth { far }, Pixel::RgbDepth { far }] {
                assert!(message(FrameSpec { pixel, ..good }).starts_with("farthest depth of a frame is"));
            }
        }
    }
}
