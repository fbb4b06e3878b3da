//! The one loop.
//!
//! ```text
//!  until the budget is used up, or a stop is asked for:
//!      record = learner.step()
//!      every log_every steps:             write the mean of the records
//!      every evaluate_every env steps:    write learner.evaluate()
//!      every checkpoint_every env steps:  write a checkpoint
//!  write a checkpoint
//!  budget used up:  write the mean of what is left and, unless just done, learner.evaluate()
//! ```
//!
//! The state of the loop, too, is in the checkpoint, and the metrics are cut back to it on resume: a run that was
//! interrupted anywhere writes the same lines, `time/` apart, and ends in the same state as one that was not. What
//! follows the last checkpoint is written again by a later resume, which may therefore also lengthen the budget.

mod schedule; // when to log, evaluate, checkpoint and end
mod state; // sums and positions that outlive a session

use std::time::Instant;

pub use self::schedule::Schedule;
pub(crate) use self::state::LoopState;
use crate::progress::Pace;
use crate::sinks::{Sink, Sinks};
use crate::{Display, Learner, Progress, Record, Run, StopFlag, TrainerError};

/// How a session ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The budget is used up.
    Finished,
    /// A stop was asked for; the run can be resumed.
    Stopped,
}

/// Takes a record and how far the learner had come.
pub type RecordHook<'a> = dyn FnMut(Progress, &Record) + 'a;

/// Who watches a session, and who may stop it: the hooks hold a clone of `stop`.
#[derive(Default)]
pub struct Watch<'a> {
    /// Ends the session after the current step.
    pub stop: StopFlag,
    /// What a person sees.
    pub display: Display,
    /// Called after each step.
    pub on_step: Option<Box<dyn FnMut() + 'a>>,
    /// Called with each record after it was written.
    pub on_record: Option<Box<RecordHook<'a>>>,
    /// Called with a name after each effect on the run folder; tests kill the process there or copy the folder.
    pub probe: Option<Box<dyn FnMut(&'static str) + 'a>>,
}

/// Runs `learner`, which must be newly made, from the newest checkpoint of `run` (or from the start) to the end of
/// `schedule` or until stopped.
///
/// # Errors
/// [`TrainerError::Usage`] for a schedule without end, [`TrainerError::Checkpoint`] when the newest checkpoint is damaged
/// or does not fit, [`TrainerError::Io`] when the run folder cannot be written, and whatever the learner fails with. The
/// run can be resumed from its newest checkpoint after any of them.
pub fn fit(
    learner: &mut dyn Learner,
    run: &mut Run,
    schedule: &Schedule,
    watch: &mut Watch<'_>,
) -> Result<Outcome, TrainerError> {
    schedule.check()?;
    let state = restore(learner, run)?;
    run.settle()?;
    let sinks = Sinks::open(run.dir(), state.metrics_bytes, run.started_unix_s(), run.resumes())?;
    let mut session = Session { learner, run, schedule, watch, sinks, state, clock: Clock::new() };
    session.watch.display.begin(schedule, session.state.progress);
    let result = session.go();
    session.watch.display.end();
    result
}

/// Brings `learner` to the newest checkpoint; the state of the loop there.
fn restore(learner: &mut dyn Learner, run: &Run) -> Result<LoopState, TrainerError> {
    let Some(checkpoint) = run.checkpoints().newest()? else {
        return Ok(LoopState { progress: learner.progress(), ..LoopState::default() });
    };
    learner.load(&checkpoint.learner())?;
    let (path, state) = (checkpoint.path().to_path_buf(), checkpoint.into_state());
    if learner.progress() != state.progress {
        let reason = format!("the learner is at {:?}, the loop at {:?}", learner.progress(), state.progress);
        return Err(TrainerError::Checkpoint { path, reason });
    }
    Ok(state)
}

/// One process's part of a run.
struct Session<'a, 'b> {
    learner: &'a mut dyn Learner,
    run: &'a mut Run,
    schedule: &'a Schedule,
    watch: &'a mut Watch<'b>,
    sinks: Sinks,
    state: LoopState,
    clock: Clock,
}

/// Seconds since the last mark, spent in steps alone and altogether.
struct Clock {
    marked: Instant,
    wall_s: f64,
    busy_s: f64,
    env_steps: u64,
    gradient_steps: u64,
}

impl Clock {
    fn new() -> Self {
        Self { marked: Instant::now(), wall_s: 0.0, busy_s: 0.0, env_steps: 0, gradient_steps: 0 }
    }

    /// Seconds since the last call.
    fn lap(&mut self) -> f64 {
        let now = Instant::now();
        let seconds = (now - self.marked).as_secs_f64();
        self.marked = now;
        self.wall_s += seconds;
        seconds
    }

