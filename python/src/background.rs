//! Threads that run groups of lanes while the caller does something else.
//!
//! ```text
//!  Fleet ── group, job ──► queue ──► whichever thread is free ──► group, outcome ──► the group's own mailbox ──► Fleet
//! ```
//! Groups move by value, so that no memory is shared. A process made by `fork` has none of these threads, and what they
//! held at that moment may be half changed: there it is left alone for good, and new threads start with the next job.
//! A thread that is ending holds locks of the standard library for a moment, which a child forked in that moment would never
//! get: so the end of the threads is waited for, and whoever forks after a close meets none on its way out.

use std::{
    mem::forget,
    panic::{AssertUnwindSafe, catch_unwind},
    process,
    thread::{self, JoinHandle},
};

use crossbeam_channel::{Receiver, Sender, bounded};
use freeroam_envs::EnvsError;

use crate::group::{Group, Resets};

/// What a group is to do.
pub(crate) enum Job {
    Step,
    Reset(Resets),
}

/// A group that has done its job, or why it could not.
type Done = (Box<Group>, Result<(), EnvsError>);

/// Where a group is.
pub(crate) enum Slot {
    Home(Box<Group>),
    /// At work; comes back here.
    Away(Receiver<Done>),
    /// Its thread did not survive.
    Lost,
}

struct Work {
    group: Box<Group>,
    job: Job,
    mailbox: Sender<Done>,
}

/// The threads. They start with the first job, and have ended once this is dropped; jobs that none has begun are then left undone.
pub(crate) struct Background {
    threads: usize,
    running: Option<Running>,
}

struct Running {
    /// `None` once the threads have been told to stop.
    queue: Option<Sender<Work>>,
    /// Where the threads take from, too: so that nobody does what is still in it at the end.
    inbox: Receiver<Work>,
    threads: Vec<JoinHandle<()>>,
    process: u32,
}

impl Background {
    pub(crate) fn new(threads: usize) -> Self {
        Self { threads, running: None }
    }

    /// Gives the group in `slot` a job, if one is there. At most `places` groups are at work at a time.
    pub(crate) fn send(&mut self, slot: &mut Slot, job: Job, places: usize) -> Result<(), EnvsError> {
        let running = match &self.running {
            Some(running) => running,
            None => self.running.insert(Running::start(self.threads, places)?),
        };
        match std::mem::replace(slot, Slot::Lost) {
            Slot::Home(group) => {
                let (mailbox, arrival) = bounded(1);
                let queue = running.queue.as_ref().expect("threads stop only when they are dropped");
                queue.send(Work { group, job, mailbox }).expect("the inbox is kept beside its queue");
                *slot = Slot::Away(arrival);
            }
            other => *slot = other,
        }
        Ok(())
    }

    /// In a process made by `fork`: forgets the threads, and what they had. To be called before anything else is done
    /// with the slots.
    pub(crate) fn notice_fork(&mut self, slots: &mut [Slot]) {
        if self.running.as_ref().is_some_and(|running| running.process != process::id()) {
            // Not dropped: the channels' locks may be held by threads that are not in this process.
            forget(self.running.take());
            for slot in slots {
                if matches!(slot, Slot::Away(_)) {
                    forget(std::mem::replace(slot, Slot::Lost));
                }
            }
        }
    }
}

impl Slot {
    /// Waits for the group if it is at work; the outcome of that work.
    pub(crate) fn wait(&mut self) -> Result<(), EnvsError> {
        let Self::Away(arrival) = self else { return Ok(()) };
        let done = arrival.recv();
        *self = Self::Lost;
        let (group, outcome) = done.map_err(|_| stopped("a background thread has stopped".to_owned()))?;
        *self = Self::Home(group);
        outcome
    }
}

impl Running {
    fn start(threads: usize, places: usize) -> Result<Self, EnvsError> {
        let (queue, inbox) = bounded::<Work>(places);
        let mut running = Self { queue: Some(queue), inbox, threads: Vec::new(), process: process::id() };
        for index in 0..threads {
            let inbox = running.inbox.clone();
            let thread = thread::Builder::new().name(format!("groups-{index}")).spawn(move || work(&inbox));
            running.threads.push(thread.map_err(|error| stopped(error.to_string()))?);
        }
        Ok(running)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        while self.inbox.try_recv().is_ok() {}
        // The closed queue ends the threads' loops.
        self.queue = None;
        for thread in self.threads.drain(..) {
            // Panics are caught inside the loop, so that there is nothing to learn from the result.
            let _ = thread.join();
        }
    }
}

fn work(inbox: &Receiver<Work>) {
    while let Ok(Work { mut group, job, mailbox }) = inbox.recv() {
        let outcome = catch_unwind(AssertUnwindSafe(|| match &job {
            Job::Step => group.step(),
            Job::Reset(resets) => group.reset(resets),
        }));
        let outcome = outcome.unwrap_or_else(|_| Err(stopped("a panic in a background thread".to_owned())));
        // Nobody waits once the fleet is dropped.
        let _ = mailbox.send((group, outcome));
    }
}

fn stopped(reason: String) -> EnvsError {
    EnvsError::Worker { reason }
}
