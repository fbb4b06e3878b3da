//! Objectives by name. Adding one is a line in each `match`.

use burn::tensor::Device;
use freeroam_replay::Stream;
use serde::{Deserialize, Serialize};

use crate::{
    Adversarial, AdversarialConfig, Apt, AptConfig, Becl, BeclConfig, Cic, CicConfig, Diayn, DiaynConfig, Disagreement,
    DisagreementConfig, Extrinsic, ExtrinsicConfig, Hilp, HilpConfig, Icm, IcmConfig, IndApt, IndAptConfig, Lsd,
    LsdConfig, Metra, MetraConfig, Moss, MossConfig, Objective, Random, RandomConfig, Rnd, RndConfig, Shapes, Skills,
    Smirl, SmirlConfig, Surprise, SurpriseConfig, Tldr, TldrConfig,
};

/// The settings of one objective; serialises as the table named after it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ObjectiveConfig {
    /// METRA.
    Metra(MetraConfig),
    /// DIAYN.
    Diayn(DiaynConfig),
    /// LSD.
    Lsd(LsdConfig),
    /// HILP.
    Hilp(HilpConfig),
    /// TLDR.
    Tldr(TldrConfig),
    /// CIC.
    Cic(CicConfig),
    /// BeCL.
    Becl(BeclConfig),
    /// MOSS.
    Moss(MossConfig),
    /// APT.
    Apt(AptConfig),
    /// IND-APT.
    IndApt(IndAptConfig),
    /// RND.
    Rnd(RndConfig),
    /// ICM.
    Icm(IcmConfig),
    /// Disagreement.
    Disagreement(DisagreementConfig),
    /// Adversarial Surprise.
    Adversarial(AdversarialConfig),
    /// SMiRL.
    Smirl(SmirlConfig),
    /// The maximiser of surprise.
    Surprise(SurpriseConfig),
    /// The world's own reward.
    Extrinsic(ExtrinsicConfig),
    /// Uniform actions.
    Random(RandomConfig),
}

/// Names and one-line descriptions of all objectives.
#[must_use]
pub fn objectives() -> &'static [(&'static str, &'static str)] {
    &[
        ("metra", "directions in a latent space that measures time (Park et al., 2024)"),
        ("diayn", "skills that a discriminator tells apart (Eysenbach et al., 2019)"),
        ("lsd", "directions in a latent space that is Lipschitz in the observation (Park et al., 2022)"),
        (
            "hilp",
            "directions in a latent space whose distances are those to goals; learns from data (Park et al., 2024)",
        ),
        (
            "tldr",
            "goals that are far in a latent space that measures time, and exploring from there (Bae et al., 2024)",
        ),
        ("cic", "spread states where transitions tell skills apart (Laskin et al., 2022)"),
        ("becl", "states like those of the same skill, unlike those of others (Yang et al., 2023)"),
        ("moss", "surprise sought in one half of an episode, avoided in the other (Zhao et al., 2022)"),
        ("apt", "spread states in a learned representation (Liu and Abbeel, 2021)"),
        ("indapt", "spread states in the observation itself (Liu and Abbeel, 2021)"),
        ("rnd", "states about which a random network is not yet predicted (Burda et al., 2019)"),
        ("icm", "surprise of a model of what actions do (Pathak et al., 2017)"),
        ("disagreement", "where models of what actions do differ (Pathak et al., 2019)"),
        (
            "adversarial",
            "two policies in turns: surprise for one is what the other cannot control (Fickinger et al., 2021)",
        ),
        ("smirl", "states like those of the episode so far (Berseth et al., 2021)"),
        ("surprise", "states unlike those of the episode so far, the opposite of smirl"),
        ("extrinsic", "the world's own reward, for fine-tuning (--init) or from scratch"),
        ("random", "uniform actions, nothing learned"),
    ]
}

