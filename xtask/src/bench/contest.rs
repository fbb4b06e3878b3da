//! What is measured against what.

use super::{Group, window::Rate};

/// Programs that take turns. The first is freeroam's, and what the others are compared with.
pub(crate) struct Contest {
    pub(crate) group: Group,
    pub(crate) title: &'static str,
    /// Cores that the programs may use. With more than one, they are compared by the clock on the wall.
    pub(crate) cores: usize,
    pub(crate) entrants: Vec<Entrant>,
}

/// A program of a contest.
pub(crate) enum Entrant {
    /// A workload of the program `rates`.
    Ours(String),
    /// A script of `bench/peers` and its arguments, with the Python package in its path.
    Package(Vec<&'static str>),
    /// A script of `bench/peers` and its arguments.
    Peer(Vec<&'static str>),
}

/// A contest and its results, in the order of its entrants.
pub(crate) struct Measured {
    pub(crate) contest: Contest,
    pub(crate) rates: Vec<Rate>,
}

impl Entrant {
    pub(crate) fn needs_python(&self) -> bool {
        !matches!(self, Self::Ours(_))
    }
}

impl Contest {
    fn new(group: Group, title: &'static str, ours: &[&str], peers: &[&[&'static str]]) -> Self {
        let ours = ours.iter().map(|workload| Entrant::Ours((*workload).to_owned()));
        Self {
            group,
            title,
            cores: 1,
            entrants: ours.chain(peers.iter().map(|peer| Entrant::Peer(peer.to_vec()))).collect(),
        }
    }

    /// The Python package's vector environment with 64 lanes, beside the Rust loop and others' vectors of as many.
    fn vectors(
        title: &'static str,
        cores: usize,
        ours: &str,
        package: &'static str,
        peers: &[&[&'static str]],
    ) -> Self {
        let vector = Entrant::Package(vec!["make_vec_env.py", "Ant-v0", "64", package]);
        let rust = Entrant::Ours(ours.to_owned());
        let peers = peers.iter().map(|peer| Entrant::Peer(peer.to_vec()));
        Self { group: Group::Python, title, cores, entrants: [vector, rust].into_iter().chain(peers).collect() }
    }

    /// The contest with what needs no Python.
    pub(crate) fn without_python(mut self) -> Self {
        self.entrants.retain(|entrant| !entrant.needs_python());
        self
    }

    /// Whether there is anybody to compare with.
    pub(crate) fn compares(&self) -> bool {
        self.entrants.iter().any(Entrant::needs_python)
    }
}

/// Everything that is measured.
pub(crate) fn all() -> Vec<Contest> {
    vec![
        Contest::new(
            Group::Env,
            "Ant, environment steps on one core",
            &["env:Ant-v0:64"],
            &[
                &["envpool_env.py", "Ant-v4", "64"],
                &["envpool_env.py", "Ant-v5", "64"],
                &["gymnasium_env.py", "Ant-v5"],
            ],
        ),
        body("HalfCheetah, environment steps on one core", "HalfCheetah-v0", "HalfCheetah-v4", "HalfCheetah-v5"),
        body("Hopper, environment steps on one core", "Hopper-v0", "Hopper-v4", "Hopper-v5"),
        body("Walker2d, environment steps on one core", "Walker2d-v0", "Walker2d-v4", "Walker2d-v5"),
        body("Humanoid, environment steps on one core", "Humanoid-v0", "Humanoid-v4", "Humanoid-v5"),
        Contest::new(
            Group::Env,
            "Bodies without a twin there, environment steps on one core",
            &["env:Walker-v0:64", "env:Quadruped-v0:64", "env:Rover-v0:64", "env:Jaco-v0:64"],
            &[],
        ),
        Contest::new(
            Group::Env,
            "Point worlds, environment steps on one core",
            &["env:Point-v0:64", "env:PointMaze-Large-v0:64"],
            &[],
        ),
        Contest::new(
            Group::Pictures,
            "Pictures of the ant from the side, 64 x 64 pixels, on one core",
            &["picture:Ant-v0:tracking:64"],
            &[&["mujoco_pictures.py", "tracking", "64"]],
        ),
        Contest::new(
            Group::Pictures,
            "Pictures of the ant from above, 64 x 64 pixels, on one core",
            &["picture:Ant-v0:above:64"],
            &[&["mujoco_pictures.py", "above", "64"]],
        ),
        Contest::new(
            Group::Pictures,
            "Other pictures, 64 x 64 pixels, on one core",
            &[
                "picture:Ant-v0:egocentric:64",
                "picture:PointMaze-Large-v0:tracking:64",
                "picture:PointMaze-Large-v0:above:64",
                "picture:PointMaze-Large-v0:whole:64",
                "picture:PointMaze-Large-v0:egocentric:64",
            ],
            &[],
        ),
        Contest::new(
            Group::Pictures,
            "Lidar of 64 rays, rays on one core",
            &["lidar:Ant-v0:64", "lidar:PointMaze-Large-v0:64", "lidar:PointMaze-Giant-v0:64"],
            &[],
        ),
        Contest::new(
            Group::Metra,
            "METRA at width 256, gradient steps on one core",
            &["metra:256"],
            &[&["metra_step.py", "256"]],
        ),
        Contest::new(
            Group::Metra,
            "METRA at width 1024, gradient steps on one core",
            &["metra:1024"],
            &[&["metra_step.py", "1024"]],
        ),
        Contest::new(
            Group::Objectives,
            "HILP's distances at width 256, gradient steps on one core",
            &["hilp:256"],
            &[&["hilp_step.py", "256"]],
        ),
        Contest::new(
            Group::Objectives,
            "SimCSE on 64 texts of 32 tokens, gradient steps on one core",
            &["simcse"],
            &[&["simcse_step.py"]],
        ),
        Contest::new(
            Group::Objectives,
            "CPC on 16 frames of 64 x 64 pixels, gradient steps on one core",
            &["cpc"],
            &[&["cpc_step.py"]],
        ),
        Contest::new(
            Group::Replay,
            "Replay, transitions sampled in batches of 256",
            &["replay:10000", "replay:1000000"],
            &[],
        ),
        by_lanes("Ant by number of lanes, one thread", "Ant-v0"),
        by_lanes("PointMaze by number of lanes, one thread", "PointMaze-Large-v0"),
        Contest::vectors(
            "Vector environments of 64 ants from Python, one core",
            1,
            "env:Ant-v0:64",
            "1",
            &[&["sync_env.py", "Ant-v5", "64"], &["envpool_env.py", "Ant-v5", "64"]],
        ),
        Contest::vectors(
            "Vector environments of 64 ants from Python, two cores",
            2,
            "env:Ant-v0:64:2",
            "2",
            &[&["sync_env.py", "Ant-v5", "64"], &["envpool_env.py", "Ant-v5", "64", "2"]],
        ),
    ]
}

fn by_lanes(title: &'static str, world: &str) -> Contest {
    let entrants = [1, 4, 16, 64, 256, 1024, 4096].map(|lanes| Entrant::Ours(format!("env:{world}:{lanes}"))).into();
    Contest { group: Group::Lanes, title, cores: 1, entrants }
}

/// A body beside its twins in EnvPool and Gymnasium.
fn body(title: &'static str, ours: &str, envpool: &'static str, gymnasium: &'static str) -> Contest {
    let twins = [vec!["envpool_env.py", envpool, "64"], vec!["gymnasium_env.py", gymnasium]].map(Entrant::Peer);
    let entrants = [Entrant::Ours(format!("env:{ours}:64"))].into_iter().chain(twins).collect();
    Contest { group: Group::Env, title, cores: 1, entrants }
}
