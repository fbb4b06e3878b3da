//! Asking a run to end at its next step.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use signal_hook::consts::{SIGINT, SIGTERM};

use crate::TrainerError;

/// A flag that ends [`fit`](crate::fit) after the current step, with a checkpoint. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct StopFlag(Arc<AtomicBool>);

impl StopFlag {
    /// A flag that the first SIGINT (Ctrl-C) or SIGTERM sets; the second ends the process at once, with exit code 130
    /// or 143.
    ///
    /// # Errors
    /// [`TrainerError::Learner`] when the system refuses the handlers.
    pub fn on_signals() -> Result<Self, TrainerError> {
        let flag = Self::default();
        for signal in [SIGINT, SIGTERM] {
            // In this order: a handler that finds the flag set runs before the one that sets it.
            signal_hook::flag::register_conditional_shutdown(signal, 128 + signal, Arc::clone(&flag.0))
                .and_then(|_| signal_hook::flag::register(signal, Arc::clone(&flag.0)))
                .map_err(|error| TrainerError::Learner(format!("cannot handle signal {signal}: {error}")))?;
        }
        Ok(flag)
    }

    /// Asks for the end.
    pub fn set(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether the end was asked for.
    #[must_use]
    pub fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_signal_sets_the_flag() {
        let flag = StopFlag::on_signals().expect("handlers are allowed");
        assert!(!flag.is_set());
        signal_hook::low_level::raise(SIGINT).expect("raises");
        assert!(flag.is_set());
    }
}
