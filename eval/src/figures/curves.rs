//! Measures against steps, one or several runs per curve.

use std::ops::Range;

use freeroam_envs::Stream;
use plotters::element::{PathElement, Polygon, Rectangle, Text};
use plotters::prelude::DrawingBackend;
use plotters::style::Color;
use plotters::style::text_anchor::{HPos, VPos};

use super::canvas::{Area, Chart, Drawing, Drawn, Figure, Frame, line, offset, paint, render, short, text, units};
use super::colour::{Rgb, method_colour};
use crate::EvalError;
use crate::stats::{Estimate, Scores, bootstrap};

/// One curve: a measure of one method.
#[derive(Clone, Debug, PartialEq)]
pub struct Curve {
    /// Text in the legend.
    pub label: String,
    /// Method or measure that chooses the colour, see [`method_colour`].
    pub method: String,
    /// For every run its points (steps, value), steps ascending. Several runs are drawn as their IQM with a
    /// 95 % band where all of them have values.
    pub runs: Vec<Vec<[f64; 2]>>,
}

/// A level to compare with, drawn as a dashed line over its interval.
#[derive(Clone, Debug, PartialEq)]
pub struct Baseline {
    /// Text in the legend.
    pub label: String,
    /// The level.
    pub level: Estimate,
}

/// Draws `curves` and the `baseline` against steps, which `axis` names, such as `environment steps`. `words` are the figure's name
/// and title and the measure with its unit.
///
/// # Errors
/// [`EvalError::Empty`] if there are no points, [`EvalError::NonFinite`] for a value that is not a number,
/// [`EvalError::Figure`] if drawing fails.
pub fn curves(
    axis: &str,
    words: [&str; 3],
    curves: &[Curve],
    baseline: Option<&Baseline>,
) -> Result<Figure, EvalError> {
    let [name, title, measure] = words;
    let bands = curves.iter().map(Band::of).collect::<Result<Vec<_>, _>>()?;
    let steps = bands.iter().flat_map(|band| &band.points).fold(0.0_f64, |most, (step, _)| most.max(*step));
    let levels =
        || bands.iter().flat_map(|band| &band.points).map(|(_, level)| level).chain(baseline.map(|line| &line.level));
    let top = levels().map(Estimate::upper).fold(0.0_f64, f64::max);
    let bottom = levels().map(Estimate::lower).fold(0.0_f64, f64::min);
    if bands.iter().all(|band| band.points.is_empty()) {
        return Err(EvalError::Empty { what: format!("figure `{name}`"), expected: "one point".into() });
    }
    let values = 1.06 * bottom..1.06 * top.max(if bottom < 0.0 { 0.0 } else { 1e-9 });
    render(name, &Curves { title, axis, measure, bands, baseline, steps: steps.max(1.0), values })
}

/// Points on the x axis of a band, at most.
const GRID: usize = 200;
/// Bootstrap repetitions per point.
const REPS: usize = 2000;

/// A curve reduced to one value, with its interval, per step.
struct Band {
    label: String,
    colour: Rgb,
    points: Vec<(f64, Estimate)>,
    runs: usize,
}

impl Band {
    fn of(curve: &Curve) -> Result<Self, EvalError> {
        for run in &curve.runs {
            if let Some(index) = run.iter().position(|point| point.iter().any(|value| !value.is_finite())) {
                let what = format!("curve `{}`, point", curve.label);
                return Err(EvalError::NonFinite { what, index, value: run[index][1] });
            }
        }
        let runs: Vec<&[[f64; 2]]> = curve.runs.iter().map(Vec::as_slice).filter(|run| !run.is_empty()).collect();
        let points = match runs.as_slice() {
            [] => Vec::new(),
            [run] => run.iter().map(|[step, value]| (*step, Estimate::exact(*value))).collect(),
            several => Self::of_several(several)?,
        };
        Ok(Self { label: curve.label.clone(), colour: method_colour(&curve.method), points, runs: runs.len() })
    }

    fn of_several(runs: &[&[[f64; 2]]]) -> Result<Vec<(f64, Estimate)>, EvalError> {
        // Only steps that every run has reached, so that no run joins or leaves on the way.
        let first = runs.iter().map(|run| run[0][0]).fold(f64::NEG_INFINITY, f64::max);
        let last = runs.iter().map(|run| run[run.len() - 1][0]).fold(f64::INFINITY, f64::min);
        let mut steps: Vec<f64> = runs.iter().flat_map(|run| run.iter().map(|point| point[0])).collect();
        steps.retain(|step| (first..=last).contains(step));
        steps.sort_unstable_by(f64::total_cmp);
        steps.dedup();
        let mut stream = Stream::new(0, "curve", 0);
        let stride = steps.len().div_ceil(GRID).max(1);
        let kept = steps.iter().enumerate().filter(|(index, _)| index % stride == 0 || index + 1 == steps.len());
        kept.map(|(_, step)| {
            let scores = Scores::of_task(runs.iter().map(|run| interpolated(run, *step)))?;
            Ok((*step, bootstrap(&scores, Scores::iqm, REPS, &mut stream)?))
        })
        .collect()
    }
}

/// The value of `run` at `step`, linear between its points.
fn interpolated(run: &[[f64; 2]], step: f64) -> f64 {
    let above = run.partition_point(|point| point[0] < step).min(run.len() - 1);
    let ([x0, y0], [x1, y1]) = (run[above.saturating_sub(1)], run[above]);
    if x1 > x0 { y0 + (y1 - y0) * ((step - x0) / (x1 - x0)).clamp(0.0, 1.0) } else { y1 }
}

