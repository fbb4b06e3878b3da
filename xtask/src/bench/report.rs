//! The table on standard output and the JSON file.

use std::{fs, path::Path};

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::{
    contest::{Contest, Measured},
    machine::Machine,
    window::Rate,
};

/// Prints one Markdown table per contest. The ratio is the first row's rate over the row's, best window by best window.
#[expect(clippy::print_stdout, reason = "the table is what the command is for")]
pub(crate) fn print(measured: &[Measured]) {
    for Measured { contest, rates } in measured {
        let unit = rates.first().map_or("", |rate| rate.ready.unit.as_str());
        println!("\n{}\n", contest.title);
        let basis = if contest.cores > 1 { "; the ratio is that of the latter" } else { "" };
        println!("Rates are {unit} per second: on the core, then by the clock on the wall{basis}.\n");
        println!("| program | best | median | best, wall | microseconds | first / this, best (median) |");
        println!("|---|---|---|---|---|---|");
        for (row, rate) in rates.iter().enumerate() {
            let ratio = if row > 0 && contest.compares() {
                let (best, median) = over(&rates[0], rate, contest.cores);
                format!("{best:.2} ({median:.2})")
            } else {
                String::new()
            };
            let micros = 1e6 / rate.best;
            let [best, median, wall] = [rate.best, rate.median, rate.best_wall].map(round);
            println!("| {} | {best} | {median} | {wall} | {micros:.3} | {ratio} |", rate.ready.name);
        }
    }
}

/// Four digits.
fn round(value: f64) -> String {
    if value < 1000.0 { format!("{value:.3}").chars().take(5).collect() } else { format!("{value:.0}") }
}

/// Writes everything that was measured, and where.
///
/// # Errors
/// When the file cannot be written.
pub(crate) fn write(path: &Path, measured: &[Measured], machine: &Machine, rounds: usize, seconds: f64) -> Result<()> {
    let contests: Vec<Value> = measured
        .iter()
        .map(|Measured { contest, rates }| json!({ "title": contest.title, "rates": rates, "ratios": ratios(contest, rates) }))
        .collect();
    let command: Vec<String> = std::env::args().skip(1).collect();
    let document = json!({
        "command": format!("cargo xtask {}", command.join(" ")),
        "machine": machine,
        "rounds": rounds,
        "seconds": seconds,
        "contests": contests,
    });
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    }
    let text = serde_json::to_string_pretty(&document).context("results are plain data")?;
    fs::write(path, text + "\n").with_context(|| path.display().to_string())
}

/// The first program's rate over each other one's.
fn ratios(contest: &Contest, rates: &[Rate]) -> Value {
    if !contest.compares() {
        return json!({});
    }
    let ratio = |rate: &Rate| {
        let (best, median) = over(&rates[0], rate, contest.cores);
        json!({ "best": best, "median": median })
    };
    rates.iter().skip(1).map(|rate| (rate.ready.name.clone(), ratio(rate))).collect()
}

/// One rate over another, of best windows and of medians. Whoever may use more cores but does not would look as fast per
/// second on a core as whoever does, so that there the clock on the wall counts.
fn over(one: &Rate, other: &Rate, cores: usize) -> (f64, f64) {
    if cores > 1 {
        (one.best_wall / other.best_wall, one.median_wall / other.median_wall)
    } else {
        (one.best / other.best, one.median / other.median)
    }
}
