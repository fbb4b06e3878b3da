//! From a drawing to a PNG file and an SVG text.
//!
//! Drawings are made in units of a quarter pixel ([`units`]): the backends of plotters know whole numbers only, and the
//! picture is averaged down afterwards.

use std::cell::RefCell;
use std::ops::Range;
use std::path::Path;
use std::rc::Rc;
use std::sync::Once;

use plotters::chart::{ChartBuilder, ChartContext};
use plotters::coord::Shift;
use plotters::coord::cartesian::Cartesian2d;
use plotters::coord::types::RangedCoordf64;
use plotters::drawing::{DrawingArea, DrawingAreaErrorKind, IntoDrawingArea};
use plotters::element::Text;
use plotters::prelude::{DrawingBackend, RGBAColor, RGBColor, SVGBackend};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, FontDesc, FontFamily, FontStyle, FontTransform, ShapeStyle, TextStyle, register_font};
use plotters_backend::BackendColor;

use super::colour::{GRID, INK, QUIET, Rgb};
use crate::{EvalError, Pixmap};

/// Drawing units per pixel of the SVG.
const UNITS: u32 = 4;
/// Drawing units per pixel of the PNG, which has twice the pixels of the SVG.
const SHRINK: usize = 2;

/// One drawing, as a PNG file and as an SVG text.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    /// Name of the file without its ending.
    pub name: String,
    /// The PNG file, at twice the size of the SVG.
    pub png: Vec<u8>,
    /// The SVG text, without an XML declaration, so that it can stand in a page.
    pub svg: String,
    /// Width of the SVG, pixels.
    pub width: u32,
}

impl Figure {
    /// Writes `NAME.png` and `NAME.svg` into `folder`.
    ///
    /// # Errors
    /// [`EvalError::Io`] if a file cannot be written.
    pub fn write(&self, folder: &Path) -> Result<(), EvalError> {
        for (ending, bytes) in [("png", self.png.as_slice()), ("svg", self.svg.as_bytes())] {
            let path = folder.join(format!("{}.{ending}", self.name));
            std::fs::write(&path, bytes).map_err(EvalError::io("write", path))?;
        }
        Ok(())
    }
}

/// What drawing on a backend gives.
pub(super) type Drawn<B> = Result<(), DrawingAreaErrorKind<<B as DrawingBackend>::ErrorType>>;
/// The whole of a drawing, or a part of it.
pub(super) type Area<B> = DrawingArea<B, Shift>;

/// A drawing that any backend can take.
pub(super) trait Drawing {
    /// Width and height, pixels.
    fn size(&self) -> (u32, u32);
    /// Draws on an empty white area of that size.
    fn draw<B: DrawingBackend>(&self, area: &Area<B>) -> Drawn<B>;
}

/// Renders a drawing.
pub(super) fn render(name: &str, drawing: &impl Drawing) -> Result<Figure, EvalError> {
    static FONT: Once = Once::new();
    FONT.call_once(|| {
        // The name stands in the SVG too, where it means the reader's own font.
        for (style, bytes) in [(FontStyle::Normal, dejavu::sans::regular()), (FontStyle::Bold, dejavu::sans::bold())] {
            assert!(register_font("sans-serif", style, bytes).is_ok(), "a built-in font is a valid font");
        }
    });
    let failed = |reason: String| EvalError::Figure { name: name.into(), reason };
    let (width, height) = drawing.size();
    let size = (width * UNITS, height * UNITS);

    let pixels = Rc::new(RefCell::new(Pixmap::filled(size.0 as usize, size.1 as usize, [255; 3])));
    drawing.draw(&DrawingArea::from(&pixels)).map_err(|error| failed(error.to_string()))?;
    let mut svg = String::new();
    {
        let area = SVGBackend::with_string(&mut svg, size).into_drawing_area();
        area.fill(&RGBColor(255, 255, 255)).map_err(|error| failed(error.to_string()))?;
        drawing.draw(&area).map_err(|error| failed(error.to_string()))?;
        area.present().map_err(|error| failed(error.to_string()))?;
    }
    let from = format!("width=\"{}\" height=\"{}\" viewBox", size.0, size.1);
    let svg =
        svg.replacen(&from, &format!("width=\"{width}\" height=\"{height}\" stroke-linejoin=\"round\" viewBox"), 1);
    Ok(Figure { name: name.into(), png: pixels.borrow().shrunk(SHRINK).png(name)?, svg, width })
}

/// Pixels in drawing units.
pub(super) fn units(pixels: f64) -> u32 {
    (pixels * f64::from(UNITS)).round() as u32
}

