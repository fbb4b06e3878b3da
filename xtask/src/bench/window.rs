//! A program that works for a window of time when told: the protocol of `bench/peers/windows.py`.

use std::{
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};

use super::contest::Entrant;
use crate::stage::{installed, program, root};

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

/// The windows of one program.
#[derive(Serialize)]
pub(crate) struct Rate {
    #[serde(flatten)]
    pub(crate) ready: Ready,
    /// Units per second of the best window.
    pub(crate) best: f64,
    /// Units per second of the median window.
    pub(crate) median: f64,
    /// Units per second of every window, in order of time.
    pub(crate) windows: Vec<f64>,
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

impl Runner {
    /// Starts a program pinned to `core`, where the system can, and waits until it is ready.
    pub(crate) fn start(entrant: &Entrant, rates: &Path, python: &Path, core: usize) -> Result<Self> {
        let words: Vec<String> = match entrant {
            Entrant::Ours(workload) => vec![rates.display().to_string(), workload.clone()],
            Entrant::Peer(script) => {
                let path = root().join("bench/peers").join(script[0]);
                let arguments = script[1..].iter().map(|word| (*word).to_owned());
                [python.display().to_string(), path.display().to_string()].into_iter().chain(arguments).collect()
            }
        };
        let mut command = if can_pin() {
            let mut pinned = program("taskset");
            pinned.args(["-c", &core.to_string()]).args(&words);
            pinned
        } else {
            let mut free = program(&words[0]);
            free.args(&words[1..]);
            free
        };
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

    /// Lets the program work for `seconds`; gives its units per second.
    pub(crate) fn window(&mut self, seconds: f64) -> Result<f64> {
        let input = self.input.as_mut().context("the program was told to end")?;
        writeln!(input, "{seconds}")?;
        input.flush()?;
        let counted: Counted = read(&mut self.output).with_context(|| self.ready.name.clone())?;
        Ok(counted.units / counted.seconds)
    }

    /// Ends the program and sums up its windows, of which there is at least one.
    pub(crate) fn finish(self, windows: Vec<f64>) -> Rate {
        let mut sorted = windows.clone();
        sorted.sort_by(f64::total_cmp);
        let (low, high) = (sorted[(sorted.len() - 1) / 2], sorted[sorted.len() / 2]);
        Rate { ready: self.ready.clone(), best: sorted[sorted.len() - 1], median: f64::midpoint(low, high), windows }
    }
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
