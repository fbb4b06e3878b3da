//! Statistics by which data sets of one kind are told apart, and a broken one is noticed.

use freeroam_envs::{CellCounter, EnvsError, Spec};
use freeroam_replay::dataset::Dataset;
use serde::{Deserialize, Serialize};

use super::GOALS;

/// Edge of the squares that are counted, metres.
const BIN: f64 = 0.5;
/// A transition that moves the body by less is still, metres.
const STILL: f64 = 0.02;

/// Statistics of a data set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fingerprint {
    /// Goals reached, per 1000 transitions; a goal that stays counts once. Nothing in explore, as in the next two.
    pub goals_per_1000: Option<f64>,
    /// Share of the episodes that reached a goal.
    pub reached: Option<f64>,
    /// Transitions up to the first goal, in the mean over those episodes.
    pub first_goal: Option<f64>,
    /// Share of the free cells that were visited; nothing on open ground.
    pub cells: Option<f64>,
    /// Squares of half a metre that were visited. Nothing where the observation hides the place, as in the next two.
    pub squares: Option<usize>,
    /// Share of the transitions that moved the body by less than 0.02 m.
    pub still: Option<f64>,
    /// How far a transition moved the body, metres, in the mean.
    pub move_m: Option<f64>,
}

impl Fingerprint {
    /// The statistics of a data set of the world `spec`, from its observations, rewards and goals.
    ///
    /// # Errors
    /// Never for a data set that was made here.
    pub fn of(dataset: &Dataset, spec: &Spec) -> Result<Self, EnvsError> {
        let columns = dataset.columns();
        let width = columns.observations.width;
        let place = |row: usize| spec.place(&columns.observations.values[row * width..][..width]);
        let goals = columns.extras.get(GOALS).zip(columns.rewards.as_ref());
        let mut squares = CellCounter::new(BIN)?;
        let mut visited = spec.layout.as_ref().map(|layout| {
            let (rows, columns) = layout.shape();
            vec![false; rows * columns]
        });
        let (mut still, mut moved) = (0_u64, 0.0);
        let (mut reached, mut reaching, mut first) = (0_u64, 0_u64, 0_u64);
        for episode in 0..dataset.episodes() {
            let rows = dataset.episode(episode);
            let mut before: Option<[f64; 2]> = None;
            for row in rows.clone() {
                let [x, y] = place(row);
                squares.insert(x, y);
                if let (Some(layout), Some(visited)) = (&spec.layout, &mut visited)
                    && let Some((i, j)) = layout.cell_of([x, y])
                {
                    visited[i * layout.shape().1 + j] = true;
                }
                if let Some([a, b]) = before {
                    let distance = (x - a).hypot(y - b);
                    moved += distance;
                    still += u64::from(distance < STILL);
                }
                before = Some([x, y]);
            }
            let Some((goals, rewards)) = goals else { continue };
            let mut last: Option<&[f32]> = None;
            for (row, &reward) in rewards.iter().enumerate().take(rows.end - 1).skip(rows.start) {
                let goal = &goals.values[2 * row..][..2];
                if reward > 0.0 && last != Some(goal) {
                    if last.is_none() {
                        reaching += 1;
                        first += (row - rows.start + 1) as u64;
                    }
                    reached += 1;
                    last = Some(goal);
                }
            }
        }
        let per = |count: u64, of: usize| count as f64 / of.max(1) as f64;
        let (transitions, shown) = (dataset.transitions(), !spec.position.is_empty());
        let cells = spec.layout.as_ref().zip(visited).map(|(layout, visited)| {
            let free = layout.free_cells();
            let columns = layout.shape().1;
            let seen = free.iter().filter(|(i, j)| visited[i * columns + j]).count();
            seen as f64 / free.len().max(1) as f64
        });
        Ok(Self {
            goals_per_1000: goals.map(|_| 1000.0 * per(reached, transitions)),
            reached: goals.map(|_| per(reaching, dataset.episodes())),
            first_goal: goals.and((reaching > 0).then(|| first as f64 / reaching as f64)),
            cells,
            squares: shown.then(|| squares.len()),
            still: shown.then(|| per(still, transitions)),
            move_m: shown.then(|| moved / transitions.max(1) as f64),
        })
    }
}
