//! Reports of one run and of many: numbers for programs, a page for people.

mod aggregate; // many runs, grouped by world and objective
mod document; // text, tables and figures as Markdown and HTML
mod metrics; // curves from the metrics of a run
mod normalised; // returns as shares of those of experts
mod numbers; // reports as JSON
mod representation; // one run that learned to represent
mod run; // one run
mod settings; // what runs of one group have set differently
mod words; // goals that were named in words

pub use aggregate::{AggregateReport, FinishedRun, Group};
pub use document::{Picture, PictureData};
pub(crate) use metrics::wall_s;
pub use metrics::{RunCurves, read_curves};
pub use normalised::Normalised;
pub use representation::{Baseline, Measured, RepresentationReport};
pub use run::{Coverage, Distance, Gauged, Goals, Prompted, Protocol, RunReport, Solved, TaskReturn, Time};
pub use words::{Sentence, Worded};
