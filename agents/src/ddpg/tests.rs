//! Exploration, targets, fine-tuning and the exported network of DDPG.

use freeroam_trainer::nn::numbers;

use super::*;

const SIZES: Sizes = Sizes { observation: 3, task: 2, action: 2 };

fn ddpg(seed: u64) -> Ddpg {
    let config = DdpgConfig { width: 16, ..DdpgConfig::default() };
    Ddpg::new(&config, SIZES, &mut Stream::new(seed, "weights", 0), &Device::flex())
}

fn batch(rows: usize, stream: &mut Stream) -> Batch {
    let mut draw = |columns: usize| {
        let mut values = vec![0.0; rows * columns];
        stream.fill_uniform(-1.0, 1.0, &mut values);
        tensor(values, rows, columns, &Device::flex())
    };
    Batch::of_steps(draw(3), draw(2), draw(3), draw(2))
}

#[test]
fn exploration_is_uniform_first_and_then_around_the_mode() {
    let (agent, mut stream) = (ddpg(0), Stream::new(1, "actions", 0));
    let Batch { observation, task, .. } = batch(4000, &mut stream);
    let mut act = |act| agent.act(observation.clone(), task.clone(), act, &mut stream);
    let (mode, explored, first) = (act(Act::Mode), act(Act::Explore), act(Act::Begin));
    let deviation = |x: Tensor<2>| x.square().mean().sqrt().into_scalar::<f32>();
    let (noise, uniform) = (deviation(explored.clone() - mode), deviation(first));
    // Some modes lie near -1 and 1, where the action is cut.
    assert!((0.15..=0.201).contains(&noise), "{noise}");
    assert!((uniform - 3.0_f32.sqrt().recip()).abs() < 0.01, "{uniform}");
    assert!(numbers(explored).iter().all(|x| x.abs() <= 1.0));
}

#[test]
fn nothing_follows_a_terminal_state_and_windows_have_their_own_discount() {
    let (agent, mut stream) = (ddpg(0), Stream::new(1, "batch", 0));
    let plain = batch(8, &mut stream);
    let reward = Tensor::<2>::ones([8, 1], &Device::flex()) * 2.0;
    let y = |batch: &Batch| numbers(agent.targets(batch, reward.clone(), &mut Stream::new(2, "noise", 0)));
    let terminal = Batch { terminal: Tensor::ones([8, 1], &Device::flex()), ..plain.clone() };
    assert_eq!(y(&terminal), [2.0; 8]);
    let half = Batch { discount: plain.discount.clone() * 0.5, ..plain.clone() };
    for (full, half) in y(&plain).into_iter().zip(y(&half)) {
        assert!((full - 2.0 - 2.0 * (half - 2.0)).abs() < 1e-5, "{full} {half}");
    }
}

/// What fine-tuning starts from: the actor and the first layer of the critics, not their heads.
#[test]
fn weights_of_another_run_are_taken_up_to_the_heads() {
    let dir = tempfile::tempdir().expect("temporary folder");
    let (mut pretrained, mut fresh) = (ddpg(0), ddpg(1));
    let mut stream = Stream::new(2, "batch", 0);
    for _ in 0..3 {
        let batch = batch(32, &mut stream);
        pretrained.update(&batch, batch.reward.clone(), None, &mut stream);
    }
    pretrained.save(dir.path()).expect("saves");
    let Batch { observation, task, action, .. } = batch(8, &mut stream);
    let input = Tensor::cat(vec![observation, task], 1);
    let heads = |agent: &Ddpg| {
        let ones = Tensor::ones([4, 16], &Device::flex());
        numbers(agent.critics.frozen().heads.forward(ones))
    };
    let before = heads(&fresh);
    fresh.initialise(dir.path()).expect("fits");
    let both = [&pretrained, &fresh];
    let [old, new] = both.map(|agent| numbers(agent.actor.frozen().forward(input.clone())));
    assert_eq!(old, new, "actors");
    let pair = Tensor::cat(vec![input.clone(), action.clone()], 1);
    let [old, new] = both.map(|agent| numbers(agent.critics.frozen().trunk.forward(pair.clone())));
    assert_eq!(old, new, "first layers of the critics");
    assert_eq!(heads(&fresh), before, "heads");
    let target = fresh.target.as_ref().expect(TARGET).forward(input.clone(), action.clone());
    assert_eq!(numbers(target), numbers(fresh.critics.frozen().forward(input, action)), "targets");
}
/// What other programs compute from the exported layers: normalisation by the mean square of what is left of the mean, with
/// 1e-5 added, tanh; ReLU; tanh.
#[test]
fn the_exported_network_has_the_same_mode() {
    let (agent, mut stream) = (ddpg(0), Stream::new(1, "batch", 0));
    let Batch { observation, task, .. } = batch(1, &mut stream);
    let expected = numbers(agent.act(observation.clone(), task.clone(), Act::Mode, &mut stream));
    let Actor { layers, norm, noise, .. } = agent.actor().expect("has a network");
    let norm = norm.expect("is normalised");
    let (gamma, beta) = (numbers(norm.gamma.val()), numbers(norm.beta.expect("has a bias").val()));
    let mut x = numbers(Tensor::cat(vec![observation, task], 1));
    for (i, layer) in layers.iter().enumerate() {
        let (weight, outputs) = (numbers(layer.weight.val()), layer.weight.dims()[1]);
        let bias = numbers(layer.bias.as_ref().expect("has a bias").val());
        let sum = |o: usize| x.iter().enumerate().map(|(i, x)| x * weight[i * outputs + o]).sum::<f32>() + bias[o];
        let mut y: Vec<f32> = (0..outputs).map(sum).collect();
        if i == 0 {
            let mean = y.iter().sum::<f32>() / outputs as f32;
            let square = y.iter().map(|y| (y - mean).powi(2)).sum::<f32>() / outputs as f32;
            let scaled = y.iter().map(|y| (y - mean) / (square + 1e-5).sqrt());
            y = scaled.zip(&gamma).zip(&beta).map(|((y, gamma), beta)| (y * gamma + beta).tanh()).collect();
        } else if i == 1 {
            y.iter_mut().for_each(|y| *y = y.max(0.0));
        }
        x = y;
    }
    for (x, expected) in x.into_iter().zip(expected) {
        assert!((x.tanh() - expected).abs() < 1e-5, "{} {expected}", x.tanh());
    }
    assert_eq!((layers.len(), noise), (3, Some(vec![0.2; 2])));
}
