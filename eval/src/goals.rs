//! Zero-shot goal reaching by latent direction.
//!
//! Park et al., METRA, 2024, app. F.1: at every step the task is the one that points from the current observation to the
//! goal in latent space; the policy's mode acts. A goal is the current observation with x and y replaced, so that only the
//! place is asked for; a policy that acts by frames gets a picture of the body at rest at the goal. Goals lie uniformly in a
//! square around the start, or in the free cells of a maze.

use freeroam_agents::{Act, Eyes, Playing, Policy, RolloutConfig, Rollouts, rollout};
use freeroam_envs::{GoalPlaces, Spec, Stream, World};

use crate::EvalError;

/// Episodes towards goals, one goal each.
#[derive(Clone, Debug)]
pub struct GoalRollouts {
    /// Goals (x, y), metres.
    pub goals: Vec<[f64; 2]>,
    /// Trajectories (x, y), metres, one per goal.
    pub positions: Vec<Vec<[f64; 2]>>,
    /// Distance to the goal at the last step, metres.
    pub final_distance: Vec<f64>,
    /// 1 where the goal was ever within [`Spec::goal_radius`], else 0.
    pub success: Vec<f64>,
}

/// Draws `count` goals (x, y) of a world, metres, from [`GoalPlaces`].
///
/// # Errors
/// When the world is a maze without a free cell.
pub fn draw_goals(spec: &Spec, count: usize, stream: &mut Stream) -> Result<Vec<[f64; 2]>, EvalError> {
    let places = GoalPlaces::new(spec)?;
    Ok((0..count).map(|_| places.draw(stream)).collect())
}

/// Actions from rows and those of goals, `[goals, row]` each: observations, with eyes the features of frames after them.
pub type GoalPolicy<'a> = dyn FnMut(&[f32], &[f32]) -> Vec<f32> + 'a;

/// Sends one episode to each goal, from the world's own starts or from `starts` (x, y), metres. `act` gives the actions; what it
/// sees of frames comes from `eyes` ([`Policy::eyes`]).
///
/// # Errors
/// When the world fails.
pub fn reach(
    world: &World,
    config: RolloutConfig,
    starts: Option<&[[f64; 2]]>,
    goals: &[[f64; 2]],
    eyes: Option<&Eyes>,
    act: &mut GoalPolicy<'_>,
) -> Result<GoalRollouts, EvalError> {
    let spec = world.spec();
    let config = RolloutConfig { episodes: goals.len(), ..config };
    let seen = eyes.map(|eyes| eyes.at_places(world, goals)).transpose()?.unwrap_or_default();
    let (numbers, features) = (spec.observation.len(), seen.len() / goals.len().max(1));
    let rollouts: Rollouts = rollout(world, config, starts, eyes, &mut |rows| {
        let mut targets = rows.to_vec();
        for (at, (row, goal)) in targets.chunks_exact_mut(numbers + features).zip(goals).enumerate() {
            spec.put_place(*goal, row);
            row[numbers..].copy_from_slice(&seen[at * features..][..features]);
        }
        act(rows, &targets)
    })?;
    let positions = rollouts.positions;
    let distance = |[x, y]: [f64; 2], goal: &[f64; 2]| (x - goal[0]).hypot(y - goal[1]);
    let last = |(path, goal): (&Vec<[f64; 2]>, &[f64; 2])| path.last().map_or(f64::NAN, |place| distance(*place, goal));
    let hit = |(path, goal): (&Vec<[f64; 2]>, &[f64; 2])| {
        f64::from(u8::from(path.iter().any(|place| spec.reached(*place, *goal))))
    };
    Ok(GoalRollouts {
        final_distance: positions.iter().zip(goals).map(last).collect(),
        success: positions.iter().zip(goals).map(hit).collect(),
        goals: goals.to_vec(),
        positions,
    })
}

/// Actions of `policy` towards goals: the objective's task from each observation to its goal, then the policy's mode.
/// Objectives that cannot point to a goal get a task drawn once.
pub fn directed<'a>(policy: &'a Policy, stream: &'a mut Stream) -> impl FnMut(&[f32], &[f32]) -> Vec<f32> + 'a {
    let mut playing = None;
    move |observations, goals| {
        let rows = observations.len() / policy.observation();
        let playing = playing.get_or_insert_with(|| {
            let drawn = if policy.points_to_goals() { Vec::new() } else { policy.evaluation_tasks(rows, stream) };
            Playing::new(policy, drawn, rows)
        });
        match policy.towards(observations, goals) {
            Some(tasks) => playing.act_under(tasks, observations, Act::Mode, stream),
            None => playing.act(observations, Act::Mode, stream),
        }
    }
}
