//! Gradient steps on fixed random data: the workloads of the speed comparison.

use burn::tensor::{Device, Tensor, TensorData};
use freeroam_objectives::language::{SimCse, SimCseConfig, Texts};
use freeroam_objectives::vision::{Cpc, CpcConfig, Frames, Instant, Meta};
use freeroam_objectives::{
    Batch, Goals, Hilp, HilpConfig, Metra, MetraConfig, Objective, Representation, Scalars, Tokens,
};
use freeroam_replay::Stream;
use freeroam_trainer::nn::{numbers, tensor};

use crate::{Agent, Sac, SacConfig, Sizes};

/// Transitions per step.
const BATCH: usize = 256;
/// The ant's sizes with a two-dimensional skill.
const SIZES: Sizes = Sizes { observation: 29, task: 2, action: 8 };

/// A closure that makes one gradient step: `phi`, dual variable, twin critics, policy, temperature, target critics, all
/// networks with two hidden layers of `width`. Each call waits for the device.
pub fn metra_step(width: usize, device: &Device) -> impl FnMut() + use<> {
    let mut stream = Stream::new(0, "gradient step", 0);
    let metra = MetraConfig { width, skill_dim: SIZES.task, ..MetraConfig::default() };
    let mut objective = Metra::new(&metra, SIZES.observation, &mut stream, device);
    let mut agent = Sac::new(&SacConfig { width, ..SacConfig::default() }, SIZES, &mut stream, device);
    let batch = random_batch(&mut stream, device);
    move || {
        objective.update(&batch, &mut stream);
        let reward = objective.reward(&batch);
        wait(agent.update(&batch, reward, None, &mut stream));
    }
}

/// A closure that makes one gradient step of HILP's distances, with three hidden layers of `width`.
pub fn hilp_step(width: usize, device: &Device) -> impl FnMut() + use<> {
    let mut stream = Stream::new(0, "gradient step", 0);
    let config = HilpConfig { width, ..HilpConfig::default() };
    let mut objective = Hilp::new(&config, SIZES.observation, &mut stream, device);
    let observation = normal(SIZES.observation, &mut stream, device);
    let goals = Some(Goals { observation, reached: Tensor::zeros([BATCH, 1], device) });
    let batch = Batch { goals, ..random_batch(&mut stream, device) };
    move || wait(objective.update(&batch, &mut stream))
}

/// Texts of a step of SimCSE, their tokens, and tokens that there are.
const TEXTS: usize = 64;
const LENGTH: usize = 32;
const VOCABULARY: usize = 1000;
/// Gradient steps of a schedule that no measurement ends.
const ENDLESS: u64 = 1 << 40;

/// A closure that makes one gradient step of SimCSE with the default transformer, on 64 texts of 32 tokens.
pub fn simcse_step(device: &Device) -> impl FnMut() + use<> {
    let mut stream = Stream::new(0, "gradient step", 0);
    let texts = Texts { vocabulary: VOCABULARY, length: LENGTH, steps: ENDLESS };
    let mut objective = SimCse::new(&SimCseConfig::default(), texts, &mut stream, device);
    let first = Tokens::FIRST as usize;
    let ids = (0..TEXTS * LENGTH).map(|_| (first + stream.below(VOCABULARY - first)) as u32).collect();
    let tokens = Tokens { ids, rows: TEXTS, length: LENGTH };
    move || wait(objective.update(&tokens, &mut stream))
}

/// Frames of a step of CPC, and pixels along their sides.
const FRAMES: usize = 16;
const EDGE: usize = 64;

/// A closure that makes one gradient step of CPC v2 with the default networks, on 16 frames of 64 x 64 pixels whose patches are not
/// changed.
pub fn cpc_step(device: &Device) -> impl FnMut() + use<> {
    let mut stream = Stream::new(0, "gradient step", 0);
    let config = CpcConfig { augment: false, ..CpcConfig::default() };
    let mut objective = Cpc::new(&config, ENDLESS, &mut stream, device);
    let mut rgb = vec![0.0; FRAMES * 3 * EDGE * EDGE];
    stream.fill_uniform(0.0, 1.0, &mut rgb);
    let rgb = Tensor::from_data(TensorData::new(rgb, [FRAMES, 3, EDGE, EDGE]), device);
    let (instants, meta) = (vec![Instant::default(); FRAMES], vec![Meta::default(); FRAMES]);
    let frames = Frames { rgb, instants, meta };
    move || wait(objective.update(&frames, &mut stream))
}

/// Waits for the device by reading a number.
fn wait(scalars: Scalars) {
    for (_, value) in scalars.into_iter().take(1) {
        let _ = numbers(value);
    }
}

/// `[BATCH, columns]` normal numbers.
fn normal(columns: usize, stream: &mut Stream, device: &Device) -> Tensor<2> {
    let mut values = vec![0.0; BATCH * columns];
    stream.fill_normal(&mut values);
    tensor(values, BATCH, columns, device)
}

/// Transitions of the ant's sizes.
fn random_batch(stream: &mut Stream, device: &Device) -> Batch {
    let mut normal = |columns| normal(columns, stream, device);
    Batch {
        observation: normal(SIZES.observation),
        action: normal(SIZES.action).tanh(),
        next_observation: normal(SIZES.observation),
        task: normal(SIZES.task),
        next_task: None,
        reward: Tensor::zeros([BATCH, 1], device),
        discount: Tensor::ones([BATCH, 1], device) * 0.99,
        terminal: Tensor::zeros([BATCH, 1], device),
        goals: None,
    }
}
