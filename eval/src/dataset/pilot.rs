//! What acts: a scripted policy, or the policy of a run.
//!
//! The scripted one is for bodies whose action is a velocity: it moves straight to the next point. In explore, other bodies have one
//! too, which holds random actions. A policy of skills is
//! asked by the objective which skill leads there from here; in explore it is given skills from the prior. It acts by its
//! mode, as OGBench's experts do; the noise on actions is that of the data set.
//!
//! A policy that was trained in another world, such as an ant on open ground, does not know where the maze is. It sees the body
//! at the origin and the next point beside it; OGBench's experts do not see x and y either.

use std::path::Path;

use freeroam_agents::{Act, EXPORT, Policy};
use freeroam_envs::{Spec, Stream};
use freeroam_objectives::TaskLaw;
use freeroam_trainer::TrainerError;

use super::ground::Ground;
use super::lane::Lane;
use super::manifest::{PolicySource, sha256};
use super::{DatasetConfig, Kind};
use crate::EvalError;

/// Whether a world has a scripted policy: its action is a velocity.
#[must_use]
pub fn scripted(spec: &Spec) -> bool {
    spec.action.iter().map(String::as_str).eq(["velocity_x", "velocity_y"])
}

/// What acts in the lanes of a thread.
pub(super) enum Pilot {
    /// The action is a velocity.
    Velocity,
    /// Random actions, this many numbers; only in explore.
    Actions(usize),
    /// The policy of a run.
    Skills(Box<Skills>),
}

/// A policy of skills and its buffers.
pub(super) struct Skills {
    policy: Policy,
    /// Whether it sees the body at the origin.
    centred: bool,
    /// Only drawn from by policies that have no mode.
    stream: Stream,
    /// `[lanes, observation]`.
    observations: Vec<f32>,
    /// `[lanes, observation]`.
    goals: Vec<f32>,
    /// `[lanes, task]`.
    tasks: Vec<f32>,
}

impl Pilot {
    /// What the settings say, and the source of its policy.
    ///
    /// # Errors
    /// [`TrainerError::Usage`] where the world has no scripted policy and none is given, or the run is none, or its policy does
    /// not fit the world or the kind.
    pub(super) fn new(config: &DatasetConfig, spec: &Spec) -> Result<(Self, Option<PolicySource>), EvalError> {
        let usage = |message: String| EvalError::from(TrainerError::Usage(message));
        let id = &config.env;
        if config.policy.is_empty() {
            return match (scripted(spec), config.kind) {
                (true, _) => Ok((Self::Velocity, None)),
                (false, Kind::Explore) => Ok((Self::Actions(spec.action.len()), None)),
                (false, Kind::Navigate | Kind::Stitch) => {
                    let instead = "give a trained one with --policy RUN, or take kind explore";
                    Err(usage(format!("{id} has no scripted policy that leads somewhere; {instead}")))
                }
            };
        }
        let dir = Path::new(&config.policy);
        let (policy, run, learner) = Policy::of_run(dir, None, Some(&config.device))?;
        let given = |what: &str| format!("--policy {}: its policy {what}", dir.display());
        if policy.eyes().is_some() {
            let acts = given("acts by frames");
            return Err(usage(format!("{acts} ({}); expected one that acts by observations", run.env)));
        }
        let (sizes, fit) = ([policy.observation(), policy.action()], [spec.observation.len(), spec.action.len()]);
        if sizes != fit {
            let [observation, action] = sizes;
            let acts = format!("sees {observation} numbers and acts with {action} ({})", run.env);
            return Err(usage(format!("{}, {id} has {} and {}", given(&acts), fit[0], fit[1])));
        }
        if policy.memory() > 0 || matches!(policy.tasks(), TaskLaw::Record(_)) {
            return Err(usage(given(
                "remembers what its episode has shown, which none of a data set's kinds goes on with",
            )));
        }
        if config.kind != Kind::Explore {
            let nothing = vec![0.0; policy.observation()];
            if policy.towards(&nothing, &nothing).is_none() {
                let cannot = format!("cannot be led to a place, since the objective is {}", run.objective);
                return Err(usage(format!("{}; expected that of another run, or kind explore", given(&cannot))));
            }
        }
        let centred = run.env != *id;
        let export = learner.join(EXPORT);
        let source = PolicySource {
            world: run.env,
            objective: run.objective,
            seed: run.seed,
            checkpoint: learner.parent().and_then(Path::file_name).unwrap_or_default().to_string_lossy().into_owned(),
            sha256: export.exists().then(|| sha256(&export)).transpose()?,
            centred,
        };
        let stream = Stream::new(config.seed, "dataset policy", 0);
        let (observations, goals, tasks) = (Vec::new(), Vec::new(), Vec::new());
        Ok((Self::Skills(Box::new(Skills { policy, centred, stream, observations, goals, tasks })), Some(source)))
    }

