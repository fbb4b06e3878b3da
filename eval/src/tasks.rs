//! The goal tasks of a maze: from one place to another, without having been trained on any.
//!
//! Park, Frans, Eysenbach and Levine, OGBench, 2025: each maze has five pairs of a start and a goal cell. An episode starts near
//! the centre of the one and succeeds when it comes within the goal's radius near the centre of the other; both are up to a
//! quarter of a cell beside it along each axis. The episodes have the world's own horizon.

use freeroam_agents::{Eyes, Policy, RolloutConfig};
use freeroam_envs::{Stream, World};

use crate::EvalError;
use crate::goals::{GoalPolicy, GoalRollouts, directed, reach};
use crate::measure::{Measure, uniform};
use crate::planning::{Midpoints, planned};
use crate::report::Solved;
use crate::stats::{Scores, bootstrap};

/// Half-width of the square around a cell's centre in which starts and goals lie, in edges of a cell.
const SPREAD: f64 = 0.25;

/// Starts and goals (x, y), metres, of `episodes` episodes of each task, task by task; empty without tasks.
#[must_use]
pub fn draw_tasks(world: &World, episodes: usize, stream: &mut Stream) -> Vec<[[f64; 2]; 2]> {
    let Some(layout) = &world.spec().layout else { return Vec::new() };
    let half = SPREAD * layout.cell;
    let mut near = |cell| layout.centre(cell).map(|x| x + stream.uniform(-half, half));
    layout.tasks.iter().flat_map(|task| vec![*task; episodes]).map(|task| task.map(&mut near)).collect()
}

/// Sends an episode from each start to its goal, as [`reach`] does.
///
/// # Errors
/// When the world fails.
pub fn solve(
    world: &World,
    config: RolloutConfig,
    pairs: &[[[f64; 2]; 2]],
    eyes: Option<&Eyes>,
    act: &mut GoalPolicy<'_>,
) -> Result<GoalRollouts, EvalError> {
    let [starts, goals] = [0, 1].map(|end| pairs.iter().map(|pair| pair[end]).collect::<Vec<_>>());
    reach(world, config, Some(&starts), &goals, eyes, act)
}

impl Measure<'_> {
    /// Success on the tasks of the maze: going straight, by way of `midpoints`, and by uniform random actions; nothing without tasks,
    /// or for policies that cannot point to a goal.
    ///
    /// # Errors
    /// When the world fails.
    pub fn tasks(&self, policy: &Policy, midpoints: Option<&Midpoints>) -> Result<Option<Solved>, EvalError> {
        if self.spec().position.is_empty() || !policy.points_to_goals() {
            return Ok(None);
        }
        let mut stream = self.stream("evaluation of tasks", 0);
        let each = self.config.evaluate.episodes;
        let pairs = draw_tasks(self.world, each, &mut stream);
        if pairs.is_empty() {
            return Ok(None);
        }
        let config = RolloutConfig { horizon: self.spec().horizon, ..self.episodes(pairs.len(), stream.bits()) };
        let scores = |eyes: Option<&Eyes>, act: &mut GoalPolicy<'_>| -> Result<Scores, EvalError> {
            let success = solve(self.world, config, &pairs, eyes, act)?.success;
            Scores::new(success.chunks(each).map(<[f64]>::to_vec).collect())
        };
        let mean = |scores: &Scores| {
            bootstrap(scores, Scores::mean, self.config.evaluate.resamples, &mut self.stream("bootstrap", 0))
        };
        let straight = scores(policy.eyes(), &mut directed(policy, &mut self.stream("evaluation tasks", 0)))?;
        let by_midpoints = match midpoints {
            Some(midpoints) => {
                let mut stream = self.stream("evaluation tasks", 0);
                Some(mean(&scores(policy.eyes(), &mut planned(policy, midpoints, &mut stream))?)?)
            }
            None => None,
        };
        let mut noise = self.stream("evaluation random", 0);
        let (numbers, actions) = (self.spec().observation.len(), self.spec().action.len());
        let random = scores(None, &mut |observations, _| uniform(observations.len() / numbers * actions, &mut noise))?;
        Ok(Some(Solved {
            success: mean(&straight)?,
            each: straight.tasks().iter().map(|runs| runs.iter().sum::<f64>() / runs.len() as f64).collect(),
            by_midpoints,
            random: mean(&random)?,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tasks_are_those_of_the_maze() {
        let world = freeroam_envs::world("PointMaze-Large-v0").expect("is registered");
        let pairs = draw_tasks(&world, 3, &mut Stream::new(0, "tasks", 0));
        let layout = world.spec().layout.as_ref().expect("a maze");
        assert_eq!(pairs.len(), 3 * layout.tasks.len());
        for (i, pair) in pairs.iter().enumerate() {
            assert_eq!(pair.map(|place| layout.cell_of(place).expect("inside")), layout.tasks[i / 3]);
        }
        let config = RolloutConfig { episodes: 0, horizon: 2, threads: 1, seed: 0 };
        let still =
            solve(&world, config, &pairs, None, &mut |observations, _| vec![0.0; observations.len()]).expect("runs");
        for (path, pair) in still.positions.iter().zip(&pairs) {
            assert!((path[0][0] - pair[0][0]).hypot(path[0][1] - pair[0][1]) < 1e-4, "starts where the task says");
        }
        assert!(still.success.iter().all(|success| *success == 0.0));
        let plane = freeroam_envs::world("Point-v0").expect("is registered");
        assert!(draw_tasks(&plane, 3, &mut Stream::new(0, "tasks", 0)).is_empty());
    }
}
