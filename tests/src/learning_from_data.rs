//! A learner of a data set goes on with the same bits from a checkpoint, and refuses data that does not fit.

use std::path::Path;

use burn::tensor::Device;
use freeroam_agents::{OfflineLearner, PolicyLearner, RunConfig, learner};
use freeroam_envs::Stream;
use freeroam_replay::dataset::{Columns, Compression, Dataset, Rows, ogbench};
use freeroam_trainer::Layer;

/// Random walks of a point that moves by its action, 8 episodes of 25 steps, written to `path`.
fn walks(seed: u64, path: &Path) {
    let mut stream = Stream::new(seed, "walks", 0);
    let (episodes, rows) = (8, 8 * 26);
    let mut actions = vec![0.0; 2 * rows];
    stream.fill_uniform(-1.0, 1.0, &mut actions);
    let mut observations = vec![0.0; 2 * rows];
    for row in (1..rows).filter(|row| row % 26 > 0) {
        for k in 0..2 {
            observations[2 * row + k] = observations[2 * row - 2 + k] + actions[2 * row - 2 + k];
        }
    }
    let data = Dataset::new(Columns {
        observations: Rows { width: 2, values: observations },
        actions: Rows { width: 2, values: actions },
        terminated: vec![false; rows],
        truncated: (0..rows).map(|row| row % 26 == 24).collect(),
        starts: (0..episodes).map(|episode| episode * 26).collect(),
        ..Columns::default()
    });
    ogbench::write(&data.expect("columns fit"), path, Compression::Stored).expect("writes");
}

fn made(sets: &[String]) -> Result<Box<dyn PolicyLearner>, String> {
    let small =
        ["threads=1", "update.batch=16", "sac.width=8", "iql.width=8", "gradient_steps=1000", "evaluate.rollouts=4"];
    let layers: Vec<Layer> =
        small.iter().map(|set| (*set).to_owned()).chain(sets.iter().cloned()).map(Layer::Set).collect();
    let (config, _) = RunConfig::resolve(&layers).map_err(|error| error.to_string())?;
    let world = config.world().expect("is registered");
    learner(&config, &world, &Device::flex()).map_err(|error| error.to_string())
}

#[test]
fn a_restored_learner_of_data_goes_on_with_the_same_bits() {
    let folder = tempfile::tempdir().expect("temporary folder");
    let (data, other) = (folder.path().join("walks.npz"), folder.path().join("other.npz"));
    walks(0, &data);
    walks(1, &other);
    for (objective, agent) in [("hilp", "iql"), ("hilp", "sac"), ("icm", "iql")] {
        let sets = |data: &Path| {
            let sets = [format!("objective={objective}"), format!("agent={agent}"), format!("{objective}.width=8")];
            [&sets[..], &["env=Point-v0".to_owned(), format!("data={}", data.display())]].concat()
        };
        let middle = folder.path().join(format!("{objective}-{agent}"));
        std::fs::create_dir(&middle).expect("makes");
        let [mut kept, mut restored] = [0, 1].map(|_| made(&sets(&data)).expect("fits"));
        kept.step().expect("steps");
        kept.save(&middle).expect("writes");
        restored.load(&middle).expect("reads");
        assert_eq!(restored.progress().gradient_steps, OfflineLearner::EPOCH);
        for _ in 0..2 {
            let records = [&mut kept, &mut restored].map(|learner| learner.step().expect("steps"));
            assert_eq!(records[0], records[1], "{objective}, {agent}");
            assert!(records[0].0.values().all(|value| value.is_finite()), "{objective}, {agent}: {records:?}");
        }
        let records = [&mut kept, &mut restored].map(|learner| learner.evaluate().expect("evaluates"));
        assert_eq!(records[0], records[1], "{objective}, {agent}");
        let message = made(&sets(&other)).expect("fits").load(&middle).expect_err("other data").to_string();
        assert!(message.contains("it was learned from other data"), "{message}");
    }
}

#[test]
fn data_that_does_not_fit_is_named() {
    let folder = tempfile::tempdir().expect("temporary folder");
    // As `dataset` makes it, with more data for validation.
    let dir = folder.path().join("walks");
    std::fs::create_dir(&dir).expect("makes");
    walks(0, &dir.join("walks.npz"));
    std::fs::write(dir.join("walks-val.npz"), "is not looked at").expect("writes");
    let refused = |sets: &[&str]| {
        let data = format!("data={}", dir.display());
        let sets: Vec<String> = std::iter::once(data).chain(sets.iter().map(|set| (*set).to_owned())).collect();
        made(&sets).err().unwrap_or_default()
    };
    assert_eq!(refused(&["env=Point-v0", "objective=hilp", "hilp.width=8"]), "");
    for (sets, part) in [
        (["env=Ant-v0", "objective=hilp"], "its observations have 2 numbers, expected 29, those of Ant-v0"),
        (["env=Point-v0", "agent=ddpg"], "learns from windows of 3 steps, expected 1"),
        (["env=Point-v0", "objective=metra"], "its tasks have 0 numbers, expected 2, those of the objective `metra`"),
        (["env=Point-v0", "objective=extrinsic"], "it has no rewards, which `extrinsic` learns from"),
        (["env=Point-v0", "data=no.npz"], "`data` = no.npz: no.npz: "),
    ] {
        let message = refused(&sets);
        assert!(message.contains(part), "{message}");
    }
}
