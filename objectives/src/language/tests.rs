//! Objectives on texts learn, train all their weights and go on alike when they are taken up again.

use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::{Device, Tensor};
use freeroam_replay::Stream;
use freeroam_trainer::nn::{OptimizerConfig, Scheduled, numbers};

use super::{Causal, CausalConfig, Mlm, MlmConfig, Rts, RtsConfig, SimCse, SimCseConfig, Texts};
use crate::nets::TransformerConfig;
use crate::{DataKind, Representation, RepresentationConfig, Tokens, representations, text_representation};

const TEXTS: Texts = Texts { vocabulary: 30, length: 12, steps: 60 };

fn net(dropout: f64) -> TransformerConfig {
    TransformerConfig { width: 32, blocks: 2, heads: 2, dropout }
}

fn optimizer() -> OptimizerConfig {
    OptimizerConfig { learning_rate: 5e-3, weight_decay: 0.0, ..OptimizerConfig::default() }
}

/// Sentences of an invented language: two words of three choices decide each other.
fn batch(rows: usize, stream: &mut Stream) -> Tokens {
    let mut row = |_| {
        let (subject, verb) = (stream.below(3) as u32, stream.below(4) as u32);
        let filler = 20 + stream.below(8) as u32;
        vec![1, 5 + subject, 8 + verb, 12 + subject, filler, 16 + verb, 2]
    };
    Tokens::of(&(0..rows).map(&mut row).collect::<Vec<_>>(), TEXTS.length)
}

/// Names of the objectives on texts.
fn on_texts() -> impl Iterator<Item = &'static str> {
    let is_one = |name: &&str| RepresentationConfig::named(name).is_some_and(|config| config.data() == DataKind::Text);
    representations().iter().map(|(name, _)| *name).filter(is_one)
}

/// The objective `name` with a small network.
fn small(name: &str, seed: u64) -> Box<dyn Representation<Tokens>> {
    let mut config = RepresentationConfig::named(name).expect("is listed");
    match &mut config {
        RepresentationConfig::Mlm(config) => (config.net, config.optimizer) = (net(0.1), optimizer()),
        RepresentationConfig::Rts(config) => (config.net, config.optimizer) = (net(0.1), optimizer()),
        RepresentationConfig::Causal(config) => (config.net, config.optimizer) = (net(0.1), optimizer()),
        RepresentationConfig::SimCse(config) => (config.net, config.optimizer) = (net(0.1), optimizer()),
        _ => unreachable!("`{name}` is no objective on texts"),
    }
    text_representation(&config, TEXTS, &mut Stream::new(seed, "weights", 0), &Device::flex()).expect("on texts")
}

fn loss(objective: &dyn Representation<Tokens>, batch: &Tokens) -> f32 {
    let scores = objective.score(batch, &mut Stream::new(0, "scores", 0));
    let (_, loss) = scores.into_iter().find(|(key, _)| key.ends_with("/loss")).expect("has a loss");
    loss.into_scalar()
}

#[test]
fn the_loss_of_a_fixed_batch_falls() {
    let batch = batch(16, &mut Stream::new(1, "texts", 0));
    for name in on_texts() {
        let mut objective = small(name, 0);
        let before = loss(objective.as_ref(), &batch);
        let stream = &mut Stream::new(2, "noise", 0);
        for _ in 0..60 {
            for (key, value) in objective.update(&batch, stream) {
                let value: f32 = value.into_scalar();
                assert!(value.is_finite(), "{name}: {key} is {value}");
            }
        }
        let after = loss(objective.as_ref(), &batch);
        assert!(after < 0.7 * before, "{name}: {before} to {after}");
    }
}

#[test]
fn a_restored_objective_goes_on_alike() {
    let batch = batch(8, &mut Stream::new(1, "texts", 0));
    for name in on_texts() {
        let (mut kept, mut restored) = (small(name, 0), small(name, 1));
        let noise = &mut Stream::new(2, "noise", 0);
        (0..3).for_each(|_| drop(kept.update(&batch, noise)));
        let dir = tempfile::tempdir().expect("temporary folder");
        kept.save(dir.path()).expect("writes");
        restored.load(dir.path()).expect("reads");
        for _ in 0..3 {
            kept.update(&batch, &mut Stream::new(3, "noise", 0));
            restored.update(&batch, &mut Stream::new(3, "noise", 0));
            assert_eq!(loss(kept.as_ref(), &batch), loss(restored.as_ref(), &batch), "{name}");
        }
        let features = [&kept, &restored].map(|objective| objective.embed(&batch));
        assert_eq!(features[0].dims(), [8, 32], "{name}");
        let [kept, restored] = features.map(numbers);
        assert_eq!(kept, restored, "{name}");
    }
}