impl ObjectiveConfig {
    /// The default settings of the objective `name`, or nothing when there is none of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "metra" => Self::Metra(MetraConfig::default()),
            "diayn" => Self::Diayn(DiaynConfig::default()),
            "lsd" => Self::Lsd(LsdConfig::default()),
            "hilp" => Self::Hilp(HilpConfig::default()),
            "tldr" => Self::Tldr(TldrConfig::default()),
            "cic" => Self::Cic(CicConfig::default()),
            "becl" => Self::Becl(BeclConfig::default()),
            "moss" => Self::Moss(MossConfig::default()),
            "apt" => Self::Apt(AptConfig::default()),
            "indapt" => Self::IndApt(IndAptConfig::default()),
            "rnd" => Self::Rnd(RndConfig::default()),
            "icm" => Self::Icm(IcmConfig::default()),
            "disagreement" => Self::Disagreement(DisagreementConfig::default()),
            "adversarial" => Self::Adversarial(AdversarialConfig::default()),
            "smirl" => Self::Smirl(SmirlConfig::default()),
            "surprise" => Self::Surprise(SurpriseConfig::default()),
            "extrinsic" => Self::Extrinsic(ExtrinsicConfig::default()),
            "random" => Self::Random(RandomConfig::default()),
            _ => return None,
        })
    }

    /// Keys that are out of range, each with what was expected.
    #[must_use]
    pub fn problems(&self) -> Vec<(&'static str, &'static str)> {
        match self {
            Self::Metra(config) => config.problems(),
            Self::Diayn(config) => config.problems(),
            Self::Lsd(config) => config.problems(),
            Self::Hilp(config) => config.problems(),
            Self::Tldr(config) => config.problems(),
            Self::Cic(config) => config.problems(),
            Self::Becl(config) => config.problems(),
            Self::Moss(config) => config.problems(),
            Self::Apt(config) => config.problems(),
            Self::IndApt(config) => config.problems(),
            Self::Rnd(config) => config.problems(),
            Self::Icm(config) => config.problems(),
            Self::Disagreement(config) => config.problems(),
            Self::Adversarial(config) => config.problems(),
            Self::Extrinsic(config) => config.problems(),
            Self::Smirl(_) | Self::Surprise(_) | Self::Random(_) => Vec::new(),
        }
    }
}

/// The rule of a dimension that a setting chooses.
pub(crate) fn dimension_rule(key: &'static str, dim: usize) -> (&'static str, bool, &'static str) {
    (key, (1..=1 << 16).contains(&dim), "1 to 65536")
}

/// The rules that every objective with networks shares.
pub(crate) fn network_rules(width: usize, learning_rate: f64) -> [(&'static str, bool, &'static str); 2] {
    [
        dimension_rule("width", width),
        ("learning_rate", learning_rate.is_finite() && learning_rate > 0.0, "a positive number"),
    ]
}

/// The rules that every objective with skills of the two kinds and one network shares.
pub(crate) fn skill_rules(
    skills: Skills,
    skill_dim: usize,
    width: usize,
    learning_rate: f64,
) -> [(&'static str, bool, &'static str); 3] {
    let least = if skills == Skills::Discrete { 2 } else { 1 };
    let [width, learning_rate] = network_rules(width, learning_rate);
    let skill_dim =
        ("skill_dim", (least..=4096).contains(&skill_dim), "1 to 4096 dimensions, or 2 to 4096 discrete skills");
    [skill_dim, width, learning_rate]
}

/// The rules that do not hold.
pub(crate) fn broken<const N: usize>(
    rules: [(&'static str, bool, &'static str); N],
) -> impl Iterator<Item = (&'static str, &'static str)> {
    rules.into_iter().filter(|(_, holds, _)| !holds).map(|(key, _, expected)| (key, expected))
}

/// Keys that are out of range, those of a table within under its name.
pub fn under(
    table: &'static str,
    problems: impl IntoIterator<Item = (&'static str, &'static str)>,
) -> impl Iterator<Item = (String, &'static str)> {
    problems.into_iter().map(move |(key, expected)| (format!("{table}.{key}"), expected))
}

/// Keys of the objective's own table.
pub(crate) fn own(
    problems: impl Iterator<Item = (&'static str, &'static str)>,
) -> impl Iterator<Item = (String, &'static str)> {
    problems.map(|(key, expected)| (key.to_owned(), expected))
}

