//! Trajectories of skills on the ground, coloured by skill.

use freeroam_envs::maze::Layout;
use plotters::element::{Circle, PathElement, Polygon, Text};
use plotters::prelude::DrawingBackend;
use plotters::style::Color;
use plotters::style::text_anchor::{HPos, VPos};

use super::canvas::{Area, Drawing, Drawn, FRAME, Figure, line, offset, paint, render, text, units};
use super::colour::{INK, Rgb, skill_colour};
use super::plane::Window;
use crate::EvalError;

/// Which skill a rollout followed, as far as its colour tells.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Skill {
    /// A direction of the latent plane, radians.
    Angle(f64),
    /// One of `count` discrete skills.
    Index {
        /// The skill.
        index: usize,
        /// How many there are.
        count: usize,
    },
}

impl Skill {
    /// The skill of a continuous vector: its direction in the plane of its first two components. Of a single number the
    /// sign is the direction.
    #[must_use]
    pub fn of_vector(z: &[f32]) -> Self {
        let component = |index: usize| f64::from(z.get(index).copied().unwrap_or(0.0));
        Self::Angle(component(1).atan2(component(0)))
    }

    /// The skill of a one-hot vector: the index of its largest component.
    #[must_use]
    pub fn of_one_hot(z: &[f32]) -> Self {
        let index = (0..z.len()).reduce(|best, index| if z[index] > z[best] { index } else { best }).unwrap_or(0);
        Self::Index { index, count: z.len().max(1) }
    }

    /// The colour of the skill.
    #[must_use]
    pub fn colour(&self) -> Rgb {
        match *self {
            Self::Angle(angle) => skill_colour(angle / std::f64::consts::TAU),
            Self::Index { index, count } => skill_colour(index as f64 / count.max(1) as f64),
        }
    }
}

/// One rollout of one skill.
#[derive(Clone, Debug, PartialEq)]
pub struct Trajectory {
    /// The skill followed.
    pub skill: Skill,
    /// Positions (x, y) of all steps, the start included, metres.
    pub xy: Vec<[f64; 2]>,
}

/// Draws `trajectories` on the plane or in the maze `layout`.
///
/// # Errors
/// [`EvalError::Empty`] if there is nothing to draw, [`EvalError::Figure`] if drawing fails.
pub fn skills(
    name: &str,
    title: &str,
    layout: Option<&Layout>,
    trajectories: &[Trajectory],
) -> Result<Figure, EvalError> {
    if trajectories.iter().all(|trajectory| trajectory.xy.is_empty()) {
        return Err(EvalError::Empty { what: format!("figure `{name}`"), expected: "one position".into() });
    }
    let window = Window::around(layout, trajectories.iter().flat_map(|trajectory| &trajectory.xy));
    render(name, &Skills { title, layout, trajectories, window })
}

const LONGEST: f64 = 460.0;
/// Width of the legend, pixels.
const LEGEND: f64 = 108.0;

struct Skills<'a> {
    title: &'a str,
    layout: Option<&'a Layout>,
    trajectories: &'a [Trajectory],
    window: Window,
}

impl Drawing for Skills<'_> {
    fn size(&self) -> (u32, u32) {
        let (width, height) = self.window.size(LONGEST);
        ((width + LEGEND) as u32, height.max(280.0) as u32)
    }

    fn draw<B: DrawingBackend>(&self, area: &Area<B>) -> Drawn<B> {
        let (width, height) = self.window.size(LONGEST);
        let (left, legend) = area.split_horizontally(units(width));
        let (ground, _) = left.split_vertically(units(height));
        let mut chart = self.window.chart(&ground, self.title, self.layout)?;
        let alpha = if self.trajectories.len() > 24 { 0.85 } else { 0.95 };
        // A point every third of a pixel is as good as all of them, and keeps the SVG small.
        let step = self.window.extent()[0].max(self.window.extent()[1]) / LONGEST / 3.0;
        for trajectory in self.trajectories {
            let points = thinned(&trajectory.xy, step);
            let style = line(trajectory.skill.colour(), alpha, 1.6);
            chart.draw_series([PathElement::new(points, style)])?;
        }
        let starts = || self.trajectories.iter().filter_map(|trajectory| trajectory.xy.first());
        chart.draw_series(
            starts().map(|start| Circle::new((start[0], start[1]), units(3.6), paint([255; 3], 1.0).filled())),
        )?;
        chart.draw_series(
            starts().map(|start| Circle::new((start[0], start[1]), units(2.6), paint(INK, 1.0).filled())),
        )?;
        self.draw_legend(&legend)
    }
}

