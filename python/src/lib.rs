//! Python bindings: the module `freeroam._native`.
//!
//! ```text
//!  NumPy actions ──copy──► Lanes (the interpreter's lock released) ──copy──► NumPy arrays, new or the caller's
//!                            └── Fleet: one group of lanes stepped in place, or several in background threads
//!  settings ─────────────► train, evaluate (the same functions as the programs) ─────► a run folder, read by Run and Policy
//! ```

mod arrays; // reading what Python passes in
mod background; // threads that run groups of lanes
mod datasets; // data sets and their files
mod error; // Python's exceptions
mod fleet; // all lanes of a vector environment
mod group; // lanes that are stepped as one piece
mod lanes; // the Python class
mod layers; // settings of a run from Python values
mod learner; // a training in the hands of the caller
mod pictures; // pictures of lanes
mod policy; // actions of a run's policy
mod results; // handing results to Python
mod run; // folders of runs
mod settings; // names of settings
mod stats; // robust statistics
mod train; // training with callbacks and signals
mod words; // the English of a world
mod world; // what a world looks like from outside

use mimalloc::MiMalloc;
use pyo3::prelude::*;

/// The allocator of the programs, so that they and Python are equally fast: the physics allocate at every step.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// The native module.
#[pymodule(gil_used = false)]
mod _native {
    #[pymodule_export]
    use super::{
        datasets::{
            Recorder, ogbench_validation_path, read_exorl, read_minari, read_ogbench, read_run, write_minari,
            write_ogbench,
        },
        lanes::Lanes,
        learner::Learner,
        policy::Policy,
        run::{checkpoints, evaluate, metrics},
        stats::{interval, iqm, mean, median, optimality_gap, performance_profile, probability_of_improvement},
        train::train,
        words::Words,
        world::{World, ids, world},
    };

    #[pymodule_export]
    #[expect(non_upper_case_globals, reason = "Python's name for it")]
    const __version__: &str = env!("CARGO_PKG_VERSION");
}
