//! A program that works for a window of time when told: the protocol of `bench/peers/windows.py`.

use std::{
    io::{BufRead, BufReader, Write},
    path::PathBuf,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};

use super::contest::Entrant;
use crate::{
    python::environment::Environments,
    stage::{installed, program, root},
};

/// What a program says when it is set up.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Ready {
    /// What is measured.
    pub(crate) name: String,
    /// Of what it counts.
    pub(crate) unit: String,
    /// Versions of what it is made from.
    pub(crate) versions: serde_json::Map<String, serde_json::Value>,
}

/// What a program says after a window.
#[derive(Deserialize)]
struct Counted {
    units: f64,
    seconds: f64,
}

/// One window, in units per second.
#[derive(Clone, Copy, Serialize)]
pub(crate) struct Speed {
    /// By the program's own time on the core: what it would do with the core to itself. Where the system does not tell,
    /// the same as `wall`.
    pub(crate) core: f64,
    /// By the clock on the wall.
    pub(crate) wall: f64,
}

/// The windows of one program.
#[derive(Serialize)]
pub(crate) struct Rate {
    #[serde(flatten)]
    pub(crate) ready: Ready,
    /// Units per second of time on the core, best window.
    pub(crate) best: f64,
    /// Units per second of time on the core, median window.
    pub(crate) median: f64,
    /// Units per second by the clock on the wall, best window.
    pub(crate) best_wall: f64,
    /// Units per second by the clock on the wall, median window.
    pub(crate) median_wall: f64,
    /// Every window, in order of time.
    pub(crate) windows: Vec<Speed>,
}

/// A started program, warm and waiting.
pub(crate) struct Runner {
    ready: Ready,
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

/// Whether programs can be pinned to a core here.
pub(crate) fn can_pin() -> bool {
    installed("taskset", &["--version"])
}

/// What entrants are made of.
pub(crate) struct Programs {
    /// The program `rates`.
    pub(crate) rates: PathBuf,
    /// Where the scripts run; none where no entrant is a script.
    pub(crate) python: Option<Environments>,
}

impl Programs {
    /// The words of an entrant's command, and Python's search path where it needs one.
    fn words(&self, entrant: &Entrant) -> Result<(Vec<String>, Option<String>)> {
        let (script, package) = match entrant {
            Entrant::Ours(workload) => return Ok((vec![self.rates.display().to_string(), workload.clone()], None)),
            Entrant::Package(script) => (script, true),
            Entrant::Peer(script) => (script, false),
        };
        let python = self.python.as_ref().context("there is no Python environment")?;
        let path = root().join("bench/peers").join(script[0]);
        let arguments = script[1..].iter().map(|word| (*word).to_owned());
        let words = [python.interpreter().display().to_string(), path.display().to_string()];
        Ok((words.into_iter().chain(arguments).collect(), package.then(|| python.path(None))))
    }
}

impl Runner {
    /// Starts a program pinned to `cores` cores from `core` on, where the system can, and waits until it is ready.
    pub(crate) fn start(entrant: &Entrant, programs: &Programs, core: usize, cores: usize) -> Result<Self> {
        let (words, path) = programs.words(entrant)?;
        let mut command = if can_pin() {
            let mut pinned = program("taskset");
            pinned.args(["-c", &format!("{core}-{}", core + cores - 1)]).args(&words);
            pinned
        } else {
            let mut free = program(&words[0]);
            free.args(&words[1..]);
            free
        };
        if let Some(path) = path {
            command.env("PYTHONPATH", path);
        }
        Self::launch(&mut command).with_context(|| format!("`{}` did not start", words.join(" ")))
    }

    fn launch(command: &mut Command) -> Result<Self> {
        // One thread in every library that would start its own.
        for variable in ["OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"] {
            command.env(variable, "1");
        }
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let input = child.stdin.take();
        let mut output = BufReader::new(child.stdout.take().context("no standard output")?);
        let ready = read(&mut output)?;
        Ok(Self { ready, child, input, output })
    }

    /// Lets the program work for `seconds`.
    pub(crate) fn window(&mut self, seconds: f64) -> Result<Speed> {
        let input = self.input.as_mut().context("the program was told to end")?;
        let before = core_seconds(self.child.id());
        writeln!(input, "{seconds}")?;
        input.flush()?;
        let counted: Counted = read(&mut self.output).with_context(|| self.ready.name.clone())?;
        let worked = before.zip(core_seconds(self.child.id())).map(|(before, after)| after - before);
        let on_core = worked.filter(|&seconds| seconds > 0.0).unwrap_or(counted.seconds);
        Ok(Speed { core: counted.units / on_core, wall: counted.units / counted.seconds })
    }

    /// Ends the program and sums up its windows, of which there is at least one.
    pub(crate) fn finish(self, windows: Vec<Speed>) -> Rate {
        let (best, median) = best_and_median(windows.iter().map(|speed| speed.core));
        let (best_wall, median_wall) = best_and_median(windows.iter().map(|speed| speed.wall));
        Rate { ready: self.ready.clone(), best, median, best_wall, median_wall, windows }
    }
}

fn best_and_median(speeds: impl Iterator<Item = f64>) -> (f64, f64) {
    let mut sorted: Vec<f64> = speeds.collect();
    sorted.sort_by(f64::total_cmp);
    let (low, high) = (sorted[(sorted.len() - 1) / 2], sorted[sorted.len() / 2]);
    (sorted[sorted.len() - 1], f64::midpoint(low, high))
}

/// Seconds that all threads of a process have had on a core, to a hundredth; none where the system does not tell.
fn core_seconds(process: u32) -> Option<f64> {
    /// Ticks per second in `/proc`, a fixed part of Linux's interface on the usual processors.
    const TICKS: f64 = 100.0;
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The name of the program, in brackets, may hold spaces; user and system time are the 12th and 13th after it.
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
    let mut ticks = || fields.next()?.parse::<f64>().ok();
    Some((ticks()? + ticks()?) / TICKS)
}

impl Drop for Runner {
    fn drop(&mut self) {
        // The end of its input is what the program waits for.
        drop(self.input.take());
        let _ = self.child.wait();
    }
}

/// One line of JSON.
fn read<T: for<'de> Deserialize<'de>>(output: &mut impl BufRead) -> Result<T> {
    let mut line = String::new();
    if output.read_line(&mut line)? == 0 {
        bail!("it ended without an answer");
    }
    serde_json::from_str(&line).with_context(|| format!("not the answer that was expected: {line}"))
}
