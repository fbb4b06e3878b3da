//! Resets of single lanes, from seeds and tasks of their own.

use freeroam_envs::{
    Autoreset, EnvsError, GoalConfig, GoalLaw, LaneResets, Lanes, LanesConfig, StepBatch, Stream, World, world,
};

use crate::every_world::{bits, start, worlds};

/// Steps with the same random action in every lane and hands out each batch.
fn walk_alike(lanes: &mut Lanes, batch: &mut StepBatch, mut seen: impl FnMut(&StepBatch)) {
    let mut noise = Stream::new(4, "policy", 0);
    let mut action = vec![0.0; lanes.spec().action.len()];
    for _ in 0..50 {
        noise.fill_uniform(-1.0, 1.0, &mut action);
        lanes.step_into(&action.repeat(lanes.len()), batch).expect("step");
        seen(batch);
    }
}

/// One lane of a batch.
fn lane_of(batch: &StepBatch, lane: usize) -> StepBatch {
    let count = batch.reward.len();
    let rows = |rows: &Vec<f32>| rows[lane * rows.len() / count..(lane + 1) * rows.len() / count].to_vec();
    let flags = |flags: &Vec<bool>| flags[lane * flags.len() / count..(lane + 1) * flags.len() / count].to_vec();
    let frames = |frames: &Vec<u8>| frames[lane * frames.len() / count..(lane + 1) * frames.len() / count].to_vec();
    StepBatch {
        frames: frames(&batch.frames),
        final_frames: frames(&batch.final_frames),
        observation: rows(&batch.observation),
        final_observation: rows(&batch.final_observation),
        place: rows(&batch.place),
        final_place: rows(&batch.final_place),
        goal: rows(&batch.goal),
        final_goal: rows(&batch.final_goal),
        success: flags(&batch.success),
        reward: rows(&batch.reward),
        terminated: flags(&batch.terminated),
        truncated: flags(&batch.truncated),
        diverged: flags(&batch.diverged),
        reset: flags(&batch.reset),
    }
}

/// What the only lane of lanes built with `seed` shows, bit for bit, over several episodes.
fn single(world: &World, config: LanesConfig, seed: u64) -> Vec<Vec<u32>> {
    let (mut lanes, mut batch) = start(world, LanesConfig { lanes: 1, seed, ..config });
    let mut all = vec![bits(&batch)];
    walk_alike(&mut lanes, &mut batch, |batch| all.push(bits(batch)));
    all
}

#[test]
fn a_seeded_lane_equals_lane_0_of_lanes_with_that_seed() {
    for world in worlds() {
        let shown = !world.spec().position.is_empty();
        for goals in [None, shown.then(GoalConfig::default)] {
            let config = LanesConfig { horizon: 19, autoreset: Autoreset::SameStep, goals, ..LanesConfig::default() };
            let (mut lanes, mut batch) = start(&world, LanesConfig { lanes: 4, threads: 3, seed: 50, ..config });
            walk_alike(&mut lanes, &mut batch, |_| ());
            // Lane 1 draws on, lane 3 is not reset.
            let seeds = [Some(11), None, Some(12), Some(13)];
            let mask = [true, true, true, false];
            let before = batch.clone();
            let resets = LaneResets { mask: Some(&mask), seeds: Some(&seeds), tasks: None };
            lanes.reset_with_into(&resets, &mut batch).expect("reset");
            assert!(lane_of(&batch, 3) == lane_of(&before, 3), "{}: lane 3 is untouched", world.spec().id);
            assert_eq!(batch.reset[..3], [true; 3]);
            let mut all = vec![batch.clone()];
            walk_alike(&mut lanes, &mut batch, |batch| all.push(batch.clone()));
            for (lane, seed) in [(0, 11), (2, 12)] {
                let seen: Vec<_> = all.iter().map(|batch| bits(&lane_of(batch, lane))).collect();
                assert!(seen == single(&world, config, seed), "{} {goals:?}: lane {lane}", world.spec().id);
            }
        }
    }
}

fn medium(law: GoalLaw, lanes: usize) -> (Lanes, StepBatch) {
    let goals = Some(GoalConfig { law, ..GoalConfig::default() });
    let world = world("PointMaze-Medium-v0").expect("registered");
    start(&world, LanesConfig { lanes, threads: 2, goals, ..LanesConfig::default() })
}

/// Cells of a lane's start and goal.
fn cells(lanes: &Lanes, batch: &StepBatch, lane: usize) -> [(usize, usize); 2] {
    let layout = lanes.spec().layout.as_ref().expect("a maze");
    [&batch.observation, &batch.goal].map(|rows| {
        let place = lanes.spec().place(&rows[2 * lane..]);
        layout.cell_of(place).expect("inside")
    })
}

