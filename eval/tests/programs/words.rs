//! Frames with captions are learned from, and policies are sent to goals in words.

use std::path::Path;
use std::process::Command;

use crate::program::{run, succeed, train, train_any};

/// `train` of a run on pairs of a few seconds, with `sets` over its settings.
fn pairs(objective: &str, sets: &[&str]) -> Command {
    let tiny = [
        "env=PointMaze-UMaze-v0",
        "gradient_steps=10",
        "batch=16",
        "evaluate.rows=30",
        "evaluate_every=5",
        "evaluate.supervised=2",
    ];
    let data = ["sample=500", "vocabulary=300", "frames.episodes=64", "frames.edge=16", "frames.labels=20"];
    let towers = ["width=8", "projection=8", "net.width=8", "net.blocks=1", "net.heads=2"];
    let mut command = Command::new(env!("CARGO_BIN_EXE_train"));
    for set in tiny.map(str::to_owned).into_iter().chain(data.map(|set| format!("pairs.{set}"))) {
        command.args(["--set", &set]);
    }
    for set in
        towers.map(|set| format!("{objective}.towers.{set}")).iter().map(String::as_str).chain(sets.iter().copied())
    {
        command.args(["--set", set]);
    }
    command.args(["--set", &format!("objective={objective}")]);
    command
}

fn report(run: &Path) -> serde_json::Value {
    let text = std::fs::read_to_string(run.join("report.json")).expect("has a report");
    serde_json::from_str(&text).expect("is JSON")
}

#[test]
fn a_policy_is_sent_to_goals_in_words() {
    let folder = tempfile::tempdir().expect("a folder");
    let [clip, other, policy, explorer, cleaned] =
        ["clip", "other", "policy", "explorer", "cleaned"].map(|name| folder.path().join(name));
    let said = succeed(pairs("clip", &[]).arg("--out").arg(&clip));
    assert!(said.contains("caption_of_frame") && said.contains("blind guess"), "{said}");
    succeed(pairs("cleanclip", &["pairs.poison=0.1"]).arg("--init").arg(&clip).arg("--out").arg(&cleaned));
    let names = report(&cleaned)["measures"].to_string();
    assert!(names.contains("trigger") && names.contains("frame_of_caption"), "{names}");
    let maze = ["env=PointMaze-UMaze-v0", "collect.horizon=50", "evaluate.episodes=2", "env_steps=1600"];
    succeed(train(&maze).arg("--out").arg(&policy));
    let evaluate = |dir: &Path, words: &Path, prompts: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_evaluate"));
        command.arg(dir).arg("--words").arg(words);
        for prompt in prompts {
            command.args(["--prompt", prompt]);
        }
        command
    };
    let said = succeed(&mut evaluate(&policy, &clip, &[]));
    assert!(said.contains("word combinations that were held out"), "{said}");
    let whole = report(&policy);
    assert_eq!((&whole["words"]["episodes"], &whole["words"]["held_out"]), (&2.into(), &true.into()));
    assert!(whole["words"]["each"].as_array().expect("sentences").len() >= 3);
    let text = std::fs::read_to_string(policy.join("report.md")).expect("is written");
    assert!(text.contains("prompts in words that came true") && text.contains("figures/words.png"), "{text}");
    succeed(&mut evaluate(&policy, &clip, &[]));
    assert_eq!(report(&policy), whole, "a second evaluation says the same");
    let prompts = ["the ball is in the north-east room", "go to the lower left room"];
    let said = succeed(&mut evaluate(&policy, &clip, &prompts));
    assert!(said.contains("`go to the lower left room`: went to (") && said.contains("came true in"), "{said}");
    assert_eq!(report(&policy.join("prompts"))["each"][0]["prompt"], prompts[0]);
    assert_eq!(report(&policy), whole, "the run's own report stays");

    let refused = |dir: &Path, words: &Path, prompts: &[&str], parts: &[&str]| {
        let (code, _, stderr) = run(&mut evaluate(dir, words, prompts));
        assert!(code == 2 && parts.iter().all(|part| stderr.contains(part)), "{code}: {stderr}");
    };
    refused(&policy, &clip, &["the ball is in the nroth room"], &["unknown word `nroth`", "did you mean `north`"]);
    refused(&policy, &clip, &["the ball is"], &["the ball is", "says nothing"]);
    refused(&policy, &clip, &["go one room north"], &["depends on where it begins"]);
    let mut elsewhere = evaluate(&policy, &clip, &prompts);
    let (code, _, stderr) = run(elsewhere.args(["--set", "evaluate.env=PointMaze-Medium-v0"]));
    assert!(code == 2 && stderr.contains("`evaluate.env` = \"PointMaze-Medium-v0\""), "{code}: {stderr}");
    refused(&policy, &policy, &[], &["no run of a representation objective", "`clip` or `cleanclip`"]);
    refused(&clip, &clip, &[], &["has no policy"]);
    refused(&policy, &folder.path().join("none"), &[], &["no run folder"]);
    let more = ["objective=rnd", "env=PointMaze-UMaze-v0", "collect.horizon=50", "env_steps=800", "rnd.width=8"];
    succeed(train_any(&more).arg("--out").arg(&explorer));
    refused(&explorer, &clip, &[], &["a policy of `rnd` takes no goals"]);
    succeed(pairs("clip", &["env=PointMaze-Medium-v0"]).arg("--out").arg(&other));
    refused(&policy, &other, &[], &["learned the words of `PointMaze-Medium-v0`", "acts in `PointMaze-UMaze-v0`"]);
    let (code, _, stderr) = run(pairs("cleanclip", &["cleanclip.towers.width=16"]).arg("--init").arg(&clip));
    assert!(code == 2 && stderr.contains("weights do not fit"), "{code}: {stderr}");
}

#[test]
fn pictures_of_the_users_are_learned_from() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut lines = String::new();
    for number in 0..48_u8 {
        let name = format!("{number}.png");
        let file = std::fs::File::create(folder.path().join(&name)).expect("writable");
        let mut encoder = png::Encoder::new(file, 16, 16);
        encoder.set_color(png::ColorType::Rgb);
        let colour = [[200, 20, 20], [20, 200, 20], [20, 20, 200]][usize::from(number % 3)];
        let pixels: Vec<u8> = (0..256).flat_map(|_| colour.map(|light: u8| light + number)).collect();
        encoder.write_header().expect("a header").write_image_data(&pixels).expect("pixels");
        let word = ["red", "green", "blue"][usize::from(number % 3)];
        lines += &format!("{name}\ta {word} picture\n{name}\tthis one is {word}\n");
    }
    std::fs::write(folder.path().join("captions.txt"), lines).expect("writes");
    let dir = folder.path().join("run");
    let pictures = format!("pairs.frames.folder={}", folder.path().display());
    let said = succeed(pairs("clip", &[&pictures]).arg("--out").arg(&dir));
    assert!(said.contains("caption_of_frame"), "{said}");
    let meaning = report(&dir)["measures"][0]["meaning"].to_string();
    assert!(meaning.contains("16 held-out pairs of the folder"), "{meaning}");
    let (code, _, stderr) =
        run(pairs("clip", &[&pictures, "pairs.captions=none.txt"]).arg("--out").arg(dir.join("none")));
    assert!(code == 2 && stderr.contains("none.txt"), "{code}: {stderr}");
}