struct Curves<'a> {
    title: &'a str,
    axis: &'a str,
    measure: &'a str,
    bands: Vec<Band>,
    baseline: Option<&'a Baseline>,
    steps: f64,
    values: Range<f64>,
}

/// Height of a line of the legend, pixels.
const ROW: f64 = 22.0;

impl Curves<'_> {
    /// Width of the legend, pixels, by its longest label.
    fn legend(&self) -> f64 {
        let labels = self.bands.iter().map(|band| &band.label).chain(self.baseline.map(|baseline| &baseline.label));
        52.0 + 8.2 * labels.map(|label| label.chars().count()).max().unwrap_or(0) as f64
    }

    fn draw_legend<B: DrawingBackend>(&self, area: &Area<B>) -> Drawn<B> {
        let mut y = 52.0;
        let style = || text(13.0, false, HPos::Left, VPos::Center);
        for band in self.bands.iter().filter(|band| !band.points.is_empty()) {
            if band.runs > 1 {
                let corners = [(offset(4.0), offset(y - 6.0)), (offset(30.0), offset(y + 6.0))];
                area.draw(&Rectangle::new(corners, paint(band.colour, 0.2).filled()))?;
            }
            let ends = [(offset(4.0), offset(y)), (offset(30.0), offset(y))];
            area.draw(&PathElement::new(ends, line(band.colour, 1.0, 2.25)))?;
            area.draw(&Text::new(band.label.clone(), (offset(38.0), offset(y)), style()))?;
            y += ROW;
        }
        if let Some(baseline) = self.baseline {
            for dash in 0..3 {
                let x = 4.0 + 10.0 * f64::from(dash);
                let ends = [(offset(x), offset(y)), (offset(x + 6.0), offset(y))];
                area.draw(&PathElement::new(ends, line(method_colour("random"), 1.0, 1.75)))?;
            }
            area.draw(&Text::new(baseline.label.clone(), (offset(38.0), offset(y)), style()))?;
        }
        Ok(())
    }

    fn draw_baseline<B: DrawingBackend>(&self, chart: &mut Chart<'_, B>, level: Estimate) -> Drawn<B> {
        let colour = method_colour("random");
        let corners = [(0.0, level.lower()), (self.steps, level.upper())];
        chart.draw_series([Rectangle::new(corners, paint(colour, 0.15).filled())])?;
        let dashes = 48;
        let edge = |dash: f64| self.steps * dash / f64::from(dashes);
        chart.draw_series((0..dashes).map(|dash| {
            let ends = [edge(f64::from(dash)), edge(f64::from(dash) + 0.6)].map(|step| (step, level.value));
            PathElement::new(ends, line(colour, 1.0, 1.75))
        }))?;
        Ok(())
    }
}

impl Drawing for Curves<'_> {
    fn size(&self) -> (u32, u32) {
        ((560.0 + self.legend()) as u32, 380)
    }

    fn draw<B: DrawingBackend>(&self, area: &Area<B>) -> Drawn<B> {
        let (plot, legend) = area.split_horizontally(units(560.0));
        let frame = Frame {
            title: self.title,
            x: (0.0..self.steps, self.axis),
            y: (self.values.clone(), self.measure),
            numbers: [&short, &short],
        };
        let mut chart = frame.draw(&plot)?;
        if let Some(baseline) = self.baseline {
            self.draw_baseline(&mut chart, baseline.level)?;
        }
        for band in self.bands.iter().filter(|band| band.runs > 1) {
            let upper = band.points.iter().map(|(step, level)| (*step, level.upper()));
            let lower = band.points.iter().rev().map(|(step, level)| (*step, level.lower()));
            chart.draw_series([Polygon::new(
                upper.chain(lower).collect::<Vec<_>>(),
                paint(band.colour, 0.2).filled(),
            )])?;
        }
        for band in self.bands.iter().filter(|band| !band.points.is_empty()) {
            let middle: Vec<(f64, f64)> = band.points.iter().map(|(step, level)| (*step, level.value)).collect();
            chart.draw_series([PathElement::new(middle, line(band.colour, 1.0, 2.25))])?;
        }
        self.draw_legend(&legend)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_joined_where_all_have_values() {
        let run =
            |first: f64, slope: f64| (0..5).map(|k| [first + 10.0 * f64::from(k), slope * f64::from(k)]).collect();
        let curve = Curve { label: "METRA".into(), method: "metra".into(), runs: vec![run(0.0, 1.0), run(5.0, 3.0)] };
        let band = Band::of(&curve).expect("numbers");
        let steps: Vec<f64> = band.points.iter().map(|(step, _)| *step).collect();
        assert_eq!(steps, [5.0, 10.0, 15.0, 20.0, 25.0, 30.0, 35.0, 40.0]);
        // At step 10 the first run is at 1, the second half way from 0 to 3.
        assert_eq!(band.points[1].1, Estimate::within(1.25, 1.0, 1.5));
    }

    #[test]
    fn nothing_and_nonsense_are_refused() {
        let curve = |value| Curve { label: "x".into(), method: "x".into(), runs: vec![vec![[0.0, value]]] };
        assert!(curves("steps", ["empty", "", "cells"], &[], None).is_err());
        let error = curves("steps", ["nan", "", "cells"], &[curve(f64::NAN)], None).expect_err("not a number");
        assert_eq!(error.to_string(), "curve `x`, point 0 is NaN, expected a finite number");
    }
}
