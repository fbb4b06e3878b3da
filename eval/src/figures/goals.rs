//! Where goals are, and how close the rollouts that were sent there came.

use freeroam_envs::maze::Layout;
use plotters::element::{Circle, PathElement, Polygon, Text};
use plotters::prelude::DrawingBackend;
use plotters::style::Color;
use plotters::style::text_anchor::{HPos, VPos};

use super::canvas::{Area, Drawing, Drawn, FRAME, Figure, line, offset, paint, render, short, text, units};
use super::colour::{INK, closeness_colour};
use super::plane::Window;
use crate::EvalError;

/// A goal and the rollout that was sent there.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Goal {
    /// Start (x, y) of the rollout, metres.
    pub start: [f64; 2],
    /// The goal (x, y), metres.
    pub goal: [f64; 2],
    /// Where the rollout ended, (x, y), metres.
    pub end: [f64; 2],
    /// Whether the goal counts as reached.
    pub reached: bool,
}

impl Goal {
    /// How far from the goal the rollout ended, metres.
    #[must_use]
    pub fn final_distance(&self) -> f64 {
        (self.end[0] - self.goal[0]).hypot(self.end[1] - self.goal[1])
    }
}

/// Draws goals on the plane or in the maze `layout`: a disc where the goal was reached, a cross where not, coloured by
/// the final distance, with a line to where the rollout ended.
///
/// # Errors
/// [`EvalError::Empty`] without goals, [`EvalError::Figure`] if drawing fails.
pub fn goals(name: &str, title: &str, layout: Option<&Layout>, goals: &[Goal]) -> Result<Figure, EvalError> {
    if goals.is_empty() {
        return Err(EvalError::Empty { what: format!("figure `{name}`"), expected: "one goal".into() });
    }
    let window = Window::around(layout, goals.iter().flat_map(|goal| [&goal.start, &goal.goal, &goal.end]));
    let farthest = goals.iter().map(Goal::final_distance).filter(|far| far.is_finite()).fold(1e-9, f64::max);
    render(name, &Goals { title, layout, goals, window, farthest })
}

const LONGEST: f64 = 460.0;
const LEGEND: f64 = 128.0;

struct Goals<'a> {
    title: &'a str,
    layout: Option<&'a Layout>,
    goals: &'a [Goal],
    window: Window,
    farthest: f64,
}

impl Drawing for Goals<'_> {
    fn size(&self) -> (u32, u32) {
        let (width, height) = self.window.size(LONGEST);
        ((width + LEGEND) as u32, height.max(300.0) as u32)
    }

    fn draw<B: DrawingBackend>(&self, area: &Area<B>) -> Drawn<B> {
        let (width, height) = self.window.size(LONGEST);
        let (left, legend) = area.split_horizontally(units(width));
        let (ground, _) = left.split_vertically(units(height));
        let mut chart = self.window.chart(&ground, self.title, self.layout)?;
        // Half of a cross, metres.
        let arm = 5.0 * self.window.extent()[0].max(self.window.extent()[1]) / LONGEST;
        for goal in self.goals {
            let colour = closeness_colour(goal.final_distance() / self.farthest);
            let ([x, y], end) = (goal.goal, goal.end);
            chart.draw_series([PathElement::new([(x, y), (end[0], end[1])], line(colour, 0.75, 1.25))])?;
            if goal.reached {
                chart.draw_series([Circle::new((x, y), units(4.5), paint(colour, 1.0).filled())])?;
            } else {
                for flip in [1.0, -1.0] {
                    let cross = [(x - arm, y - flip * arm), (x + arm, y + flip * arm)];
                    chart.draw_series([PathElement::new(cross, line(colour, 1.0, 2.5))])?;
                }
            }
        }
        let start = |goal: &Goal| Circle::new((goal.start[0], goal.start[1]), units(2.6), paint(INK, 1.0).filled());
        chart.draw_series(self.goals.iter().map(start))?;
        self.draw_legend(&legend)
    }
}

impl Goals<'_> {
    fn draw_legend<B: DrawingBackend>(&self, area: &Area<B>) -> Drawn<B> {
        const X: f64 = 14.0;
        let label = || text(13.0, false, HPos::Left, VPos::Center);
        let ink = paint(INK, 1.0).filled();
        let mut y = FRAME[2] + 8.0;
        area.draw(&Circle::new((offset(X), offset(y)), units(4.5), ink))?;
        area.draw(&Text::new("reached", (offset(X + 14.0), offset(y)), label()))?;
        y += 22.0;
        for flip in [1.0, -1.0] {
            let cross = [(offset(X - 5.0), offset(y - flip * 5.0)), (offset(X + 5.0), offset(y + flip * 5.0))];
            area.draw(&PathElement::new(cross, line(INK, 1.0, 2.5)))?;
        }
        area.draw(&Text::new("missed", (offset(X + 14.0), offset(y)), label()))?;
        y += 22.0;
        area.draw(&Circle::new((offset(X), offset(y)), units(2.6), ink))?;
        area.draw(&Text::new("start", (offset(X + 14.0), offset(y)), label()))?;
        y += 30.0;
        area.draw(&Text::new("final distance", (offset(X - 6.0), offset(y)), label()))?;
        y += 16.0;
        const SHADES: usize = 40;
        const HEIGHT: f64 = 110.0;
        for shade in 0..SHADES {
            let part = shade as f64 / SHADES as f64;
            let (top, bottom) = (y + HEIGHT * part, y + HEIGHT * (part + 1.0 / SHADES as f64) + 0.5);
            let corners = [(X - 6.0, top), (X + 8.0, top), (X + 8.0, bottom), (X - 6.0, bottom)];
            let corners: Vec<_> = corners.iter().map(|(x, y)| (offset(*x), offset(*y))).collect();
            area.draw(&Polygon::new(corners, paint(closeness_colour(part), 1.0).filled()))?;
        }
        area.draw(&Text::new("0 m", (offset(X + 14.0), offset(y)), label()))?;
        let most = format!("{} m", short((self.farthest * 10.0).round() / 10.0));
        area.draw(&Text::new(most, (offset(X + 14.0), offset(y + HEIGHT)), label()))
    }
}
