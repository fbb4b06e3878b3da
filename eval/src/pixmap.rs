//! A picture of RGB pixels with anti-aliased strokes and discs.

use crate::EvalError;

/// An RGB picture, row by row from the top left, three bytes per pixel.
#[derive(Clone, Debug, PartialEq)]
pub struct Pixmap {
    width: usize,
    height: usize,
    rgb: Vec<u8>,
}

impl Pixmap {
    /// A picture of `width` by `height` pixels of one colour.
    #[must_use]
    pub fn filled(width: usize, height: usize, colour: [u8; 3]) -> Self {
        Self { width, height, rgb: colour.repeat(width * height) }
    }

    /// Width in pixels.
    #[must_use]
    pub fn width(&self) -> usize {
        self.width
    }

    /// Height in pixels.
    #[must_use]
    pub fn height(&self) -> usize {
        self.height
    }

    /// The bytes, `[height, width, 3]`.
    #[must_use]
    pub fn rgb(&self) -> &[u8] {
        &self.rgb
    }

    /// Mixes `colour` into pixel `(x, y)`; `alpha` in `0..=1`. Pixels outside the picture are left out.
    pub fn blend(&mut self, x: i64, y: i64, colour: [u8; 3], alpha: f64) {
        if x < 0 || y < 0 || x >= self.width as i64 || y >= self.height as i64 {
            return;
        }
        let at = 3 * (y as usize * self.width + x as usize);
        for (byte, new) in self.rgb[at..at + 3].iter_mut().zip(colour) {
            *byte = (f64::from(*byte) + (f64::from(new) - f64::from(*byte)) * alpha).round() as u8;
        }
    }

    /// Fills the rectangle between two corners, pixels, both exclusive of the far edge.
    pub fn rectangle(&mut self, low: [f64; 2], high: [f64; 2], colour: [u8; 3]) {
        let clip = |value: f64, limit: usize| (value.round().max(0.0) as usize).min(limit);
        let (left, right) = (clip(low[0], self.width), clip(high[0], self.width));
        for row in clip(low[1], self.height)..clip(high[1], self.height) {
            for x in left..right {
                let at = 3 * (row * self.width + x);
                self.rgb[at..at + 3].copy_from_slice(&colour);
            }
        }
    }

    /// Fills a disc; centre and radius in pixels.
    pub fn disc(&mut self, centre: [f64; 2], radius: f64, colour: [u8; 3], alpha: f64) {
        self.stroke(&[centre], 2.0 * radius, colour, alpha);
    }