/// The numbers of each parameter.
struct Collect(Vec<Vec<f32>>);

impl ModuleVisitor for Collect {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        self.0.push(numbers(param.val().inner()));
    }
}

fn parameters<M: Module>(trained: &Scheduled<M>) -> Vec<Vec<f32>> {
    let mut collect = Collect(Vec::new());
    trained.module().visit(&mut collect);
    collect.0
}

/// Without decay, Adam moves what has a gradient and nothing else.
fn all_move(name: &str, before: &[Vec<f32>], after: &[Vec<f32>]) {
    assert!(before.len() > 20, "{name} has {} parameters", before.len());
    let still: Vec<usize> = (0..before.len()).filter(|&at| before[at] == after[at]).collect();
    assert!(still.is_empty(), "{name}: parameters {still:?} have no gradient");
}

#[test]
fn every_parameter_has_a_gradient() {
    let batch = batch(16, &mut Stream::new(1, "texts", 0));
    let (weights, noise) = (&mut Stream::new(0, "weights", 0), &mut Stream::new(2, "noise", 0));
    let device = Device::flex();
    let (net, optimizer) = (net(0.1), optimizer());

    let config = CausalConfig { net: net.clone(), optimizer: optimizer.clone() };
    let mut causal = Causal::new(&config, TEXTS, weights, &device);
    let before = parameters(&causal.model);
    causal.update(&batch, noise);
    all_move("causal", &before, &parameters(&causal.model));

    let config = MlmConfig { net: net.clone(), optimizer: optimizer.clone(), ..MlmConfig::default() };
    let mut mlm = Mlm::new(&config, TEXTS, weights, &device);
    let before = parameters(&mlm.model);
    mlm.update(&batch, noise);
    all_move("mlm", &before, &parameters(&mlm.model));

    let config = RtsConfig { net: net.clone(), optimizer: optimizer.clone(), ..RtsConfig::default() };
    let mut rts = Rts::new(&config, TEXTS, weights, &device);
    let before = parameters(&rts.detector);
    rts.update(&batch, noise);
    all_move("rts", &before, &parameters(&rts.detector));

    let config = SimCseConfig { net, optimizer, ..SimCseConfig::default() };
    let mut simcse = SimCse::new(&config, TEXTS, weights, &device);
    let before = parameters(&simcse.reader);
    simcse.update(&batch, noise);
    all_move("simcse", &before, &parameters(&simcse.reader));
}

#[test]
fn simcse_without_dropout_is_flagged() {
    let batch = batch(16, &mut Stream::new(1, "texts", 0));
    for (dropout, flag) in [(0.1, 0.0), (0.0, 1.0)] {
        let config = SimCseConfig { net: net(dropout), optimizer: optimizer(), ..SimCseConfig::default() };
        let mut simcse = SimCse::new(&config, TEXTS, &mut Stream::new(0, "weights", 0), &Device::flex());
        let metrics = simcse.update(&batch, &mut Stream::new(2, "noise", 0));
        let (_, equal) = metrics.into_iter().find(|(key, _)| *key == "simcse/equal_views").expect("is watched");
        assert_eq!(equal.into_scalar::<f32>(), flag, "dropout {dropout}");
    }
}

#[test]
fn simcse_takes_over_a_masked_language_model() {
    let batch = batch(16, &mut Stream::new(1, "texts", 0));
    let dir = tempfile::tempdir().expect("temporary folder");
    let mlm = small("mlm", 0);
    mlm.save(dir.path()).expect("writes");
    let mut simcse = small("simcse", 1);
    let fresh = numbers(simcse.embed(&batch));
    simcse.initialise(dir.path()).expect("fits");
    let started = numbers(simcse.embed(&batch));
    assert_ne!(fresh, started);
    // The state of the start token is one of those that the masked language model takes the mean of.
    let mut again = small("simcse", 2);
    again.initialise(dir.path()).expect("fits");
    assert_eq!(numbers(again.embed(&batch)), started);
    let error = small("mlm", 1).initialise(dir.path()).expect_err("starts from none").to_string();
    assert!(error.contains("starts from no other run"), "{error}");
}
