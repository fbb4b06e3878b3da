//! Frames: the pictures that lanes yield at every step.

use freeroam_envs::camera::{Camera, Floor, View};
use freeroam_envs::{Autoreset, FrameSpec, Lanes, LanesConfig, Pixel, Spec, StepBatch, Stream, World, ids, world};

use crate::every_world::{start, walk};
use crate::scripted::{self, DIVERGE, TERMINATE};

const AUTORESETS: [Autoreset; 3] = [Autoreset::NextStep, Autoreset::SameStep, Autoreset::Disabled];

/// A registered world with small frames from a camera of some name.
fn seen(id: &str, view: &str, pixel: Pixel) -> World {
    let base = world(id).expect("registered");
    let view = View::named(view, base.spec()).expect("a known name");
    with_frames(&base, view, pixel)
}

fn with_frames(base: &World, view: View, pixel: Pixel) -> World {
    let camera = Camera { view, width: 13, height: 9, antialias: false, ..Camera::default() };
    let spec = Spec { frames: Some(FrameSpec { camera, pixel, stack: 1 }), ..Spec::clone(base.spec()) };
    let base = base.clone();
    World::new(spec, move || base.make())
}

/// The scripted world, whose ball is at (episode, step).
fn scripted_frames() -> World {
    with_frames(&scripted::world(), View::Fixed { eye: [3.0, 3.0, 9.0], target: [3.0, 3.0, 0.0] }, Pixel::Rgb)
}

/// What the camera of the world shows of all lanes now.
fn pictures(lanes: &mut Lanes) -> Vec<u8> {
    let camera = lanes.spec().frames.expect("a world with frames").camera;
    let mut rgb = vec![0; lanes.len() * camera.rgb_len()];
    lanes.render_into(&camera, &[], &mut rgb, None).expect("pictures");
    rgb
}

fn frame(frames: &[u8], lane: usize) -> &[u8] {
    let bytes = 9 * 13 * 3;
    &frames[lane * bytes..][..bytes]
}

#[test]
fn frames_are_what_the_camera_shows_of_the_same_moment() {
    for id in ids() {
        let world = seen(id, "tracking", Pixel::Rgb);
        for autoreset in [Autoreset::NextStep, Autoreset::SameStep] {
            let config = LanesConfig { lanes: 3, threads: 2, horizon: 7, autoreset, ..LanesConfig::default() };
            let (mut lanes, mut batch) = start(&world, config);
            assert!(batch.frames == pictures(&mut lanes) && batch.final_frames == batch.frames, "{id}");
            let mut noise = Stream::new(0, "policy", 0);
            for _ in 0..20 {
                walk(&mut lanes, &mut batch, &mut noise, 1, |_| ());
                assert!(batch.frames == pictures(&mut lanes), "{id}, {autoreset:?}");
                for lane in 0..3 {
                    let ended = batch.terminated[lane] || batch.truncated[lane];
                    let same = frame(&batch.frames, lane) == frame(&batch.final_frames, lane);
                    assert!(same || (ended && autoreset == Autoreset::SameStep), "{id}, {autoreset:?}");
                }
            }
        }
    }
}

#[test]
fn final_frames_are_what_the_action_led_to_in_any_mode() {
    let run = |autoreset| {
        let config = LanesConfig { lanes: 2, horizon: 5, autoreset, ..LanesConfig::default() };
        let (mut lanes, mut batch) = start(&seen("Ant-v0", "tracking", Pixel::Rgb), config);
        let mut noise = Stream::new(0, "policy", 0);
        let (mut led_to, mut first) = (Vec::new(), vec![batch.frames.clone()]);
        for _ in 0..3 {
            walk(&mut lanes, &mut batch, &mut noise, 5, |batch| led_to.push(batch.final_frames.clone()));
            match autoreset {
                Autoreset::SameStep => {}
                Autoreset::Disabled => lanes.reset_into(&mut batch).expect("reset"),
                Autoreset::NextStep => lanes.step_into(&[0.0; 16], &mut batch).expect("step"),
            }
            first.push(batch.frames.clone());
        }
        (led_to, first)
    };
    let expected = run(Autoreset::Disabled);
    for autoreset in [Autoreset::SameStep, Autoreset::NextStep] {
        assert!(run(autoreset) == expected, "{autoreset:?}");
    }
}

