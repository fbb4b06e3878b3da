//! Latent distance against the length of the shortest path.

use plotters::element::Circle;
use plotters::prelude::DrawingBackend;
use plotters::style::Color;

use super::canvas::{Area, Drawing, Drawn, Figure, Frame, paint, render, short, units};
use super::colour::method_colour;
use crate::EvalError;
use crate::stats::{pearson, spearman};

/// Draws pairs (shortest path in metres, latent distance), with their Spearman and Pearson correlation in the title.
///
/// # Errors
/// Those of [`pearson`] for pairs that have no correlation; [`EvalError::Figure`] if drawing fails.
pub fn distances(name: &str, pairs: &[[f64; 2]]) -> Result<Figure, EvalError> {
    let (path, latent): (Vec<f64>, Vec<f64>) = pairs.iter().map(|pair| (pair[0], pair[1])).unzip();
    let (rank, straight) = (spearman(&path, &latent)?, pearson(&path, &latent)?);
    render(name, &Distances { title: format!("Spearman {rank:.2}, Pearson {straight:.2}"), pairs })
}

struct Distances<'a> {
    title: String,
    pairs: &'a [[f64; 2]],
}

impl Drawing for Distances<'_> {
    fn size(&self) -> (u32, u32) {
        (520, 440)
    }

    fn draw<B: DrawingBackend>(&self, area: &Area<B>) -> Drawn<B> {
        let top = |axis: usize| 1.04 * self.pairs.iter().fold(1e-9_f64, |most, pair| most.max(pair[axis]));
        let frame = Frame {
            title: &self.title,
            x: (0.0..top(0), "shortest path (m)"),
            y: (0.0..top(1), "latent distance"),
            numbers: [&short, &short],
        };
        let mut chart = frame.draw(area)?;
        let alpha = (40.0 / (self.pairs.len() as f64).sqrt()).clamp(0.15, 0.7) * 0.8;
        let dot = paint(method_colour("policy"), alpha).filled();
        chart.draw_series(self.pairs.iter().map(|[path, latent]| Circle::new((*path, *latent), units(2.6), dot)))?;
        Ok(())
    }
}
