use burn::tensor::Device;
use freeroam_replay::Categories;

use super::*;

const LANES: usize = 3;
const ROUND: u32 = 8;

fn game(config: AdversarialConfig) -> Adversarial {
    let categories = Some(Categories { channels: 2, classes: 3 });
    Adversarial::new(&config, Shapes { observation: 7, action: 1, categories })
}

/// What was collected of an episode of four rounds in each lane: tasks, rewards before [`Objective::settle`], ends; and the last tasks.
struct Played {
    tasks: Vec<f32>,
    rewards: Vec<f32>,
    ended: Vec<bool>,
    last: Vec<Vec<f32>>,
}

fn play(game: &Adversarial, stream: &mut Stream) -> Played {
    let (device, width) = (Device::flex(), game.tasks().dim());
    let mut last = vec![vec![0.0; width]; LANES];
    last.iter_mut().for_each(|task| game.draw_task(Moment { step: 0, horizon: 4 * ROUND }, stream, task));
    let (mut tasks, mut rewards, mut ended) = (Vec::new(), Vec::new(), Vec::new());
    for step in 0..4 * ROUND {
        for task in &mut last {
            // Two categories one-hot, and a number that the density does not see.
            let mut arrived = [0.0; 7];
            (arrived[stream.below(3)], arrived[3 + stream.below(3)], arrived[6]) = (1.0, 1.0, 0.3);
            let before = task.clone();
            let batch = Batch::of_steps(
                Tensor::zeros([1, 7], &device),
                Tensor::zeros([1, 1], &device),
                tensor(arrived.to_vec(), 1, 7, &device),
                tensor(before.clone(), 1, width, &device),
            );
            rewards.push(numbers(game.reward(&batch))[0]);
            game.see(task, &arrived);
            tasks.extend(before);
            ended.push(step == 4 * ROUND - 1);
        }
    }
    Played { tasks, rewards, ended, last }
}

#[test]
fn only_the_second_halves_of_controls_rounds_are_counted() {
    for (buffer, expected) in [(Buffer::Episode, ROUND), (Buffer::Round, 0)] {
        let game = game(AdversarialConfig { round_steps: ROUND, buffer, ..AdversarialConfig::default() });
        let played = play(&game, &mut Stream::new(0, "game", 0));
        for task in &played.last {
            // Two rounds of Control, half of each.
            assert!((game.density.count(task) - expected as f32).abs() < 1e-6, "{buffer:?}: {task:?}");
        }
        let width = game.tasks().dim();
        for (row, task) in played.tasks.chunks_exact(width).enumerate() {
            let step = (row / LANES) as u32;
            assert_eq!((game.controls(task), game.round(task)), (step / ROUND % 2 == 1, step % ROUND));
            let counted = step / ROUND % 2 == 1 && step % ROUND >= ROUND / 2;
            assert_eq!(played.rewards[row] != 0.0, counted, "step {step}");
            if let Some(next) = played.tasks.get((row + LANES) * width..(row + LANES + 1) * width)
                && !game.controls(task)
            {
                assert_eq!(game.density.count(task), game.density.count(next), "Explore changes no counts");
            }
        }
    }
}

#[test]
fn explore_gets_what_control_loses_at_the_ends_of_its_rounds() {
    let mut game = game(AdversarialConfig { round_steps: ROUND, ..AdversarialConfig::default() });
    let Played { tasks, mut rewards, ended, .. } = play(&game, &mut Stream::new(1, "game", 0));
    let raw = rewards.clone();
    let metrics = game.settle(&mut Steps { lanes: LANES, task: &tasks, ended: &ended, reward: &mut rewards });
    let (mut explore, mut control) = (0.0, 0.0);
    for (row, (reward, raw)) in rewards.iter().zip(&raw).enumerate() {
        let step = (row / LANES) as u32;
        if step / ROUND % 2 == 1 {
            control += f64::from(*reward);
            assert_eq!(*reward < 0.0, *raw < 0.0);
        } else {
            explore += f64::from(*reward);
            assert_eq!(*reward > 0.0, step % ROUND == ROUND - 1, "step {step}: {reward}");
        }
    }
    assert!((explore + control).abs() < 1e-4, "{explore} and {control}");
    assert!((metrics[1].1 - explore / LANES as f64).abs() < 1e-6);
    assert!((metrics[0].1 - raw.iter().map(|x| f64::from(*x)).sum::<f64>() / LANES as f64).abs() < 1e-6);
}

#[test]
fn evaluations_begin_as_episodes_do() {
    let game = game(AdversarialConfig::default());
    let mut start = vec![9.0; game.tasks().dim()];
    let stream = &mut Stream::new(3, "tasks", 0);
    game.draw_task(Moment { step: 0, horizon: 256 }, stream, &mut start);
    assert_eq!(game.evaluation_tasks(2, stream), start.repeat(2));
}

#[test]
fn a_last_round_of_explore_earns_nothing() {
    let mut game = game(AdversarialConfig { round_steps: ROUND, ..AdversarialConfig::default() });
    let Played { tasks, rewards, mut ended, .. } = play(&game, &mut Stream::new(2, "game", 0));
    // The episode ends with the third round.
    let (width, rows) = (game.tasks().dim(), 3 * ROUND as usize * LANES);
    let mut rewards = rewards[..rows].to_vec();
    ended.truncate(rows);
    ended[rows - LANES..].fill(true);
    game.settle(&mut Steps { lanes: LANES, task: &tasks[..rows * width], ended: &ended, reward: &mut rewards });
    assert!(rewards[rows - LANES..].iter().all(|reward| *reward == 0.0));
    let first = (ROUND as usize - 1) * LANES;
    assert!(rewards[first..first + LANES].iter().all(|reward| *reward > 0.0));
}