    /// Draws a line through `points`, pixels, with round ends and joins. Where the line crosses itself, it does not darken.
    pub fn stroke(&mut self, points: &[[f64; 2]], width: f64, colour: [u8; 3], alpha: f64) {
        let reach = 0.5 * width + 1.0;
        let bound = |axis: usize, limit: usize| {
            let (low, high) = points.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), point| {
                (low.min(point[axis]), high.max(point[axis]))
            });
            let clip = |value: f64| value.clamp(0.0, limit as f64) as usize;
            (clip((low - reach).floor()), clip((high + reach).ceil()))
        };
        if points.iter().flatten().any(|value| !value.is_finite()) || points.is_empty() {
            return;
        }
        let ((left, right), (top, bottom)) = (bound(0, self.width), bound(1, self.height));
        if left >= right || top >= bottom {
            return;
        }
        let columns = right - left;
        let mut mask = vec![0_u8; columns * (bottom - top)];
        let single = [points[0], points[0]];
        for ends in if points.len() == 1 { single.windows(2) } else { points.windows(2) } {
            let (a, b) = (ends[0], ends[1]);
            let clip = |value: f64, low: usize, high: usize| value.clamp(low as f64, high as f64) as usize;
            for y in clip(a[1].min(b[1]) - reach, top, bottom)..clip(a[1].max(b[1]) + reach + 1.0, top, bottom) {
                for x in clip(a[0].min(b[0]) - reach, left, right)..clip(a[0].max(b[0]) + reach + 1.0, left, right) {
                    let gap = distance([x as f64 + 0.5, y as f64 + 0.5], a, b);
                    let cover = ((0.5 * width + 0.5 - gap).clamp(0.0, 1.0) * 255.0) as u8;
                    let slot = &mut mask[(y - top) * columns + x - left];
                    *slot = cover.max(*slot);
                }
            }
        }
        for (index, cover) in mask.into_iter().enumerate().filter(|(_, cover)| *cover > 0) {
            let (x, y) = (left + index % columns, top + index / columns);
            self.blend(x as i64, y as i64, colour, alpha * f64::from(cover) / 255.0);
        }
    }

    /// The picture at a `factor` times smaller scale, every pixel the mean of `factor` by `factor` pixels.
    #[must_use]
    pub fn shrunk(&self, factor: usize) -> Self {
        let (width, height) = (self.width / factor, self.height / factor);
        let area = (factor * factor) as u32;
        let mut rgb = Vec::with_capacity(3 * width * height);
        for y in 0..height {
            for x in 0..width {
                for channel in 0..3 {
                    let pixels =
                        (0..factor).flat_map(|dy| (0..factor).map(move |dx| (y * factor + dy, x * factor + dx)));
                    let sum: u32 = pixels.map(|(y, x)| u32::from(self.rgb[3 * (y * self.width + x) + channel])).sum();
                    rgb.push(((sum + area / 2) / area) as u8);
                }
            }
        }
        Self { width, height, rgb }
    }

    /// The picture as a PNG file.
    ///
    /// # Errors
    /// [`EvalError::Figure`] if the picture has no pixels or is too large for the format.
    pub fn png(&self, name: &str) -> Result<Vec<u8>, EvalError> {
        let failed = |error: png::EncodingError| EvalError::Figure { name: name.into(), reason: error.to_string() };
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, self.width as u32, self.height as u32);
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Eight);
        encoder.set_compression(png::Compression::High);
        let mut writer = encoder.write_header().map_err(failed)?;
        writer.write_image_data(&self.rgb).map_err(failed)?;
        writer.finish().map_err(failed)?;
        Ok(bytes)
    }
}

/// Distance of `point` from the segment from `a` to `b`.
fn distance(point: [f64; 2], a: [f64; 2], b: [f64; 2]) -> f64 {
    let (along, to) = ([b[0] - a[0], b[1] - a[1]], [point[0] - a[0], point[1] - a[1]]);
    let length = along[0] * along[0] + along[1] * along[1];
    let part = if length > 0.0 { ((to[0] * along[0] + to[1] * along[1]) / length).clamp(0.0, 1.0) } else { 0.0 };
    (to[0] - part * along[0]).hypot(to[1] - part * along[1])
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHITE: [u8; 3] = [255; 3];

    fn darkness(picture: &Pixmap) -> f64 {
        picture.rgb().iter().map(|byte| f64::from(255 - byte)).sum::<f64>() / (3.0 * 255.0)
    }

    #[test]
    fn areas_are_those_of_the_shapes() {
        let mut picture = Pixmap::filled(100, 100, WHITE);
        picture.disc([50.0, 50.0], 20.0, [0; 3], 1.0);
        assert!((darkness(&picture) / (std::f64::consts::PI * 400.0) - 1.0).abs() < 0.01);
        let mut picture = Pixmap::filled(100, 100, WHITE);
        picture.stroke(&[[20.0, 50.0], [80.0, 50.0], [20.0, 50.0]], 6.0, [0; 3], 0.5);
        let capsule = 0.5 * (60.0 * 6.0 + std::f64::consts::PI * 9.0);
        assert!((darkness(&picture) / capsule - 1.0).abs() < 0.03, "{} {capsule}", darkness(&picture));
    }

    #[test]
    fn shapes_outside_are_clipped_and_shrinking_keeps_the_mean() {
        let mut picture = Pixmap::filled(40, 20, WHITE);
        picture.stroke(&[[-50.0, -3.0], [90.0, 30.0]], 4.0, [255, 0, 0], 1.0);
        picture.disc([1e9, 5.0], 3.0, [0; 3], 1.0);
        picture.disc([f64::NAN, 5.0], 3.0, [0; 3], 1.0);
        picture.rectangle([-5.0, 10.0], [5.0, 90.0], [0; 3]);
        let small = picture.shrunk(4);
        assert_eq!((small.width(), small.height()), (10, 5));
        assert!((darkness(&small) * 16.0 / darkness(&picture) - 1.0).abs() < 0.02);
        assert!(picture.png("clipped").expect("encodes").starts_with(b"\x89PNG"));
    }
}
