//! Pushing and sampling, with goals too, allocate nothing once the buffers have their size. A binary of its own, for its allocator.
#![expect(unsafe_code, reason = "an allocator that counts implements an unsafe trait")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};

use freeroam_replay::dataset::{Dataset, GoalBatch, GoalMixture, GoalSampler};
use freeroam_replay::{Batch, Replay, Shape, Stream, Transitions};

struct Counting;

static ALLOCATIONS: AtomicUsize = AtomicUsize::new(0);

// SAFETY: every call is handed on to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the caller's promises are those that the system's allocator asks for.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: as above.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn main() {
    let mut replay = Replay::new(Shape { observation: 2, action: 1, task: 1, frame: 5 }, 2, 300).expect("valid sizes");
    let (mut stream, mut batch) = (Stream::new(0, "replay", 0), Batch::with_stacks(64, 3));
    let (observations, frames) = ([[0.0; 4], [1.0; 4]], [[0; 10], [1; 10]]);
    let mut before = 0;
    for step in 0..3000 {
        // Lane 1 is skipped for a while, so that both ways to draw are met.
        let skip = [false, step % 1000 < 900 && step < 2000];
        let transitions = Transitions {
            observation: &observations[step % 2],
            action: &[0.0; 2],
            task: &[0.0; 2],
            reward: &[0.0; 2],
            terminated: &[false; 2],
            truncated: &[step % 17 == 16; 2],
            next_observation: &observations[(step + 1) % 2],
            frames: &frames[step % 2],
            next_frames: &frames[(step + 1) % 2],
            skip: &skip,
        };
        replay.push(&transitions).expect("the steps follow each other");
        replay.sample_segments(&mut stream, 1, &mut batch).expect("not empty");
        replay.sample_future_uniform(&mut stream, &mut batch).expect("not empty");
        replay.sample_future(&mut stream, 0.9, &mut batch).expect("not empty");
        replay.sample_returns(&mut stream, 3, 0.9, &mut batch).expect("not empty");
        replay.sample(&mut stream, &mut batch).expect("not empty");
        if step == 50 {
            before = ALLOCATIONS.load(Ordering::Relaxed);
        }
    }
    assert_eq!(ALLOCATIONS.load(Ordering::Relaxed), before, "allocations after the first steps");

    let (value, actor) = (GoalMixture::VALUE, GoalMixture::STITCH);
    let sampler = GoalSampler::new(Dataset::from_replay(&replay)).expect("not empty");
    let mut batch = GoalBatch::new(64);
    for step in 0..100 {
        sampler.sample_hierarchy(value, actor, 5, &mut stream, &mut batch).expect("not empty");
        sampler.sample(value, actor, &mut stream, &mut batch).expect("not empty");
        if step == 0 {
            before = ALLOCATIONS.load(Ordering::Relaxed);
        }
    }
    assert_eq!(ALLOCATIONS.load(Ordering::Relaxed), before, "allocations after the first batch with goals");
}
