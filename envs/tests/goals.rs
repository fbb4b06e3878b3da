//! Goals: when they are reached, what that changes, which row shows which goal, and where they lie.

use freeroam_envs::{
    Autoreset, GoalConfig, GoalLaw, GoalPlaces, Lanes, LanesConfig, Spec, StepBatch, Stream, World, world,
};

use crate::every_world::{bits, start, walk, worlds, worlds_that_show_the_place};
use crate::scripted::{self, DIVERGE, HORIZON, TERMINATE};

/// Every registered world with every law of goals that it has.
fn worlds_with_laws() -> impl Iterator<Item = (World, GoalLaw)> {
    let has = |world: &World, law| law == GoalLaw::Anywhere || world.spec().layout.is_some();
    let laws = [GoalLaw::Anywhere, GoalLaw::Tasks];
    worlds_that_show_the_place()
        .flat_map(move |world| laws.map(|law| (world.clone(), law)))
        .filter(move |(world, law)| has(world, *law))
}

fn with(law: GoalLaw) -> Option<GoalConfig> {
    Some(GoalConfig { law, ..GoalConfig::default() })
}

/// The part of a lane in a buffer of observations.
fn row<'a>(spec: &Spec, rows: &'a [f32], lane: usize) -> &'a [f32] {
    &rows[lane * spec.observation.len()..][..spec.observation.len()]
}

fn distance(spec: &Spec, a: &[f32], b: &[f32]) -> f64 {
    let square = |k: &usize| (f64::from(a[*k]) - f64::from(b[*k])).powi(2);
    spec.position.iter().map(square).sum::<f64>().sqrt()
}

/// Walks at random, puts a lane to its goal now and then, and hands out the batch before and after each call.
fn chase(world: &World, config: LanesConfig, mut seen: impl FnMut(&StepBatch, &StepBatch)) {
    let spec = world.spec();
    let (mut lanes, mut batch) = start(world, config);
    let mut noise = Stream::new(1, "policy", 0);
    let mut actions = vec![0.0; lanes.len() * spec.action.len()];
    for step in 0..80 {
        let ended = |batch: &StepBatch, lane: usize| batch.terminated[lane] || batch.truncated[lane];
        if config.autoreset == Autoreset::Disabled {
            let before = batch.clone();
            let mask: Vec<bool> = (0..lanes.len()).map(|lane| ended(&batch, lane)).collect();
            lanes.reset_masked_into(&mask, &mut batch).expect("reset");
            seen(&before, &batch);
        }
        let lane = step % lanes.len();
        let put = step % 4 == 3 && (config.autoreset == Autoreset::SameStep || !ended(&batch, lane));
        if put {
            let goal = spec.place(row(spec, &batch.goal, lane));
            lanes.teleport(lane, goal, &mut batch).expect("goals are free places");
        }
        let before = batch.clone();
        noise.fill_uniform(-1.0, 1.0, &mut actions);
        if put {
            // A step of some worlds is longer than the radius.
            actions[lane * spec.action.len()..][..spec.action.len()].fill(0.0);
        }
        lanes.step_into(&actions, &mut batch).expect("step");
        seen(&before, &batch);
    }
}

const AUTORESETS: [Autoreset; 3] = [Autoreset::NextStep, Autoreset::SameStep, Autoreset::Disabled];

#[test]
fn success_is_the_radius_and_it_alone_pays_and_ends() {
    for (world, law) in worlds_with_laws() {
        let (spec, id) = (world.spec(), &world.spec().id);
        for (autoreset, terminate) in
            AUTORESETS.into_iter().flat_map(|autoreset| [(autoreset, true), (autoreset, false)])
        {
            let goals = Some(GoalConfig { law, terminate });
            let mut counts = [0; 2];
            let config = LanesConfig { lanes: 3, horizon: 17, autoreset, goals, ..LanesConfig::default() };
            chase(&world, config, |_, batch| {
                for lane in 0..3 {
                    let place = row(spec, &batch.final_observation, lane);
                    let near = distance(spec, place, row(spec, &batch.final_goal, lane)) <= spec.goal_radius;
                    let success = near && !batch.reset[lane];
                    assert_eq!(batch.success[lane], success, "{id} {law:?} {autoreset:?}");
                    assert_eq!(batch.reward[lane], f32::from(u8::from(success)), "{id} {law:?} {autoreset:?}");
                    assert_eq!(batch.terminated[lane], success && terminate, "{id} {law:?} {autoreset:?}");
                    assert!(!(batch.terminated[lane] && batch.truncated[lane]), "{id} {law:?} {autoreset:?}");
                    counts[usize::from(success)] += 1;
                }
            });
            assert!(counts[0] > 50 && counts[1] > 5, "{id} {law:?} {autoreset:?}: {counts:?}");
        }
    }
}

