//! Python bindings: the module `freeroam._native`.
//!
//! ```text
//!  NumPy actions ──copy──► Lanes (its own threads, the interpreter's lock released) ──copy──► NumPy arrays
//! ```

mod lanes; // worlds in lanes

use pyo3::prelude::*;

pyo3::create_exception!(
    freeroam,
    FreeroamError,
    pyo3::exceptions::PyValueError,
    "A value that freeroam cannot use; the message names it and what was expected."
);

/// The native module.
#[pymodule(gil_used = false)]
mod _native {
    #[pymodule_export]
    use super::{
        FreeroamError,
        lanes::{Lanes, Step, ids},
    };

    #[pymodule_export]
    #[expect(non_upper_case_globals, reason = "Python's name for it")]
    const __version__: &str = env!("CARGO_PKG_VERSION");
}
