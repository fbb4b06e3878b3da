//! Gathers the reports of several runs into one.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use freeroam_eval::EvalError;
use freeroam_eval::output::say;
use freeroam_eval::report::AggregateReport;
use freeroam_eval::session::{exit_code, report_runs};

/// Gathers the reports of several runs, grouped by world and objective: interquartile means with stratified bootstrap
/// intervals over seeds, tables and figures.
#[derive(Parser)]
#[command(version, after_help = "Exit codes: 0 done, 1 failed while running, 2 wrong usage.")]
struct Cli {
    /// Run folders that have a report.json. Those with a report of several runs, such as that of an earlier call, are left out.
    #[arg(required = true)]
    runs: Vec<PathBuf>,
    /// Run folders of experts, trained for the reward of the same worlds: returns are also given as shares of theirs.
    #[arg(long, value_name = "RUN", num_args = 1..)]
    experts: Vec<PathBuf>,
    /// Folder for report.md, report.html, report.json and figures.
    #[arg(long, value_name = "DIR", default_value = "runs/report")]
    out: PathBuf,
}

#[expect(clippy::print_stderr, reason = "the program's errors")]
fn main() -> ExitCode {
    match run(Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(exit_code(&error))
        }
    }
}

#[expect(clippy::print_stderr, reason = "what is left out")]
fn run(Cli { mut runs, experts, out }: Cli) -> Result<(), EvalError> {
    runs.retain(|dir| {
        let gathered = AggregateReport::read(&dir.join("report.json")).is_ok();
        if gathered {
            eprintln!("{} is left out: it has a report of several runs", dir.display());
        }
        !gathered
    });
    let report = report_runs(&runs, &experts, &out)?;
    say(&format!("{}\nReport: {}/report.html\n", report.sentence(), out.display()))
}