#[test]
fn goals_last_for_an_episode_and_rows_show_the_goal_of_their_own() {
    for (world, law) in worlds_with_laws() {
        let (spec, id) = (world.spec(), &world.spec().id);
        for autoreset in AUTORESETS {
            let config = LanesConfig { lanes: 3, horizon: 17, autoreset, goals: with(law), ..LanesConfig::default() };
            let mut begun = 0;
            chase(&world, config, |before, batch| {
                for lane in 0..3 {
                    let [goal, last] = [&batch.goal, &batch.final_goal].map(|rows| row(spec, rows, lane));
                    let old = row(spec, &before.goal, lane);
                    let ended = batch.terminated[lane] || batch.truncated[lane];
                    if !batch.reset[lane] {
                        assert_eq!(last, old, "{id} {autoreset:?}: what the action was to reach");
                    }
                    if batch.reset[lane] && !before.reset[lane] || ended && autoreset == Autoreset::SameStep {
                        begun += 1;
                        assert_ne!(goal, old, "{id} {autoreset:?}: a new episode has a goal of its own");
                        let mut first = row(spec, &batch.observation, lane).to_vec();
                        for (at, channel) in spec.observation.iter().enumerate() {
                            // An arm is there in another posture, as much at rest.
                            let posture = id.starts_with("Jaco") && !channel.name.ends_with("_rate");
                            if spec.position.contains(&at) || channel.name.starts_with("lidar_") || posture {
                                first[at] = goal[at];
                            }
                        }
                        assert_eq!(goal, first, "{id} {autoreset:?}: only what tells the place differs from the start");
                    } else {
                        assert_eq!(goal, old, "{id} {autoreset:?}: within an episode");
                    }
                    if batch.reset[lane] {
                        assert_eq!(goal, last, "{id} {autoreset:?}: reset rows");
                    }
                }
            });
            assert!(begun >= 9, "{id} {autoreset:?}: {begun}");
        }
    }
}

#[test]
fn tasks_set_start_and_goal_to_a_metre() {
    for world in worlds().filter(|world| world.spec().layout.is_some()) {
        let spec = world.spec();
        let layout = spec.layout.as_ref().expect("a maze");
        let config = LanesConfig { lanes: 256, goals: with(GoalLaw::Tasks), ..LanesConfig::default() };
        let (_, batch) = start(&world, config);
        let mut seen = vec![0; layout.tasks.len()];
        for lane in 0..256 {
            let places = [&batch.observation, &batch.goal].map(|rows| spec.place(row(spec, rows, lane)));
            let cells = places.map(|place| layout.cell_of(place).expect("inside"));
            let task = layout.tasks.iter().position(|&task| task == cells).expect("one of the tasks");
            for (place, cell) in places.into_iter().zip(cells) {
                let beside = [0, 1].map(|k| (place[k] - layout.centre(cell)[k]).abs());
                assert!(beside.iter().all(|&d| d <= 1.0 && d > 0.0), "{}: {beside:?}", spec.id);
            }
            seen[task] += 1;
        }
        assert!(seen.iter().all(|&count| count > 0), "{}: {seen:?}", spec.id);
    }
}