    /// Numbers of the headings, actions or skills that are kept.
    pub(super) fn task(&self, kind: Kind) -> usize {
        match self {
            Self::Velocity if kind == Kind::Explore => 2,
            Self::Velocity => 0,
            Self::Actions(width) => *width,
            Self::Skills(skills) => skills.policy.tasks().dim(),
        }
    }

    /// Draws a heading, an action or a skill for explore.
    pub(super) fn draw(&self, stream: &mut Stream, task: &mut [f32]) {
        match self {
            Self::Velocity => {
                let way = [stream.normal(), stream.normal()];
                task.copy_from_slice(&unit(way));
            }
            Self::Actions(_) => stream.fill_uniform(-1.0, 1.0, task),
            Self::Skills(skills) => match skills.policy.tasks() {
                // Its own draw is a place in the training, which there is none of here.
                TaskLaw::Goal(_) => task.copy_from_slice(&skills.policy.evaluation_tasks(1, stream)),
                law => law.draw(stream, task),
            },
        }
    }

    /// What the lanes do, `[lanes, action]`, those that have ended too.
    pub(super) fn act(&mut self, ground: &Ground<'_>, lanes: &mut [Lane], actions: &mut Vec<f32>) {
        match self {
            Self::Velocity => {
                actions.clear();
                for lane in lanes {
                    if ground.config.kind == Kind::Explore {
                        actions.extend_from_slice(&lane.task);
                    } else {
                        actions.extend(unit([lane.way[0] - lane.place[0], lane.way[1] - lane.place[1]]));
                    }
                }
            }
            Self::Actions(_) => {
                actions.clear();
                lanes.iter().for_each(|lane| actions.extend_from_slice(&lane.task));
            }
            Self::Skills(skills) => *actions = skills.act(ground, lanes),
        }
    }

    /// Makes what follows independent of what was acted before.
    pub(super) fn begin(&mut self, seed: u64, block: u64) {
        if let Self::Skills(skills) = self {
            skills.stream = Stream::new(seed, "dataset policy", block);
        }
    }
}

impl Skills {
    fn act(&mut self, ground: &Ground<'_>, lanes: &mut [Lane]) -> Vec<f32> {
        let Self { policy, centred, stream, observations, goals, tasks } = self;
        let spec = ground.spec;
        let pursues = ground.config.kind != Kind::Explore;
        observations.clear();
        goals.clear();
        for lane in &mut *lanes {
            let row = observations.len();
            observations.extend_from_slice(&lane.observation);
            let origin = if *centred { lane.place } else { [0.0; 2] };
            let see = |place: [f64; 2], row: &mut [f32]| {
                for (k, &at) in spec.position.iter().enumerate() {
                    row[at] = (place[k] - origin[k]) as f32;
                }
            };
            see(lane.place, &mut observations[row..]);
            if pursues {
                goals.extend_from_slice(&observations[row..]);
                see(lane.way, &mut goals[row..]);
                if !*centred {
                    lane.imagine(lane.way, &mut goals[row..]);
                }
            }
        }
        if pursues {
            *tasks = policy.towards(observations, goals).expect("it was asked before");
            for (lane, task) in lanes.iter_mut().zip(tasks.chunks_exact(policy.tasks().dim())) {
                lane.task.copy_from_slice(task);
            }
        } else {
            tasks.clear();
            lanes.iter().for_each(|lane| tasks.extend_from_slice(&lane.task));
        }
        policy.act(observations, tasks, Act::Mode, stream)
    }
}

/// A way at length 1; zero where it is zero.
fn unit(way: [f64; 2]) -> [f32; 2] {
    let length = way[0].hypot(way[1]);
    if length > 0.0 { way.map(|x| (x / length) as f32) } else { [0.0; 2] }
}
