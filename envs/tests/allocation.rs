//! Stepping and drawing allocate nothing, on the caller's thread and on the workers.

use std::alloc::{GlobalAlloc, System};
use std::cell::Cell;
use std::thread::sleep;
use std::time::Duration;

use freeroam_envs::camera::{Camera, View};
use freeroam_envs::maze::Layout;
use freeroam_envs::{
    Autoreset, Env, EnvsError, GoalConfig, GoalLaw, Lanes, LanesConfig, Outcome, Spec, Stream, World, ids, world,
};

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
    use std::alloc::Layout;

    use super::{COUNT, Counting, GlobalAlloc, System};

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

    /// Takes as many milliseconds as the action says.
    fn step(&mut self, action: &[f32]) -> Outcome {
        if action[0] > 0.0 {
            sleep(Duration::from_secs_f32(action[0] * 1e-3));
        }
        Outcome::default()
    }

    fn observe(&self, observation: &mut [f32]) {
        observation[0] = allocations() as f32;
    }

    fn place(&self) -> [f64; 2] {
        [0.0, 0.0]
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
    spec.position = vec![0, 0];
    spec.layout = Some(Layout::medium());
    let world = World::new(spec, || Ok(Box::new(Probe)));
    let goals = [None, Some(GoalLaw::Anywhere), Some(GoalLaw::Tasks)];
    let goals = goals.map(|law| law.map(|law| GoalConfig { law, ..GoalConfig::default() }));
    for (autoreset, goals) in [Autoreset::NextStep, Autoreset::SameStep].into_iter().flat_map(|a| goals.map(|g| (a, g)))
    {
        for threads in [1, 3] {
            let config = LanesConfig { lanes: 6, threads, autoreset, goals, ..LanesConfig::default() };
            let mut lanes = Lanes::new(&world, config).expect("lanes");
            let mut batch = lanes.batch();
            // A channel allocates what a thread needs to wait when the thread first waits on it: here the caller waits for the
            // slow last lane, and then the workers wait for the caller.
            for _ in 0..20 {
                lanes.step_into(&[0.0, 0.0, 0.0, 0.0, 0.0, 1.0], &mut batch).expect("step");
                sleep(Duration::from_millis(1));
            }
            lanes.step_into(&[0.0; 6], &mut batch).expect("step");
            // A thread that waits for the first time in some new way may still allocate once; what a step allocates shows in
            // every window.
            let windows = (0..5).map(|_| {
                let (before_here, before) = (allocations(), batch.observation.clone());
                for _ in 0..200 {
                    lanes.step_into(&[0.0; 6], &mut batch).expect("step");
                }
                // One for the copy of the observations.
                let here = allocations() - before_here - 1;
                let lanes = batch.observation.iter().zip(&before).map(|(after, before)| after - before);
                (here, lanes.fold(0.0, f32::max))
            });
            let (here, on_lanes) = windows.fold((u64::MAX, f32::MAX), |a, b| (a.0.min(b.0), a.1.min(b.1)));
            assert_eq!(here, 0, "the caller, {threads} threads, {autoreset:?}, {goals:?}");
            // The caller steps the first lanes itself and makes the copy.
            assert!(
                on_lanes <= 1.0,
                "where lanes are stepped, {threads} threads, {autoreset:?}, {goals:?}: {on_lanes}"
            );
        }
    }
}

#[test]
fn the_second_picture_of_a_scene_allocates_nothing() {
    for id in ids() {
        let mut lanes = Lanes::new(&world(id).expect("registered"), LanesConfig::default()).expect("lanes");
        let mut batch = lanes.batch();
        lanes.reset_into(&mut batch).expect("reset");
        for name in View::NAMES {
            let view = View::named(name, lanes.spec()).expect("a known name");
            let camera = Camera { view, width: 64, height: 64, ..Camera::default() };
            let (mut rgb, mut depth) = (vec![0; camera.rgb_len()], vec![0.0; camera.depth_len()]);
            let mut draw = || {
                lanes.render(0, &camera, Some([1.0, 2.0]), &mut rgb, Some(&mut depth)).expect("a picture");
                lanes.render_into(&camera, &[Some([1.0, 2.0])], &mut rgb, Some(&mut depth)).expect("pictures");
                allocations()
            };
            assert_eq!(draw(), draw(), "{id}, {name}");
        }
    }
}
