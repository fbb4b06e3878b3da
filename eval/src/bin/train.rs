//! Trains a run and evaluates it.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use freeroam_agents::represent::{RepresentConfig, represents};
use freeroam_agents::{RunConfig, agents};
use freeroam_eval::EvalError;
use freeroam_eval::output::say;
use freeroam_eval::session::{HEADLINE, TrainOptions, exit_code, train};
use freeroam_objectives::{objectives, representations};
use freeroam_trainer::{Display, Layer, StopFlag, Watch};
use mimalloc::MiMalloc;

/// Networks free and take large blocks at every step; this allocator keeps them.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// Trains an agent with an intrinsic objective in a simulated world, then evaluates it zero-shot and writes a report.
///
/// Without arguments: METRA in a small maze, a few minutes on two cores. Settings come from the defaults, the world's preset,
/// --config and --set, the later over the earlier.
#[derive(Parser)]
#[command(
    version,
    after_help = "\
Examples:
  train                                           METRA in PointMaze-UMaze
  train --set env=Ant-v0 --seed 1                 METRA with the ant's preset
  train --set objective=diayn --set sac.width=64  other objective, narrower networks
  train --robot my.xml --set env=RobotMaze-UMaze-v0  a robot of one's own in a maze
  train --set env=Walker-walk-v0 --set objective=cic --set agent=ddpg   URLB, first phase
  train --init runs/Walker-walk-v0-cic-0-1 --set env=Walker-run-v0      URLB, second phase
  train --set objective=causal --set text.file=my.txt  a language model of one's own text
  train --set objective=simcse --init runs/AntMaze-Large-v0-mlm-0-1    SimCSE from a masked language model
  train --set objective=clip --set env=PointMaze-Large-v0              frames and captions in one space
  train --resume runs/Ant-v0-metra-1-1            go on where a run was interrupted

Exit codes: 0 done, 1 failed while running, 2 wrong usage."
)]
struct Cli {
    /// TOML file with settings; `--print-config` prints one to start from.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// One setting, e.g. `env=Ant-v0` or `sac.learning_rate=3e-4`; repeatable.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    sets: Vec<String>,
    /// MJCF file of a robot of one's own; short for `--set robot=FILE`. Its worlds are `Robot-v0` and `RobotMaze-*`.
    #[arg(long, value_name = "FILE")]
    robot: Option<String>,
    /// Seed of every random stream; short for `--set seed=N`.
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Run folder to make; default `runs/ENV-OBJECTIVE-SEED-N`.
    #[arg(long, value_name = "DIR", conflicts_with = "resume")]
    out: Option<PathBuf>,
    /// Run folder to take up again from its newest checkpoint.
    #[arg(long, value_name = "DIR", conflicts_with = "config")]
    resume: Option<PathBuf>,
    /// Run folder whose policy the new run starts from, or whose network where the objective learns to represent: fine-tunes it for the world's own reward (objective `extrinsic`), with
    /// that run's agent and world unless --set says otherwise.
    #[arg(long, value_name = "DIR", conflicts_with = "resume")]
    init: Option<PathBuf>,
    /// `cpu` or `cuda:N`; short for `--set device=D`.
    #[arg(long, value_name = "DEVICE")]
    device: Option<String>,
    /// Lists worlds, objectives and agents.
    #[arg(long)]
    list: bool,
    /// Prints the resolved settings as TOML and exits.
    #[arg(long)]
    print_config: bool,
}

#[expect(clippy::print_stderr, reason = "the program's errors")]
fn main() -> ExitCode {
    match run(Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(exit_code(&error))
        }
    }
}

fn run(cli: Cli) -> Result<(), EvalError> {
    if cli.list {
        return say(&list());
    }
    let sets = cli.sets.into_iter();
    let sets = sets.chain(cli.robot.map(|robot| format!("robot={robot}")));
    let sets = sets.chain(cli.seed.map(|seed| format!("seed={seed}")));
    let sets = sets.chain(cli.device.map(|device| format!("device={device}")));
    let layers: Vec<Layer> = cli.config.into_iter().map(Layer::File).chain(sets.map(Layer::Set)).collect();
    let options = TrainOptions { layers, out: cli.out, resume: cli.resume, init: cli.init };
    if cli.print_config {
        let layers = options.layers()?;
        return say(&if represents(&layers) {
            RepresentConfig::resolve(&layers)?.0.to_toml()
        } else {
            RunConfig::resolve(&layers)?.0.to_toml()
        });
    }
    let display = Display::stderr(&HEADLINE);
    let trained = train(&options, &mut Watch { stop: StopFlag::on_signals()?, display, ..Watch::default() })?;
    let dir = trained.run.display();
    say(&match trained.report {
        Some(report) => format!("{}\nReport: {dir}/report.html\n", report.sentence()),
        None => format!("Stopped; go on with: train --resume {dir}\n"),
    })
}

fn list() -> String {
    let mut lines = Vec::new();
    for (family, ids) in freeroam_envs::families() {
        lines.push(format!("Worlds, {family}:"));
        for world in ids.into_iter().filter_map(|id| freeroam_envs::world(id).ok()) {
            lines.push(format!("  {:<22} {}", world.spec().id, world.spec().description));
        }
    }
    lines.push("Worlds, a robot of one's own (--robot FILE):".into());
    lines.extend(freeroam_envs::ROBOT_WORLDS.iter().map(|id| format!("  {id}")));
    let headed = [
        ("Objectives", objectives()),
        ("Objectives that learn to represent, without a policy", representations()),
        ("Agents", agents()),
    ];
    for (heading, entries) in headed {
        lines.push(format!("{heading}:"));
        lines.extend(entries.iter().map(|(name, description)| format!("  {name:<22} {description}")));
    }
    lines.join("\n") + "\n"
}
