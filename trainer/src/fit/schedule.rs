//! When a run logs, evaluates, writes checkpoints and ends.

use crate::progress::Pace;
use crate::{Progress, TrainerError};

/// When a run logs, evaluates, writes checkpoints and ends.
///
/// A learner without an environment has no environment steps: for it, `evaluate_every` and `checkpoint_every` count
/// gradient steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// Environment steps to run for; 0 sets no limit.
    pub env_steps: u64,
    /// Gradient steps to run for; 0 sets no limit. The limit reached first ends the run.
    pub gradient_steps: u64,
    /// Learner steps over which the metrics of a log line are averaged; at least 1.
    pub log_every: u64,
    /// Environment steps between evaluations; 0 evaluates at the end only.
    pub evaluate_every: u64,
    /// Environment steps between checkpoints; 0 writes one at the end, or when stopped, only.
    pub checkpoint_every: u64,
    /// Checkpoints kept, the newest; at least 1.
    pub keep_checkpoints: usize,
}

impl Schedule {
    /// Refuses a schedule that never ends or never logs.
    pub(crate) fn check(&self) -> Result<(), TrainerError> {
        let problem = if self.env_steps == 0 && self.gradient_steps == 0 {
            "`env_steps` and `gradient_steps` are both 0, expected one of them to limit the run"
        } else if self.log_every == 0 {
            "`log_every` is 0, expected at least 1"
        } else if self.keep_checkpoints == 0 {
            "`keep_checkpoints` is 0, expected at least 1"
        } else {
            return Ok(());
        };
        Err(TrainerError::Usage(problem.into()))
    }

    pub(crate) const fn is_over(&self, progress: Progress) -> bool {
        (self.env_steps > 0 && progress.env_steps >= self.env_steps)
            || (self.gradient_steps > 0 && progress.gradient_steps >= self.gradient_steps)
    }

    pub(crate) const fn evaluates(&self, before: Progress, after: Progress) -> bool {
        crosses(self.evaluate_every, before, after)
    }

    pub(crate) const fn checkpoints(&self, before: Progress, after: Progress) -> bool {
        crosses(self.checkpoint_every, before, after)
    }

    /// What is done and what there is to do, in environment steps or else in gradient steps.
    pub(crate) const fn share(&self, progress: Progress) -> (u64, u64) {
        if self.env_steps > 0 {
            (progress.env_steps, self.env_steps)
        } else {
            (progress.gradient_steps, self.gradient_steps)
        }
    }

    /// The pace in the unit of [`Schedule::share`].
    pub(crate) const fn speed(&self, pace: Pace) -> f64 {
        if self.env_steps > 0 { pace.env_steps_per_s } else { pace.gradient_steps_per_s }
    }
}

/// Whether a multiple of `every` lies in `(before, after]`.
const fn crosses(every: u64, before: Progress, after: Progress) -> bool {
    every > 0 && after.clock() / every > before.clock() / every
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn multiples_are_met_once_however_large_the_steps() {
        let at = |env_steps| Progress { steps: 0, env_steps, gradient_steps: 7 };
        assert!(crosses(100, at(80), at(160)) && crosses(100, at(80), at(100)) && crosses(10, at(80), at(160)));
        assert!(!crosses(100, at(100), at(180)) && !crosses(0, at(0), at(1000)));
        let offline = |gradient_steps| Progress { steps: 0, env_steps: 0, gradient_steps };
        assert!(crosses(100, offline(99), offline(100)));
    }
}
