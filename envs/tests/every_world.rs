//! Claims that hold for every registered world.

use std::collections::HashSet;

use freeroam_envs::{Autoreset, Env, Lanes, LanesConfig, StepBatch, Stream, World, ids, world};

pub(crate) fn worlds() -> impl Iterator<Item = World> {
    ids().into_iter().map(|id| world(id).expect("registered"))
}

/// Those whose observation shows the place, which goals need.
pub(crate) fn worlds_that_show_the_place() -> impl Iterator<Item = World> {
    worlds().filter(|world| !world.spec().position.is_empty())
}

pub(crate) fn start(world: &World, config: LanesConfig) -> (Lanes, StepBatch) {
    let mut lanes = Lanes::new(world, config).expect("lanes");
    let mut batch = lanes.batch();
    lanes.reset_into(&mut batch).expect("reset");
    (lanes, batch)
}

/// Steps with random actions and hands out each batch.
pub(crate) fn walk(
    lanes: &mut Lanes,
    batch: &mut StepBatch,
    noise: &mut Stream,
    steps: usize,
    mut seen: impl FnMut(&StepBatch),
) {
    let mut actions = vec![0.0; lanes.len() * lanes.spec().action.len()];
    for _ in 0..steps {
        noise.fill_uniform(-1.0, 1.0, &mut actions);
        lanes.step_into(&actions, batch).expect("step");
        seen(batch);
    }
}

pub(crate) fn bits(batch: &StepBatch) -> Vec<u32> {
    let flags = [&batch.terminated, &batch.truncated, &batch.diverged, &batch.reset, &batch.success];
    let numbers = [
        &batch.observation,
        &batch.final_observation,
        &batch.place,
        &batch.final_place,
        &batch.goal,
        &batch.final_goal,
        &batch.reward,
    ];
    let numbers = numbers.into_iter().flatten().map(|x| x.to_bits());
    let frames = batch.frames.iter().chain(&batch.final_frames).map(|&byte| u32::from(byte));
    numbers.chain(flags.into_iter().flatten().map(|&flag| u32::from(flag))).chain(frames).collect()
}

/// All bits of a walk of 60 steps in five lanes, across ends of episodes.
fn trace(world: &World, seed: u64, threads: usize) -> Vec<Vec<u32>> {
    let (mut lanes, mut batch) =
        start(world, LanesConfig { lanes: 5, threads, seed, horizon: 17, ..LanesConfig::default() });
    let mut all = vec![bits(&batch)];
    walk(&mut lanes, &mut batch, &mut Stream::new(0, "policy", 0), 60, |batch| all.push(bits(batch)));
    all
}

/// Whether resets draw from the stream.
fn has_reset_noise(world: &World) -> bool {
    let mut env = world.make().expect("an env");
    let mut stream = Stream::new(0, "reset", 0);
    env.reset(&mut stream);
    let mut first = vec![0.0; world.spec().observation.len()];
    env.observe(&mut first);
    let mut second = first.clone();
    env.reset(&mut stream);
    env.observe(&mut second);
    first != second
}

#[test]
fn specs_are_complete() {
    for world in worlds() {
        let spec = world.spec();
        let names: HashSet<&str> = spec.observation.iter().map(|channel| channel.name.as_str()).collect();
        assert_eq!(names.len(), spec.observation.len(), "{}: names are unique", spec.id);
        let actions: HashSet<&String> = spec.action.iter().collect();
        assert_eq!(actions.len(), spec.action.len(), "{}: names are unique", spec.id);
        assert!(!spec.action.is_empty() && spec.horizon > 0 && spec.dt > 0.0 && spec.bin > 0.0, "{}", spec.id);
        assert!(spec.goal_radius > 0.0 && (spec.layout.is_some() || spec.goal_range > 0.0), "{}", spec.id);
        assert!(spec.observation.iter().all(|channel| channel.std > 0.0 && channel.mean.is_finite()), "{}", spec.id);
        assert!(spec.position.iter().all(|&at| spec.observation[at].unit == "m"), "{}", spec.id);
        assert!(spec.description.ends_with('.'), "{}", spec.id);
        let is_name =
            |name: &str| !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "_.".contains(c));
        assert!(names.iter().all(|name| is_name(name)) && spec.action.iter().all(|name| is_name(name)), "{}", spec.id);
        let units = ["", "m", "rad", "m/s", "rad/s", "N", "N m", "s"];
        let strange = spec.observation.iter().find(|channel| !units.contains(&channel.unit));
        assert!(strange.is_none(), "{}: {strange:?} has none of the units {units:?}", spec.id);
    }
}

