//! Objectives without skills explore: they see more of a maze than random actions do in as many steps.

use burn::tensor::Device;
use freeroam_agents::{RunConfig, SkillLearner};
use freeroam_trainer::{Layer, Learner};

/// Distinct cells of a metre that 24,000 steps in the large maze have seen.
fn cells(objective: &str, sets: &[&str]) -> usize {
    let shared = [
        "env=PointMaze-Large-v0",
        "threads=1",
        "collect.lanes=4",
        "collect.steps=50",
        "collect.warmup=1600",
        "update.ratio=0.125",
        "update.batch=128",
        "ddpg.width=64",
        "ddpg.learning_rate=1e-3",
    ];
    let sets = [&shared[..], sets].concat().into_iter().map(str::to_owned);
    let sets: Vec<Layer> = sets.chain([format!("objective={objective}")]).map(Layer::Set).collect();
    let (config, _) = RunConfig::resolve(&sets).expect("valid settings");
    let world = config.world().expect("is registered");
    let mut learner = SkillLearner::new(&config, &world, &Device::flex()).expect("can be made");
    while learner.progress().env_steps < 24_000 {
        learner.step().expect("steps");
    }
    let cells = learner.total_coverage().len();
    println!("{objective}: {cells} cells");
    cells
}

/// The bound is that of the method's reference problem, a closed box: 1.3 times the cells of random actions.
#[test]
fn novelty_and_entropy_see_more_than_random_actions() {
    let random = cells("random", &[]);
    let rnd = cells("rnd", &["agent=ddpg", "rnd.width=64", "rnd.features=32", "rnd.learning_rate=1e-4"]);
    let entropy = cells("indapt", &["agent=ddpg"]);
    for (name, seen) in [("RND", rnd), ("IND-APT", entropy)] {
        assert!(seen as f64 >= 1.3 * random as f64, "{name} saw {seen} cells, random actions {random}");
    }
}