#[test]
fn a_chosen_task_is_that_of_one_episode_under_any_law() {
    for law in [GoalLaw::Tasks, GoalLaw::Anywhere] {
        let (mut lanes, mut batch) = medium(law, 6);
        let layout = lanes.spec().layout.clone().expect("a maze");
        let tasks = [Some(0), Some(1), Some(2), Some(3), Some(4), None];
        for _ in 0..2 {
            lanes
                .reset_with_into(&LaneResets { tasks: Some(&tasks), ..LaneResets::default() }, &mut batch)
                .expect("reset");
            for (lane, task) in tasks.into_iter().enumerate().take(5) {
                assert_eq!(Some(cells(&lanes, &batch, lane)), task.map(|task| layout.tasks[task]), "{law:?}");
            }
        }
        let chosen = batch.clone();
        lanes.reset_into(&mut batch).expect("reset");
        let same = (0..5).filter(|&lane| cells(&lanes, &batch, lane) == cells(&lanes, &chosen, lane)).count();
        assert!(same < 5, "{law:?}: the next episode follows the law");
    }
}

#[test]
fn choosing_a_task_does_not_shift_later_draws() {
    let later = |tasks: Option<&[Option<usize>]>| {
        let (mut lanes, mut batch) = medium(GoalLaw::Tasks, 2);
        lanes.reset_with_into(&LaneResets { tasks, ..LaneResets::default() }, &mut batch).expect("reset");
        lanes.reset_into(&mut batch).expect("reset");
        bits(&batch)
    };
    assert_eq!(later(None), later(Some(&[Some(3), None])));
}

#[test]
fn wrong_resets_are_refused_before_any_lane_is_reset() {
    let (mut lanes, mut batch) = medium(GoalLaw::Tasks, 3);
    let before = (batch.clone(), lanes.save());
    let mut refused = |resets: &LaneResets<'_>| {
        let error = lanes.reset_with_into(resets, &mut batch).expect_err("refused");
        assert_eq!((batch.clone(), lanes.save()), before);
        error
    };
    let seeds = [Some(1); 3];
    let with_tasks = |tasks| LaneResets { seeds: Some(&seeds), tasks: Some(tasks), mask: None };
    let error = refused(&with_tasks(&[None, Some(4), Some(5)]));
    assert_eq!(
        error.to_string(),
        "lane 2 cannot take task 5: expected less than 5, the number of tasks of PointMaze-Medium-v0"
    );
    let error = refused(&with_tasks(&[None; 2]));
    assert!(matches!(error, EnvsError::Length { what: "the tasks", got: 2, expected: 3 }), "{error}");
    let error = refused(&LaneResets { seeds: Some(&[None; 4]), ..LaneResets::default() });
    assert!(matches!(error, EnvsError::Length { what: "the seeds", got: 4, expected: 3 }), "{error}");
    let error = refused(&LaneResets { mask: Some(&[]), ..LaneResets::default() });
    assert!(matches!(error, EnvsError::Length { what: "the mask", got: 0, expected: 3 }), "{error}");
    // A lane that is not reset may be told anything.
    let mask = [true, true, false];
    lanes
        .reset_with_into(&LaneResets { mask: Some(&mask), ..with_tasks(&[None, Some(4), Some(5)]) }, &mut batch)
        .expect("reset");
}

#[test]
fn tasks_need_goals_and_a_world_that_has_them() {
    let refused = |id: &str, goals: Option<GoalConfig>| {
        let (mut lanes, mut batch) =
            start(&world(id).expect("registered"), LanesConfig { goals, ..LanesConfig::default() });
        let resets = LaneResets { tasks: Some(&[Some(0)]), ..LaneResets::default() };
        lanes.reset_with_into(&resets, &mut batch).expect_err("refused").to_string()
    };
    assert_eq!(refused("PointMaze-UMaze-v0", None), "lane 0 cannot take task 0: the lanes have no goals");
    let anywhere = Some(GoalConfig::default());
    assert_eq!(refused("Ant-v0", anywhere), "lane 0 cannot take task 0: Ant-v0 has no tasks");
}

#[test]
fn batches_must_have_room_for_goals_and_only_then() {
    let (mut lanes, _) = medium(GoalLaw::Tasks, 3);
    let error = lanes.reset_into(&mut StepBatch::new(3, 2)).expect_err("no room");
    assert_eq!(error.to_string(), "batch.goal has 0 elements, expected 6");
    let maze = world("PointMaze-Medium-v0").expect("registered");
    let (mut plain, _) = start(&maze, LanesConfig { lanes: 3, ..LanesConfig::default() });
    let error = plain.reset_into(&mut StepBatch::with_goals(3, 2)).expect_err("room that nothing fills");
    assert_eq!(error.to_string(), "batch.goal has 6 elements, expected 0");
}
