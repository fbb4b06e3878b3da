//! Places that an episode asks for.
//!
//! The rules are `OGBench`'s (Park et al., 2025): a goal is drawn at each reset and stays for the episode; it is reached
//! within [`Spec::goal_radius`] of the body; the reward is 1 there and 0 elsewhere, and the episode ends.
//!
//! Differences: the goal observation has the posture of the episode's start, not one of a few random steps later.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::maze::Cell;
use crate::{EnvsError, Spec, Stream};

/// Half-width of the square around a cell's centre in which starts and goals lie, in edges of a cell.
pub(crate) const SPREAD: f64 = 0.25;

/// How the goal of an episode is drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GoalLaw {
    /// One of the evaluation tasks of [`Layout::tasks`](crate::maze::Layout::tasks), each with the same chance. The body
    /// starts near the centre of the task's start cell, at rest, and the goal lies near that of its goal cell: both up to
    /// a quarter of a cell beside it along each axis.
    Tasks,
    /// The world's own start, and a goal from anywhere ([`GoalPlaces`]).
    #[default]
    Anywhere,
}

/// Goals for the episodes of lanes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct GoalConfig {
    /// How the goal of an episode is drawn.
    pub law: GoalLaw,
    /// Whether the episode ends where the goal is reached. Without it, every step within the radius is rewarded.
    pub terminate: bool,
}

impl Default for GoalConfig {
    fn default() -> Self {
        Self { law: GoalLaw::Anywhere, terminate: true }
    }
}

/// All places of a world where goals may lie.
///
/// In a maze a goal is the centre of a free cell, each with the same chance, and up to a quarter of a cell beside it along
/// each axis. On open ground it is uniform in the square of half-width [`Spec::goal_range`] around the origin, or as far
/// along x for bodies that move along a line. Lanes draw again where something stands in its place
/// ([`Env::is_free`](crate::Env::is_free)).
///
/// ```
/// use freeroam_envs::{GoalPlaces, Stream, world};
/// # fn main() -> Result<(), freeroam_envs::EnvsError> {
/// let spec = world("PointMaze-Large-v0")?.spec().clone();
/// let [x, y] = GoalPlaces::new(&spec)?.draw(&mut Stream::new(0, "goals", 0));
/// let layout = spec.layout.as_ref().expect("a maze");
/// assert!(layout.cell_of([x, y]).is_some_and(|cell| layout.is_free(cell)));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct GoalPlaces {
    /// Centres of the free cells; empty on open ground.
    centres: Vec<[f64; 2]>,
    /// Half-width of the square around a centre, or around the origin, metres.
    half: f64,
    /// Whether the body moves along x alone.
    line: bool,
}

impl GoalPlaces {
    /// The places of a world.
    ///
    /// # Errors
    /// [`EnvsError::OutOfRange`] for a layout without a free cell.
    pub fn new(spec: &Spec) -> Result<Self, EnvsError> {
        let Some(layout) = &spec.layout else {
            return Ok(Self { centres: Vec::new(), half: spec.goal_range, line: spec.position.len() == 1 });
        };
        let centres: Vec<_> = layout.free_cells().into_iter().map(|cell| layout.centre(cell)).collect();
        if centres.is_empty() {
            let (got, expected) = ("0".to_owned(), format!("at least 1 in {}, for goals to lie in", spec.id));
            return Err(EnvsError::OutOfRange { what: "number of free cells", got, expected });
        }
        Ok(Self { centres, half: SPREAD * layout.cell, line: false })
    }

    /// A goal (x, y), metres.
    pub fn draw(&self, stream: &mut Stream) -> [f64; 2] {
        let centre = match self.centres.len() {
            0 => [0.0, 0.0],
            count => self.centres[stream.below(count)],
        };
        let [x, y] = beside(centre, self.half, stream);
        [x, if self.line { 0.0 } else { y }]
    }
}

/// A point (x, y) that is uniform in the square of half-width `half` around `centre`.
fn beside(centre: [f64; 2], half: f64, stream: &mut Stream) -> [f64; 2] {
    centre.map(|x| x + stream.uniform(-half, half))
}

/// How the episodes of lanes with goals begin and when they have succeeded; shared by all slices of the lanes.
pub(crate) struct Goals {
    pub(crate) config: GoalConfig,
    spec: Arc<Spec>,
    places: GoalPlaces,
}

impl Goals {
    pub(crate) fn new(spec: &Arc<Spec>, config: GoalConfig) -> Result<Self, EnvsError> {
        if spec.position.is_empty() {
            let expected = format!("none, since the observation of {} does not show where the body is", spec.id);
            return Err(EnvsError::OutOfRange { what: "goals", got: format!("{:?}", config.law), expected });
        }
        if config.law == GoalLaw::Tasks && tasks(spec).is_empty() {
            let expected = format!("Anywhere, since {} has no tasks", spec.id);
            return Err(EnvsError::OutOfRange { what: "law of goals", got: "Tasks".to_owned(), expected });
        }
        Ok(Self { config, spec: Arc::clone(spec), places: GoalPlaces::new(spec)? })
    }

    /// Why `task` is no task of the world, if it is none.
    pub(crate) fn refuse(&self, task: usize) -> Option<String> {
        let (id, count) = (&self.spec.id, tasks(&self.spec).len());
        match count {
            0 => Some(format!("{id} has no tasks")),
            _ if task >= count => Some(format!("expected less than {count}, the number of tasks of {id}")),
            _ => None,
        }
    }

    /// Where the body is to start (at the world's own start without a place) and the goal of the next episode. `task` is
    /// an index into the world's tasks that takes the place of the law.
    pub(crate) fn draw(&self, task: Option<usize>, stream: &mut Stream) -> (Option<[f64; 2]>, [f64; 2]) {
        let tasks = tasks(&self.spec);
        let task = match self.config.law {
            // Drawn in any case, so that choosing a task does not shift what is drawn later.
            GoalLaw::Tasks => {
                let drawn = stream.below(tasks.len());
                Some(task.unwrap_or(drawn))
            }
            GoalLaw::Anywhere => task,
        };
        match (task, &self.spec.layout) {
            (Some(task), Some(layout)) => {
                let [start, goal] = tasks[task].map(|cell| beside(layout.centre(cell), self.places.half, stream));
                (Some(start), goal)
            }
            _ => (None, self.places.draw(stream)),
        }
    }

    /// Writes the goal observation: the episode's first observation with x and y replaced.
    pub(crate) fn write(&self, goal: [f64; 2], first: &[f32], row: &mut [f32]) {
        row.copy_from_slice(first);
        self.spec.put_place(goal, row);
    }

    /// Whether a body at `place` is at the place of a goal observation.
    pub(crate) fn reached(&self, place: [f64; 2], goal: &[f32]) -> bool {
        self.spec.reached(place, self.spec.place(goal))
    }
}

/// Start and goal cells of the world's tasks.
fn tasks(spec: &Spec) -> &[[Cell; 2]] {
    spec.layout.as_ref().map_or(&[], |layout| layout.tasks.as_slice())
}
