//! HILP on a small maze of cells with a map that is a table: distances become those of walking, and walking by them arrives.

use burn::tensor::{Device, Tensor};
use freeroam_envs::Stream;
use freeroam_objectives::{Batch, Goals, Hilp, HilpConfig, Objective};
use freeroam_replay::dataset::{Columns, Dataset, GoalBatch, GoalMixture, GoalSampler, Rows};
use freeroam_trainer::nn::{numbers, tensor};

const SIZE: usize = 11;
const EPISODES: usize = 200;
const STEPS: usize = 100;

/// Four rooms with three doors: the cells by number, and those that each leads to, itself among them.
fn four_rooms() -> Vec<Vec<usize>> {
    let doors = [(5, 2), (2, 5), (8, 5)];
    let free = |i: usize, j: usize| i < SIZE && j < SIZE && ((i != 5 && j != 5) || doors.contains(&(i, j)));
    let cells: Vec<(usize, usize)> =
        (0..SIZE).flat_map(|i| (0..SIZE).map(move |j| (i, j))).filter(|&(i, j)| free(i, j)).collect();
    let number = |cell: (usize, usize)| cells.iter().position(|other| *other == cell);
    let around =
        |&(i, j): &(usize, usize)| [(i, j), (i + 1, j), (i.wrapping_sub(1), j), (i, j + 1), (i, j.wrapping_sub(1))];
    cells.iter().map(|cell| around(cell).into_iter().filter_map(number).collect()).collect()
}

/// Steps between all pairs of cells, breadth first.
fn steps_between(ways: &[Vec<usize>]) -> Vec<Vec<usize>> {
    let from = |start: usize| {
        let mut steps = vec![usize::MAX; ways.len()];
        steps[start] = 0;
        let mut queue = std::collections::VecDeque::from([start]);
        while let Some(cell) = queue.pop_front() {
            for &next in &ways[cell] {
                if steps[next] == usize::MAX {
                    steps[next] = steps[cell] + 1;
                    queue.push_back(next);
                }
            }
        }
        steps
    };
    (0..ways.len()).map(from).collect()
}

/// Random walks as rows of one-hot cells. A step against a wall stays.
fn walks(ways: &[Vec<usize>], stream: &mut Stream) -> Dataset {
    let states = ways.len();
    let mut observations = Rows { width: states, values: Vec::new() };
    for _ in 0..EPISODES {
        let mut at = stream.below(states);
        for _ in 0..=STEPS {
            let row = observations.values.len();
            observations.values.resize(row + states, 0.0);
            observations.values[row + at] = 1.0;
            at = ways[at].get(stream.below(5)).copied().unwrap_or(at);
        }
    }
    let rows = EPISODES * (STEPS + 1);
    Dataset::new(Columns {
        observations,
        actions: Rows { width: 1, values: vec![0.0; rows] },
        terminated: vec![false; rows],
        truncated: (0..rows).map(|row| row % (STEPS + 1) == STEPS - 1).collect(),
        starts: (0..EPISODES).map(|episode| episode * (STEPS + 1)).collect(),
        ..Columns::default()
    })
    .expect("columns fit")
}

fn pearson(pairs: &[(f64, f64)]) -> f64 {
    let n = pairs.len() as f64;
    let mean = pairs.iter().fold((0.0, 0.0), |sum, pair| (sum.0 + pair.0 / n, sum.1 + pair.1 / n));
    let moment = |f: fn((f64, f64)) -> f64| pairs.iter().map(|p| f((p.0 - mean.0, p.1 - mean.1))).sum::<f64>();
    moment(|(a, b)| a * b) / (moment(|(a, _)| a * a) * moment(|(_, b)| b * b)).sqrt()
}

/// A reference run reached a correlation of 0.98 with the steps between cells after as many gradient steps; straight distances
/// have 0.69. Walking to the neighbour that goes farthest along the task to the goal arrived from everywhere, without detours.
#[test]
fn latent_distances_are_steps_and_directions_lead_to_goals() {
    let device = Device::flex();
    let mut stream = Stream::new(0, "four rooms", 0);
    let ways = four_rooms();
    let (states, steps) = (ways.len(), steps_between(&ways));
    let sampler = GoalSampler::new(walks(&ways, &mut stream)).expect("has transitions");
    let config = HilpConfig {
        skill_dim: 16,
        layers: 0,
        learning_rate: 3e-2,
        discount: 0.97,
        expectile: 0.9,
        tau: 0.02,
        ..HilpConfig::default()
    };
    let mut hilp = Hilp::new(&config, states, &mut stream, &device);
    let mixture = hilp.goals().expect("learns from goals");
    let mut drawn = GoalBatch::new(256);
    for _ in 0..2400 {
        sampler.sample(mixture, GoalMixture::EXPLORE, &mut stream, &mut drawn).expect("is a mixture");
        let rows = |values: &[f32]| tensor(values.to_vec(), 256, states, &device);
        let none = || Tensor::<2>::zeros([256, 1], &device);
        let goals = Goals {
            observation: rows(&drawn.value.observation),
            reached: tensor(drawn.success.clone(), 256, 1, &device),
        };
        let steps = Batch::of_steps(rows(&drawn.observation), none(), rows(&drawn.next_observation), none());
        hilp.update(&Batch { goals: Some(goals), ..steps }, &mut stream);
    }

    let phi = numbers(hilp.embed(Tensor::eye(states, &device)).expect("has a latent space")); // [states, 16]
    let latent = |state: usize| &phi[state * 16..][..16];
    let difference =
        |to: usize, from: usize| latent(to).iter().zip(latent(from)).map(|(a, b)| a - b).collect::<Vec<f32>>();
    let dot = |a: &[f32], b: &[f32]| f64::from(a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>());
    let (mut pairs, mut arrived, mut shortest) = (Vec::new(), 0, 0);
    for (start, steps) in steps.iter().enumerate() {
        for goal in (0..states).filter(|goal| *goal != start) {
            let apart = difference(goal, start);
            // Discounted distances as steps.
            let discounted = (1.0 - 0.03 * dot(&apart, &apart).sqrt()).max(1e-3);
            pairs.push((discounted.ln() / 0.97_f64.ln(), steps[goal] as f64));
            let (mut at, mut walked) = (start, 0);
            while at != goal && walked < 60 {
                let along = difference(goal, at);
                let gain = |next: &&usize| dot(&difference(**next, at), &along);
                at = *ways[at].iter().max_by(|a, b| gain(a).total_cmp(&gain(b))).expect("stays at least");
                walked += 1;
            }
            arrived += usize::from(at == goal);
            shortest += usize::from(at == goal && walked == steps[goal]);
        }
    }
    let (correlation, all) = (pearson(&pairs), pairs.len() as f64);
    let [arrived, shortest] = [arrived, shortest].map(|count| count as f64 / all);
    println!("correlation {correlation:.3}, arrived {arrived:.3}, by a shortest way {shortest:.3}");
    assert!(correlation > 0.9, "correlation {correlation}");
    assert!(arrived > 0.99 && shortest > 0.95, "{arrived} arrived, {shortest} by a shortest way");
}
