//! A fixed set of worker threads. Each owns one slice of the lanes while it works on it.
//!
//! ```text
//!  caller ── slice 1 ──► worker 1 ──► slice 1 ──┐
//!         ── slice 2 ──► worker 2 ──► slice 2 ──┼─► caller
//!         ── works on slice 0 itself ───────────┘
//! ```
//! Slices move by value through channels of one place: no locks, no sharing, and nothing is allocated per job.
//!
//! A fork copies the memory of a process and one of its threads. The child's copy of a pool starts workers of its own and
//! never touches what is left of the old ones: their channels may have been copied in the middle of a change, and nobody
//! would ever answer in them.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread::JoinHandle;

use crossbeam_channel::{Receiver, Sender, bounded};

/// Work that moves to a thread and back.
pub(crate) trait Work: Send + 'static {
    /// Does the work, in place.
    fn run(&mut self);
}

/// Worker threads for work of type `W`; the caller's thread is the first of them.
pub(crate) struct Pool<W: Work> {
    /// All work, in order. `None` only while it is away.
    home: Vec<Option<Box<W>>>,
    workers: Vec<Worker<W>>,
    /// The process in which the workers run.
    process: u32,
}

/// What comes back: the work, and why it stopped early if it did.
type Done<W> = (Box<W>, Result<(), String>);

struct Worker<W> {
    /// `None` once the worker has been told to stop.
    send: Option<Sender<Box<W>>>,
    receive: Receiver<Done<W>>,
    thread: Option<JoinHandle<()>>,
}

impl<W: Work> Pool<W> {
    /// One thread per piece of work, the caller's included. Fails when the system refuses a thread.
    pub(crate) fn new(work: Vec<W>) -> std::io::Result<Self> {
        let count = work.len();
        let home = work.into_iter().map(|work| Some(Box::new(work))).collect();
        Ok(Self { home, workers: Worker::spawn_all(count)?, process: std::process::id() })
    }

    /// The pieces of work, in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &W> {
        self.home.iter().flatten().map(AsRef::as_ref)
    }

    /// The pieces of work, in order.
    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut W> {
        self.home.iter_mut().flatten().map(AsMut::as_mut)
    }

    /// Runs every piece of work and waits for all of them.
    ///
    /// # Errors
    /// The message of the first panic; that piece of work is left as the panic left it. After a fork also when the system
    /// refuses a thread, or when work was away at the moment of the fork and is therefore lost.
    pub(crate) fn run(&mut self) -> Result<(), String> {
        if self.home.len() > 1 && self.is_copy() {
            self.respawn()?;
        }
        let mut result = Ok(());
        let (first, rest) = self.home.split_first_mut().expect("a pool has at least one piece of work");
        for (work, worker) in rest.iter_mut().zip(&self.workers) {
            let sender = worker.send.as_ref().expect("workers stop only when the pool is dropped");
            if let Some(away) = work.take()
                && let Err(refused) = sender.send(away)
            {
                *work = Some(refused.0);
                result = Err("a worker thread has stopped".to_owned());
            }
        }
        if let Some(work) = first {
            result = result.and(run_caught(work.as_mut()));
        }
        for (work, worker) in rest.iter_mut().zip(&self.workers) {
            if work.is_none() {
                match worker.receive.recv() {
                    Ok((back, outcome)) => {
                        *work = Some(back);
                        result = result.and(outcome);
                    }
                    Err(_) => result = Err("a worker thread has stopped".to_owned()),
                }
            }
        }
        result
    }

    /// Whether this process was forked from the one in which the workers run.
    fn is_copy(&self) -> bool {
        self.process != std::process::id()
    }

    fn respawn(&mut self) -> Result<(), String> {
        self.forget_workers();
        if self.home.iter().any(Option::is_none) {
            return Err("the process was forked while they were being stepped".to_owned());
        }
        self.workers = Worker::spawn_all(self.home.len()).map_err(|error| error.to_string())?;
        self.process = std::process::id();
        Ok(())
    }

    fn forget_workers(&mut self) {
        std::mem::forget(std::mem::take(&mut self.workers));
    }
}

impl<W: Work> Drop for Pool<W> {
    fn drop(&mut self) {
        if self.is_copy() {
            self.forget_workers();
        }
    }
}

impl<W: Work> Worker<W> {
    /// Workers for all pieces of work but the first. A refused thread drops, and thereby stops, those before it.
    fn spawn_all(count: usize) -> std::io::Result<Vec<Self>> {
        (1..count).map(Self::spawn).collect()
    }

