//! Policies that act by frames: trained, measured, taken further.

use super::*;

/// A run of a few steps in a small maze, seen by frames.
fn by_frames(dir: &Path, more: &[String]) -> Result<Trained, EvalError> {
    let sets = ["env=PointMaze-UMaze-Pixels-v0", "env_steps=160", "collect.lanes=4", "collect.horizon=20"];
    let small = ["sac.width=8", "metra.width=8", "threads=1", "collect.warmup=40", "update.batch=8"];
    let evaluated = ["evaluate.rollouts=4", "evaluate.repeats=2", "evaluate.goals=2", "evaluate.resamples=10"];
    let often =
        ["evaluate.episodes=1", "evaluate.midpoints=1", "evaluate.midpoint_states=20", "evaluate.prompt_samples=30"];
    let sets = sets.into_iter().chain(small).chain(evaluated).chain(often).map(str::to_owned);
    let layers = sets.chain(more.iter().cloned()).map(Layer::Set).collect();
    train(&TrainOptions { layers, out: Some(dir.into()), ..TrainOptions::default() }, &mut Watch::default())
}

#[test]
fn policies_by_frames_are_measured_with_goals_tasks_and_rewards() {
    let root = tempfile::tempdir().expect("temporary folder");
    for trained in [false, true] {
        let dir = root.path().join(trained.to_string());
        let how = [format!("encoder.trained={trained}"), "encoder.features=6".into()];
        let report = by_frames(&dir, &how).expect("trains").report.expect("is finished");
        let Report::Run(report) = report else { panic!("has a policy") };
        assert!(report.goals.is_some() && report.tasks.is_some() && report.prompts.len() == 3);
        let (Report::Run(again), _) = evaluate_run(&dir, &[], None).expect("evaluates") else { panic!("has a policy") };
        assert_eq!(again, report, "a second evaluation says the same");
        let elsewhere = [Layer::Set("evaluate.env=PointMaze-UMaze-v0".into())];
        let message = evaluate_run(&dir, &elsewhere, None).expect_err("refused").to_string();
        assert!(message.contains("frames such as those of PointMaze-UMaze-Pixels-v0"), "{message}");
        if !trained {
            continue;
        }
        // Fine-tuned for another reward, with the same network in front.
        let tuned = root.path().join(format!("tuned-{trained}"));
        let layers = ["env_steps=80", "collect.lanes=4", "collect.horizon=20", "threads=1"];
        let evaluated = ["evaluate.repeats=2", "evaluate.rollouts=2", "evaluate.resamples=10"];
        let layers = layers.into_iter().chain(evaluated).map(|set| Layer::Set(set.into())).collect();
        let init = TrainOptions { layers, out: Some(tuned), init: Some(dir), ..TrainOptions::default() };
        assert!(train(&init, &mut Watch::default()).expect("fine-tunes").report.is_some());
    }
}

#[test]
fn the_network_of_a_vision_run_sees_for_a_policy() {
    let root = tempfile::tempdir().expect("temporary folder");
    let vision = |name: &str, edge: &str, sets: &[&str]| {
        let dir = root.path().join(name);
        let shared = [
            "env=PointMaze-UMaze-Pixels-v0",
            "gradient_steps=2",
            "batch=4",
            "evaluate.rows=40",
            "evaluate.supervised=2",
        ];
        let sets = shared.iter().chain(sets).map(|set| Layer::Set((*set).into()));
        let layers = sets.chain([Layer::Set(edge.into())]).collect();
        let options = TrainOptions { layers, out: Some(dir.clone()), ..TrainOptions::default() };
        train(&options, &mut Watch::default()).expect("trains");
        format!("encoder.run={}", dir.display())
    };
    let few = ["frames.episodes=40", "frames.labels=40", "contrastive.width=8", "objective=contrastive"];
    let good = vision("contrastive", "frames.edge=64", &few);
    let clips = ["clips.episodes=40", "clips.labels=40", "vjepa.width=24", "vjepa.blocks=1", "objective=vjepa"];
    let tubes = vision("vjepa", "clips.edge=64", &clips);
    let pairs = [
        "pairs.frames.episodes=40",
        "pairs.frames.labels=40",
        "pairs.sample=200",
        "clip.towers.width=8",
        "objective=clip",
    ];
    let tower = vision("clip", "pairs.frames.edge=64", &pairs);
    for (run, trained) in [(&good, false), (&good, true), (&tubes, false), (&tower, false)] {
        let dir = root.path().join(format!("run-{}-{trained}", run.rsplit('/').next().expect("a folder")));
        let trained = by_frames(&dir, &[run.clone(), format!("encoder.trained={trained}")]).expect("trains");
        assert!(trained.report.is_some());
    }
    let small = vision("small", "frames.edge=32", &few);
    let message = by_frames(&root.path().join("small-run"), &[small]).expect_err("refused").to_string();
    assert!(message.contains("frames of 32 pixels, those of the world have 64"), "{message}");
    let own = format!("encoder.run={}", root.path().join("run-contrastive-false").display());
    let message = by_frames(&root.path().join("own-run"), &[own]).expect_err("refused").to_string();
    assert!(message.contains("`encoder.run` = ") && message.contains("expected one of `contrastive`"), "{message}");
}