/// Walks two lanes at random and holds every number to its shape and to what it may be.
fn stays_sane(world: &World, horizon: u32, steps: usize) {
    let (spec, id) = (world.spec(), &world.spec().id);
    let config = LanesConfig { lanes: 2, horizon, ..LanesConfig::default() };
    let (mut lanes, mut batch) = start(world, config);
    let mut resets = 0;
    walk(&mut lanes, &mut batch, &mut Stream::new(1, "policy", 0), steps, |batch| {
        for rows in [&batch.observation, &batch.final_observation] {
            assert_eq!(rows.len(), 2 * spec.observation.len(), "{id}");
            assert!(rows.iter().all(|x| x.abs() < LARGEST), "{id}: {rows:?}");
        }
        assert!(batch.reward.len() == 2 && batch.reward.iter().all(|x| x.abs() < LARGEST), "{id}: {:?}", batch.reward);
        for lane in 0..2 {
            let ended = [batch.terminated[lane], batch.truncated[lane], batch.reset[lane]];
            assert!(ended.iter().filter(|&&flag| flag).count() <= 1, "{id}: {ended:?}");
        }
        resets += batch.reset.iter().filter(|&&reset| reset).count();
    });
    assert_eq!(lanes.diverged_total(), 0, "{id}");
    assert!(resets * horizon as usize >= steps, "{id}: {resets} resets in {steps} steps");
}

/// Larger than anything that a body does, in SI units, and than any reward.
const LARGEST: f32 = 1e4;

#[test]
fn numbers_are_finite_and_bounded_and_nothing_diverges_through_two_episodes() {
    for world in worlds() {
        let horizon = world.spec().horizon.min(200);
        stays_sane(&world, horizon, 2 * (horizon as usize + 1));
    }
}

/// Quaternions are normalised on the way, which may move their last bits and what follows from them.
#[test]
fn coordinates_put_a_body_where_it_was() {
    let mut told = 0;
    for world in worlds() {
        let (spec, id) = (world.spec(), &world.spec().id);
        let [mut walker, mut follower] = [0; 2].map(|_| world.make().expect("an env"));
        walker.reset(&mut Stream::new(4, "reset", 0));
        follower.reset(&mut Stream::new(5, "reset", 0));
        let mut noise = Stream::new(4, "policy", 0);
        let mut action = vec![0.0; spec.action.len()];
        let coordinates = |env: &dyn Env| {
            let (mut qpos, mut qvel) = (Vec::new(), Vec::new());
            env.coordinates(&mut qpos, &mut qvel);
            (qpos, qvel)
        };
        for _ in 0..12 {
            noise.fill_uniform(-1.0, 1.0, &mut action);
            walker.step(&action);
            let (qpos, qvel) = coordinates(walker.as_ref());
            follower.set_coordinates(&qpos, &qvel).expect("its own");
            let there = coordinates(follower.as_ref());
            assert_eq!((there.0.len(), there.1.len()), (qpos.len(), qvel.len()), "{id}");
            for (a, b) in qpos.iter().chain(&qvel).zip(there.0.iter().chain(&there.1)) {
                assert!((a - b).abs() <= 1e-4 * a.abs().max(1.0), "{id}: {a} and {b}");
            }
            if !qpos.is_empty() {
                let off = [0, 1].map(|k| walker.place()[k] - follower.place()[k]);
                assert!(off.iter().all(|x| x.abs() < 1e-4), "{id}: {off:?}");
                assert!(follower.set_coordinates(&qpos[1..], &qvel).is_err(), "{id}");
                told += 1;
            }
        }
        assert!(walker.set_coordinates(&[0.0; 999], &[]).is_err(), "{id}");
    }
    assert!(told > 300, "only {told} states were told");
}

#[test]
#[ignore = "minutes: the whole of what the two episodes stand for"]
fn every_world_takes_100_000_random_steps() {
    for world in worlds() {
        stays_sane(&world, world.spec().horizon, 50_000);
    }
}

#[test]
fn actions_move_the_body() {
    for world in worlds() {
        let (mut lanes, mut batch) = start(&world, LanesConfig::default());
        let first = batch.observation.clone();
        walk(&mut lanes, &mut batch, &mut Stream::new(1, "policy", 0), 10, |_| ());
        assert!(world.spec().position.iter().all(|&at| batch.observation[at] != first[at]), "{}", world.spec().id);
    }
}

#[test]
fn the_seed_fixes_every_bit_for_any_number_of_threads() {
    for world in worlds() {
        let one = trace(&world, 3, 1);
        for threads in [1, 2, 8] {
            assert!(trace(&world, 3, threads) == one, "{} with {threads} threads", world.spec().id);
        }
        assert_eq!(trace(&world, 4, 1)[0] != one[0], has_reset_noise(&world), "{}", world.spec().id);
    }
}

#[test]
fn lanes_and_episodes_start_apart() {
    for world in worlds().filter(has_reset_noise) {
        let (mut lanes, mut batch) = start(&world, LanesConfig { lanes: 2, ..LanesConfig::default() });
        let (width, first) = (world.spec().observation.len(), batch.observation.clone());
        assert_ne!(first[..width], first[width..], "{}: two lanes", world.spec().id);
        lanes.reset_into(&mut batch).expect("reset");
        assert_ne!(first, batch.observation, "{}: two resets", world.spec().id);
    }
}