impl Skills<'_> {
    fn draw_legend<B: DrawingBackend>(&self, area: &Area<B>) -> Drawn<B> {
        let centre = 0.5 * LEGEND - 8.0;
        let label = |pixels| text(pixels, false, HPos::Center, VPos::Center);
        let mut y = FRAME[2] + 8.0;
        area.draw(&Text::new("skill", (offset(centre), offset(y)), label(14.0)))?;
        y += 18.0;
        match self.trajectories.first().map(|trajectory| trajectory.skill) {
            Some(Skill::Index { count, .. }) if count <= 16 => {
                // Two columns if one would be too long.
                let columns = if count > 8 { 2 } else { 1 };
                let rows = count.div_ceil(columns);
                for index in 0..count {
                    let x = centre - 22.0 * (columns as f64 - 1.0) + 44.0 * (index / rows) as f64;
                    let at = y + 19.0 * (index % rows) as f64;
                    let colour = Skill::Index { index, count }.colour();
                    let dot = Circle::new((offset(x - 9.0), offset(at)), units(5.0), paint(colour, 1.0).filled());
                    area.draw(&dot)?;
                    let number = text(13.0, false, HPos::Left, VPos::Center);
                    area.draw(&Text::new(index.to_string(), (offset(x + 2.0), offset(at)), number))?;
                }
                y += 19.0 * rows as f64;
            }
            _ => {
                draw_wheel(area, [centre, y + 32.0], 30.0)?;
                y += 76.0;
            }
        }
        area.draw(&Circle::new((offset(centre - 18.0), offset(y + 6.0)), units(2.6), paint(INK, 1.0).filled()))?;
        let start = text(13.0, false, HPos::Left, VPos::Center);
        area.draw(&Text::new("start", (offset(centre - 10.0), offset(y + 6.0)), start))
    }
}

/// The ring of skill directions, zero to the right, counter-clockwise like the latent plane.
fn draw_wheel<B: DrawingBackend>(area: &Area<B>, centre: [f64; 2], radius: f64) -> Drawn<B> {
    const SLICES: usize = 96;
    let on = |slice: f64, radius: f64| {
        let (sin, cos) = (slice / SLICES as f64 * std::f64::consts::TAU).sin_cos();
        (offset(centre[0] + radius * cos), offset(centre[1] - radius * sin))
    };
    for slice in 0..SLICES {
        let (from, to) = (slice as f64, slice as f64 + 1.15);
        let corners = vec![on(from, radius), on(to, radius), on(to, 0.55 * radius), on(from, 0.55 * radius)];
        let colour = skill_colour((slice as f64 + 0.5) / SLICES as f64);
        area.draw(&Polygon::new(corners, paint(colour, 1.0).filled()))?;
    }
    Ok(())
}

/// The points that are at least `step` away from the one kept before, and the last one.
fn thinned(points: &[[f64; 2]], step: f64) -> Vec<(f64, f64)> {
    let mut kept: Vec<(f64, f64)> = Vec::new();
    for (index, [x, y]) in points.iter().copied().enumerate().filter(|(_, point)| point.iter().all(|x| x.is_finite())) {
        let far = kept.last().is_none_or(|last| (x - last.0).hypot(y - last.1) >= step);
        if far || index + 1 == points.len() {
            kept.push((x, y));
        }
    }
    kept
}
