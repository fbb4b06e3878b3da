use burn::tensor::Device;
use freeroam_objectives::Batch;

use super::*;

/// Lanes and steps of a rollout.
const LANES: usize = 16;
const HORIZON: usize = 8;

fn none(rows: usize, device: &Device) -> Tensor<2> {
    Tensor::zeros([rows, 0], device)
}

/// A rollout of whole episodes of [`HORIZON`] steps: `observe` says what is seen at a step of a lane, `reward` what an action earns.
fn rollout(
    ppo: &Ppo,
    observe: &dyn Fn(usize, usize) -> Vec<f32>,
    reward: &dyn Fn(usize, usize, f32) -> f32,
    act: Act,
    stream: &mut Stream,
) -> Experience {
    let device = Device::flex();
    let (mut seen, mut actions, mut rewards, mut ended) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut memory = Tensor::zeros([LANES, ppo.memory()], &device);
    for step in 0..HORIZON {
        let now: Vec<f32> = (0..LANES).flat_map(|lane| observe(step, lane)).collect();
        let width = now.len() / LANES;
        let (action, after) =
            ppo.act_on(tensor(now.clone(), LANES, width, &device), none(LANES, &device), memory, act, stream);
        memory = after;
        let action = numbers(action);
        rewards.extend(action.iter().enumerate().map(|(lane, action)| reward(step, lane, *action)));
        ended.extend([step == HORIZON - 1; LANES]);
        seen.extend(now);
        actions.extend(action);
    }
    let rows = LANES * HORIZON;
    let width = seen.len() / rows;
    let observation = tensor(seen, rows, width, &device);
    let batch = Batch {
        terminal: tensor(ended.iter().map(|end| f32::from(u8::from(*end))).collect(), rows, 1, &device),
        ..Batch::of_steps(observation.clone(), tensor(actions, rows, 1, &device), observation, none(rows, &device))
    };
    Experience {
        batch,
        reward: rewards,
        lanes: LANES,
        ended,
        own: vec![true; rows],
        memory: Tensor::zeros([LANES, ppo.memory()], &device),
        cuts: Vec::new(),
        cut_task: none(0, &device),
    }
}

fn agent(config: &PpoConfig, observation: usize) -> Ppo {
    let sizes = Sizes { observation, task: 0, action: 1 };
    Ppo::new(config, sizes, &mut Stream::new(0, "ppo", 0), &Device::flex())
}

/// A cue of +1 or -1 is shown at the first step; at the last one the action should have its sign.
fn recall(config: &PpoConfig, rollouts: usize) -> f32 {
    let mut ppo = agent(config, 2);
    let stream = &mut Stream::new(1, "cues", 0);
    let cue = |lane: usize| if lane.is_multiple_of(2) { 1.0 } else { -1.0 };
    let observe =
        |step: usize, lane: usize| vec![if step == 0 { cue(lane) } else { 0.0 }, step as f32 / HORIZON as f32];
    let earned = |step: usize, lane: usize, action: f32| if step == HORIZON - 1 { action * cue(lane) } else { 0.0 };
    for _ in 0..rollouts {
        let experience = rollout(&ppo, &observe, &earned, Act::Explore, stream);
        ppo.learn(&experience, None, stream);
    }
    rollout(&ppo, &observe, &earned, Act::Mode, stream).reward.iter().sum::<f32>() / LANES as f32
}

/// Chance is 0, and the best is 1.
#[test]
fn a_memory_recalls_what_was_shown_and_without_it_nothing_is_recalled() {
    let config = PpoConfig { width: 16, minibatch: 64, learning_rate: 3e-3, ..PpoConfig::default() };
    let forgotten = recall(&config, 40);
    let recalled = recall(&PpoConfig { recurrent: 8, ..config }, 40);
    assert!(recalled > 0.8, "with a memory {recalled}");
    assert!(forgotten.abs() < 1e-3, "without {forgotten}");
}

#[test]
fn unrolling_repeats_what_was_remembered_while_acting() {
    let ppo = agent(&PpoConfig { width: 8, recurrent: 4, ..PpoConfig::default() }, 1);
    let stream = &mut Stream::new(2, "rows", 0);
    let mut experience =
        rollout(&ppo, &|step, lane| vec![(step * 3 + lane) as f32 * 0.1], &|_, _, _| 0.0, Act::Explore, stream);
    // The second half is another episode.
    experience.ended[(HORIZON / 2 - 1) * LANES..HORIZON / 2 * LANES].fill(true);
    let net = ppo.net.frozen();
    let rows = Rows::all(LANES * HORIZON, LANES);
    let (_, memory) = ppo.features(&net, &rows, experience.batch.observation.clone(), &experience);
    let memory = numbers(memory);
    let mut now = Tensor::zeros([LANES, 4], &Device::flex());
    for step in 0..HORIZON {
        if step == HORIZON / 2 {
            now = now.zeros_like();
        }
        let seen = experience.batch.observation.clone().narrow(0, step * LANES, LANES);
        now = ppo.act_on(seen, none(LANES, &Device::flex()), now, Act::Mode, stream).1;
        let expected = numbers(now.clone());
        let found = &memory[step * LANES * 4..(step + 1) * LANES * 4];
        assert!(found.iter().zip(&expected).all(|(a, b)| (a - b).abs() < 1e-6), "step {step}");
    }
}

