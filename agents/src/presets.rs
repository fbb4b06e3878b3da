//! Settings per world, one TOML file each in `agents/configs`.
//!
//! A preset holds the shared settings and one table per objective; tables of other objectives than the run's are left out. The
//! table of an objective may hold tables `collect`, `update`, `sac`, `ppo`, `iql` and `evaluate`, and `observation_scale`, which are
//! for runs of this objective alone.

/// The preset of the world `env`, as `(origin, TOML text)`; nothing where a world has none. Worlds with frames have that of the
/// same world without.
#[must_use]
pub fn preset(env: &str) -> Option<(&'static str, &'static str)> {
    Some(match env.replace("-Pixels", "").as_str() {
        "Point-v0" => ("preset Point.toml", include_str!("../configs/Point.toml")),
        "PointMaze-UMaze-v0" => ("preset PointMaze-UMaze.toml", include_str!("../configs/PointMaze-UMaze.toml")),
        "PointMaze-Medium-v0" => ("preset PointMaze-Medium.toml", include_str!("../configs/PointMaze-Medium.toml")),
        "PointMaze-Large-v0" => ("preset PointMaze-Large.toml", include_str!("../configs/PointMaze-Large.toml")),
        "PointMaze-Giant-v0" => ("preset PointMaze-Giant.toml", include_str!("../configs/PointMaze-Giant.toml")),
        "Ant-v0" => ("preset Ant.toml", include_str!("../configs/Ant.toml")),
        rooms if rooms.starts_with("Rooms-") => ("preset Rooms.toml", include_str!("../configs/Rooms.toml")),
        _ => return None,
    })
}
