//! Stepping allocates nothing, on the caller's thread and on the workers.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use freeroam_envs::{Autoreset, Env, EnvsError, Lanes, LanesConfig, Outcome, Spec, Stream, World};

thread_local! {
    /// Allocations of this thread.
    static COUNT: Cell<u64> = const { Cell::new(0) };
}

fn allocations() -> u64 {
    COUNT.with(Cell::get)
}

struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

#[expect(unsafe_code, reason = "an allocator can only be written in unsafe code")]
mod counting {
    use super::{COUNT, Counting, GlobalAlloc, Layout, System};

    fn count() {
        // A thread that is ending has no counter any more, and nobody reads it.
        let _ = COUNT.try_with(|count| count.set(count.get() + 1));
    }

    // SAFETY: every call is handed to the system's allocator unchanged; counting does not allocate.
    unsafe impl GlobalAlloc for Counting {
        unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
            count();
            // SAFETY: the caller's promises are passed on.
            unsafe { System.alloc(layout) }
        }

        unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
            // SAFETY: the caller's promises are passed on.
            unsafe { System.dealloc(pointer, layout) }
        }

        unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
            count();
            // SAFETY: the caller's promises are passed on.
            unsafe { System.realloc(pointer, layout, size) }
        }
    }
}

/// A world whose observation is the number of allocations of the thread that steps it.
struct Probe;

impl Env for Probe {
    fn reset(&mut self, _stream: &mut Stream) {}

    fn step(&mut self, _action: &[f32]) -> Outcome {
        Outcome::default()
    }

    fn observe(&self, observation: &mut [f32]) {
        observation[0] = allocations() as f32;
    }

    fn teleport(&mut self, _position: [f64; 2]) {}

    fn save(&self, _out: &mut Vec<u8>) {}

    fn load(&mut self, _bytes: &[u8]) -> Result<(), EnvsError> {
        Ok(())
    }
}

#[test]
fn lanes_allocate_nothing_per_step_on_any_thread() {
    let mut spec = Spec::clone(crate::scripted::world().spec());
    spec.observation.truncate(1);
    let world = World::new(spec, || Ok(Box::new(Probe)));
    for autoreset in [Autoreset::NextStep, Autoreset::SameStep] {
        for threads in [1, 3] {
            let config = LanesConfig { lanes: 6, threads, autoreset, ..LanesConfig::default() };
            let mut lanes = Lanes::new(&world, config).expect("lanes");
            let mut batch = lanes.batch();
            // The channels allocate what they need to wait when they first wait.
            for _ in 0..200 {
                lanes.step_into(&[0.0; 6], &mut batch).expect("step");
            }
            let mut before = [0.0; 6];
            before.copy_from_slice(&batch.observation);
            let before_here = allocations();
            for _ in 0..200 {
                lanes.step_into(&[0.0; 6], &mut batch).expect("step");
            }
            assert_eq!(allocations(), before_here, "the caller, {threads} threads, {autoreset:?}");
            assert_eq!(batch.observation, before, "where lanes are stepped, {threads} threads, {autoreset:?}");
        }
    }
}
