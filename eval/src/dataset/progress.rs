//! What a person sees while a data set is made.

use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

use indicatif::{HumanDuration, ProgressBar, ProgressStyle};

/// Time between plain lines.
const PLAIN_EVERY: Duration = Duration::from_secs(10);

/// Progress on standard error: a bar on a terminal, a line every ten seconds elsewhere, or nothing.
#[derive(Debug, Default)]
pub struct Progress {
    form: Form,
    /// What is counted.
    unit: &'static str,
    total: u64,
}

#[derive(Debug, Default)]
enum Form {
    #[default]
    Hidden,
    Bar(ProgressBar),
    Plain {
        start: Instant,
        last: Instant,
    },
}

impl Progress {
    /// Shows nothing.
    #[must_use]
    pub fn hidden() -> Self {
        Self::default()
    }

    /// Shows progress on standard error.
    #[must_use]
    pub fn stderr() -> Self {
        let now = Instant::now();
        let form = if std::io::stderr().is_terminal() {
            Form::Bar(ProgressBar::no_length())
        } else {
            Form::Plain { start: now, last: now }
        };
        Self { form, unit: "", total: 0 }
    }

    /// Begins to count `unit` up to `total`.
    pub(super) fn begin(&mut self, unit: &'static str, total: u64) {
        (self.unit, self.total) = (unit, total);
        match &mut self.form {
            Form::Hidden => {}
            Form::Bar(bar) => {
                let template = format!("{{wide_bar}} {{human_pos}}/{{human_len}} {unit}  {{per_sec}}  {{eta}} left");
                let style = ProgressStyle::with_template(&template).expect("the template is valid");
                bar.set_style(style.progress_chars("━╸ "));
                bar.set_length(total);
                bar.reset();
            }
            Form::Plain { start, last } => {
                *start = Instant::now();
                *last = *start;
            }
        }
    }

    /// Tells how many there are so far.
    pub(super) fn update(&mut self, done: u64) {
        let Self { form, unit, total } = self;
        match form {
            Form::Hidden => {}
            Form::Bar(bar) => bar.set_position(done),
            Form::Plain { start, last } if last.elapsed() >= PLAIN_EVERY => {
                *last = Instant::now();
                let rate = done as f64 / start.elapsed().as_secs_f64();
                let left = (total.saturating_sub(done) as f64 / rate.max(1e-9)).min(1e9);
                let left = HumanDuration(Duration::from_secs_f64(left));
                let share = 100.0 * done as f64 / (*total).max(1) as f64;
                // Nobody may be listening; the work does not end because of that.
                let _ = writeln!(
                    std::io::stderr(),
                    "{done}/{total} {unit} ({share:.1} %)  {rate:.0} per second  {left:#} left"
                );
            }
            Form::Plain { .. } => {}
        }
    }

    /// Clears the bar.
    pub(super) fn end(&self) {
        if let Form::Bar(bar) = &self.form {
            bar.finish_and_clear();
        }
    }
}
