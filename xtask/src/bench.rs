//! Speed of freeroam beside its peers: `cargo xtask bench`.
//!
//! ```text
//!  contest: ours, peer, peer ── each set up, warm and pinned to one core ──► round: one window each, in turn ──► best, median
//! ```

mod contest; // what is measured against what
mod machine; // where it was measured
mod report; // the table and the JSON file
mod window; // a program that works for a window of time when told

use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::{Args, ValueEnum};

use crate::{
    bench::{
        contest::{Contest, Entrant, Measured},
        window::{Programs, Runner},
    },
    python::{environment::Environments, install},
    stage::{cargo, root, say, stage, target_dir},
};

/// What `cargo xtask bench` takes.
#[derive(Args)]
pub(crate) struct Bench {
    /// Fewer and shorter windows: to see that everything runs, not to quote.
    #[arg(long)]
    quick: bool,
    /// freeroam alone; needs no Python.
    #[arg(long)]
    no_peers: bool,
    /// Only this group; may be repeated.
    #[arg(long, value_name = "GROUP")]
    only: Vec<Group>,
    /// The core that everything is pinned to; with the next one, what has two.
    #[arg(long, default_value_t = 0)]
    core: usize,
    /// Windows per program [default: 5, or 2 with --quick].
    #[arg(long)]
    rounds: Option<usize>,
    /// Length of a window [default: 3, or 0.5 with --quick].
    #[arg(long)]
    seconds: Option<f64>,
    /// The JSON file to write [default: bench/results/rates.json, or the target folder's quick-rates.json with --quick].
    #[arg(long)]
    out: Option<PathBuf>,
}

/// A group of measurements.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Group {
    /// Environment steps, beside MuJoCo's Ant in EnvPool and Gymnasium.
    Env,
    /// Pictures and lidar rays, beside MuJoCo's renderer on the CPU.
    Pictures,
    /// Gradient steps of METRA, beside PyTorch.
    Metra,
    /// Gradient steps of HILP, SimCSE and CPC, beside PyTorch.
    Objectives,
    /// Replay samples.
    Replay,
    /// Cost of an environment step by number of lanes.
    Lanes,
    /// Vector environments from Python, beside the Rust loop, Gymnasium and EnvPool; one core and two.
    Python,
}

impl Bench {
    /// Measures, prints the table and writes the JSON file.
    ///
    /// # Errors
    /// When a program cannot be built, installed or run.
    pub(crate) fn run(&self) -> Result<()> {
        let (rounds, seconds) = if self.quick { (2, 0.5) } else { (5, 3.0) };
        let rounds = self.rounds.unwrap_or(rounds);
        let seconds = self.seconds.unwrap_or(seconds);
        if rounds == 0 || !seconds.is_finite() || seconds <= 0.0 {
            bail!("--rounds {rounds} --seconds {seconds}: expected at least one round of a positive length");
        }
        let target = target_dir()?;
        stage("building the speed program", cargo().args(["build", "--release", "--bin", "rates"]))?;
        let wanted: Vec<Contest> = contest::all()
            .into_iter()
            .filter(|contest| self.only.is_empty() || self.only.contains(&contest.group))
            .map(|contest| if self.no_peers { contest.without_python() } else { contest })
            .collect();
        let any = |wants: fn(&Entrant) -> bool| wanted.iter().flat_map(|contest| &contest.entrants).any(wants);
        let python = if any(Entrant::needs_python) { Some(Environments::main()?) } else { None };
        if let Some(python) = python.as_ref().filter(|_| any(|entrant| matches!(entrant, Entrant::Package(_)))) {
            install(python)?;
        }
        let programs = Programs { rates: target.join("release").join("rates"), python };
        let mut measured = Vec::new();
        for contest in wanted.into_iter().filter(|contest| !contest.entrants.is_empty()) {
            let runners: Vec<Runner> = contest
                .entrants
                .iter()
                .map(|entrant| Runner::start(entrant, &programs, self.core, contest.cores))
                .collect::<Result<_>>()?;
            measured.push(measure(contest, runners, rounds, seconds)?);
        }
        let out = self.out.clone().unwrap_or_else(|| {
            if self.quick { target.join("quick-rates.json") } else { root().join("bench/results/rates.json") }
        });
        report::print(&measured);
        report::write(&out, &measured, &machine::describe(self.core)?, rounds, seconds)?;
        say(&format!("==> written to {}", out.display()));
        Ok(())
    }
}

/// Lets the programs of a contest take turns.
fn measure(contest: Contest, mut runners: Vec<Runner>, rounds: usize, seconds: f64) -> Result<Measured> {
    say(&format!("==> {}: {rounds} rounds of {seconds} s each", contest.title));
    let mut windows = vec![Vec::with_capacity(rounds); runners.len()];
    for _ in 0..rounds {
        for (runner, windows) in runners.iter_mut().zip(&mut windows) {
            windows.push(runner.window(seconds)?);
        }
    }
    Ok(Measured { contest, rates: runners.into_iter().zip(windows).map(|(runner, w)| runner.finish(w)).collect() })
}
