//! What runs of one group have set differently.

use std::collections::BTreeSet;

use freeroam_trainer::{Layer, Layers, Table};

/// Settings that runs of one method may differ in: the seed, the run of that seed that was pre-trained, and those that do not decide
/// what is computed.
const FREE: [&str; 8] =
    ["seed", "init", "device", "threads", "log_every", "evaluate_every", "checkpoint_every", "keep_checkpoints"];

/// The dotted keys in which `settings` differ, TOML each, in alphabetical order. Empty ones, of which nothing is known, are
/// passed over.
pub(super) fn differing<'a>(settings: impl Iterator<Item = &'a str>) -> Vec<String> {
    let tables: Vec<Table> = settings.filter(|text| !text.is_empty()).filter_map(|text| text.parse().ok()).collect();
    let keys = |values: &Table| Layer::Values { origin: String::new(), values: values.clone() }.keys();
    let all: BTreeSet<String> = tables.iter().flat_map(keys).map(|(key, _)| key).collect();
    let layers: Vec<Layers> = tables.into_iter().map(Layers::new).collect();
    let differs = |key: &String| layers.windows(2).any(|pair| pair[0].get(key) != pair[1].get(key));
    all.into_iter().filter(|key| !FREE.contains(&key.as_str()) && differs(key)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_that_differ_are_found_at_any_depth() {
        let of = |settings: &[&str]| differing(settings.iter().copied());
        let one = "seed = 0\nthreads = 1\nagent = \"sac\"\n[sac]\ntau = 0.005\nwidth = 8\n";
        let other = "seed = 1\nthreads = 2\nagent = \"ddpg\"\n[sac]\ntau = 0.05\nwidth = 8\nlayer_norm = true\n";
        assert!(of(&[one, &one.replace("seed = 0", "seed = 7"), ""]).is_empty());
        assert_eq!(of(&[one, one, other]), ["agent", "sac.layer_norm", "sac.tau"]);
    }
}
