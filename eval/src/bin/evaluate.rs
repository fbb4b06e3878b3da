//! Evaluates the newest checkpoint of a run.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use freeroam_eval::output::say;
use freeroam_eval::session::{evaluate_run, exit_code};
use freeroam_eval::{EvalError, PROMPTS, prompt_run};
use freeroam_trainer::Layer;
use mimalloc::MiMalloc;

/// Networks free and take large blocks at every step; this allocator keeps them.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// Evaluates the newest checkpoint of a run: coverage, zero-shot goals, figures. Writes the report into the run folder.
///
/// With --words, also goals in words: sentences that combine what no caption of that run's training did. With --prompt,
/// these sentences and nothing else; their page is prompts/report.html in the run folder.
#[derive(Parser)]
#[command(
    version,
    after_help = "\
Examples:
  evaluate runs/Ant-v0-metra-0-1                                   coverage, goals, figures
  evaluate RUN --words runs/PointMaze-Large-v0-clip-0-1            goals in words too
  evaluate RUN --words CLIP_RUN --prompt 'go to the north-east room'   one prompt

Exit codes: 0 done, 1 failed while running, 2 wrong usage."
)]
struct Cli {
    /// Run folder.
    run: PathBuf,
    /// One setting under `evaluate`, `threads` or `device`, e.g. `evaluate.goals=200`; repeatable.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    sets: Vec<String>,
    /// Folder of a run of `clip` or `cleanclip` in the same world, whose networks read sentences and see places.
    #[arg(long, value_name = "RUN")]
    words: Option<PathBuf>,
    /// A sentence that names a place, e.g. `the ball is in the north-east room`; repeatable.
    #[arg(long = "prompt", value_name = "SENTENCE", requires = "words")]
    prompts: Vec<String>,
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

fn run(cli: Cli) -> Result<(), EvalError> {
    let sets = cli.sets.into_iter().chain(cli.device.map(|device| format!("device={device}")));
    let layers: Vec<Layer> = sets.map(Layer::Set).collect();
    if let Some(words) = cli.words.as_ref().filter(|_| !cli.prompts.is_empty()) {
        let worded = prompt_run(&cli.run, &layers, words, &cli.prompts)?;
        let lines: String = worded.each.iter().map(|sentence| sentence.line() + "\n").collect();
        let page = cli.run.join(PROMPTS);
        return say(&format!("{lines}{}\nReport: {}/report.html\n", worded.sentence(), page.display()));
    }
    let (report, folder) = evaluate_run(&cli.run, &layers, cli.words.as_deref())?;
    say(&format!("{}\nReport: {}/report.html\n", report.sentence(), folder.display()))
}
