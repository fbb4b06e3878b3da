//! Plotters' drawing interface for pictures of pixels, and the text on them.
//!
//! The bitmap backend and the text of plotters are replaced: its wide lines have spikes at sharp turns, and its glyphs lose
//! their side bearings.

use std::sync::LazyLock;

use ab_glyph::{Font, FontRef, PxScale, ScaleFont, point};
use plotters_backend::text_anchor::{HPos, VPos};
use plotters_backend::{
    BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingBackend, DrawingErrorKind, FontStyle,
    FontTransform,
};

use crate::Pixmap;

static REGULAR: LazyLock<FontRef<'static>> = LazyLock::new(|| built_in(dejavu::sans::regular()));
static BOLD: LazyLock<FontRef<'static>> = LazyLock::new(|| built_in(dejavu::sans::bold()));

fn built_in(bytes: &'static [u8]) -> FontRef<'static> {
    FontRef::try_from_slice(bytes).expect("the built-in font is a valid font")
}

/// Strokes are round and never cross themselves darker, unlike those of the bitmap backend of plotters.
impl DrawingBackend for Pixmap {
    type ErrorType = std::convert::Infallible;

    fn get_size(&self) -> (u32, u32) {
        (self.width() as u32, self.height() as u32)
    }

    fn ensure_prepared(&mut self) -> Result<(), DrawingErrorKind<Self::ErrorType>> {
        Ok(())
    }

    fn present(&mut self) -> Result<(), DrawingErrorKind<Self::ErrorType>> {
        Ok(())
    }

    fn draw_pixel(
        &mut self,
        (x, y): BackendCoord,
        colour: BackendColor,
    ) -> Result<(), DrawingErrorKind<Self::ErrorType>> {
        self.blend(i64::from(x), i64::from(y), colour.rgb.into(), colour.alpha);
        Ok(())
    }

    fn draw_line<S: BackendStyle>(
        &mut self,
        from: BackendCoord,
        to: BackendCoord,
        style: &S,
    ) -> Result<(), DrawingErrorKind<Self::ErrorType>> {
        self.draw_path([from, to], style)
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        path: I,
        style: &S,
    ) -> Result<(), DrawingErrorKind<Self::ErrorType>> {
        let points: Vec<[f64; 2]> = path.into_iter().map(middle).collect();
        let colour = style.color();
        self.stroke(&points, f64::from(style.stroke_width()), colour.rgb.into(), colour.alpha);
        Ok(())
    }

    fn draw_circle<S: BackendStyle>(
        &mut self,
        centre: BackendCoord,
        radius: u32,
        style: &S,
        fill: bool,
    ) -> Result<(), DrawingErrorKind<Self::ErrorType>> {
        let (centre, colour) = (middle(centre), style.color());
        if fill {
            self.disc(centre, f64::from(radius), colour.rgb.into(), colour.alpha);
            return Ok(());
        }
        let on_ring = |step: u32| {
            let (sin, cos) = (f64::from(step) * std::f64::consts::TAU / 48.0).sin_cos();
            [centre[0] + f64::from(radius) * cos, centre[1] + f64::from(radius) * sin]
        };
        let ring: Vec<[f64; 2]> = (0..=48).map(on_ring).collect();
        self.stroke(&ring, f64::from(style.stroke_width()), colour.rgb.into(), colour.alpha);
        Ok(())
    }

    fn draw_text<S: BackendTextStyle>(
        &mut self,
        text: &str,
        style: &S,
        (x, y): BackendCoord,
    ) -> Result<(), DrawingErrorKind<Self::ErrorType>> {
        // The same rules as those of the SVG backend.
        let em = style.size() / 1.24;
        let (glyphs, width) = layout(text, em, style.style());
        let left = match style.anchor().h_pos {
            HPos::Left => 0.0,
            HPos::Center => -0.5 * width,
            HPos::Right => -width,
        };
        let baseline = em
            * match style.anchor().v_pos {
                VPos::Top => 0.76,
                VPos::Center => 0.33,
                VPos::Bottom => -0.27,
            };
        let colour = style.color();
        for glyph in glyphs {
            let bounds = glyph.px_bounds();
            glyph.draw(|column, row, cover| {
                let along = (f64::from(bounds.min.x) + left).round() as i64 + i64::from(column);
                let down = (f64::from(bounds.min.y) + baseline).round() as i64 + i64::from(row);
                let (right, below) = match style.transform() {
                    FontTransform::None => (along, down),
                    FontTransform::Rotate90 => (-down, along),
                    FontTransform::Rotate180 => (-along, -down),
                    FontTransform::Rotate270 => (down, -along),
                };
                let alpha = colour.alpha * f64::from(cover.clamp(0.0, 1.0));
                self.blend(i64::from(x) + right, i64::from(y) + below, colour.rgb.into(), alpha);
            });
        }
        Ok(())
    }
}

/// The outlines of `text` along a baseline that starts at zero, and its width, pixels. `em` is the size of the font.
fn layout(text: &str, em: f64, style: FontStyle) -> (Vec<ab_glyph::OutlinedGlyph>, f64) {
    let font: &FontRef<'static> = if matches!(style, FontStyle::Bold) { &BOLD } else { &REGULAR };
    let units = font.units_per_em().expect("the built-in font has an em");
    let scale = PxScale::from(em as f32 * font.height_unscaled() / units);
    let scaled = font.as_scaled(scale);
    let (mut at, mut last, mut glyphs) = (0.0, None, Vec::new());
    for letter in text.chars() {
        let id = font.glyph_id(letter);
        at += last.map_or(0.0, |last| scaled.kern(last, id));
        glyphs.extend(font.outline_glyph(id.with_scale_and_position(scale, point(at, 0.0))));
        at += scaled.h_advance(id);
        last = Some(id);
    }
    (glyphs, f64::from(at))
}

fn middle((x, y): BackendCoord) -> [f64; 2] {
    [f64::from(x) + 0.5, f64::from(y) + 0.5]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_keeps_its_width_when_it_turns_bold_or_long() {
        let width = |text: &str, style| layout(text, 100.0, style).1;
        assert!((width("METRA", FontStyle::Normal) - 338.0).abs() < 15.0, "{}", width("METRA", FontStyle::Normal));
        assert!(width("METRA", FontStyle::Bold) > width("METRA", FontStyle::Normal));
        assert!((width("00", FontStyle::Normal) - 2.0 * width("0", FontStyle::Normal)).abs() < 1e-3);
        assert_eq!(width("", FontStyle::Normal), 0.0);
    }
}