/// Makes the objective for vectors of the given `shapes`, with weights from `stream`, on the plain `device`.
#[must_use]
pub fn objective(config: &ObjectiveConfig, shapes: Shapes, stream: &mut Stream, device: &Device) -> Box<dyn Objective> {
    let observation = shapes.observation;
    match config {
        ObjectiveConfig::Metra(config) => Box::new(Metra::new(config, observation, stream, device)),
        ObjectiveConfig::Diayn(config) => Box::new(Diayn::new(config, observation, stream, device)),
        ObjectiveConfig::Lsd(config) => Box::new(Lsd::new(config, observation, stream, device)),
        ObjectiveConfig::Hilp(config) => Box::new(Hilp::new(config, observation, stream, device)),
        ObjectiveConfig::Tldr(config) => Box::new(Tldr::new(config, observation, stream, device)),
        ObjectiveConfig::Cic(config) => Box::new(Cic::new(config, observation, stream, device)),
        ObjectiveConfig::Becl(config) => Box::new(Becl::new(config, observation, stream, device)),
        ObjectiveConfig::Moss(config) => Box::new(Moss::new(config, observation, stream, device)),
        ObjectiveConfig::Apt(config) => Box::new(Apt::new(config, shapes, stream, device)),
        ObjectiveConfig::IndApt(config) => Box::new(IndApt::new(config, device)),
        ObjectiveConfig::Rnd(config) => Box::new(Rnd::new(config, observation, stream, device)),
        ObjectiveConfig::Icm(config) => Box::new(Icm::new(config, shapes, stream, device)),
        ObjectiveConfig::Disagreement(config) => Box::new(Disagreement::new(config, shapes, stream, device)),
        ObjectiveConfig::Adversarial(config) => Box::new(Adversarial::new(config, shapes)),
        ObjectiveConfig::Smirl(_) => Box::new(Smirl::new(shapes)),
        ObjectiveConfig::Surprise(_) => Box::new(Surprise::new(shapes)),
        ObjectiveConfig::Extrinsic(config) => Box::new(Extrinsic::new(config, stream)),
        ObjectiveConfig::Random(_) => Box::new(Random),
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use burn::tensor::Tensor;
    use freeroam_trainer::nn::{numbers, tensor};

    use super::*;
    use crate::{Batch, Goals, Moment, linear_system};

    /// The objective `name` with networks of a few numbers.
    pub(crate) fn small(name: &str) -> ObjectiveConfig {
        let mut config = ObjectiveConfig::named(name).expect("is listed");
        match &mut config {
            ObjectiveConfig::Metra(config) => config.width = 8,
            ObjectiveConfig::Diayn(config) => config.width = 8,
            ObjectiveConfig::Lsd(config) => config.width = 8,
            ObjectiveConfig::Hilp(config) => (config.width, config.skill_dim) = (8, 4),
            ObjectiveConfig::Tldr(config) => config.width = 8,
            ObjectiveConfig::Cic(config) => (config.width, config.skill_dim) = (8, 4),
            ObjectiveConfig::Becl(config) => (config.width, config.skill_dim, config.features) = (8, 4, 4),
            ObjectiveConfig::Moss(config) => (config.width, config.skill_dim) = (8, 4),
            ObjectiveConfig::Apt(config) => (config.width, config.features) = (8, 4),
            ObjectiveConfig::Rnd(config) => (config.width, config.features) = (8, 4),
            ObjectiveConfig::Icm(config) => config.width = 8,
            ObjectiveConfig::Disagreement(config) => config.width = 8,
            _ => {}
        }
        config
    }

    /// Every objective, after a few updates, is written, read into a fresh one of another seed, and then goes on with the
    /// same rewards as the first.
    #[test]
    fn a_restored_objective_goes_on_alike() {
        let device = Device::flex();
        let shapes = Shapes { observation: 3, action: 2, categories: None };
        for (name, _) in objectives() {
            let config = small(name);
            let fresh = |seed| objective(&config, shapes, &mut Stream::new(seed, "weights", 0), &device);
            let (mut kept, mut restored) = (fresh(0), fresh(1));
            let mut stream = Stream::new(2, "batches", 0);
            let dim = kept.tasks().dim();
            let mut draw = |_| {
                let mut task = vec![0.0; 32 * dim];
                for (step, row) in (0..).zip(task.chunks_exact_mut(dim.max(1))) {
                    kept.draw_task(Moment { step, horizon: 32 }, &mut stream, row);
                }
                let task = tensor(task, 32, dim, &device);
                let goals = kept.goals().map(|_| Goals {
                    observation: linear_system::batch(32, true, &mut stream, &device).observation,
                    reached: Tensor::zeros([32, 1], &device),
                });
                Batch { task, goals, ..linear_system::batch(32, true, &mut stream, &device) }
            };
            let batches: Vec<Batch> = (0..6).map(&mut draw).collect();
            let noise = &mut Stream::new(3, "noise", 0);
            for batch in &batches[..3] {
                kept.update(batch, noise);
            }
            let dir = tempfile::tempdir().expect("temporary folder");
            kept.save(dir.path()).expect("writes");
            restored.load(dir.path()).expect("reads");
            for batch in &batches[3..] {
                kept.update(batch, &mut Stream::new(4, "noise", 0));
                restored.update(batch, &mut Stream::new(4, "noise", 0));
                let rewards = [&kept, &restored].map(|objective| numbers(objective.reward(batch)));
                assert_eq!(rewards[0], rewards[1], "{name}");
                let columns = if kept.two_policies().is_some() { 2 } else { 1 };
                assert!(
                    rewards[0].len() == 32 * columns && rewards[0].iter().all(|reward| reward.is_finite()),
                    "{name}"
                );
            }
        }
    }

    #[test]
    fn settings_out_of_range_are_named() {
        for (name, _) in objectives() {
            let config = ObjectiveConfig::named(name).expect("is listed");
            assert!(config.problems().is_empty(), "{name}: the defaults are in range");
        }
        let keys = |config: ObjectiveConfig| config.problems().into_iter().map(|(key, _)| key).collect::<Vec<_>>();
        assert_eq!(
            keys(ObjectiveConfig::Rnd(RndConfig { features: 0, width: 0, learning_rate: -1.0 })),
            ["width", "learning_rate", "features"]
        );
        assert_eq!(keys(ObjectiveConfig::Moss(MossConfig { parts: 0.5, ..MossConfig::default() })), ["parts"]);
        assert_eq!(keys(ObjectiveConfig::Becl(BeclConfig { skill_dim: 1, ..BeclConfig::default() })), ["skill_dim"]);
    }
}
