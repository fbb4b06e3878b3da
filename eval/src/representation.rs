//! Whole runs of representation objectives: train, take up again, evaluate, report.

use std::path::Path;

use freeroam_agents::represent::{
    DataConfig, ProbeResult, RepresentConfig, RepresentationRun, Value, representation_learner,
};
use freeroam_trainer::{Layer, Outcome, Schedule, TrainerError, Watch, device, fit, newest_checkpoint, run_config};

use crate::EvalError;
use crate::figures::{Baseline as Level, Curve, Figure, curves};
use crate::report::{Baseline, Measured, Picture, RepresentationReport, RunCurves, Time, read_curves, wall_s};
use crate::session::{Report, TrainOptions, Trained};
use crate::stats::Estimate;

/// As [`session::train`](crate::session::train), for `layers` that choose a representation objective.
pub(crate) fn train(options: &TrainOptions, layers: &[Layer], watch: &mut Watch<'_>) -> Result<Trained, EvalError> {
    let (config, _) = RepresentConfig::resolve(layers)?;
    let device = device(&config.device)?;
    let mut learner = representation_learner(&config, &device, options.resume.as_deref())?;
    let fresh = options.is_fresh()?;
    match &options.resume {
        Some(dir) if !fresh => keeps_its_schedule(dir, config.gradient_steps)?,
        _ => {}
    }
    if fresh {
        learner.initialise()?;
    }
    let space = SPACE * (config.keep_checkpoints as u64 + 1);
    let named = [config.env.as_str(), config.objective.as_str()];
    let mut run = options.run(&config.table(), named, config.seed, space)?;
    if fresh {
        learner.write(run.dir())?;
    }
    let dir = run.dir().to_path_buf();
    let outcome = fit(&mut *learner, &mut run, &schedule(&config), watch)?;
    let report = match outcome {
        Outcome::Finished if !watch.stop.is_set() => {
            Some(Report::Representation(finish(&config, &mut *learner, &dir)?))
        }
        _ => None,
    };
    Ok(Trained { run: dir, report })
}

/// Learning rates follow a curve over all gradient steps, so that their number belongs to the checkpoints.
fn keeps_its_schedule(dir: &Path, gradient_steps: u64) -> Result<(), TrainerError> {
    match run_config(dir)?.get("gradient_steps").and_then(toml::Value::as_integer) {
        Some(before) if u64::try_from(before) != Ok(gradient_steps) => Err(TrainerError::Usage(format!(
            "`gradient_steps` = {gradient_steps}: the learning rate of run {} falls over {before} gradient steps, expected the same on \
             resume",
            dir.display()
        ))),
        _ => Ok(()),
    }
}

/// As [`session::evaluate_run`](crate::session::evaluate_run), for the run of a representation objective; `layers` begin with
/// its settings.
pub(crate) fn evaluate_run(dir: &Path, layers: &[Layer]) -> Result<RepresentationReport, EvalError> {
    let checkpoint = newest_checkpoint(dir)?;
    let (config, _) = RepresentConfig::resolve(layers)?;
    let mut learner = representation_learner(&config, &device(&config.device)?, Some(dir))?;
    learner.load(&checkpoint.learner())?;
    finish(&config, &mut *learner, dir)
}

/// Bytes of a checkpoint of the usual sizes.
const SPACE: u64 = 50_000_000;

fn schedule(config: &RepresentConfig) -> Schedule {
    Schedule {
        env_steps: 0,
        gradient_steps: config.gradient_steps,
        log_every: config.log_every,
        evaluate_every: config.evaluate_every,
        checkpoint_every: config.checkpoint_every,
        keep_checkpoints: config.keep_checkpoints,
    }
}

fn finish(
    config: &RepresentConfig,
    learner: &mut dyn RepresentationRun,
    dir: &Path,
) -> Result<RepresentationReport, EvalError> {
    let metrics = dir.join("metrics.jsonl");
    let results = learner.results()?;
    let measure = |result: &ProbeResult| Measured {
        name: name(result.measure.key).to_owned(),
        meaning: result.measure.meaning.clone(),
        more_is_better: result.measure.more_is_better,
        trained: estimate(result.trained),
        untrained: estimate(result.untrained),
        baselines: result.measure.baselines.iter().map(baseline).collect(),
    };
    let collapsed = learner.evaluate()?.get("probe/collapsed").is_some_and(|flag| flag > 0.0);
    let report = RepresentationReport {
        data: data(config),
        objective: config.objective.clone(),
        seed: config.seed,
        gradient_steps: learner.progress().gradient_steps,
        batch: config.batch,
        time: Time { wall_s: wall_s(&metrics)? },
        measures: results.iter().map(measure).collect(),
        collapsed,
        settings: config.to_toml(),
    };
    report.write(dir, &pictures(&report, &metrics)?)?;
    Ok(report)
}

fn estimate(Value { value, interval }: Value) -> Estimate {
    match interval {
        Some([low, high]) => Estimate::within(value, low, high),
        None => Estimate::exact(value),
    }
}

fn baseline((name, value): &(String, f64)) -> Baseline {
    Baseline { name: name.clone(), value: Estimate::exact(*value) }
}

fn name(key: &str) -> &str {
    key.strip_prefix("probe/").unwrap_or(key)
}

/// What was learned from.
fn data(config: &RepresentConfig) -> String {
    match &config.data {
        DataConfig::Text(text) if text.file.is_empty() => format!("captions of {}", config.env),
        DataConfig::Text(text) => text.file.clone(),
        DataConfig::Frames(frames) if frames.folder.is_empty() => format!("frames of {}", config.env),
        DataConfig::Clips(_) => format!("clips of {}", config.env),
        DataConfig::Frames(frames) => frames.folder.clone(),
        DataConfig::Pairs(pairs) if pairs.frames.folder.is_empty() => format!("frames and captions of {}", config.env),
        DataConfig::Pairs(pairs) => pairs.frames.folder.clone(),
    }
}

/// The headline and the loss during training, where there are records of them.
fn pictures(report: &RepresentationReport, metrics: &Path) -> Result<Vec<Picture>, EvalError> {
    let mut pictures = Vec::new();
    let loss = format!("{}/loss", report.objective);
    if let Some(headline) = report.measures.first() {
        let level =
            headline.baselines.first().map(|baseline| Level { label: baseline.name.clone(), level: baseline.value });
        let key = format!("probe/{}", headline.name);
        let title = format!("{} of {}", headline.name, report.objective);
        if let Some(figure) = figure(metrics, ["headline", &title, &headline.name], &key, level.as_ref())? {
            let of = level.map_or_else(String::new, |level| format!("; dashed: {}", level.label));
            pictures.push(Picture::figure(figure, format!("{} during training{of}.", headline.meaning)));
        }
    }
    let title = format!("Loss of {}", report.objective);
    if let Some(figure) = figure(metrics, ["loss", &title, "loss"], &loss, None)? {
        pictures.push(Picture::figure(figure, "The loss during training."));
    }
    Ok(pictures)
}

/// The curve of a metric during training; nothing without points. `words` are the figure's name, title and measure.
fn figure(metrics: &Path, words: [&str; 3], key: &str, level: Option<&Level>) -> Result<Option<Figure>, EvalError> {
    let RunCurves { axis, mut points } = read_curves(metrics, &[key])?;
    let Some(points) = points.remove(key).filter(|points| !points.is_empty()) else { return Ok(None) };
    let curve = Curve { label: words[2].to_owned(), method: "policy".into(), runs: vec![points] };
    curves(axis, words, &[curve], level).map(Some)
}
