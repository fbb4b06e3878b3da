//! The same run with 1, 2 and 8 threads gives the same bits.

use crate::program::{assert_equal, succeed, train};

fn same(env: &[&str]) {
    let folder = tempfile::tempdir().expect("a folder");
    let runs: Vec<_> = ["1", "2", "8"]
        .into_iter()
        .map(|threads| {
            let run = folder.path().join(threads);
            let set = format!("threads={threads}");
            succeed(train(&[env, &[&set]].concat()).arg("--out").arg(&run));
            run
        })
        .collect();
    assert_equal(&runs[0], &runs[1]);
    assert_equal(&runs[0], &runs[2]);
}

#[test]
fn point_maze() {
    same(&["env=PointMaze-UMaze-v0", "collect.horizon=50", "collect.warmup=0", "env_steps=2000"]);
}

#[test]
fn ant() {
    same(&["env=Ant-v0", "collect.horizon=40", "collect.warmup=0", "env_steps=1600"]);
}
