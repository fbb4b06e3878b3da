use serde::{Deserialize, Serialize};

use super::*;

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Config {
    env: String,
    seed: u64,
    sac: Sac,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sac {
    learning_rate: f64,
    widths: Vec<usize>,
    target: Target,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Target {
    Polyak,
    Copy,
}

fn layers() -> Layers {
    let sac = Sac { learning_rate: 1e-4, widths: vec![256, 256], target: Target::Polyak };
    Layers::of(&Config { env: "Ant-v0".into(), seed: 0, sac }).expect("a table")
}

fn usage<T: std::fmt::Debug>(result: Result<T, TrainerError>) -> String {
    match result {
        Err(TrainerError::Usage(message)) => message,
        other => panic!("expected a usage error, got {other:?}"),
    }
}

#[test]
fn later_layers_win_key_by_key() {
    let mut layers = layers();
    layers.text("preset", "seed = 3\n[sac]\nlearning_rate = 1\nwidths = [64]").expect("valid");
    layers.text("run.toml", "sac.widths = [1e2, 32]").expect("valid");
    layers.set("seed=1e6").expect("valid");
    layers.set("sac.target=copy").expect("valid");
    layers.set("env=PointMaze-UMaze-v0").expect("valid");
    let config: Config = layers.resolve().expect("valid");
    let sac = Sac { learning_rate: 1.0, widths: vec![100, 32], target: Target::Copy };
    assert_eq!(config, Config { env: "PointMaze-UMaze-v0".into(), seed: 1_000_000, sac });
    assert_eq!(layers.origin("sac.learning_rate"), "preset:3:1");
    assert_eq!(layers.origin("seed"), "--set seed=1e6");
    assert_eq!(layers.origin("nothing"), "defaults");
}

#[test]
fn an_assignment_may_set_a_table_and_strings_may_look_like_anything() {
    let mut layers = layers();
    layers.set("sac={learning_rate=.5}").expect_err("TOML needs a digit before the point");
    layers.set("sac = {learning_rate=0.5, target='copy'}").expect("valid");
    layers.set("sac.learning_rate=.25").expect("valid");
    for (assignment, env) in [("env=123", "123"), ("env=\"a b\"", "a b"), ("env=x=y", "x=y"), ("env=", "")] {
        layers.set(assignment).expect("valid");
        assert_eq!(layers.resolve::<Config>().expect("valid").env, env, "{assignment}");
    }
    assert_eq!(layers.resolve::<Config>().expect("valid").sac.learning_rate, 0.25);
}

#[test]
fn an_unknown_key_names_its_place_and_the_nearest_key() {
    let mut layers = layers();
    let message = usage(layers.text("run.toml", "seed = 1\n[sac]\n  learning_rat = 1"));
    assert_eq!(message, "unknown key `sac.learning_rat` (run.toml:3:3); did you mean `sac.learning_rate`?");
    assert!(usage(layers.set("sac.learningrate=1")).ends_with("did you mean `sac.learning_rate`?"));
    assert!(usage(layers.set("learning_rate=1")).ends_with("did you mean `sac.learning_rate`?"));
    assert!(usage(layers.set("sede=1")).ends_with("(--set sede=1); did you mean `seed`?"));
    assert!(usage(layers.set("seed.x=1")).contains("unknown key `seed.x`"));
    assert_eq!(layers.resolve::<Config>().expect("valid").seed, 0, "a refused layer changes nothing");
}

#[test]
fn values_of_a_program_are_nested_or_dotted() {
    let values: Table = "seed = 1e6\n\"sac.target\" = 'copy'\n[sac]\nwidths = [64]".parse().expect("valid TOML");
    let layer = Layer::Values { origin: "argument".into(), values };
    let mut layers = layers();
    layers.put(&layer).expect("valid");
    let config: Config = layers.resolve().expect("valid");
    let sac = Sac { learning_rate: 1e-4, widths: vec![64], target: Target::Copy };
    assert_eq!(config, Config { env: "Ant-v0".into(), seed: 1_000_000, sac });
    assert_eq!(layers.origin("sac.widths"), "argument");
    let keys: Vec<String> = layer.keys().into_iter().map(|(key, _)| key).collect();
    assert_eq!(keys, ["sac.widths", "sac.target", "seed"]);
    let wrong = |text: &str| Layer::Values { origin: "argument".into(), values: text.parse().expect("valid TOML") };
    let message = usage(layers.put(&wrong("sac.width = [3]")));
    assert_eq!(message, "unknown key `sac.width` (argument); did you mean `sac.widths`?");
    assert_eq!(usage(layers.put(&wrong("seed = 'x'"))), "`seed` = \"x\" (argument), expected an integer");
}

#[test]
fn the_layer_that_decides_is_asked_for_its_text() {
    let set = |assignment: &str| Layer::Set(assignment.into());
    assert_eq!(set(" env = \"Ant-v0\"").text("env").as_deref(), Some("Ant-v0"));
    assert_eq!((set("env2=a").text("env"), set("env").text("env")), (None, None));
    let values = Layer::Values { origin: "argument".into(), values: "env = 'a'\nseed = 1".parse().expect("valid") };
    assert_eq!((values.text("env").as_deref(), values.text("seed")), (Some("a"), None));
    assert_eq!(Layer::File("/nowhere/run.toml".into()).text("env"), None);
    assert_eq!(set("sac.tau = 1").keys(), [("sac.tau".into(), "--set sac.tau = 1".into())]);
}

#[test]
fn a_key_that_exists_elsewhere_says_where() {
    let mut layers = layers();
    layers.elsewhere("ppo", "it is a setting of the agent `ppo`, this run has `sac`");
    let reason = "it is a setting of the agent `ppo`, this run has `sac`";
    assert_eq!(usage(layers.set("ppo.clip=1")), format!("`ppo.clip` (--set ppo.clip=1): {reason}"));
    assert_eq!(usage(layers.text("run.toml", "[ppo]\nclip = 1")), format!("`ppo.clip` (run.toml:2:1): {reason}"));
    assert_eq!(usage(layers.text("run.toml", "[ppo]")), format!("`ppo` (run.toml:1:2): {reason}"));
    assert!(usage(layers.set("pp=1")).starts_with("unknown key"));
}

#[test]
fn a_wrong_type_names_key_value_origin_and_type() {
    let mut layers = layers();
    let message = usage(layers.text("run.toml", "sac.learning_rate = \"fast\""));
    assert_eq!(message, "`sac.learning_rate` = \"fast\" (run.toml:1:5), expected a number");
    assert!(usage(layers.set("seed=1.5")).ends_with("expected an integer"));
    assert!(usage(layers.set("sac=1")).ends_with("expected a table with the keys learning_rate, target, widths"));
    assert!(usage(layers.set("sac.widths=[1, 'x']")).ends_with("expected an array, each item an integer"));
    assert!(usage(layers.set("seed")).ends_with("expected key=value"));
}

#[test]
fn what_only_the_struct_refuses_is_traced_to_its_key() {
    let mut layers = layers();
    layers.set("sac.learning_rate=2").expect("fits the type");
    layers.set("seed=-1").expect("fits the type");
    let message = usage(layers.resolve::<Config>());
    assert!(message.starts_with("`seed` = -1 (--set seed=-1): "), "{message}");
    layers.set("seed=1").expect("valid");
    layers.text("run.toml", "[sac]\ntarget = 'none'").expect("fits the type");
    let message = usage(layers.resolve::<Config>());
    assert!(message.starts_with("`sac.target` = \"none\" (run.toml:2:1): unknown variant"), "{message}");
}

#[test]
fn syntax_errors_show_the_line() {
    let message = usage(layers().text("run.toml", "seed = 1\nenv = = 2\n"));
    assert!(message.starts_with("run.toml:2:7: ") && message.ends_with("\n  env = = 2"), "{message}");
    let message = usage(layers().file(Path::new("/nowhere/run.toml")));
    assert!(message.starts_with("config file /nowhere/run.toml: "), "{message}");
}

#[test]
fn a_value_out_of_range_names_its_origin() {
    let mut layers = layers();
    layers.set("sac.learning_rate=-1").expect("a number");
    let message = layers.out_of_range("sac.learning_rate", "a positive number").to_string();
    assert_eq!(message, "`sac.learning_rate` = -1.0 (--set sac.learning_rate=-1), expected a positive number");
}
