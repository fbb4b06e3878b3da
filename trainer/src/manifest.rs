//! Where and by what a run was made.

use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};
use toml::Table;

/// `manifest.json` of a run.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Manifest {
    format: u32,
    seed: Option<i64>,
    pub(crate) started_unix_s: u64,
    /// One entry per process that worked on the run, the first that created it.
    pub(crate) sessions: Vec<Session>,
}

/// A process and its machine.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Session {
    started_unix_s: u64,
    freeroam: String,
    /// Oldest Rust that builds this version.
    rust: String,
    /// Commit of the source: given at build time, or else that of the repository in which the process was started.
    git: Option<String>,
    command: Vec<String>,
    host: String,
    os: String,
    cpu: String,
    cpus: usize,
}

impl Manifest {
    pub(crate) fn new(config: &Table) -> Self {
        let seed = config.get("seed").and_then(toml::Value::as_integer);
        Self { format: 1, seed, started_unix_s: now(), sessions: vec![Session::here()] }
    }

    /// The same run in this process.
    pub(crate) fn resumed(mut self) -> Self {
        self.sessions.push(Session::here());
        self
    }
}

impl Session {
    fn here() -> Self {
        let built = option_env!("FREEROAM_GIT_HASH").map(ToOwned::to_owned);
        Self {
            started_unix_s: now(),
            freeroam: env!("CARGO_PKG_VERSION").into(),
            rust: env!("CARGO_PKG_RUST_VERSION").into(),
            git: built.or_else(|| commit(&std::env::current_dir().ok()?)),
            command: std::env::args_os().map(|word| word.to_string_lossy().into_owned()).collect(),
            host: host(),
            os: format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
            cpu: cpu(),
            cpus: std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
        }
    }
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

fn host() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").ok();
    let name = name.or_else(|| std::env::var("HOSTNAME").ok()).or_else(|| std::env::var("COMPUTERNAME").ok());
    name.map_or_else(|| "unknown".into(), |name| name.trim().to_owned())
}

fn cpu() -> String {
    let text = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = text.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':'));
    model.map_or_else(|| "unknown".into(), |(_, name)| name.trim().to_owned())
}

/// The checked-out commit of the git repository around `dir`, read from its files.
fn commit(dir: &Path) -> Option<String> {
    let read = |path: PathBuf| std::fs::read_to_string(path).ok().map(|text| text.trim().to_owned());
    let mut git = dir.ancestors().map(|parent| parent.join(".git")).find(|git| git.exists())?;
    if git.is_file() {
        // A worktree: the file names its folder, relative to the file's own.
        git = git.parent()?.join(read(git.clone())?.strip_prefix("gitdir:")?.trim());
    }
    let head = read(git.join("HEAD"))?;
    let Some(name) = head.strip_prefix("ref: ") else { return Some(head) };
    // Worktrees share the branches of the repository that they belong to.
    let shared = read(git.join("commondir")).map_or_else(|| git.clone(), |dir| git.join(dir));
    let packed = || {
        let packed = read(shared.join("packed-refs"))?;
        packed.lines().find_map(|line| Some(line.strip_suffix(name)?.trim().to_owned()))
    };
    read(git.join(name)).or_else(|| read(shared.join(name))).or_else(packed)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn the_commit_is_found_loose_packed_detached_and_in_worktrees() {
        let dir = tempfile::tempdir().expect("temporary folder");
        let git = dir.path().join(".git");
        let inside = dir.path().join("a/b");
        fs::create_dir_all(git.join("refs/heads")).expect("makes folders");
        fs::create_dir_all(&inside).expect("makes folders");
        let write = |path: &str, text: &str| {
            let path = dir.path().join(path);
            fs::create_dir_all(path.parent().expect("has a parent")).expect("makes folders");
            fs::write(path, text).expect("writes");
        };
        write(".git/HEAD", "ref: refs/heads/main\n");
        write(".git/packed-refs", "# pack-refs\nabc refs/heads/main\ndef refs/heads/other\n");
        assert_eq!(commit(&inside).as_deref(), Some("abc"));
        write(".git/refs/heads/main", "123\n");
        assert_eq!(commit(&inside).as_deref(), Some("123"));
        write("tree/.git", "gitdir: ../.git/worktrees/tree\n");
        write(".git/worktrees/tree/HEAD", "ref: refs/heads/other\n");
        write(".git/worktrees/tree/commondir", "../..\n");
        assert_eq!(commit(&dir.path().join("tree")).as_deref(), Some("def"));
        write(".git/HEAD", "456\n");
        assert_eq!(commit(&inside).as_deref(), Some("456"));
    }
}