/// Pixels in drawing units, for coordinates.
pub(super) fn offset(pixels: f64) -> i32 {
    (pixels * f64::from(UNITS)).round() as i32
}

/// A colour of plotters.
pub(super) fn paint([r, g, b]: Rgb, alpha: f64) -> RGBAColor {
    RGBColor(r, g, b).mix(alpha)
}

/// A line `pixels` wide.
pub(super) fn line(colour: Rgb, alpha: f64, pixels: f64) -> ShapeStyle {
    paint(colour, alpha).stroke_width(units(pixels))
}

/// Text of `pixels` height, anchored at `(horizontal, vertical)`.
pub(super) fn text(pixels: f64, bold: bool, horizontal: HPos, vertical: VPos) -> TextStyle<'static> {
    let style = if bold { FontStyle::Bold } else { FontStyle::Normal };
    let font = FontDesc::new(FontFamily::SansSerif, f64::from(units(pixels)), style);
    let [r, g, b] = INK;
    let colour = BackendColor { alpha: 1.0, rgb: (r, g, b) };
    TextStyle { font, color: colour, pos: Pos::new(horizontal, vertical) }
}

/// The frame of a chart: title, axes with names, a pale grid. Ranges are in the units of the data.
pub(super) struct Frame<'a> {
    pub(super) title: &'a str,
    pub(super) x: (Range<f64>, &'a str),
    pub(super) y: (Range<f64>, &'a str),
    /// Texts of the numbers on the x axis and on the y axis.
    pub(super) numbers: [&'a dyn Fn(f64) -> String; 2],
}

/// Pixels that a [`Frame`] takes from the area: left, right, top, bottom.
pub(super) const FRAME: [f64; 4] = [72.0, 18.0, 40.0, 52.0];

/// A chart with two linear axes.
pub(super) type Chart<'a, B> = ChartContext<'a, B, Cartesian2d<RangedCoordf64, RangedCoordf64>>;

impl Frame<'_> {
    /// Draws the frame and gives the chart inside it.
    pub(super) fn draw<'b, B: DrawingBackend>(
        &self,
        area: &'b Area<B>,
    ) -> Result<Chart<'b, B>, DrawingAreaErrorKind<B::ErrorType>> {
        let [left, right, top, bottom] = FRAME;
        let title = text(16.0, true, HPos::Left, VPos::Center);
        area.draw(&Text::new(self.title.to_owned(), (offset(left), offset(0.5 * top)), title))?;
        let mut chart = ChartBuilder::on(area)
            .margin_top(units(top))
            .margin_right(units(right))
            .x_label_area_size(units(bottom))
            .y_label_area_size(units(left))
            .build_cartesian_2d(self.x.0.clone(), self.y.0.clone())?;
        chart
            .configure_mesh()
            .axis_style(line(QUIET, 1.0, 1.0))
            .bold_line_style(line(GRID, 1.0, 1.0))
            .light_line_style(paint(GRID, 0.0))
            .x_labels(7)
            .y_labels(7)
            .set_all_tick_mark_size(units(4.0))
            .x_label_formatter(&|x| (self.numbers[0])(*x))
            .y_label_formatter(&|y| (self.numbers[1])(*y))
            .label_style(text(13.0, false, HPos::Left, VPos::Top))
            .draw()?;
        // The names of the axes are centred on the axes, which the mesh of plotters does not do.
        let (width, height) = area.dim_in_pixel();
        let centre = |from: f64, size: u32, to: f64| (offset(from) + size as i32 - offset(to)) / 2;
        let name = |name: &str, at: (i32, i32), turn: FontTransform| {
            let style = text(14.0, false, HPos::Center, VPos::Center);
            Text::new(name.to_owned(), at, TextStyle { font: style.font.transform(turn), ..style })
        };
        let below = (centre(left, width, right), height as i32 - offset(14.0));
        area.draw(&name(self.x.1, below, FontTransform::None))?;
        area.draw(&name(self.y.1, (offset(16.0), centre(top, height, bottom)), FontTransform::Rotate270))?;
        Ok(chart)
    }
}

/// A number as short text: `250k`, `1.5M`, `0.25`.
pub(super) fn short(x: f64) -> String {
    let (scaled, suffix) = match x.abs() {
        size if size >= 999_999.5 => (x / 1e6, "M"),
        size if size >= 9_999.5 => (x / 1e3, "k"),
        _ => (x, ""),
    };
    let text = format!("{scaled:.3}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    format!("{}{suffix}", if text == "-0" { "0" } else { text })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        assert_eq!(
            [0.0, -0.00001, 0.25, 1500.0, 250_000.0, 1.5e6].map(short),
            ["0", "0", "0.25", "1500", "250k", "1.5M"]
        );
    }
}
