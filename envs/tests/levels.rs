//! Mazes of curricula: the guide solves the held-out ones in as many decisions as cells, and chosen levels are kept.

use freeroam_envs::maze::MazeFamily;
use freeroam_envs::{
    Autoreset, Expert, GoalConfig, GoalLaw, LaneResets, Lanes, LanesConfig, Spec, StepBatch, Stream, World, ids, world,
};

/// The action that brings a ball with strides of `stride` metres nearest to the guide's next point.
fn action(expert: &Expert, spec: &Spec, observation: &[f32], stride: f64) -> [f32; 2] {
    let place = spec.place(observation);
    let next = expert.next(place);
    [0, 1].map(|k| ((next[k] - place[k]) / stride).clamp(-1.0, 1.0) as f32)
}

/// Steps until the guide has solved each task of a world.
fn steps(world: &World, stride: f64) -> Vec<Option<u32>> {
    let spec = world.spec();
    let layout = spec.layout.as_ref().expect("a maze");
    let count = layout.tasks.len();
    let goals = Some(GoalConfig { law: GoalLaw::Tasks, ..GoalConfig::default() });
    let config = LanesConfig { lanes: count, goals, autoreset: Autoreset::NextStep, ..LanesConfig::default() };
    let mut lanes = Lanes::new(world, config).expect("lanes");
    let mut batch = lanes.batch();
    let tasks: Vec<_> = (0..count).map(Some).collect();
    lanes.reset_with_into(&LaneResets { tasks: Some(&tasks), ..LaneResets::default() }, &mut batch).expect("tasks");
    let width = spec.observation.len();
    let experts: Vec<Expert> = batch
        .goal
        .chunks_exact(width)
        .map(|goal| {
            let mut expert = Expert::new(layout, true);
            expert.set_goal(spec.place(goal));
            expert
        })
        .collect();
    let mut solved = vec![None; count];
    for step in 1..=spec.horizon {
        let rows = batch.observation.chunks_exact(width).zip(&experts);
        let actions: Vec<f32> = rows.flat_map(|(row, expert)| action(expert, spec, row, stride)).collect();
        lanes.step_into(&actions, &mut batch).expect("step");
        for (solved, success) in solved.iter_mut().zip(&batch.success) {
            if *success {
                solved.get_or_insert(step);
            }
        }
    }
    solved
}

#[test]
fn the_guide_solves_held_out_and_square_mazes_in_about_as_many_steps_as_cells() {
    for (family, stride) in [("Maze-", 1.0), ("SquareMaze-", 0.95)] {
        for id in ids().into_iter().filter(|id| id.starts_with(family)) {
            let world = world(id).expect("registered");
            let Some(layout) = &world.spec().layout else { continue };
            for (task, solved) in steps(&world, stride).into_iter().enumerate() {
                let [start, goal] = layout.tasks[task];
                let cells = layout.steps(start, goal).expect("a way");
                let most = f64::from(cells) / stride * 1.1 + 3.0;
                assert!(
                    solved.is_some_and(|steps| f64::from(steps) < most),
                    "{id}, task {task}: {solved:?}, {cells} cells"
                );
            }
        }
    }
}

fn start(family: &MazeFamily, levels: &[Vec<f32>]) -> (Lanes, StepBatch) {
    let world = world("Maze-Procedural-v0").expect("registered");
    let mut lanes =
        Lanes::new(&world, LanesConfig { lanes: levels.len(), threads: 2, ..LanesConfig::default() }).expect("lanes");
    assert_eq!(lanes.level_len(), family.vector_len());
    let mut batch = lanes.batch();
    let chosen: Vec<_> = levels.iter().map(|level| Some(level.as_slice())).collect();
    lanes.set_levels(&chosen).expect("levels");
    lanes.reset_into(&mut batch).expect("reset");
    (lanes, batch)
}

#[test]
fn chosen_levels_are_played_again_and_again_and_survive_saving() {
    let family = MazeFamily::new(13, 60).expect("sound");
    let mut stream = Stream::new(0, "levels", 0);
    let mut levels = Vec::new();
    while levels.len() < 6 {
        let level = family.sample(&mut stream);
        if level.shortest_path().is_some_and(|path| path > 3) {
            levels.push(level);
        }
    }
    let vectors: Vec<_> = levels.iter().map(|level| family.to_vector(level)).collect();
    let (mut lanes, mut batch) = start(&family, &vectors);
    let spec = world("Maze-Procedural-v0").expect("registered").spec().clone();
    let width = spec.observation.len();
    let experts: Vec<Expert> = levels
        .iter()
        .map(|level| {
            let layout = level.layout();
            let mut expert = Expert::new(&layout, true);
            expert.set_goal(layout.centre(layout.tasks[0][1]));
            expert
        })
        .collect();
    let play = |lanes: &mut Lanes, batch: &mut StepBatch| {
        let mut ends = [0_u32; 6];
        let mut steps = [0; 6];
        for _ in 0..120 {
            let rows = batch.observation.chunks_exact(width).zip(&experts);
            let actions: Vec<f32> = rows.flat_map(|(row, expert)| action(expert, &spec, row, 1.0)).collect();
            lanes.step_into(&actions, batch).expect("step");
            for lane in 0..6 {
                steps[lane] = if batch.reset[lane] { 0 } else { steps[lane] + 1 };
                if batch.terminated[lane] {
                    ends[lane] += 1;
                    let path = levels[lane].shortest_path().expect("solvable");
                    assert_eq!(steps[lane], path, "the guide goes a cell in each decision");
                    assert!((batch.reward[lane] - (1.0 - 0.9 * path as f32 / 250.0)).abs() < 1e-6);
                }
            }
        }
        assert!(ends.iter().all(|&count| count > 1), "{ends:?}: the same level again");
    };
    let saved = lanes.save();
    play(&mut lanes, &mut batch);
    let other: Vec<_> = vectors.iter().rev().cloned().collect();
    let (mut restored, mut batch) = start(&family, &other);
    restored.load(&saved).expect("a saved state");
    // The observations of the first episode are those of the other levels; the next reset shows the restored ones.
    restored.reset_into(&mut batch).expect("reset");
    play(&mut restored, &mut batch);
}

#[test]
fn wrong_levels_are_refused_by_name() {
    let family = MazeFamily::new(13, 60).expect("sound");
    let vector = family.to_vector(&family.sample(&mut Stream::new(0, "levels", 0)));
    let (mut lanes, _) = start(&family, &[vector.clone(), vector.clone()]);
    let mut fault = |levels: &[Option<&[f32]>]| lanes.set_levels(levels).expect_err("refused").to_string();
    assert!(fault(&[None]).contains("1 elements, expected 2"));
    assert!(fault(&[None, Some(&vector[1..])]).contains("61 elements, expected 62"));
    let mut outside = vector.clone();
    outside[60] = 169.0;
    assert!(fault(&[Some(&outside), None]).contains("169"));
    let mut plain =
        Lanes::new(&world("PointMaze-UMaze-v0").expect("registered"), LanesConfig::default()).expect("lanes");
    assert_eq!(plain.level_len(), 0);
    assert!(plain.set_levels(&[Some(&[1.0])]).is_err() && plain.set_levels(&[None]).is_ok());
}
