//! Episodes for evaluation: one episode per lane, whole trajectories kept.

use freeroam_envs::{Autoreset, EnvsError, Gauge, Lanes, LanesConfig, World};

use crate::{Eyes, Gaze};

/// Trajectories of `lanes` episodes that started together.
#[derive(Clone, Debug)]
pub struct Rollouts {
    /// Numbers of a row: an observation, with eyes the features of frames after it.
    pub row: usize,
    /// Rows of each episode, first to last, `[steps + 1, row]`.
    pub episodes: Vec<Vec<f32>>,
    /// Positions (x, y) of each episode, metres, first to last, whether or not the observations show them.
    pub positions: Vec<Vec<[f64; 2]>>,
    /// Sum of the world's own rewards of each episode.
    pub returns: Vec<f64>,
}

impl Rollouts {
    /// What a gauge of the world says of each episode, where it says anything.
    #[must_use]
    pub fn read(&self, gauge: &Gauge) -> Vec<f64> {
        self.episodes.iter().filter_map(|episode| gauge.read(&episode[episode.len() - self.row..])).collect()
    }
}

/// How a rollout runs.
#[derive(Clone, Copy, Debug)]
pub struct RolloutConfig {
    /// Episodes.
    pub episodes: usize,
    /// Steps of an episode.
    pub horizon: u32,
    /// Worker threads.
    pub threads: usize,
    /// Seed of the start states.
    pub seed: u64,
}

/// Runs one episode per lane. `act` gets the rows `[episodes, row]`, which are raw observations and, with `eyes`, the features of
/// frames after them ([`Policy::eyes`](crate::Policy::eyes)); it gives actions `[episodes, action]`. `starts`, when given, are the
/// positions at which the bodies are put first.
///
/// Episodes that end early keep their shorter trajectory.
///
/// # Errors
/// When the world fails.
pub fn rollout(
    world: &World,
    config: RolloutConfig,
    starts: Option<&[[f64; 2]]>,
    eyes: Option<&Eyes>,
    act: &mut dyn FnMut(&[f32]) -> Vec<f32>,
) -> Result<Rollouts, EnvsError> {
    let RolloutConfig { episodes, horizon, threads, seed } = config;
    let config = LanesConfig { lanes: episodes, threads, seed, horizon, autoreset: Autoreset::SameStep, goals: None };
    let mut lanes = Lanes::new(world, config)?;
    let mut batch = lanes.batch();
    lanes.reset_into(&mut batch)?;
    for (lane, start) in starts.unwrap_or_default().iter().enumerate() {
        lanes.teleport(lane, *start, &mut batch)?;
    }
    let mut gaze = Gaze::new(eyes, &batch);
    let row = gaze.rows().len() / episodes.max(1);
    let mut out: Vec<Vec<f32>> = gaze.rows().chunks_exact(row).map(<[f32]>::to_vec).collect();
    let place = |row: &[f32]| [f64::from(row[0]), f64::from(row[1])];
    let mut positions: Vec<Vec<[f64; 2]>> = batch.place.chunks_exact(2).map(|row| vec![place(row)]).collect();
    let mut running = vec![true; episodes];
    let mut returns = vec![0.0; episodes];
    for _ in 0..horizon {
        if !running.contains(&true) {
            break;
        }
        let actions = act(gaze.rows());
        lanes.step_into(&actions, &mut batch)?;
        let arrived = gaze.follow(eyes, &batch);
        let places = batch.final_place.chunks_exact(2);
        for (lane, (row, at)) in arrived.chunks_exact(row).zip(places).enumerate() {
            if running[lane] && !batch.diverged[lane] {
                out[lane].extend_from_slice(row);
                positions[lane].push(place(at));
                returns[lane] += f64::from(batch.reward[lane]);
            }
            running[lane] &= !(batch.terminated[lane] || batch.truncated[lane]);
        }
    }
    Ok(Rollouts { row, episodes: out, positions, returns })
}
