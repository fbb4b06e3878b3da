//! The table on standard output and the JSON file.

use std::{fs, path::Path};

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::{contest::Measured, machine::Machine, window::Rate};

/// Prints one Markdown table per contest. The ratio is freeroam's rate over the row's, best window by best window.
#[expect(clippy::print_stdout, reason = "the table is what the command is for")]
pub(crate) fn print(measured: &[Measured]) {
    for Measured { contest, rates } in measured {
        let unit = rates.first().map_or("", |rate| rate.ready.unit.as_str());
        println!("\n{}\n", contest.title);
        println!("Rates are {unit} per second: on the core, then by the clock on the wall.\n");
        println!("| program | best | median | best, wall | microseconds | freeroam / this, best (median) |");
        println!("|---|---|---|---|---|---|");
        for (entrant, rate) in contest.entrants.iter().zip(rates) {
            let ratio = if entrant.is_peer() {
                format!("{:.2} ({:.2})", rates[0].best / rate.best, rates[0].median / rate.median)
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
        .map(|Measured { contest, rates }| json!({ "title": contest.title, "rates": rates, "ratios": ratios(contest.has_peers(), rates) }))
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
fn ratios(has_peers: bool, rates: &[Rate]) -> Value {
    if !has_peers {
        return json!({});
    }
    let ratio = |rate: &Rate| json!({ "best": rates[0].best / rate.best, "median": rates[0].median / rate.median });
    rates.iter().skip(1).map(|rate| (rate.ready.name.clone(), ratio(rate))).collect()
}
