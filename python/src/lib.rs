//! Python bindings: the module `freeroam._native`.
//!
//! ```text
//!  NumPy actions ──copy──► Lanes (its own threads, the interpreter's lock released) ──copy──► NumPy arrays
//!  settings ─────────────► train, evaluate (the same functions as the programs) ─────► a run folder, read by Run and Policy
//! ```

mod error; // what Python sees when something is refused
mod lanes; // worlds in lanes
mod policy; // actions of a run's policy
mod run; // folders of runs
mod settings; // settings from Python values
mod stats; // robust statistics
mod train; // training with callbacks and signals

use pyo3::prelude::*;

/// The native module.
#[pymodule(gil_used = false)]
mod _native {
    #[pymodule_export]
    use super::{
        lanes::{Lanes, Step, ids},
        policy::Policy,
        run::{checkpoints, evaluate, metrics},
        stats::{interval, iqm, mean, median, optimality_gap, performance_profile, probability_of_improvement},
        train::train,
    };

    #[pymodule_export]
    #[expect(non_upper_case_globals, reason = "Python's name for it")]
    const __version__: &str = env!("CARGO_PKG_VERSION");
}
