//! Skills of METRA and DIAYN on the unbounded point, `Point-v0`: METRA travels, DIAYN only has to be told apart.
//!
//! The reference run of the same problem (three seeds, 150 epochs) reached policy coverage 1,488 to 1,688 and end radius 57
//! to 58 for METRA, 685 to 1,306 and 18 to 38 for DIAYN.

use burn::tensor::Device;
use freeroam_agents::{Act, RolloutConfig, RunConfig, SkillLearner, rollout};
use freeroam_envs::{CellCounter, Stream, World, world};
use freeroam_trainer::{Layer, Learner};

/// Last position, metres, and task of an episode.
type End = ([f64; 2], Vec<f32>);

/// What 48 evaluation episodes of a learner show.
struct Shown {
    /// Distinct unit cells.
    cells: usize,
    /// Mean distance of the last position from the start, metres.
    radius: f64,
    /// Last position and task of each episode.
    ends: Vec<End>,
    /// Means of `metra/constraint` and `metra/lambda` over the last fifth of the epochs.
    constraint: f64,
    lambda: f64,
}

fn trained(objective: &str, seed: u64, epochs: u64, sets: &[&str]) -> Shown {
    let sets: Vec<Layer> = [&["env=Point-v0", "threads=1"], sets]
        .concat()
        .into_iter()
        .map(str::to_owned)
        .chain([format!("objective={objective}"), format!("seed={seed}")])
        .map(Layer::Set)
        .collect();
    let (config, _) = RunConfig::resolve(&sets).expect("valid settings");
    let world = world(&config.env).expect("is registered");
    let mut learner = SkillLearner::new(&config, &world, &Device::flex()).expect("can be made");
    let (mut constraint, mut lambda, mut count) = (0.0, 0.0, 0.0);
    for epoch in 0..epochs {
        let record = learner.step().expect("steps");
        if epoch >= epochs * 4 / 5 {
            constraint += record.get("metra/constraint").unwrap_or_default();
            lambda += record.get("metra/lambda").unwrap_or_default();
            count += 1.0;
        }
    }
    let (cells, ends) = evaluate(&learner, &world, seed);
    let radius = ends.iter().map(|([x, y], _)| x.hypot(*y)).sum::<f64>() / ends.len() as f64;
    println!("{objective} seed {seed}: {cells} cells, end radius {radius:.1}, constraint {:.2}", constraint / count);
    Shown { cells, radius, ends, constraint: constraint / count, lambda: lambda / count }
}

/// Distinct cells, and the end of each episode.
fn evaluate(learner: &SkillLearner, world: &World, seed: u64) -> (usize, Vec<End>) {
    let policy = learner.policy();
    let mut stream = Stream::new(seed, "skills on the plane", 0);
    let tasks = policy.tasks().for_evaluation(48, &mut stream);
    let config = RolloutConfig { episodes: 48, horizon: 50, threads: 1, seed };
    let rollouts = rollout(world, config, None, None, &mut |observations| {
        policy.act(observations, &tasks, Act::Mode, &mut stream)
    })
    .expect("rolls out");
    let mut cells = CellCounter::new(1.0).expect("positive");
    let positions = rollouts.positions;
    positions.iter().flatten().for_each(|[x, y]| {
        cells.insert(*x, *y);
    });
    let task = |i: usize| tasks[i * policy.tasks().dim()..(i + 1) * policy.tasks().dim()].to_vec();
    let ends = positions.iter().enumerate().map(|(i, path)| (*path.last().expect("has a start"), task(i))).collect();
    (cells.len(), ends)
}

/// One seed, 40 of 150 epochs. Cells of a single seed are not compared: where the place is the whole state, DIAYN walks too.
#[test]
fn metra_walks_farther_than_diayn() {
    let metra = trained("metra", 0, 40, &[]);
    let diayn = trained("diayn", 0, 40, &[]);
    assert!(metra.radius > 45.0, "METRA's end radius {}", metra.radius);
    assert!(metra.radius >= 1.4 * diayn.radius, "end radius {} against DIAYN's {}", metra.radius, diayn.radius);
}

/// The dual variable holds the mean squared step near one: a wrong sign shows as a constraint above 1.1, a blocked gradient as
/// one below 0.1.
#[test]
fn metra_holds_its_constraint() {
    let metra = trained("metra", 1, 40, &[]);
    assert!((0.7..=1.0).contains(&metra.constraint), "constraint {}", metra.constraint);
    assert!((3.0..30.0).contains(&metra.lambda), "lambda {}", metra.lambda);
}

/// Four skills of DIAYN end where a nearest-centroid rule tells them apart, well short of the 70.7 m that can be reached.
#[test]
fn diayn_skills_are_separable_but_lazy() {
    let shown = trained("diayn", 0, 60, &["diayn.skills=discrete", "diayn.skill_dim=4"]);
    let mut centroids = [[0.0; 2]; 4];
    let skill = |task: &[f32]| task.iter().position(|x| *x == 1.0).expect("is one-hot");
    for (place, task) in &shown.ends {
        for axis in 0..2 {
            centroids[skill(task)][axis] += place[axis] / 12.0;
        }
    }
    let distance = |a: &[f64; 2], b: &[f64; 2]| (a[0] - b[0]).hypot(a[1] - b[1]);
    let nearest = |place: &[f64; 2]| {
        (0..4).min_by(|i, j| distance(place, &centroids[*i]).total_cmp(&distance(place, &centroids[*j])))
    };
    let right = shown.ends.iter().filter(|(place, task)| nearest(place) == Some(skill(task))).count();
    assert!(right as f64 / 48.0 > 0.9, "{right} of 48 episodes end nearest to their own skill");
    assert!(shown.radius < 0.8 * 70.7, "end radius {}", shown.radius);
}

/// The whole comparison, three seeds each; about a minute.
#[test]
#[ignore = "a minute; `cargo xtask proofs metra_covers`"]
fn metra_covers_more_than_diayn_in_full() {
    let all = |objective: &str| [0, 1, 2].map(|seed| trained(objective, seed, 150, &[]));
    let (metra, diayn) = (all("metra"), all("diayn"));
    let mean = |shown: &[Shown; 3], of: fn(&Shown) -> f64| shown.iter().map(of).sum::<f64>() / 3.0;
    let cells = mean(&metra, |shown| shown.cells as f64) / mean(&diayn, |shown| shown.cells as f64);
    let radius = mean(&metra, |shown| shown.radius) / mean(&diayn, |shown| shown.radius);
    println!("METRA / DIAYN: {cells:.2} times the cells, {radius:.2} times the radius");
    assert!(cells >= 1.5 && radius >= 1.7, "{cells} times the cells, {radius} times the radius");
}
