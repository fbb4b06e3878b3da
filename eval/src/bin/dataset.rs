//! Makes data sets in simulated worlds, and pictures of their states.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use freeroam_eval::EvalError;
use freeroam_eval::dataset::{DatasetConfig, Kind, Manifest, Progress, RenderConfig, make, render, scripted};
use freeroam_eval::output::say;
use freeroam_eval::session::exit_code;
use freeroam_trainer::{Layer, StopFlag, TrainerError};
use mimalloc::MiMalloc;

/// Networks free and take large blocks at every step; this allocator keeps them.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// Makes a data set in a simulated world: trajectories of a scripted policy, or of the policy of a run, in the files of OGBench or
/// Minari.
///
/// Without arguments: 1.1 million transitions through the large maze of points. Settings come from the defaults of the world
/// and kind, --config and --set, the later over the earlier.
#[derive(Parser)]
#[command(
    version,
    args_conflicts_with_subcommands = true,
    after_help = "\
Examples:
  dataset                                                   PointMaze-Large-v0, navigate
  dataset --set env=PointMaze-Giant-v0 --set kind=stitch    short episodes in another maze
  dataset --policy runs/Ant-v0-metra-0-1 --set env=AntMaze-Medium-v0 --set kind=explore
                                                            random skills of a trained ant
  dataset --robot my.xml --policy runs/Robot-v0-metra-0-1   skills of a robot of one's own
  dataset --set env=Humanoid-v0 --set kind=explore          random actions, held for ten steps
  dataset render datasets/pointmaze-large-navigate-v0       the same with pictures as observations

Exit codes: 0 done, 1 failed while running or stopped, 2 wrong usage."
)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    given: Given,
    /// Seed of every random stream; short for `--set seed=N`.
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// MJCF file of a robot of one's own; short for `--set robot=FILE`. Its worlds are `Robot-v0` and `RobotMaze-*`.
    #[arg(long, value_name = "FILE")]
    robot: Option<String>,
    /// Run folder whose policy acts; short for `--set policy=RUN`.
    #[arg(long, value_name = "RUN")]
    policy: Option<String>,
    /// Device of that policy, `cpu` or `cuda:N`; short for `--set device=D`.
    #[arg(long, value_name = "DEVICE")]
    device: Option<String>,
    /// Folder to make; default `datasets/NAME`, such as `datasets/pointmaze-large-navigate-v0`.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Lists kinds and worlds.
    #[arg(long)]
    list: bool,
}

#[derive(Subcommand)]
enum Command {
    /// Draws the states of a data set: pictures in the place of the observations, as in OGBench's visual data sets.
    Render {
        /// Folder of the data set, in the format `ogbench`.
        dir: PathBuf,
        #[command(flatten)]
        given: Given,
        /// Folder to make; default that of the data set with `visual-` before its name.
        #[arg(long, value_name = "DIR")]
        out: Option<PathBuf>,
    },
}

/// Where settings come from.
#[derive(Args)]
struct Given {
    /// TOML file with settings; `--print-config` prints one to start from.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// One setting, e.g. `env=PointMaze-Giant-v0` or `noise=0.2`; repeatable.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    sets: Vec<String>,
    /// Prints the resolved settings as TOML and exits.
    #[arg(long)]
    print_config: bool,
}

impl Given {
    /// In order, with short forms last.
    fn layers(self, short: impl IntoIterator<Item = Option<String>>) -> Vec<Layer> {
        let sets = self.sets.into_iter().chain(short.into_iter().flatten()).map(Layer::Set);
        self.config.into_iter().map(Layer::File).chain(sets).collect()
    }
}

#[expect(clippy::print_stderr, reason = "the program's errors")]
fn main() -> ExitCode {
    match run(Cli::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => {
            eprintln!("Stopped; nothing was made.");
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(exit_code(&error))
        }
    }
}

/// Whether everything was made that was asked for.
fn run(cli: Cli) -> Result<bool, EvalError> {
    if cli.list {
        say(&list())?;
        return Ok(true);
    }
    if let Some(Command::Render { dir, given, out }) = cli.command {
        let print = given.print_config;
        let config = RenderConfig::resolve(&dir, &given.layers([]))?;
        if print {
            say(&config.to_toml())?;
            return Ok(true);
        }
        let out = match out {
            Some(out) => out,
            None => beside(&dir)?,
        };
        let made = render(&dir, &config, &out, &StopFlag::on_signals()?, &mut Progress::stderr())?;
        return tell(&out, made);
    }
    let print = cli.given.print_config;
    let short = [
        cli.seed.map(|seed| format!("seed={seed}")),
        cli.robot.map(|file| format!("robot={file}")),
        cli.policy.map(|run| format!("policy={run}")),
        cli.device.map(|device| format!("device={device}")),
    ];
    let (config, world) = DatasetConfig::resolve(&cli.given.layers(short))?;
    if print {
        say(&config.to_toml())?;
        return Ok(true);
    }
    let out = cli.out.unwrap_or_else(|| Path::new("datasets").join(config.name()));
    let made = make(&config, &world, &out, &StopFlag::on_signals()?, &mut Progress::stderr())?;
    tell(&out, made)
}

/// `visual-NAME` beside the folder `NAME`.
fn beside(states: &Path) -> Result<PathBuf, EvalError> {
    match states.file_name() {
        Some(name) => Ok(states.with_file_name(format!("visual-{}", name.to_string_lossy()))),
        None => Err(TrainerError::Usage(format!("{} has no name; give --out DIR", states.display())).into()),
    }
}

/// Tells what was made, if it was.
fn tell(out: &Path, made: Option<Manifest>) -> Result<bool, EvalError> {
    let Some(manifest) = made else { return Ok(false) };
    for file in &manifest.files {
        let (episodes, transitions) = (file.episodes, file.transitions);
        let (path, megabytes) = (out.join(&file.path), file.bytes as f64 / 1e6);
        let made = format!("{}: {transitions} transitions, {episodes} episodes, {megabytes:.1} MB", path.display());
        say(&format!("{made}\n  sha256 {}\n", file.sha256))?;
    }
    Ok(true)
}

fn list() -> String {
    let mut lines = vec!["Kinds:".to_owned()];
    lines.extend(Kind::ALL.iter().map(|kind| format!("  {:<22} {}", kind.name(), kind.description())));
    let worlds: Vec<_> = freeroam_envs::ids().into_iter().filter_map(|id| freeroam_envs::world(id).ok()).collect();
    let kinds =
        [("a scripted policy", true), ("random actions in explore, else the policy of a run (--policy RUN)", false)];
    for (heading, wanted) in kinds {
        lines.push(format!("Worlds with {heading}:"));
        let specs = worlds.iter().map(freeroam_envs::World::spec);
        let specs = specs.filter(|spec| spec.frames.is_none() && scripted(spec) == wanted);
        lines.extend(specs.map(|spec| format!("  {:<26} {}", spec.id, spec.description)));
    }
    lines.join("\n") + "\n"
}
