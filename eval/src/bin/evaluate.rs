//! Evaluates the newest checkpoint of a run.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use freeroam_eval::EvalError;
use freeroam_eval::session::{evaluate_run, exit_code};
use freeroam_trainer::Layer;

/// Evaluates the newest checkpoint of a run: coverage, zero-shot goals, figures. Writes the report into the run folder.
#[derive(Parser)]
#[command(version, after_help = "Exit codes: 0 done, 1 failed while running, 2 wrong usage.")]
struct Cli {
    /// Run folder.
    run: PathBuf,
    /// One setting under `evaluate`, e.g. `evaluate.goals=200`; repeatable.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    sets: Vec<String>,
    /// `cpu` or `cuda:N`; default the run's.
    #[arg(long, value_name = "DEVICE")]
    device: Option<String>,
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

#[expect(clippy::print_stdout, reason = "the program's output")]
fn run(cli: Cli) -> Result<(), EvalError> {
    let sets = cli.sets.into_iter().chain(cli.device.map(|device| format!("device={device}")));
    let report = evaluate_run(&cli.run, &sets.map(Layer::Set).collect::<Vec<_>>())?;
    println!("{}\nReport: {}/report.html", report.sentence(), cli.run.display());
    Ok(())
}