    fn spawn(index: usize) -> std::io::Result<Self> {
        let (send, inbox) = bounded::<Box<W>>(1);
        let (outbox, receive) = bounded::<Done<W>>(1);
        let thread = std::thread::Builder::new().name(format!("lanes-{index}")).spawn(move || {
            while let Ok(mut work) = inbox.recv() {
                let outcome = run_caught(work.as_mut());
                if outbox.send((work, outcome)).is_err() {
                    break;
                }
            }
        })?;
        Ok(Self { send: Some(send), receive, thread: Some(thread) })
    }
}

impl<W> Drop for Worker<W> {
    fn drop(&mut self) {
        // The closed channel ends the worker's loop.
        self.send = None;
        if let Some(thread) = self.thread.take() {
            // Panics are caught inside the loop, so that there is nothing to learn from the result.
            let _ = thread.join();
        }
    }
}

/// Runs work; a panic becomes its message.
fn run_caught<W: Work>(work: &mut W) -> Result<(), String> {
    catch_unwind(AssertUnwindSafe(|| work.run())).map_err(|panic| message(panic.as_ref()))
}

fn message(panic: &(dyn Any + Send)) -> String {
    panic
        .downcast_ref::<String>()
        .cloned()
        .or_else(|| panic.downcast_ref::<&str>().map(|&text| text.to_owned()))
        .unwrap_or_else(|| "a panic without a message".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Count {
        value: u32,
        limit: u32,
    }

    impl Work for Count {
        fn run(&mut self) {
            assert!(self.value < self.limit, "limit {} reached", self.limit);
            self.value += 1;
        }
    }

    #[test]
    fn every_piece_runs_once_per_call_and_order_is_kept() {
        let work = (0..5).map(|value| Count { value, limit: 100 }).collect();
        let mut pool = Pool::new(work).expect("threads");
        for _ in 0..50 {
            pool.run().expect("no panic");
        }
        assert_eq!(pool.iter().map(|work| work.value).collect::<Vec<_>>(), [50, 51, 52, 53, 54]);
    }

    #[test]
    fn a_panic_is_an_error_and_the_rest_goes_on() {
        for panicking in 0..3 {
            let work = (0..3).map(|index| Count { value: 0, limit: if index == panicking { 1 } else { 9 } }).collect();
            let mut pool = Pool::new(work).expect("threads");
            pool.run().expect("no panic yet");
            assert_eq!(pool.run().expect_err("one panics"), "limit 1 reached");
            let values: Vec<u32> = pool.iter().map(|work| work.value).collect();
            assert_eq!(values.iter().sum::<u32>(), 5, "{values:?}");
        }
    }

    #[test]
    fn a_forked_copy_starts_workers_of_its_own_and_waits_for_none_of_the_old() {
        let work = (0..3).map(|value| Count { value, limit: 100 }).collect();
        let mut pool = Pool::new(work).expect("threads");
        pool.run().expect("no panic");
        let threads = |pool: &Pool<Count>| {
            pool.workers.iter().flat_map(|worker| &worker.thread).map(|handle| handle.thread().id()).collect::<Vec<_>>()
        };
        // With these the old threads go on waiting for work: whoever joins one waits for ever.
        let senders =
            |pool: &Pool<Count>| pool.workers.iter().flat_map(|worker| worker.send.clone()).collect::<Vec<_>>();
        let (old, _first) = (threads(&pool), senders(&pool));
        pool.process ^= 1;
        pool.run().expect("no panic");
        let (new, _second) = (threads(&pool), senders(&pool));
        assert!(old.len() == 2 && new.len() == 2 && new.iter().all(|thread| !old.contains(thread)));
        assert_eq!(pool.process, std::process::id());
        pool.run().expect("no panic");
        assert_eq!(pool.iter().map(|work| work.value).collect::<Vec<_>>(), [3, 4, 5]);
        pool.process ^= 1;
        drop(pool);
    }

    #[test]
    fn work_that_was_away_at_a_fork_is_an_error() {
        let work = (0..3).map(|value| Count { value, limit: 100 }).collect();
        let mut pool = Pool::new(work).expect("threads");
        pool.home[1] = None;
        pool.process ^= 1;
        for _ in 0..2 {
            assert!(pool.run().expect_err("lost").contains("forked"));
        }
    }
}
