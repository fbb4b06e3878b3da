//! Adversarial Surprise in a corridor with tables for policies: it covers what can be controlled, where its halves alone do not.
//!
//! ```text
//!  cells   0 1 2 | 3 4 5 | 6 7 8
//!  room    dark  | noisy | noisy        switches in cells 4 and 7, start in cell 1
//! ```
//!
//! Four dimensions are redrawn from six values in every step in a noisy room, until its switch is used; two more say whether it is
//! noisy and where in the room one is. Actions: left, right, use, stay. Four rounds of 12 steps.

use burn::tensor::{Device, Tensor};
use freeroam_envs::{Categories, Stream};
use freeroam_objectives::{Batch, Moment, Objective, ObjectiveConfig, Shapes, Steps, objective};
use freeroam_trainer::nn::{numbers, tensor};

/// Games side by side, steps of a round, rounds.
const GAMES: usize = 128;
const ROUND: usize = 12;
const STEPS: usize = 4 * ROUND;
const CELLS: usize = 9;
const SWITCHES: [usize; 2] = [4, 7];
const ACTIONS: usize = 4;
const DIMS: usize = 6;
const CLASSES: usize = 7;
const STATES: usize = CELLS * 4 * ROUND;
const DISCOUNT: f32 = 0.99;
const RATE: f32 = 0.02;
const ENTROPY: f32 = 0.02;

#[derive(Clone, Default)]
struct Game {
    cell: usize,
    pressed: [bool; 2],
    /// What the noise of each noisy room shows.
    noise: [[usize; 4]; 2],
    rooms: [bool; 3],
}

impl Game {
    fn new() -> Self {
        Self { cell: 1, rooms: [true, false, false], ..Self::default() }
    }

    fn state(&self, step: usize) -> usize {
        let bits = usize::from(self.pressed[0]) + 2 * usize::from(self.pressed[1]);
        (self.cell * 4 + bits) * ROUND + step % ROUND
    }

    /// Acts, and writes what is seen then, one-hot.
    fn step(&mut self, action: usize, seen: &mut [f32], stream: &mut Stream) {
        match action {
            0 => self.cell = self.cell.saturating_sub(1),
            1 => self.cell = (self.cell + 1).min(CELLS - 1),
            2 => (0..2).filter(|&k| self.cell == SWITCHES[k]).for_each(|k| self.pressed[k] = true),
            _ => {}
        }
        let room = self.cell / 3;
        self.rooms[room] = true;
        for k in (0..2).filter(|&k| !self.pressed[k]) {
            self.noise[k].iter_mut().for_each(|class| *class = 1 + stream.below(6));
        }
        let noise = if room == 0 { [0; 4] } else { self.noise[room - 1] };
        seen.fill(0.0);
        for (dim, class) in noise.into_iter().chain([usize::from(room > 0), self.cell % 3]).enumerate() {
            seen[dim * CLASSES + class] = 1.0;
        }
    }
}

/// A policy per state, as logits with Adam's moments.
struct Table {
    logits: Vec<f32>,
    moments: [Vec<f32>; 2],
    time: i32,
}

impl Table {
    fn new() -> Self {
        let zeros = || vec![0.0; STATES * ACTIONS];
        Self { logits: zeros(), moments: [zeros(), zeros()], time: 0 }
    }

    fn chances(&self, state: usize) -> [f32; ACTIONS] {
        let exp: [f32; ACTIONS] = std::array::from_fn(|a| self.logits[state * ACTIONS + a].exp());
        exp.map(|x| x / exp.iter().sum::<f32>())
    }

    fn draw(&self, state: usize, stream: &mut Stream) -> usize {
        let mut left = stream.uniform(0.0, 1.0) as f32;
        for (action, chance) in self.chances(state).into_iter().enumerate() {
            left -= chance;
            if left < 0.0 {
                return action;
            }
        }
        ACTIONS - 1
    }

    /// One step of Adam up the policy gradient of `(state, action, advantage)`.
    fn ascend(&mut self, steps: &[(usize, usize, f32)]) {
        let mut gradient = vec![0.0; self.logits.len()];
        let share = 1.0 / steps.len() as f32;
        for &(state, action, advantage) in steps {
            let chances = self.chances(state);
            let entropy = -chances.iter().map(|p| p * p.ln()).sum::<f32>();
            for (a, p) in chances.into_iter().enumerate() {
                let chosen = if a == action { 1.0 } else { 0.0 };
                let spread = -p * (p.ln() + entropy);
                gradient[state * ACTIONS + a] += share * (advantage * (chosen - p) + ENTROPY * spread);
            }
        }
        self.time += 1;
        let correction = (1.0 - 0.999_f32.powi(self.time)).sqrt() / (1.0 - 0.9_f32.powi(self.time));
        let [first, second] = &mut self.moments;
        for (((x, m), v), g) in self.logits.iter_mut().zip(first).zip(second).zip(gradient) {
            *m = 0.9 * *m + 0.1 * g;
            *v = 0.999 * *v + 0.001 * g * g;
            *x += RATE * correction * *m / (v.sqrt() + 1e-8);
        }
    }
}

