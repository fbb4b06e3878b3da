//! What a person sees while a run goes on.

use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use crate::{Progress, Record, Schedule};

/// Time between plain lines.
const PLAIN_EVERY: Duration = Duration::from_secs(10);

/// Progress on standard error: a bar on a terminal, a line every ten seconds elsewhere, or nothing.
#[derive(Debug, Default)]
pub struct Display {
    form: Form,
    /// The headline figures as last recorded, by name.
    headline: Vec<(String, Option<f64>)>,
}

#[derive(Debug, Default)]
enum Form {
    #[default]
    Hidden,
    Bar(ProgressBar),
    Plain(Instant),
}

/// How fast a run goes, since the last line of the log.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace {
    pub(crate) env_steps_per_s: f64,
    pub(crate) gradient_steps_per_s: f64,
}

impl Display {
    /// Shows nothing.
    #[must_use]
    pub fn hidden() -> Self {
        Self::default()
    }

    /// Shows progress on standard error with the metrics named in `headline`.
    #[must_use]
    pub fn stderr(headline: &[&str]) -> Self {
        let form = if std::io::stderr().is_terminal() {
            Form::Bar(ProgressBar::no_length())
        } else {
            Form::Plain(Instant::now())
        };
        Self { form, headline: headline.iter().map(|key| ((*key).to_owned(), None)).collect() }
    }

    pub(crate) fn begin(&mut self, schedule: &Schedule, progress: Progress) {
        if let Form::Bar(bar) = &self.form {
            let style = ProgressStyle::with_template("{wide_bar} {human_pos}/{human_len} {eta} left  {msg}");
            bar.set_style(style.expect("the template is valid").progress_chars("━╸ "));
            let (done, total) = schedule.share(progress);
            bar.set_length(total);
            bar.set_position(done);
            // Without this the steps of earlier sessions would count as done in no time.
            bar.reset_eta();
        }
    }

    pub(crate) fn record(&mut self, record: &Record) {
        for (key, figure) in &mut self.headline {
            *figure = record.get(key).or(*figure);
        }
    }

    /// The latest of each headline figure.
    fn figures(&self) -> String {
        let shown = |(key, figure): &(String, Option<f64>)| Some(format!("{key} {}", short((*figure)?)));
        self.headline.iter().filter_map(shown).collect::<Vec<_>>().join("  ")
    }

    pub(crate) fn update(&mut self, schedule: &Schedule, progress: Progress, pace: Pace) {
        let (done, total) = schedule.share(progress);
        let rates = format!("{} steps/s  {} updates/s", short(pace.env_steps_per_s), short(pace.gradient_steps_per_s));
        let figures = self.figures();
        match &mut self.form {
            Form::Hidden => {}
            Form::Bar(bar) => {
                bar.set_position(done);
                bar.set_message(format!("{rates}  {figures}"));
            }
            Form::Plain(last) if last.elapsed() >= PLAIN_EVERY => {
                *last = Instant::now();
                let speed = schedule.speed(pace);
                let left = Duration::from_secs_f64((total.saturating_sub(done) as f64 / speed.max(1e-9)).min(1e9));
                let left = indicatif::HumanDuration(left);
                let share = 100.0 * done as f64 / total.max(1) as f64;
                // Nobody may be listening; a run does not end because of that.
                let _ = writeln!(std::io::stderr(), "{done}/{total} ({share:.1} %)  {left:#} left  {rates}  {figures}");
            }
            Form::Plain(_) => {}
        }
    }

    pub(crate) fn end(&self) {
        if let Form::Bar(bar) = &self.form {
            bar.abandon();
        }
    }
}

/// Four significant digits.
fn short(value: f64) -> String {
    let size = value.abs();
    if size >= 1e6 || (size < 1e-3 && size > 0.0) {
        format!("{value:.2e}")
    } else if size >= 1000.0 || value.fract() == 0.0 {
        format!("{value:.0}")
    } else {
        format!("{value:.prec$}", prec = if size >= 10.0 { 1 } else { 3 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        for (value, text) in [
            (0.0, "0"),
            (3.0, "3"),
            (1234.56, "1235"),
            (0.123_45, "0.123"),
            (-45.67, "-45.7"),
            (2e7, "2.00e7"),
            (5e-5, "5.00e-5"),
        ] {
            assert_eq!(short(value), text);
        }
        assert_eq!(short(f64::NAN), "NaN");
    }

    #[test]
    fn the_headline_keeps_its_order_and_its_last_figures() {
        let headline = ["b/x", "a/y"].map(|key| (key.to_owned(), None)).into();
        let mut display = Display { headline, ..Display::default() };
        let mut record = Record::default();
        record.set("a/y", 2.0);
        record.set("b/x", 1.0);
        display.record(&record);
        // An evaluation says nothing of what the training said, and the other way round.
        let mut evaluation = Record::default();
        evaluation.set("b/x", 3.0);
        display.record(&evaluation);
        assert_eq!(display.figures(), "b/x 3  a/y 2");
    }
}
