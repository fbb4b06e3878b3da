//! A learner that was written down and read into a fresh one goes on with the same bits, whatever its objective and agent.

use std::collections::BTreeMap;
use std::path::Path;

use burn::tensor::Device;
use freeroam_agents::{RunConfig, SkillLearner};
use freeroam_objectives::objectives;
use freeroam_trainer::{Layer, Learner};

/// A learner in a maze with networks of a few numbers, which updates from the second epoch on.
fn learner(objective: &str, agent: &str) -> SkillLearner {
    let shared = ["env=PointMaze-UMaze-v0", "threads=1", "collect.lanes=3", "collect.horizon=20", "collect.warmup=60"];
    let small = ["update.ratio=0.1", "update.batch=16", "sac.width=8", "ddpg.width=8", "iql.width=8"];
    let mut sets: Vec<String> = shared.into_iter().chain(small).map(str::to_owned).collect();
    sets.extend([format!("objective={objective}"), format!("agent={agent}")]);
    if !["indapt", "extrinsic", "random"].contains(&objective) {
        sets.push(format!("{objective}.width=8"));
    }
    let (config, _) =
        RunConfig::resolve(&sets.into_iter().map(Layer::Set).collect::<Vec<_>>()).expect("valid settings");
    let world = config.world().expect("is registered");
    SkillLearner::new(&config, &world, &Device::flex()).expect("can be made")
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

#[test]
fn every_objective_with_every_agent() {
    for (objective, _) in objectives() {
        for agent in ["sac", "ddpg", "iql"] {
            let folder = tempfile::tempdir().expect("temporary folder");
            let [middle, whole, halves] = ["middle", "whole", "halves"].map(|name| folder.path().join(name));
            for dir in [&middle, &whole, &halves] {
                std::fs::create_dir(dir).expect("makes");
            }
            let (mut kept, mut restored) = (learner(objective, agent), learner(objective, agent));
            (0..3).for_each(|_| drop(kept.step().expect("steps")));
            kept.save(&middle).expect("writes");
            restored.load(&middle).expect("reads");
            for _ in 0..3 {
                let records = [&mut kept, &mut restored].map(|learner| learner.step().expect("steps"));
                assert_eq!(records[0], records[1], "{objective}, {agent}");
                assert!(records[0].0.values().all(|value| value.is_finite()), "{objective}, {agent}: {records:?}");
            }
            assert!(kept.progress().gradient_steps > 20, "{:?}", kept.progress());
            kept.save(&whole).expect("writes");
            restored.save(&halves).expect("writes");
            let [left, right] = [&whole, &halves].map(|dir| state(dir));
            assert_eq!(left.keys().collect::<Vec<_>>(), right.keys().collect::<Vec<_>>());
            for (name, bytes) in &left {
                assert!(*bytes == right[name], "{objective}, {agent}: {name} differs");
            }
        }
    }
}