#[test]
fn anywhere_is_every_free_cell_or_the_square_of_the_goal_range() {
    for world in worlds_that_show_the_place() {
        let spec = world.spec();
        let places = GoalPlaces::new(spec).expect("there are places");
        let mut stream = Stream::new(3, "goals", 0);
        let goals: Vec<[f64; 2]> = (0..2000).map(|_| places.draw(&mut stream)).collect();
        // The first episode of a lane asks for the first goal of the lane's own stream.
        let goal = with(GoalLaw::Anywhere);
        let (_, batch) = start(&world, LanesConfig { seed: 3, goals: goal, ..LanesConfig::default() });
        let mut env = world.make().expect("an env");
        env.reset(&mut Stream::new(3, "reset", 0));
        let first = goals.iter().find(|goal| env.is_free(**goal)).expect("a free place");
        assert_eq!(spec.place(&batch.goal), first.map(|x| f64::from(x as f32)), "{}", spec.id);
        if let Some(layout) = &spec.layout {
            for cell in layout.free_cells() {
                let at = |goal: &&[f64; 2]| layout.cell_of(**goal) == Some(cell);
                assert!(goals.iter().filter(at).count() > 0, "{}: {cell:?}", spec.id);
            }
            let off = |goal: &[f64; 2]| !layout.cell_of(*goal).is_some_and(|cell| layout.is_free(cell));
            assert!(!goals.iter().any(off), "{}", spec.id);
        } else {
            let most = goals.iter().flatten().fold(0.0_f64, |most, x| most.max(x.abs()));
            assert!(most <= spec.goal_range && most > 0.99 * spec.goal_range, "{}: {most}", spec.id);
        }
    }
}

#[test]
fn lanes_and_episodes_have_goals_of_their_own() {
    for (world, law) in worlds_with_laws() {
        let config = LanesConfig { lanes: 2, goals: with(law), ..LanesConfig::default() };
        let (mut lanes, mut batch) = start(&world, config);
        let (spec, first) = (world.spec(), batch.goal.clone());
        assert_ne!(row(spec, &first, 0), row(spec, &first, 1), "{} {law:?}: two lanes", spec.id);
        lanes.reset_into(&mut batch).expect("reset");
        for lane in 0..2 {
            assert_ne!(row(spec, &first, lane), row(spec, &batch.goal, lane), "{} {law:?}: two resets", spec.id);
        }
    }
}

/// All bits of a walk of 60 steps in five lanes, across ends of episodes.
fn trace(world: &World, config: LanesConfig) -> Vec<StepBatch> {
    let (mut lanes, mut batch) = start(world, LanesConfig { lanes: 5, horizon: 17, ..config });
    let mut all = vec![batch.clone()];
    walk(&mut lanes, &mut batch, &mut Stream::new(0, "policy", 0), 60, |batch| all.push(batch.clone()));
    all
}

#[test]
fn the_seed_fixes_every_bit_for_any_number_of_threads() {
    for (world, law) in worlds_with_laws() {
        let run = |seed, threads| {
            let config = LanesConfig { seed, threads, goals: with(law), ..LanesConfig::default() };
            trace(&world, config).iter().map(bits).collect::<Vec<_>>()
        };
        assert!(run(3, 1) == run(3, 3), "{} {law:?}", world.spec().id);
        assert!(run(3, 1)[0] != run(4, 1)[0], "{} {law:?}", world.spec().id);
    }
}

#[test]
fn goals_that_end_nothing_change_neither_starts_nor_motion() {
    // The mazes of curricula show the goal, and end by one of their own where lanes have none.
    for world in worlds_that_show_the_place().filter(|world| !world.spec().id.starts_with("Maze-")) {
        let goals = Some(GoalConfig { law: GoalLaw::Anywhere, terminate: false });
        let [without, with] = [None, goals].map(|goals| trace(&world, LanesConfig { goals, ..LanesConfig::default() }));
        for (without, with) in without.into_iter().zip(with) {
            assert!([&without.goal, &without.final_goal].into_iter().all(Vec::is_empty) && without.success.is_empty());
            let plain =
                StepBatch { goal: vec![], final_goal: vec![], success: vec![], reward: without.reward.clone(), ..with };
            assert!(bits(&plain) == bits(&without), "{}", world.spec().id);
        }
    }
}

#[test]
fn a_saved_state_brings_its_goals() {
    for (world, law) in worlds_with_laws() {
        let config = LanesConfig { lanes: 3, seed: 2, horizon: 13, goals: with(law), ..LanesConfig::default() };
        let (mut lanes, mut batch) = start(&world, config);
        walk(&mut lanes, &mut batch, &mut Stream::new(2, "policy", 0), 20, |_| ());
        let saved = lanes.save();
        let go_on = |lanes: &mut Lanes| {
            let (mut all, mut batch) = (Vec::new(), lanes.batch());
            walk(lanes, &mut batch, &mut Stream::new(7, "policy", 0), 40, |batch| all.push(bits(batch)));
            all
        };
        let expected = go_on(&mut lanes);
        let (mut other, _) = start(&world, LanesConfig { threads: 2, seed: 77, ..config });
        other.load(&saved).expect("a saved state");
        assert!(other.save() == saved, "{}: loading and saving gives the same bytes", world.spec().id);
        assert!(go_on(&mut other) == expected, "{} {law:?}", world.spec().id);
        let (mut plain, _) = start(&world, LanesConfig { goals: None, ..config });
        let unchanged = plain.save();
        let error = plain.load(&saved).expect_err("no goals here").to_string();
        assert!(error.contains("its goals have") && error.contains("expected 0"), "{error}");
        assert_eq!(plain.save(), unchanged);
        other.load(&unchanged).expect_err("no goals there");
    }
}

