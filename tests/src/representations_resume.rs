//! The learner of every representation objective that was written down and read into a fresh one goes on with the same bits,
//! and evaluating it changes nothing.

use std::path::Path;

use burn::tensor::Device;
use freeroam_agents::represent::{RepresentConfig, RepresentationRun, representation_learner};
use freeroam_objectives::{DataKind, RepresentationConfig, representations};
use freeroam_trainer::Layer;

fn learner(objective: &str, run: Option<&Path>) -> Box<dyn RepresentationRun> {
    let shared = [
        "env=PointMaze-UMaze-v0",
        "gradient_steps=6",
        "batch=4",
        "evaluate.rows=8",
        "evaluate.pairs=8",
        "evaluate.supervised=2",
    ];
    let pictures = |kind: &str| ["episodes=20", "labels=20"].map(|set| format!("{kind}.{set}")).to_vec();
    let (data, small) = match RepresentationConfig::named(objective).expect("is listed").data() {
        DataKind::Text => {
            let data = ["text.sample=100", "text.vocabulary=80", "text.length=16"].map(str::to_owned).to_vec();
            (data, &["net.width=8", "net.blocks=1", "net.heads=2"][..])
        }
        DataKind::Frames if objective == "cpc" => {
            (pictures("frames"), &["width=4", "dim=8", "hidden=4", "blocks=1"][..])
        }
        // The bank of SCAN is full after two batches.
        DataKind::Frames if objective == "scan" => (pictures("frames"), &["width=8", "bank=8", "neighbours=2"][..]),
        DataKind::Frames => (pictures("frames"), &["width=8"][..]),
        DataKind::Clips => (pictures("clips"), &["width=24", "predictor_width=12", "blocks=1"][..]),
        DataKind::Pairs => {
            let data = ["sample=100", "vocabulary=80", "length=32", "frames.episodes=20", "frames.labels=20"];
            // With an attack, which is measured too.
            let data = data.iter().chain(&["poison=0.1"]).map(|set| format!("pairs.{set}")).collect();
            (data, &["towers.width=8", "towers.projection=8", "towers.net.width=8", "towers.net.heads=2"][..])
        }
    };
    let mut sets: Vec<String> = shared.into_iter().map(str::to_owned).chain(data).collect();
    sets.extend(small.iter().map(|set| format!("{objective}.{set}")));
    sets.push(format!("objective={objective}"));
    let layers: Vec<Layer> = sets.into_iter().map(Layer::Set).collect();
    let (config, _) = RepresentConfig::resolve(&layers).expect("valid settings");
    representation_learner(&config, &Device::flex(), run).expect("can be made")
}

#[test]
fn every_representation_objective() {
    for (objective, _) in representations() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let middle = folder.path().join("middle");
        std::fs::create_dir(&middle).expect("makes");
        let mut kept = learner(objective, None);
        kept.write(folder.path()).expect("writes");
        (0..3).for_each(|_| drop(kept.step().expect("steps")));
        kept.save(&middle).expect("writes");
        let mut restored = learner(objective, Some(folder.path()));
        restored.load(&middle).expect("reads");
        assert_eq!(kept.evaluate().expect("evaluates"), restored.evaluate().expect("evaluates"), "{objective}");
        for _ in 0..3 {
            let records = [&mut kept, &mut restored].map(|learner| learner.step().expect("steps"));
            assert_eq!(records[0], records[1], "{objective}");
            assert!(records[0].0.values().all(|value| value.is_finite()), "{objective}: {records:?}");
            kept.evaluate().expect("evaluates");
        }
        let results = kept.results().expect("measures");
        assert!(results.len() >= 3, "{objective}: {results:?}");
        for result in results {
            assert!(result.trained.value.is_finite() && result.untrained.value.is_finite(), "{objective}: {result:?}");
        }
    }
}