#[test]
fn what_came_before_a_reset_does_not_matter() {
    for world in worlds() {
        let run = |walked: usize| {
            let mut env = world.make().expect("an env");
            let mut noise = Stream::new(9, "policy", 0);
            let mut action = vec![0.0; world.spec().action.len()];
            env.reset(&mut Stream::new(5, "reset", 0));
            for _ in 0..walked {
                noise.fill_uniform(-1.0, 1.0, &mut action);
                env.step(&action);
            }
            env.reset(&mut Stream::new(0, "reset", 0));
            let mut noise = Stream::new(1, "policy", 0);
            let mut observation = vec![0.0; world.spec().observation.len()];
            for _ in 0..40 {
                noise.fill_uniform(-1.0, 1.0, &mut action);
                env.step(&action);
            }
            env.observe(&mut observation);
            observation.iter().map(|value| value.to_bits()).collect::<Vec<_>>()
        };
        assert_eq!(run(0), run(73), "{}", world.spec().id);
    }
}

#[test]
fn a_saved_state_continues_bit_for_bit_elsewhere_and_here() {
    for world in worlds() {
        let config = LanesConfig { lanes: 3, seed: 2, horizon: 40, ..LanesConfig::default() };
        let (mut lanes, mut batch) = start(&world, config);
        let mut noise = Stream::new(2, "policy", 0);
        // Lanes are saved in the middle of an episode, with contacts, and one of them just after its end.
        walk(&mut lanes, &mut batch, &mut noise, 30, |_| ());
        lanes.reset_masked_into(&[false, true, false], &mut batch).expect("reset");
        walk(&mut lanes, &mut batch, &mut noise, 10, |_| ());
        let (saved, saved_noise) = (lanes.save(), noise.clone());
        let mut go_on = |lanes: &mut Lanes| {
            let mut all = Vec::new();
            walk(lanes, &mut batch, &mut saved_noise.clone(), 60, |batch| all.push(bits(batch)));
            all
        };
        let expected = go_on(&mut lanes);
        // Into other lanes with another history, seed and number of threads.
        let (mut other, mut scratch) = start(&world, LanesConfig { threads: 2, seed: 77, ..config });
        walk(&mut other, &mut scratch, &mut Stream::new(8, "policy", 0), 25, |_| ());
        other.load(&saved).expect("a saved state");
        assert!(other.save() == saved, "{}: loading and saving gives the same bytes", world.spec().id);
        assert!(go_on(&mut other) == expected, "{}: elsewhere", world.spec().id);
        lanes.load(&saved).expect("a saved state");
        assert!(go_on(&mut lanes) == expected, "{}: here", world.spec().id);
    }
}

#[test]
fn a_teleport_moves_the_position_and_nothing_else_breaks() {
    for world in worlds() {
        let spec = world.spec();
        let config = LanesConfig { lanes: 2, autoreset: Autoreset::Disabled, ..LanesConfig::default() };
        let (mut lanes, mut batch) = start(&world, config);
        let start = [2, 3].map(|k| f64::from(batch.place[k]));
        walk(&mut lanes, &mut batch, &mut Stream::new(3, "policy", 0), 5, |_| ());
        let place = spec.layout.as_ref().map_or([3.0, -2.0], |layout| layout.centre(layout.tasks[0][1]));
        // Where something stands there, back to the start.
        let place = if lanes.teleport(1, place, &mut batch).is_ok() { place } else { start };
        let other = batch.observation[..spec.observation.len()].to_vec();
        lanes.teleport(1, place, &mut batch).expect("a free place");
        let moved = &batch.observation[spec.observation.len()..];
        for (k, at) in spec.position.iter().enumerate() {
            assert!((f64::from(moved[*at]) - place[k]).abs() < 1e-5, "{}", spec.id);
        }
        let arrived = [2, 3].map(|k| f64::from(batch.final_place[k]));
        let on_a_line = arrived[1] == 0.0 && spec.position.len() < 2;
        assert!((arrived[0] - place[0]).abs() < 1e-5, "{}", spec.id);
        assert!((arrived[1] - place[1]).abs() < 1e-5 || on_a_line, "{}", spec.id);
        assert_eq!(batch.observation[..spec.observation.len()], other, "{}: the other lane", spec.id);
        walk(&mut lanes, &mut batch, &mut Stream::new(4, "policy", 0), 1, |_| ());
        let away = [0, 1].map(|k| (f64::from(batch.final_place[2 + k]) - arrived[k]).abs());
        assert!(away.into_iter().all(|away| away < 1.1), "{}: it stays there", spec.id);
    }
}
