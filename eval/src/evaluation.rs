//! The evaluation that every run ends with: measures, figures, report.

use std::path::Path;

use freeroam_agents::represent::Matcher;
use freeroam_agents::{Policy, RunConfig, Seen};
use freeroam_envs::{CellCounter, Spec, World};
use freeroam_objectives::TaskLaw;
use freeroam_trainer::{Progress, device};

use crate::EvalError;
use crate::animation::{Look, animation};
use crate::coverage::reachable_fraction;
use crate::figures::{Baseline, Curve, Figure, Goal, Skill, Trajectory, curves, distances, goals, skills};
use crate::goals::GoalRollouts;
use crate::measure::{Measure, Reached, Shown, SkillRollouts};
use crate::report::{
    Coverage, Distance, Gauged, Goals, Picture, Protocol, RunCurves, RunReport, TaskReturn, Time, read_curves,
};
use crate::stats::{Estimate, pearson, spearman};

/// What is known of the training itself.
#[derive(Clone, Debug)]
pub struct Training {
    /// Steps taken.
    pub progress: Progress,
    /// Seconds of training on the clock.
    pub wall_s: f64,
    /// Distinct cells of the latest transitions; nothing where they are of another world than the one that is measured in.
    pub queue: Option<usize>,
    /// Distinct cells of all transitions; nothing likewise.
    pub total: Option<usize>,
    /// Some of the transitions, as many as the evaluation asks for ([`samples`]); nothing where there are none.
    pub seen: Option<Seen>,
}

/// Transitions of the training that the evaluation looks at.
#[must_use]
pub fn samples(config: &RunConfig) -> usize {
    let evaluate = &config.evaluate;
    evaluate.prompt_samples.max(if evaluate.midpoints > 0 { evaluate.midpoint_states } else { 0 })
}

