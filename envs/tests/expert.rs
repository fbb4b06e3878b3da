//! The guide through mazes solves every task, in about as many steps as `OGBench`'s.

use freeroam_envs::{Autoreset, Expert, GoalConfig, GoalLaw, LaneResets, Lanes, LanesConfig, World, ids, world};

/// Episodes of each task.
const EPISODES: usize = 20;

/// How a task went: the share of episodes that succeeded, and the mean number of steps of those.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Solved {
    pub(crate) share: f64,
    pub(crate) steps: f64,
}

/// Lets the guide drive the ball through all tasks of a world.
pub(crate) fn solve(world: &World, aim_true_goal: bool) -> Vec<Solved> {
    let spec = world.spec();
    let layout = spec.layout.as_ref().expect("a maze");
    let count = layout.tasks.len() * EPISODES;
    let goals = Some(GoalConfig { law: GoalLaw::Tasks, ..GoalConfig::default() });
    let config = LanesConfig { lanes: count, goals, autoreset: Autoreset::Disabled, ..LanesConfig::default() };
    let mut lanes = Lanes::new(world, config).expect("lanes");
    let mut batch = lanes.batch();
    let tasks: Vec<_> = (0..count).map(|lane| Some(lane / EPISODES)).collect();
    lanes.reset_with_into(&LaneResets { tasks: Some(&tasks), ..LaneResets::default() }, &mut batch).expect("tasks");
    let width = spec.observation.len();
    let mut experts: Vec<Expert> = batch
        .goal
        .chunks_exact(width)
        .map(|goal| {
            let mut expert = Expert::new(layout, aim_true_goal);
            expert.set_goal(spec.place(goal));
            expert
        })
        .collect();
    let mut steps = vec![None; count];
    for step in 1..=spec.horizon {
        let headings = batch.observation.chunks_exact(width).zip(&experts);
        let actions: Vec<f32> =
            headings.flat_map(|(row, expert)| expert.heading(spec.place(row))).map(|value| value as f32).collect();
        lanes.step_into(&actions, &mut batch).expect("step");
        for (steps, success) in steps.iter_mut().zip(&batch.success) {
            if *success {
                steps.get_or_insert(f64::from(step));
            }
        }
        // Lanes whose episode has ended go on with another task, which is not looked at.
        let ended: Vec<bool> = (0..count).map(|lane| batch.terminated[lane] || batch.truncated[lane]).collect();
        lanes.reset_masked_into(&ended, &mut batch).expect("reset");
        for (lane, expert) in experts.iter_mut().enumerate().filter(|(lane, _)| ended[*lane]) {
            expert.set_goal(spec.place(&batch.goal[lane * width..][..width]));
        }
        if steps.iter().all(Option::is_some) {
            break;
        }
    }
    steps
        .chunks_exact(EPISODES)
        .map(|episodes| {
            let reached = episodes.iter().flatten().count();
            let steps = episodes.iter().flatten().sum::<f64>() / reached as f64;
            Solved { share: reached as f64 / EPISODES as f64, steps }
        })
        .collect()
}

/// Steps that the way through the centres of cells takes the ball.
fn estimate(world: &World, task: usize) -> f64 {
    let layout = world.spec().layout.as_ref().expect("a maze");
    let [start, goal] = layout.tasks[task];
    f64::from(layout.steps(start, goal).expect("a way")) * layout.cell / 0.2
}

#[test]
fn aiming_at_the_goal_solves_every_task_of_every_maze() {
    // Where a task may lead through a teleporter, it may lead into the trap.
    for id in ids().into_iter().filter(|id| id.starts_with("PointMaze") && !id.contains("Teleport")) {
        let world = world(id).expect("registered");
        for (task, solved) in solve(&world, true).into_iter().enumerate() {
            let way = estimate(&world, task);
            assert!((solved.share - 1.0).abs() < 1e-9, "{id}, task {task}: {solved:?}");
            assert!(
                solved.steps < 1.05 * way && solved.steps > 0.6 * way - 20.0,
                "{id}, task {task}: {solved:?} {way}"
            );
        }
    }
}

#[test]
fn it_takes_as_many_steps_as_published() {
    for (id, published) in [
        ("PointMaze-Medium-v0", [159.0, 159.0, 91.0, 157.0, 127.0]),
        ("PointMaze-Large-v0", [258.0, 320.0, 219.0, 240.0, 265.0]),
        ("PointMaze-Giant-v0", [503.0, 450.0, 485.0, 435.0, 284.0]),
    ] {
        let world = world(id).expect("registered");
        for (task, (solved, published)) in solve(&world, true).into_iter().zip(published).enumerate() {
            let off = solved.steps / published - 1.0;
            assert!(off.abs() < 0.05, "{id}, task {task}: {solved:?}, published {published}");
        }
        // Aiming at centres misses the goals that lie more than their radius beside them.
        for (task, solved) in solve(&world, false).into_iter().enumerate() {
            assert!((0.5..=1.0).contains(&solved.share), "{id}, task {task}: {solved:?}");
        }
    }
}
