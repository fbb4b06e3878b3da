//! The ground seen from above, in metres, with equal scales along x and y.

use std::ops::Range;

use freeroam_envs::maze::{Block, Layout};
use plotters::drawing::DrawingAreaErrorKind;
use plotters::element::Rectangle;
use plotters::prelude::DrawingBackend;
use plotters::style::Color;

use super::canvas::{Area, Chart, Drawn, FRAME, Frame, paint, short};
use super::colour::WALL;

/// A window on the ground that fits a maze, or everything visited.
#[derive(Clone, Debug)]
pub(crate) struct Window {
    /// Lowest and highest x, metres.
    pub(crate) x: Range<f64>,
    /// Lowest and highest y, metres.
    pub(crate) y: Range<f64>,
}

impl Window {
    /// The free cells of the maze with a rim of wall, or, without a maze, a square that holds all `points` with a small
    /// margin; at least 2 m wide.
    pub(crate) fn around<'p>(layout: Option<&Layout>, points: impl IntoIterator<Item = &'p [f64; 2]>) -> Self {
        let mut low = [f64::INFINITY; 2];
        let mut high = [f64::NEG_INFINITY; 2];
        let mut take = |point: [f64; 2]| {
            for axis in 0..2 {
                low[axis] = low[axis].min(point[axis]);
                high[axis] = high[axis].max(point[axis]);
            }
        };
        if let Some(layout) = layout {
            let (low, high) = layout.free_bounds();
            let rim = 0.3 * layout.cell;
            return Self { x: low[0] - rim..high[0] + rim, y: low[1] - rim..high[1] + rim };
        }
        points.into_iter().filter(|point| point.iter().all(|value| value.is_finite())).for_each(|point| take(*point));
        if low[0] > high[0] || low[1] > high[1] {
            (low, high) = ([0.0; 2], [0.0; 2]);
        }
        let middle = [0.5 * (low[0] + high[0]), 0.5 * (low[1] + high[1])];
        let half = (0.53 * (high[0] - low[0]).max(high[1] - low[1])).max(1.0);
        Self { x: middle[0] - half..middle[0] + half, y: middle[1] - half..middle[1] + half }
    }

    /// Width and height, metres.
    pub(crate) fn extent(&self) -> [f64; 2] {
        [self.x.end - self.x.start, self.y.end - self.y.start]
    }

    /// The size in pixels of a chart of this window whose longer side is `longest` pixels, axes and title included.
    pub(super) fn size(&self, longest: f64) -> (f64, f64) {
        let [width, height] = self.extent();
        let scale = longest / width.max(height);
        (width * scale + FRAME[0] + FRAME[1], height * scale + FRAME[2] + FRAME[3])
    }

    /// Axes in metres around the walls.
    pub(super) fn chart<'a, B: DrawingBackend>(
        &self,
        area: &'a Area<B>,
        title: &str,
        layout: Option<&Layout>,
    ) -> Result<Chart<'a, B>, DrawingAreaErrorKind<B::ErrorType>> {
        let frame =
            Frame { title, x: (self.x.clone(), "x (m)"), y: (self.y.clone(), "y (m)"), numbers: [&short, &short] };
        let mut chart = frame.draw(area)?;
        draw_walls(&mut chart, layout)?;
        Ok(chart)
    }
}

fn draw_walls<B: DrawingBackend>(chart: &mut Chart<'_, B>, layout: Option<&Layout>) -> Drawn<B> {
    let blocks = layout.map(Layout::walls).unwrap_or_default();
    let fill = paint(WALL, 1.0).filled();
    chart.draw_series(blocks.into_iter().map(|Block { centre: [x, y], half: [width, height] }| {
        Rectangle::new([(x - width, y - height), (x + width, y + height)], fill)
    }))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_fit_what_is_shown() {
        let window = Window::around(Some(&Layout::umaze()), []);
        assert_eq!((window.x, window.y), (-3.2..11.2, -3.2..11.2));
        let window = Window::around(None, &[[0.0, 0.0], [10.0, 4.0], [f64::NAN, 99.0]]);
        assert!((window.x.start + 0.3).abs() < 1e-9 && (window.y.end - 7.3).abs() < 1e-9, "{window:?}");
        assert_eq!(window.extent()[0], window.extent()[1]);
        assert_eq!(Window::around(None, []).extent(), [2.0, 2.0]);
    }
}