/// Measures `policy`, with goals in the `words` of a run on pairs where there is one, draws the figures into `run/figures` and writes `report.json`, `report.md` and `report.html` into
/// `run`.
///
/// # Errors
/// When the world fails or a file cannot be written.
pub fn evaluate(
    config: &RunConfig,
    world: &World,
    policy: &Policy,
    training: Training,
    words: Option<(&Matcher, &str)>,
    run: &Path,
) -> Result<RunReport, EvalError> {
    let measure = Measure::new(config, world)?;
    let spec = world.spec();
    let untrained = Policy::new(config, world, &device(&config.device)?)?;
    let law = policy.tasks();
    let before = measure.skills(&untrained)?;
    let before = before.reached;
    let random = measure.random()?;
    let Shown { reached: trained, first: shown } = measure.skills(policy)?;
    let task_return = TaskReturn {
        policy: trained.task_return,
        random_policy: random.task_return,
        untrained_policy: before.task_return,
    };
    let coverage = Coverage {
        policy: trained.coverage,
        queue: training.queue.map(|cells| Estimate::exact(cells as f64)),
        total: training.total.map(|cells| Estimate::exact(cells as f64)),
        random_policy: random.coverage,
        untrained_policy: before.coverage,
        reachable_fraction: reachable(spec, &shown)?,
    };
    let reached = if policy.points_to_goals() { Some(measure.goals(policy)?) } else { None };
    let goals = match &reached {
        Some(reached) => Some(Goals {
            success: measure.over_goals(&reached.success)?,
            final_distance: measure.over_goals(&reached.final_distance)?,
            random_final_distance: measure.over_goals(&measure.random_goals()?.final_distance)?,
            untrained_final_distance: measure.over_goals(&measure.goals(&untrained)?.final_distance)?,
        }),
        None => None,
    };
    let pairs = measure.distances(policy, &shown);
    let distance = match &pairs {
        // A latent space that maps everything to one point has no correlation with anything.
        Some(pairs) if pairs.latent.iter().any(|x| *x != pairs.latent[0]) => Some(Distance {
            spearman: Estimate::exact(spearman(&pairs.path, &pairs.latent)?),
            pearson: Estimate::exact(pearson(&pairs.path, &pairs.latent)?),
        }),
        _ => None,
    };
    let seen = training.seen.as_ref();
    let midpoints = measure.midpoints(policy, seen);
    let worded = words.map(|words| measure.in_words(policy, words, &[])).transpose()?;
    let report = RunReport {
        env: config.env.clone(),
        objective: config.objective.clone(),
        pretrained: config.pretrained().unwrap_or_default().into(),
        seed: config.seed,
        env_steps: training.progress.env_steps,
        gradient_steps: training.progress.gradient_steps,
        time: Time { wall_s: training.wall_s },
        skills: law.has_skills(),
        learned: law.has_skills() && coverage.shows_learning(),
        coverage,
        task_return: task_return.is_any().then_some(task_return),
        gauges: gauges(spec, &trained, &random, &before),
        goals,
        tasks: measure.tasks(policy, midpoints.as_ref())?,
        prompts: measure.prompts(policy, seen, midpoints.as_ref())?,
        words: worded.as_ref().map(|(worded, _)| worded.clone()),
        data: config.data.clone(),
        distance,
        protocol: protocol(config, spec, &measure, policy),
        settings: toml::to_string(&config.table()).unwrap_or_default(),
    };

    let drawn = title(if report.skills { "Skills" } else { "Rollouts" }, config);
    let mut pictures = vec![
        Picture::figure(
            skills("skills", &drawn, spec.layout.as_ref(), &trajectories(policy.tasks(), &shown))?,
            if report.skills {
                "Where the policy goes: one line per rollout, coloured by its skill."
            } else {
                "Where the policy goes: one line per rollout; there are no skills to tell apart."
            },
        ),
        Picture::animation(
            "skills-moving",
            animation(
                spec.layout.as_ref(),
                &trajectories(policy.tasks(), &shown),
                Look { body: spec.bin / 2.0, ..Look::default() },
            )?,
            "The same rollouts seen from above.",
        ),
    ];
    if let Some((_, shown)) = &worded {
        pictures.push(worded_picture(config, spec, shown)?);
    }
    if let Some(reached) = &reached {
        let figure = goal_figure("goals", "Goals", config, spec, reached)?;
        pictures.push(Picture::figure(figure, "Zero-shot goal reaching: starts, goals and ends."));
    }
    if let Some(picture) = coverage_picture(run, config, &report)? {
        pictures.insert(2, picture);
    }
    if let (Some(pairs), Some(_)) = (&pairs, &report.distance) {
        let pairs: Vec<[f64; 2]> = pairs.path.iter().zip(&pairs.latent).map(|(a, b)| [*a, *b]).collect();
        let figure = distances("distances", &pairs)?;
        pictures.push(Picture::figure(figure, "Latent distance against the length of the shortest path."));
    }
    report.write(run, &pictures)?;
    Ok(report)
}

/// What the world's gauges say, where they say anything.
fn gauges(spec: &Spec, policy: &Reached, random: &Reached, untrained: &Reached) -> Vec<Gauged> {
    let all = spec.roles.gauges.iter().zip(&policy.gauges).zip(&random.gauges).zip(&untrained.gauges);
    all.filter_map(|(((gauge, policy), random), untrained)| {
        Some(Gauged {
            name: gauge.name.into(),
            words: gauge.words.into(),
            policy: (*policy)?,
            random_policy: (*random)?,
            untrained_policy: (*untrained)?,
        })
    })
    .collect()
}

fn title(what: &str, config: &RunConfig) -> String {
    format!("{what} of {} in {}", config.objective.to_uppercase(), config.env)
}

/// Trajectories with the colours of their skills.
fn trajectories(law: TaskLaw, shown: &SkillRollouts) -> Vec<Trajectory> {
    let dim = law.dim();
    let paths = shown.rollouts.positions.iter().cloned().enumerate();
    paths
        .map(|(i, xy)| {
            let task = &shown.tasks[i * dim..(i + 1) * dim];
            let skill = match law {
                TaskLaw::OneHot(_) | TaskLaw::Always { .. } => Skill::of_one_hot(task),
                TaskLaw::None | TaskLaw::Record(_) => Skill::Index { index: 0, count: 1 },
                _ => Skill::of_vector(task),
            };
            Trajectory { skill, xy }
        })
        .collect()
}

/// Where prompts in words led.
pub(crate) fn worded_picture(config: &RunConfig, spec: &Spec, shown: &GoalRollouts) -> Result<Picture, EvalError> {
    let figure = goal_figure("words", "Prompts in words", config, spec, shown)?;
    Ok(Picture::figure(figure, "Prompts in words: starts, places that were found for the sentences, and ends."))
}

