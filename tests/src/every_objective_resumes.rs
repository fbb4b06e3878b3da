//! A learner that was written down and read into a fresh one goes on with the same bits, whatever its objective and agent.

use std::collections::BTreeMap;
use std::path::Path;

use burn::tensor::Device;
use freeroam_agents::{PolicyLearner, RunConfig, learner as made};
use freeroam_objectives::objectives;
use freeroam_trainer::Layer;

/// A learner in a maze with networks of a few numbers, which updates from the second epoch on.
pub(crate) fn learner(env: &str, objective: &str, agent: &str, more: &[&str]) -> Box<dyn PolicyLearner> {
    let shared = ["threads=1", "collect.lanes=3", "collect.horizon=20", "collect.steps=20", "collect.warmup=60"];
    let small = ["update.ratio=0.1", "update.batch=16", "sac.width=8", "ddpg.width=8", "iql.width=8", "ppo.width=8"];
    let mut sets: Vec<String> = shared.iter().chain(&small).chain(more).map(|set| (*set).to_owned()).collect();
    sets.extend([format!("env={env}"), format!("objective={objective}"), format!("agent={agent}")]);
    if !["adversarial", "smirl", "surprise", "indapt", "extrinsic", "random"].contains(&objective) {
        sets.push(format!("{objective}.width=8"));
    }
    if objective == "adversarial" {
        sets.push("adversarial.round_steps=5".into());
    }
    if ["smirl", "surprise", "hilp"].contains(&objective) {
        sets.push("ddpg.steps=1".into());
    }
    let (config, _) =
        RunConfig::resolve(&sets.into_iter().map(Layer::Set).collect::<Vec<_>>()).expect("valid settings");
    let world = config.world().expect("is registered");
    made(&config, &world, &Device::flex()).expect("can be made")
}

/// Files by path, without optimiser moments, whose entries are written in any order.
fn state(dir: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut out = BTreeMap::new();
    for path in std::fs::read_dir(dir).expect("is there").map(|entry| entry.expect("is readable").path()) {
        let name = path.file_name().expect("has a name").to_string_lossy().into_owned();
        if path.is_dir() {
            out.extend(state(&path).into_iter().map(|(inner, bytes)| (format!("{name}/{inner}"), bytes)));
        } else if !name.ends_with(".adam.bpk") {
            out.insert(name, std::fs::read(&path).expect("is readable"));
        }
    }
    out
}

/// Objectives whose rewards are known at the end of an episode, and those that learn from other steps than those of the moment.
fn fits(objective: &str, agent: &str) -> bool {
    match agent {
        "ppo" => !["hilp", "tldr"].contains(&objective),
        _ => objective != "adversarial",
    }
}

#[test]
fn every_objective_with_every_agent() {
    for (objective, _) in objectives() {
        for agent in ["sac", "ddpg", "iql", "ppo"].into_iter().filter(|agent| fits(objective, agent)) {
            resumes(&|| learner("PointMaze-UMaze-v0", objective, agent, &[]), &format!("{objective}, {agent}"));
        }
    }
}

#[test]
fn with_a_memory_and_in_a_world_with_categories() {
    for objective in ["adversarial", "smirl", "rnd", "extrinsic"] {
        for recurrent in ["ppo.recurrent=0", "ppo.recurrent=4"] {
            resumes(
                &|| learner("Rooms-Noisy-v0", objective, "ppo", &[recurrent]),
                &format!("{objective}, {recurrent}"),
            );
        }
    }
}

/// Steps that end in the middle of episodes, so that memories and values go on from one rollout to the next.
#[test]
fn in_the_middle_of_episodes() {
    let more = ["collect.steps=12", "ppo.recurrent=4"];
    resumes(&|| learner("PointMaze-UMaze-v0", "extrinsic", "ppo", &more), "12 of 20 steps");
}

#[test]
fn novelty_in_rooms_from_a_replay() {
    resumes(&|| learner("Rooms-Noisy-v0", "rnd", "sac", &[]), "rnd, sac");
}

#[test]
fn threads_change_nothing() {
    let steps = |threads: &str| {
        let mut learner = learner("Rooms-Noisy-v0", "adversarial", "ppo", &[threads]);
        (0..3).map(|_| learner.step().expect("steps")).collect::<Vec<_>>()
    };
    assert_eq!(steps("threads=1"), steps("threads=3"));
}

#[test]
fn agents_that_do_not_fit_are_refused() {
    let refused = |sets: &[&str]| {
        let sets: Vec<Layer> = sets.iter().map(|set| Layer::Set((*set).to_owned())).collect();
        let (config, _) = RunConfig::resolve(&sets).expect("valid settings");
        let world = config.world().expect("is registered");
        made(&config, &world, &Device::flex()).err().expect("is refused").to_string()
    };
    for (sets, part) in [
        (&["objective=adversarial", "agent=sac"][..], "learns from its own rollouts: `ppo`"),
        (&["objective=hilp", "agent=ddpg"], "`hilp` counts the steps to goals one by one, expected 1"),
        (&["objective=tldr", "agent=ppo"], "an agent that learns from batches, such as `sac`"),
        (&["env=Rooms-Noisy-v0", "objective=adversarial", "collect.steps=100"], "a multiple of their 256 steps"),
        (&["objective=extrinsic", "agent=ppo", "data=none.npz"], "the agent `ppo` learns from its own rollouts"),
    ] {
        let message = refused(sets);
        assert!(message.contains(part), "{message}");
    }
}

/// A learner that was written down after three epochs and read into a fresh one takes the same three more.
pub(crate) fn resumes(fresh: &dyn Fn() -> Box<dyn PolicyLearner>, what: &str) {
    let folder = tempfile::tempdir().expect("temporary folder");
    let [middle, whole, halves] = ["middle", "whole", "halves"].map(|name| folder.path().join(name));
    for dir in [&middle, &whole, &halves] {
        std::fs::create_dir(dir).expect("makes");
    }
    let (mut kept, mut restored) = (fresh(), fresh());
    (0..3).for_each(|_| drop(kept.step().expect("steps")));
    kept.save(&middle).expect("writes");
    restored.load(&middle).expect("reads");
    for _ in 0..3 {
        let records = [&mut kept, &mut restored].map(|learner| learner.step().expect("steps"));
        assert_eq!(records[0], records[1], "{what}");
        assert!(records[0].0.values().all(|value| value.is_finite()), "{what}: {records:?}");
    }
    assert!(kept.progress().gradient_steps > 20, "{:?}", kept.progress());
    kept.save(&whole).expect("writes");
    restored.save(&halves).expect("writes");
    let [left, right] = [&whole, &halves].map(|dir| state(dir));
    assert_eq!(left.keys().collect::<Vec<_>>(), right.keys().collect::<Vec<_>>());
    for (name, bytes) in &left {
        assert!(*bytes == right[name], "{what}: {name} differs");
    }
}