/// Rewards to come at each own step, minus their mean over games at this step, at unit scale.
fn advantages(reward: &[f32], own: &dyn Fn(usize) -> bool) -> Vec<f32> {
    let mut out = vec![0.0; reward.len()];
    let mut coming = vec![0.0; GAMES];
    for step in (0..STEPS).rev().filter(|step| own(*step)) {
        let rows = step * GAMES..(step + 1) * GAMES;
        coming.iter_mut().zip(&reward[rows.clone()]).for_each(|(sum, reward)| *sum = reward + DISCOUNT * *sum);
        let mean = coming.iter().sum::<f32>() / GAMES as f32;
        out[rows].iter_mut().zip(&coming).for_each(|(out, sum)| *out = sum - mean);
    }
    let count = out.iter().filter(|x| **x != 0.0).count().max(1) as f32;
    let scale = (out.iter().map(|x| x * x).sum::<f32>() / count).sqrt() + 1e-6;
    out.iter_mut().for_each(|x| *x /= scale);
    out
}

/// Rooms visited and share of switches pressed in the last 100 of so many iterations.
fn played(config: &ObjectiveConfig, iterations: usize, seed: u64) -> [f32; 2] {
    let device = Device::flex();
    let shapes = Shapes {
        observation: DIMS * CLASSES,
        action: 1,
        categories: Some(Categories { channels: DIMS, classes: CLASSES }),
    };
    let mut objective = objective(config, shapes, &mut Stream::new(seed, "weights", 0), &device);
    let width = objective.tasks().dim();
    let mut tables = [Table::new(), Table::new()];
    let mut stream = Stream::new(seed, "corridor", 0);
    let mut sums = [0.0; 2];
    let rows = STEPS * GAMES;
    for iteration in 0..iterations {
        let mut games = vec![Game::new(); GAMES];
        let mut now = vec![0.0; width * GAMES];
        now.chunks_exact_mut(width).for_each(|task| objective.draw_task(START, &mut stream, task));
        let (mut tasks, mut seen) = (Vec::with_capacity(rows * width), vec![0.0; rows * DIMS * CLASSES]);
        let mut taken = Vec::with_capacity(rows);
        for step in 0..STEPS {
            tasks.extend_from_slice(&now);
            for (game, task) in now.chunks_exact_mut(width).enumerate() {
                let k = role(objective.as_ref(), task);
                let state = games[game].state(step);
                let action = tables[k].draw(state, &mut stream);
                let row = step * GAMES + game;
                let arrived = &mut seen[row * DIMS * CLASSES..(row + 1) * DIMS * CLASSES];
                games[game].step(action, arrived, &mut stream);
                objective.see(task, arrived);
                taken.push((k, state, action));
            }
        }
        let seen = tensor(seen, rows, DIMS * CLASSES, &device);
        let none = Tensor::zeros([rows, 0], &device);
        let batch = Batch::of_steps(seen.clone(), none, seen, tensor(tasks.clone(), rows, width, &device));
        let mut reward = numbers(objective.reward(&batch));
        let ended: Vec<bool> = (0..rows).map(|row| row + GAMES >= rows).collect();
        objective.settle(&mut Steps { lanes: GAMES, task: &tasks, ended: &ended, reward: &mut reward });
        for (k, table) in tables.iter_mut().enumerate() {
            let advantage = advantages(&reward, &|step| taken[step * GAMES].0 == k);
            let own = taken.iter().zip(advantage).filter(|((role, ..), _)| *role == k);
            let own: Vec<_> = own.map(|((_, state, action), advantage)| (*state, *action, advantage)).collect();
            if !own.is_empty() {
                table.ascend(&own);
            }
        }
        if iteration + 100 >= iterations {
            let share = 1.0 / (100 * GAMES) as f32;
            for game in &games {
                sums[0] += share * game.rooms.iter().filter(|visited| **visited).count() as f32;
                sums[1] += share * 0.5 * game.pressed.iter().filter(|pressed| **pressed).count() as f32;
            }
        }
    }
    sums
}

const START: Moment = Moment { step: 0, horizon: STEPS as u32 };

fn role(objective: &dyn Objective, task: &[f32]) -> usize {
    objective.turns().map_or(0, |turn| usize::from(task[turn] > 0.5))
}

/// 2.5 rooms and 0.68 of the switches for the game, 1.0 and 0.00 for Control alone, 2.6 and 0.00 for Explore alone. The
/// method's reference has 2.6 to 3.0 and 0.63 to 0.99, 1.00 and 0.00, 2.7 and 0.18 to 0.27.
#[test]
fn the_game_covers_what_can_be_controlled() {
    let named = |name| {
        let mut config = ObjectiveConfig::named(name).expect("is listed");
        if let ObjectiveConfig::Adversarial(config) = &mut config {
            config.round_steps = ROUND as u32;
        }
        config
    };
    let found = ["adversarial", "smirl", "surprise"].map(|name| {
        let [rooms, controlled] = played(&named(name), 1500, 0);
        println!("{name}: {rooms:.2} of 3 rooms, {controlled:.2} of the switches");
        [rooms, controlled]
    });
    let [game, control, explore] = found;
    assert!(game[0] > 2.5 && game[1] > 0.6, "the game: {game:?}");
    assert!(control[0] < 1.2 && control[1] < 0.05, "Control alone: {control:?}");
    assert!(explore[0] > 2.0 && explore[1] < 0.4, "Explore alone: {explore:?}");
}
