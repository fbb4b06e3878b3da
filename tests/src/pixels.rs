//! Worlds with frames: whoever acts by them goes on with the same bits, whatever the objective, the agent and what sees.

use burn::tensor::Device;
use freeroam_agents::{RunConfig, learner as made};
use freeroam_trainer::Layer;

use crate::every_objective_resumes::{learner, resumes};

const MAZE: &str = "PointMaze-UMaze-Pixels-v0";
/// Features of few numbers.
const SMALL: &str = "encoder.features=6";
const TRAINED: &str = "encoder.trained=true";

#[test]
fn every_agent_with_a_frozen_network() {
    for (objective, agent) in [("metra", "sac"), ("cic", "ddpg"), ("hilp", "iql"), ("rnd", "ppo"), ("tldr", "sac")] {
        resumes(&|| learner(MAZE, objective, agent, &[SMALL]), &format!("frozen, {objective}, {agent}"));
    }
}

#[test]
fn agents_that_train_the_network() {
    for (objective, agent) in [("metra", "sac"), ("hilp", "iql"), ("tldr", "sac"), ("rnd", "ddpg"), ("rnd", "ppo")] {
        resumes(&|| learner(MAZE, objective, agent, &[SMALL, TRAINED]), &format!("trained, {objective}, {agent}"));
    }
}

/// Stacks of three frames, and steps that end in the middle of episodes.
#[test]
fn stacks_go_on_in_the_middle_of_episodes() {
    for (how, objective, agent) in
        [("encoder.trained=false", "metra", "sac"), (TRAINED, "metra", "sac"), (TRAINED, "rnd", "ppo")]
    {
        let more = [SMALL, how, "collect.steps=12", "update.ratio=0.2"];
        resumes(&|| learner("Ant-Pixels-v0", objective, agent, &more), &format!("{how}, {agent}"));
    }
}

/// At the first gradient step on a rollout all ratios are 1, where what is looked at again is what was acted by, also across
/// the ends of episodes and after what sees has learned.
#[test]
fn what_ppo_looks_at_again_is_what_it_acted_by() {
    for (objective, memory) in [("rnd", "ppo.recurrent=0"), ("metra", "ppo.recurrent=4")] {
        let once = ["ppo.epochs=1", "ppo.minibatch=1000", "ppo.learning_rate=0.01", memory];
        let more = [&[SMALL, TRAINED, "collect.steps=12"], &once[..]].concat();
        let mut learner = learner("Ant-Pixels-v0", objective, "ppo", &more);
        for _ in 0..8 {
            let record = learner.step().expect("steps");
            let kl = record.get("ppo/kl").expect("is measured");
            assert!(kl.abs() < 1e-8, "{objective}, {memory}: {kl}");
        }
    }
}

#[test]
fn threads_change_nothing_that_is_seen() {
    for how in ["encoder.trained=false", TRAINED] {
        let steps = |threads: &str| {
            let mut learner = learner(MAZE, "metra", "sac", &[SMALL, how, threads]);
            (0..3).map(|_| learner.step().expect("steps")).collect::<Vec<_>>()
        };
        assert_eq!(steps("threads=1"), steps("threads=3"));
    }
}

#[test]
fn what_does_not_fit_is_refused_by_name() {
    let refused = |sets: &[&str]| {
        let own = [format!("env={MAZE}")];
        let sets: Vec<Layer> =
            own.into_iter().chain(sets.iter().map(|set| (*set).to_owned())).map(Layer::Set).collect();
        let made = RunConfig::resolve(&sets).map_err(|error| error.to_string()).and_then(|(config, _)| {
            let world = config.world().expect("is registered");
            made(&config, &world, &Device::flex()).map(|_| ()).map_err(|error| error.to_string())
        });
        made.expect_err("is refused")
    };
    for (sets, part) in [
        (
            &["agent=uniform", TRAINED][..],
            "`encoder.trained` = true: the agent `uniform` does not train it, expected one that learns",
        ),
        (
            &["encoder.network=mlp"],
            "`encoder.network` = \"mlp\" (--set encoder.network=mlp), expected `conv`, `vit` or `means`",
        ),
        (
            &["objective=adversarial", TRAINED],
            "`encoder.trained` = true: the agent `ppo`, taking turns, does not train it",
        ),
        (&["encoder.features=0"], "1 to 65536"),
        (&["encoder.shift=100"], "0 (none) to 64 pixels"),
        (&["encoder.run=nowhere"], "`encoder.run` = nowhere: "),
        (&["objective=hilp", "data=none.npz"], "the same world without frames, `PointMaze-UMaze-v0`"),
    ] {
        let message = refused(sets);
        assert!(message.contains(part), "{message}");
    }
}