#[test]
fn steps_of_others_change_nothing() {
    let config = PpoConfig { width: 8, epochs: 2, ..PpoConfig::default() };
    let learned = |experience: &Experience| {
        let mut ppo = agent(&config, 1);
        ppo.learn(experience, None, &mut Stream::new(4, "updates", 0));
        let (seen, stream) = (Tensor::ones([1, 1], &Device::flex()), &mut Stream::new(3, "none", 0));
        numbers(ppo.act(seen, none(1, &Device::flex()), Act::Mode, stream))
    };
    let ppo = agent(&config, 1);
    let noise = &mut Stream::new(5, "rows", 0);
    let mut experience = rollout(&ppo, &|step, _| vec![step as f32], &|_, _, action| action, Act::Explore, noise);
    experience.own.iter_mut().step_by(3).for_each(|own| *own = false);
    let before = learned(&experience);
    for row in (0..experience.reward.len()).step_by(3) {
        experience.reward[row] = 1000.0;
    }
    assert_eq!(before, learned(&experience));
}

#[test]
fn what_is_exported_acts_as_the_policy_does() {
    let device = Device::flex();
    for state_std in [false, true] {
        let ppo = agent(&PpoConfig { width: 8, state_std, ..PpoConfig::default() }, 2);
        let x = || tensor(vec![0.4, -2.0], 1, 2, &device);
        let layers = ppo.actor().expect("has no memory").layers;
        let mut hidden = x();
        for (at, layer) in layers.iter().enumerate() {
            hidden = layer.forward(hidden);
            if at + 1 < layers.len() {
                hidden = burn::tensor::activation::relu(hidden);
            }
        }
        assert_eq!(hidden.dims(), [1, 2]);
        let mode = ppo.act(x(), none(1, &device), Act::Mode, &mut Stream::new(0, "none", 0));
        assert!((numbers(hidden.tanh())[0] - numbers(mode)[0]).abs() < 1e-6);
    }
    let remembers = agent(&PpoConfig { width: 8, recurrent: 4, ..PpoConfig::default() }, 2);
    assert!(remembers.actor().is_none());
}

#[test]
fn correlated_noise_keeps_the_law_of_a_step() {
    let device = Device::flex();
    let ppo = agent(&PpoConfig { width: 8, recurrent: 4, noise_correlation: 0.8, ..PpoConfig::default() }, 1);
    let stream = &mut Stream::new(6, "noise", 0);
    let (lanes, steps) = (64, 200);
    let mut memory = Tensor::zeros([lanes, ppo.memory()], &device);
    assert_eq!(ppo.memory(), 5);
    let mut noise = Vec::new();
    for _ in 0..steps {
        let seen = Tensor::zeros([lanes, 1], &device);
        memory = ppo.act_on(seen, none(lanes, &device), memory, Act::Explore, stream).1;
        noise.push(numbers(memory.clone().narrow(1, 4, 1)));
    }
    let mean = |of: &dyn Fn(usize, usize) -> f32, until: usize| {
        (0..until).flat_map(|t| (0..lanes).map(move |k| (t, k))).map(|(t, k)| of(t, k)).sum::<f32>()
            / (until * lanes) as f32
    };
    let variance = mean(&|t, k| noise[t][k].powi(2), steps);
    let along = mean(&|t, k| noise[t][k] * noise[t + 1][k], steps - 1);
    assert!((variance - 1.0).abs() < 0.1 && (along / variance - 0.8).abs() < 0.03, "{variance} {along}");
}

/// Before the first gradient step densities are those under which actions were drawn: fresh noise alone is chance.
#[test]
fn densities_under_persistent_noise_are_those_of_what_was_drawn() {
    let device = Device::flex();
    let config = PpoConfig { width: 8, noise_correlation: 0.8, state_std: true, ..PpoConfig::default() };
    let ppo = agent(&config, 1);
    let stream = &mut Stream::new(7, "noise", 0);
    let mut experience = rollout(&ppo, &|step, lane| vec![(step + lane) as f32], &|_, _, _| 0.0, Act::Explore, stream);
    let before = ppo.before(&experience);
    let known = before.noise.as_ref().expect("noise persists");
    let (kept, noise) = (numbers(known.kept.clone()), numbers(known.before.clone()));
    assert!(kept[..LANES].iter().all(|kept| *kept == 0.0) && kept[LANES..].iter().all(|kept| *kept == 0.8));
    let features = ppo.net.frozen().features(before.input.clone(), none(LANES * HORIZON, &device)).0;
    let e = numbers(ppo.net.frozen().law(features).noise(before.action.clone()));
    let fresh = |row: usize| (e[row] - kept[row] * noise[row]) / (1.0 - kept[row] * kept[row]).sqrt();
    assert!((LANES..e.len()).all(|row| (noise[row] - e[row - LANES]).abs() < 1e-5));
    let mean_square = (0..e.len()).map(|row| fresh(row).powi(2)).sum::<f32>() / e.len() as f32;
    assert!((mean_square - 1.0).abs() < 0.4, "{mean_square}");
    // What another did in between is no noise of one's own, and an episode forgets.
    experience.own[LANES] = false;
    experience.ended[2 * LANES + 1] = true;
    let known = ppo.before(&experience).noise.expect("noise persists");
    let (kept, noise) = (numbers(known.kept), numbers(known.before));
    assert!((noise[2 * LANES] - e[0]).abs() < 1e-5);
    assert_eq!((kept[3 * LANES + 1], noise[3 * LANES + 1]), (0.0, 0.0));
}