/// One lane of the scripted world, put to its goal.
fn at_the_goal(goals: GoalConfig) -> (Lanes, StepBatch) {
    let world = scripted::world();
    let (mut lanes, mut batch) = start(&world, LanesConfig { goals: Some(goals), ..LanesConfig::default() });
    lanes.teleport(0, world.spec().place(&batch.goal), &mut batch).expect("a running lane");
    (lanes, batch)
}

#[test]
fn a_diverged_step_at_the_goal_is_no_success() {
    let (mut lanes, mut batch) = at_the_goal(GoalConfig::default());
    lanes.step_into(&[DIVERGE], &mut batch).expect("step");
    assert_eq!((batch.success[0], batch.reward[0]), (false, 0.0));
    assert_eq!((batch.terminated[0], batch.truncated[0], batch.diverged[0]), (false, true, true));
}

#[test]
fn the_worlds_own_ending_stands_and_its_reward_does_not() {
    let (mut lanes, mut batch) =
        start(&scripted::world(), LanesConfig { goals: with(GoalLaw::Anywhere), ..LanesConfig::default() });
    lanes.teleport(0, [50.0, 50.0], &mut batch).expect("a running lane");
    lanes.step_into(&[0.125], &mut batch).expect("step");
    assert_eq!((batch.success[0], batch.reward[0], batch.terminated[0]), (false, 0.0, false));
    lanes.step_into(&[TERMINATE], &mut batch).expect("step");
    assert_eq!((batch.success[0], batch.reward[0], batch.terminated[0]), (false, 0.0, true));
}

#[test]
fn reaching_the_goal_wins_over_the_time_limit() {
    for terminate in [true, false] {
        let (mut lanes, mut batch) = at_the_goal(GoalConfig { terminate, ..GoalConfig::default() });
        lanes.teleport(0, [50.0, 50.0], &mut batch).expect("a running lane");
        for _ in 1..HORIZON {
            lanes.step_into(&[0.0], &mut batch).expect("step");
            assert!(!batch.success[0]);
        }
        lanes.teleport(0, scripted::world().spec().place(&batch.goal), &mut batch).expect("a running lane");
        lanes.step_into(&[0.0], &mut batch).expect("step");
        assert_eq!((batch.success[0], batch.reward[0]), (true, 1.0));
        assert_eq!((batch.terminated[0], batch.truncated[0]), (terminate, !terminate));
    }
}

#[test]
fn worlds_that_hide_the_place_refuse_goals() {
    let config = LanesConfig { goals: with(GoalLaw::Anywhere), ..LanesConfig::default() };
    let error = Lanes::new(&world("Hopper-Blind-v0").expect("registered"), config).err().expect("refused").to_string();
    let expected = "none, since the observation of Hopper-Blind-v0 does not show where the body is";
    assert_eq!(error, format!("goals is Anywhere, expected {expected}"));
}

#[test]
fn worlds_without_tasks_refuse_them() {
    for id in ["Ant-v0", "Point-v0"] {
        let config = LanesConfig { goals: with(GoalLaw::Tasks), ..LanesConfig::default() };
        let error = Lanes::new(&world(id).expect("registered"), config).err().expect("refused").to_string();
        assert_eq!(error, format!("law of goals is Tasks, expected Anywhere, since {id} has no tasks"));
    }
    let mut spec = Spec::clone(scripted::world().spec());
    spec.layout =
        Some(freeroam_envs::maze::Layout { rows: vec!["##".to_owned()], ..freeroam_envs::maze::Layout::umaze() });
    let error = GoalPlaces::new(&spec).expect_err("walls only").to_string();
    assert!(error.contains("number of free cells is 0, expected at least 1 in Scripted-v0"), "{error}");
}