#[test]
fn the_frame_of_a_diverged_lane_repeats_the_last_one() {
    for autoreset in AUTORESETS {
        let (mut lanes, mut batch) =
            start(&scripted_frames(), LanesConfig { lanes: 2, autoreset, ..LanesConfig::default() });
        let first = batch.frames.clone();
        lanes.step_into(&[0.125, 0.125], &mut batch).expect("step");
        let before = batch.frames.clone();
        assert_ne!(before, first, "the step shows");
        lanes.step_into(&[DIVERGE, 0.125], &mut batch).expect("step");
        assert_eq!(frame(&batch.final_frames, 0), frame(&before, 0), "{autoreset:?}");
        assert_ne!(frame(&batch.final_frames, 1), frame(&before, 1), "{autoreset:?}");
        let renewed = frame(&batch.frames, 0) != frame(&before, 0);
        assert_eq!(renewed, autoreset == Autoreset::SameStep, "{autoreset:?}");
    }
}

#[test]
fn lanes_that_are_not_reset_keep_their_frames_and_teleports_are_seen() {
    let config = LanesConfig { lanes: 2, autoreset: Autoreset::Disabled, ..LanesConfig::default() };
    let (mut lanes, mut batch) = start(&scripted_frames(), config);
    lanes.step_into(&[TERMINATE, 0.0], &mut batch).expect("step");
    let before = batch.clone();
    lanes.reset_masked_into(&[true, false], &mut batch).expect("reset");
    assert_ne!(frame(&batch.frames, 0), frame(&before.frames, 0));
    assert_eq!(frame(&batch.final_frames, 0), frame(&batch.frames, 0));
    assert_eq!(frame(&batch.frames, 1), frame(&before.frames, 1));
    lanes.teleport(1, [5.0, 5.0], &mut batch).expect("a running lane");
    assert_ne!(frame(&batch.frames, 1), frame(&before.frames, 1));
    assert_eq!(batch.frames, pictures(&mut lanes));
    assert_eq!(batch.final_frames, batch.frames);
}

#[test]
fn frames_change_nothing_else() {
    for id in ids() {
        let plain = |batch: &StepBatch| StepBatch { frames: vec![], final_frames: vec![], ..batch.clone() };
        let trace = |world: &World| {
            let config = LanesConfig { lanes: 2, horizon: 9, autoreset: Autoreset::SameStep, ..LanesConfig::default() };
            let (mut lanes, mut batch) = start(world, config);
            let mut all = vec![plain(&batch)];
            walk(&mut lanes, &mut batch, &mut Stream::new(0, "policy", 0), 30, |batch| all.push(plain(batch)));
            (all, lanes.save())
        };
        assert!(trace(&world(id).expect("registered")) == trace(&seen(id, "egocentric", Pixel::Rgb)), "{id}");
    }
}

#[test]
fn a_saved_state_goes_on_with_the_same_frames() {
    for autoreset in AUTORESETS {
        let config = LanesConfig { lanes: 3, horizon: 11, autoreset, ..LanesConfig::default() };
        let (mut lanes, mut batch) = start(&scripted_frames(), config);
        lanes.step_into(&[0.1, 0.2, 0.3], &mut batch).expect("step");
        let (saved, kept) = (lanes.save(), batch.clone());
        let go_on = |lanes: &mut Lanes| {
            let (mut batch, mut all) = (kept.clone(), Vec::new());
            // A step that diverges shows the frame from before the save.
            for actions in [[DIVERGE, 0.1, 0.1], [0.1, 0.2, 0.3]] {
                if autoreset == Autoreset::Disabled && actions[0] != DIVERGE {
                    lanes.reset_masked_into(&[true, false, false], &mut batch).expect("reset");
                }
                lanes.step_into(&actions, &mut batch).expect("step");
                all.push(batch.clone());
            }
            all
        };
        let expected = go_on(&mut lanes);
        let (mut other, _) = start(&scripted_frames(), LanesConfig { threads: 2, seed: 9, ..config });
        other.load(&saved).expect("a saved state");
        assert!(other.save() == saved && go_on(&mut other) == expected, "{autoreset:?}: elsewhere");
        lanes.load(&saved).expect("a saved state");
        assert!(go_on(&mut lanes) == expected, "{autoreset:?}: here");
    }
}