    fn pace(&self) -> Pace {
        let per_s = |count: u64| count as f64 / self.busy_s.max(1e-9);
        Pace { env_steps_per_s: per_s(self.env_steps), gradient_steps_per_s: per_s(self.gradient_steps) }
    }
}

impl Session<'_, '_> {
    fn go(&mut self) -> Result<Outcome, TrainerError> {
        let outcome = loop {
            if self.schedule.is_over(self.state.progress) {
                break Outcome::Finished;
            }
            if self.watch.stop.is_set() {
                break Outcome::Stopped;
            }
            self.step()?;
        };
        self.checkpoint()?;
        if outcome == Outcome::Finished {
            self.log()?;
            if self.state.evaluated_at != Some(self.state.progress.clock()) {
                self.evaluate()?;
            }
        }
        self.sinks.flush()?;
        Ok(outcome)
    }

    fn step(&mut self) -> Result<(), TrainerError> {
        let before = self.state.progress;
        self.clock.lap();
        let record = self.learner.step()?;
        self.clock.busy_s += self.clock.lap();
        let after = self.learner.progress();
        if after.steps != before.steps + 1 {
            let steps = (before.steps, after.steps);
            return Err(TrainerError::Learner(format!(
                "one step took the learner from step {} to {}",
                steps.0, steps.1
            )));
        }
        self.clock.env_steps += after.env_steps - before.env_steps;
        self.clock.gradient_steps += after.gradient_steps - before.gradient_steps;
        self.state.progress = after;
        self.state.add(&record);
        self.probe("step");
        let pace = self.clock.pace();
        if after.steps.is_multiple_of(self.schedule.log_every) {
            self.log()?;
        }
        if self.schedule.evaluates(before, after) {
            self.evaluate()?;
        }
        if self.schedule.checkpoints(before, after) {
            self.checkpoint()?;
        }
        self.watch.display.update(self.schedule, after, pace);
        if let Some(on_step) = &mut self.watch.on_step {
            on_step();
        }
        Ok(())
    }

    /// Writes the means since the last log line, if there are any.
    fn log(&mut self) -> Result<(), TrainerError> {
        let Some(mut record) = self.state.take_means() else { return Ok(()) };
        let pace = self.clock.pace();
        record.set("time/env_steps_per_s", pace.env_steps_per_s);
        record.set("time/gradient_steps_per_s", pace.gradient_steps_per_s);
        (self.clock.busy_s, self.clock.env_steps, self.clock.gradient_steps) = (0.0, 0, 0);
        self.write(record)?;
        self.probe("logged");
        Ok(())
    }

    fn evaluate(&mut self) -> Result<(), TrainerError> {
        self.clock.lap();
        let mut record = self.learner.evaluate()?;
        record.set("time/evaluate_s", self.clock.lap());
        self.state.evaluated_at = Some(self.state.progress.clock());
        self.write(record)?;
        self.probe("evaluated");
        Ok(())
    }

    fn write(&mut self, mut record: Record) -> Result<(), TrainerError> {
        record.set("time/wall_s", self.wall_s());
        self.watch.display.record(&record);
        self.sinks.write(self.state.progress, &record)?;
        if let Some(on_record) = &mut self.watch.on_record {
            on_record(self.state.progress, &record);
        }
        Ok(())
    }

    /// Writes a checkpoint, unless there is one of this moment, and removes those that are no longer kept.
    fn checkpoint(&mut self) -> Result<(), TrainerError> {
        let checkpoints = self.run.checkpoints();
        let missing = !checkpoints.has(self.state.progress.clock());
        if missing {
            // The metrics up to here must be as durable as the checkpoint that counts on them.
            self.sinks.flush()?;
            self.state.metrics_bytes = self.sinks.bytes();
            self.state.wall_s = self.wall_s();
            self.clock.wall_s = 0.0;
        }
        let mut nothing = |_: &'static str| {};
        let probe: &mut dyn FnMut(&'static str) = match &mut self.watch.probe {
            Some(probe) => probe,
            None => &mut nothing,
        };
        if missing {
            checkpoints.write(&*self.learner, &self.state, probe)?;
        }
        checkpoints.prune(self.schedule.keep_checkpoints, probe)
    }

    /// Seconds spent on the run, earlier sessions included up to the checkpoint that was resumed.
    fn wall_s(&mut self) -> f64 {
        self.clock.lap();
        self.state.wall_s + self.clock.wall_s
    }

    fn probe(&mut self, point: &'static str) {
        if let Some(probe) = &mut self.watch.probe {
            probe(point);
        }
    }
}

#[cfg(test)]
mod tests;