fn goal_figure(
    name: &str,
    what: &str,
    config: &RunConfig,
    spec: &Spec,
    reached: &GoalRollouts,
) -> Result<Figure, EvalError> {
    let goal = |((path, goal), success): ((&Vec<[f64; 2]>, &[f64; 2]), &f64)| {
        Some(Goal { start: *path.first()?, goal: *goal, end: *path.last()?, reached: *success > 0.0 })
    };
    let all: Vec<Goal> = reached.positions.iter().zip(&reached.goals).zip(&reached.success).filter_map(goal).collect();
    goals(name, &title(what, config), spec.layout.as_ref(), &all)
}

/// Coverage during training, when the run has records of it.
fn coverage_picture(run: &Path, config: &RunConfig, report: &RunReport) -> Result<Option<Picture>, EvalError> {
    let measures =
        [("policy", "evaluate/policy_coverage"), ("queue", "evaluate/queue_coverage"), ("total", "coverage/total")];
    let RunCurves { axis, mut points } = read_curves(&run.join("metrics.jsonl"), &measures.map(|(_, key)| key))?;
    let lines: Vec<Curve> = measures
        .iter()
        .filter_map(|(label, key)| {
            let run = points.remove(*key).filter(|points| !points.is_empty())?;
            Some(Curve { label: (*label).into(), method: (*label).into(), runs: vec![run] })
        })
        .collect();
    if lines.is_empty() {
        return Ok(None);
    }
    let baseline = Baseline { label: "random policy".into(), level: report.coverage.random_policy };
    let figure = curves(axis, ["coverage", &title("Coverage", config), "cells"], &lines, Some(&baseline))?;
    Ok(Some(Picture::figure(figure, format!("Distinct cells visited against {axis}."))))
}

/// Share of the reachable ground of a maze that the shown rollouts visit.
fn reachable(spec: &Spec, shown: &SkillRollouts) -> Result<Option<Estimate>, EvalError> {
    let positions = &shown.rollouts.positions;
    let Some((layout, start)) = spec.layout.as_ref().zip(positions.first().and_then(|path| path.first())) else {
        return Ok(None);
    };
    let Some(start) = layout.cell_of(*start) else { return Ok(None) };
    let mut cells = CellCounter::new(spec.bin)?;
    for [x, y] in positions.iter().flatten() {
        cells.insert(*x, *y);
    }
    Ok(Some(Estimate::exact(reachable_fraction(&cells, layout, start))))
}

fn protocol(config: &RunConfig, spec: &Spec, measure: &Measure<'_>, policy: &Policy) -> Protocol {
    Protocol {
        rollouts: config.evaluate.rollouts,
        steps: measure.horizon as usize,
        repeats: config.evaluate.repeats,
        bin_m: spec.bin,
        skill_law: match policy.tasks() {
            TaskLaw::None => "none".into(),
            TaskLaw::Sphere(dim) => format!("uniform on the unit sphere of dimension {dim}"),
            TaskLaw::Normal(dim) => format!("standard normal of dimension {dim}"),
            TaskLaw::OneHot(count) => format!("each of {count} one-hot skills as often as the others"),
            TaskLaw::Cube(dim) => format!("uniform in the unit cube of dimension {dim}"),
            TaskLaw::Signed(dim) => format!("uniform in the unit cube of dimension {dim}, every other one negated"),
            TaskLaw::Goal(_) => "a state of the latest batch of the training, as the goal".into(),
            TaskLaw::Record(_) => "a record of what the episode has shown so far".into(),
            TaskLaw::Half(dim) => format!("0.5 in each of {dim} coordinates"),
            TaskLaw::Always { skill, of } => format!("number {skill} of {of} one-hot skills, counted from 0"),
        },
        goals: if policy.points_to_goals() { config.evaluate.goals } else { 0 },
        goal_law: match &spec.layout {
            Some(_) => "a free cell of the maze, drawn uniformly, up to a quarter of a cell beside its centre".into(),
            None => format!("uniform in a square of {} m around the start", 2.0 * spec.goal_range),
        },
        goal_radius_m: spec.goal_radius,
        bootstrap_reps: config.evaluate.resamples,
    }
}