#[test]
fn pixels_hold_colours_depth_or_both() {
    let far = 20.0;
    let frames = |pixel| start(&seen("PointMaze-UMaze-v0", "tracking", pixel), LanesConfig::default());
    let (_, colours) = frames(Pixel::Rgb);
    let (mut lanes, depth) = frames(Pixel::Depth { far });
    let (_, both) = frames(Pixel::RgbDepth { far });
    let camera = lanes.spec().frames.expect("frames").camera;
    let mut metres = vec![0.0; camera.depth_len()];
    lanes.depth_into(&camera, &mut metres).expect("a depth picture");
    for (at, &metres) in metres.iter().enumerate() {
        assert!((f32::from(depth.frames[at]) - 255.0 * (metres / far).min(1.0)).abs() <= 0.5, "{at}: {metres}");
        assert_eq!(both.frames[4 * at..][..3], colours.frames[3 * at..][..3]);
        assert_eq!(both.frames[4 * at + 3], depth.frames[at]);
    }
    assert_eq!([colours, depth, both].map(|batch| batch.frames.len() / (9 * 13)), [3, 1, 4]);
}

#[test]
fn impossible_frames_and_buffers_without_room_are_refused() {
    let base = scripted::world();
    let camera = Camera { width: 0, ..Camera::default() };
    let spec = Spec { frames: Some(FrameSpec { camera, pixel: Pixel::Rgb, stack: 1 }), ..Spec::clone(base.spec()) };
    let world = World::new(spec, move || base.make());
    let error = Lanes::new(&world, LanesConfig::default()).err().expect("refused").to_string();
    assert_eq!(error, "width of a picture is 0, expected 1 to 8192 pixels");
    let (mut lanes, _) = start(&scripted_frames(), LanesConfig::default());
    let error = lanes.step_into(&[0.0], &mut StepBatch::new(1, 4)).expect_err("no room").to_string();
    assert_eq!(error, "batch.frames has 0 elements, expected 351");
    lanes.step_into(&[0.0], &mut StepBatch::new(1, 4).with_frames(351)).expect("room");
    let (mut plain, _) = start(&scripted::world(), LanesConfig::default());
    plain.reset_into(&mut StepBatch::new(1, 4).with_frames(351)).expect_err("room that nothing fills");
}

#[test]
fn frames_of_pixel_worlds_tell_the_place() {
    let seen = ids().into_iter().filter(|id| id.contains("-Pixels"));
    for id in seen {
        let world = world(id).expect("registered");
        let spec = world.spec();
        let frames = spec.frames.expect("a world with frames");
        let Floor::Place { low, high } = frames.camera.floor else { panic!("{id}: the ground tells no place") };
        assert_eq!(frames.shape(), [64, 64, 3], "{id}");
        let (mut lanes, mut batch) = start(&world, LanesConfig::default());
        let places = match &spec.layout {
            Some(layout) => layout.free_cells().into_iter().step_by(5).map(|cell| layout.centre(cell)).collect(),
            None => vec![[0.0, 0.0], [1.5, -0.5], [-20.0, 12.0], [25.0, 30.0], [-3.0, -31.0]],
        };
        // Where the ground is that each pixel shows, read from its colours; nothing where it shows no ground in the sun.
        let mut read = |place: [f64; 2]| {
            lanes.teleport(0, place, &mut batch).expect("a free place");
            let ground = |pixel: &[u8]| {
                let within = |value: u8| (1..255).contains(&value);
                let share = |k: usize| f64::from(low[k]) + f64::from(pixel[k]) / 255.0 * f64::from(high[k] - low[k]);
                (pixel[2] == 128 && within(pixel[0]) && within(pixel[1])).then(|| [share(0), share(1)])
            };
            batch.frames.chunks_exact(3).map(ground).collect::<Vec<_>>()
        };
        let first = read(places[0]);
        for place in places {
            let mut moved: [Vec<f64>; 2] = Default::default();
            for (before, now) in first.iter().zip(read(place)) {
                if let (Some(before), Some(now)) = (before, now) {
                    (0..2).for_each(|k| moved[k].push(now[k] - before[k]));
                }
            }
            for (k, moved) in moved.iter_mut().enumerate() {
                moved.sort_by(f64::total_cmp);
                assert!(moved.len() > 50, "{id}, {place:?}: {} pixels", moved.len());
                let (got, expected) = (moved[moved.len() / 2], place[k] - first_place(spec)[k]);
                assert!((got - expected).abs() < 0.4, "{id}, {place:?}: moved by {got}, not {expected}");
            }
        }
    }
}

/// The first place of the test above.
fn first_place(spec: &Spec) -> [f64; 2] {
    spec.layout.as_ref().map_or([0.0, 0.0], |layout| layout.centre(layout.free_cells()[0]))
}
