//! Everything the project does to itself, behind one command: `cargo xtask`.

mod bench; // speed beside peers
mod check; // formatting, lints, docs, tests
mod cuda; // the CUDA build on machines without LLVM's download
mod docs; // the generated pages of docs/
mod python; // the Python package's checks and tests
mod stage; // running programs and timing them
mod walkthrough; // the walk-throughs of docs/

use anyhow::Result;
use clap::{Parser, Subcommand, ValueEnum};

use crate::python::Python;

/// Checks, tests and benches of freeroam.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", version, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Formatting, lints, docs and tests, cheapest first; everything that must hold before a change is shared.
    Check {
        /// Leave the tests out.
        #[arg(long)]
        no_test: bool,
    },
    /// All tests except the long learning proofs, in Rust and in Python.
    Test {
        /// Passed on to `cargo test`, for example a filter; then only Rust's tests run.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        args: Vec<String>,
    },
    /// Long learning proofs: the ignored tests, with their output shown.
    Proofs {
        /// Only proofs whose name contains this.
        filter: Option<String>,
    },
    /// Checks and tests of the Python package, in every environment that it supports.
    Python(Python),
    /// Writes what of docs/ is generated: the page of all worlds and its pictures.
    Docs,
    /// Follows the walk-throughs of docs/ in a copy of the workspace: files, changes, commands.
    Walkthroughs,
    /// Speed of freeroam beside EnvPool, Gymnasium and PyTorch: a table, and a JSON file.
    Bench(bench::Bench),
    /// Builds with CUDA where the build of cubecl cannot download LLVM; see docs/cuda.md.
    CudaOffline {
        /// Type-check only, or build the programs.
        #[arg(default_value = "check")]
        mode: CudaMode,
    },
}

#[derive(Clone, Copy, ValueEnum)]
enum CudaMode {
    /// `cargo check`.
    Check,
    /// `cargo build`.
    Build,
}

fn main() -> Result<()> {
    match Cli::parse().task {
        Task::Check { no_test } => check::check(no_test),
        Task::Test { args } => check::test(&args),
        Task::Proofs { filter } => check::proofs(filter.as_deref()),
        Task::Python(python) => python.run(),
        Task::Docs => docs::write(),
        Task::Walkthroughs => walkthrough::walkthroughs(),
        Task::Bench(bench) => bench.run(),
        Task::CudaOffline { mode } => cuda::offline(match mode {
            CudaMode::Check => "check",
            CudaMode::Build => "build",
        }),
    }
}
