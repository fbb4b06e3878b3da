//! Methods beside each other: an estimate with its interval, and the single runs.

use plotters::element::{Circle, PathElement, Rectangle, Text};
use plotters::prelude::DrawingBackend;
use plotters::style::Color;
use plotters::style::text_anchor::{HPos, VPos};

use super::canvas::{Area, Drawing, Drawn, Figure, line, offset, paint, render, short, text, units};
use super::colour::{GRID, INK, QUIET, method_colour};
use crate::EvalError;
use crate::stats::Estimate;

/// One method of a comparison.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Text beside the row.
    pub label: String,
    /// Method that chooses the colour, see [`method_colour`].
    pub method: String,
    /// The aggregate with its interval.
    pub estimate: Estimate,
    /// The single runs, drawn as small dots.
    pub runs: Vec<f64>,
}

/// Draws one row per method. `measure` names the x axis, with its unit.
///
/// # Errors
/// [`EvalError::Empty`] without rows, [`EvalError::NonFinite`] for a value that is not a number,
/// [`EvalError::Figure`] if drawing fails.
pub fn comparison(name: &str, title: &str, measure: &str, rows: &[Row]) -> Result<Figure, EvalError> {
    if rows.is_empty() {
        return Err(EvalError::Empty { what: format!("figure `{name}`"), expected: "one row".into() });
    }
    let mut low = 0.0_f64;
    let mut high = 0.0_f64;
    for (index, row) in rows.iter().enumerate() {
        let bounds = [row.estimate.value, row.estimate.lower(), row.estimate.upper()];
        for value in bounds.iter().chain(&row.runs).copied() {
            if !value.is_finite() {
                return Err(EvalError::NonFinite { what: format!("figure `{name}`, row"), index, value });
            }
            (low, high) = (low.min(value), high.max(value));
        }
    }
    let room = 0.04 * (high - low).max(1e-9);
    let low = if low < 0.0 { low - room } else { 0.0 };
    render(name, &Comparison { title, measure, rows, low, high: high + room })
}

const ROW: f64 = 38.0;
const TOP: f64 = 44.0;
const BOTTOM: f64 = 56.0;
const PLOT: f64 = 400.0;

struct Comparison<'a> {
    title: &'a str,
    measure: &'a str,
    rows: &'a [Row],
    low: f64,
    high: f64,
}

impl Comparison<'_> {
    fn left(&self) -> f64 {
        28.0 + 8.4 * self.rows.iter().map(|row| row.label.chars().count()).max().unwrap_or(0) as f64
    }

    /// Width of the column of numbers, pixels.
    fn right(&self) -> f64 {
        28.0 + 7.8 * self.rows.iter().map(|row| row.estimate.to_string().chars().count()).max().unwrap_or(0) as f64
    }

    fn x(&self, value: f64) -> i32 {
        offset(self.left() + PLOT * (value - self.low) / (self.high - self.low))
    }

    fn draw_axis<B: DrawingBackend>(&self, area: &Area<B>) -> Drawn<B> {
        let bottom = offset(TOP + ROW * self.rows.len() as f64);
        for tick in ticks(self.low, self.high) {
            let x = self.x(tick);
            area.draw(&PathElement::new([(x, offset(TOP)), (x, bottom)], line(GRID, 1.0, 1.0)))?;
            area.draw(&PathElement::new([(x, bottom), (x, bottom + offset(4.0))], line(QUIET, 1.0, 1.0)))?;
            let style = text(13.0, false, HPos::Center, VPos::Top);
            area.draw(&Text::new(short(tick), (x, bottom + offset(7.0)), style))?;
        }
        let ends = [(self.x(self.low), bottom), (self.x(self.high), bottom)];
        area.draw(&PathElement::new(ends, line(QUIET, 1.0, 1.0)))?;
        let middle = (offset(self.left() + 0.5 * PLOT), bottom + offset(28.0));
        area.draw(&Text::new(self.measure.to_owned(), middle, text(14.0, false, HPos::Center, VPos::Top)))
    }
}

/// Round numbers inside `low..=high`, about six of them.
fn ticks(low: f64, high: f64) -> Vec<f64> {
    let rough = (high - low) / 6.0;
    let power = 10.0_f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].map(|factor| factor * power).into_iter().find(|step| *step >= rough);
    let step = step.unwrap_or(10.0 * power);
    let (first, last) = ((low / step).ceil() as i64, (high / step).floor() as i64);
    (first..=last).map(|index| index as f64 * step).collect()
}

impl Drawing for Comparison<'_> {
    fn size(&self) -> (u32, u32) {
        ((self.left() + PLOT + self.right()) as u32, (TOP + ROW * self.rows.len() as f64 + BOTTOM) as u32)
    }

    fn draw<B: DrawingBackend>(&self, area: &Area<B>) -> Drawn<B> {
        let title = text(16.0, true, HPos::Left, VPos::Center);
        area.draw(&Text::new(self.title.to_owned(), (offset(12.0), offset(0.5 * TOP)), title))?;
        self.draw_axis(area)?;
        for (index, row) in self.rows.iter().enumerate() {
            let colour = method_colour(&row.method);
            let y = offset(TOP + ROW * (index as f64 + 0.5));
            let label = text(14.0, false, HPos::Right, VPos::Center);
            area.draw(&Text::new(row.label.clone(), (offset(self.left() - 12.0), y), label))?;
            let bar = [(self.x(self.low.max(0.0)), y - offset(9.0)), (self.x(row.estimate.value), y + offset(9.0))];
            area.draw(&Rectangle::new(bar, paint(colour, 0.28).filled()))?;
            for run in &row.runs {
                area.draw(&Circle::new((self.x(*run), y), units(3.0), paint(colour, 0.6).filled()))?;
            }
            let (low, high) = (self.x(row.estimate.lower()), self.x(row.estimate.upper()));
            if high > low {
                area.draw(&PathElement::new([(low, y), (high, y)], line(INK, 1.0, 1.75)))?;
                for end in [low, high] {
                    let cap = [(end, y - offset(4.5)), (end, y + offset(4.5))];
                    area.draw(&PathElement::new(cap, line(INK, 1.0, 1.75)))?;
                }
            }
            let value = self.x(row.estimate.value);
            let mark = [(value, y - offset(9.0)), (value, y + offset(9.0))];
            area.draw(&PathElement::new(mark, line(colour, 1.0, 3.0)))?;
            let number = text(13.0, false, HPos::Left, VPos::Center);
            let at = (offset(self.left() + PLOT + 12.0), y);
            area.draw(&Text::new(row.estimate.to_string(), at, number))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round() {
        assert_eq!(ticks(0.0, 230.0), [0.0, 50.0, 100.0, 150.0, 200.0]);
        assert_eq!(ticks(-1.0, 1.0), [-1.0, -0.5, 0.0, 0.5, 1.0]);
    }

    #[test]
    fn nothing_and_nonsense_are_refused() {
        let row = Row { label: "a".into(), method: "a".into(), estimate: Estimate::exact(1.0), runs: vec![f64::NAN] };
        assert!(comparison("empty", "", "cells", &[]).is_err() && comparison("nan", "", "cells", &[row]).is_err());
    }
}
