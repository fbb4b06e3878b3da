//! PPO regulates a double integrator about as well as the controller that is known to be best.

use burn::tensor::{Device, Tensor};
use freeroam_agents::{Act, Agent, Experience, OnPolicy, Ppo, PpoConfig, Sizes};
use freeroam_envs::Stream;
use freeroam_objectives::Batch;
use freeroam_trainer::nn::{numbers, tensor};

use crate::double_integrator::{HORIZON, LANES, State, cost, idle, mean_cost, observed, regulated, start, step};

/// Whole episodes of all lanes, which a time limit ends: a value follows the last step.
fn rollout(agent: &Ppo, stream: &mut Stream, device: &Device) -> Experience {
    let none = |rows: usize| Tensor::<2>::zeros([rows, 0], device);
    let mut states: Vec<State> = (0..LANES).map(|_| start(stream)).collect();
    let (mut before, mut after) = (Vec::new(), Vec::new());
    let (mut actions, mut reward) = (Vec::new(), Vec::new());
    for _ in 0..HORIZON {
        let seen = observed(&states);
        let action = numbers(agent.act(tensor(seen.clone(), LANES, 3, device), none(LANES), Act::Explore, stream));
        reward.extend(states.iter().zip(&action).map(|(state, u)| -cost(*state, *u)));
        states.iter_mut().zip(&action).for_each(|(state, u)| *state = step(*state, *u));
        before.extend(seen);
        after.extend(observed(&states));
        actions.extend(action);
    }
    let rows = LANES * HORIZON;
    let ended: Vec<bool> = (0..rows).map(|row| row + LANES >= rows).collect();
    let batch = Batch::of_steps(
        tensor(before, rows, 3, device),
        tensor(actions, rows, 1, device),
        tensor(after, rows, 3, device),
        none(rows),
    );
    Experience {
        batch,
        reward,
        lanes: LANES,
        cuts: (rows - LANES..rows).collect(),
        cut_task: none(LANES),
        memory: none(LANES),
        own: vec![true; rows],
        ended,
    }
}

/// 58,000 steps. Doing nothing costs 16 times as much as the regulator.
#[test]
fn a_double_integrator_is_brought_to_rest() {
    let device = Device::flex();
    let mut stream = Stream::new(0, "double integrator", 0);
    let config = PpoConfig { discount: 0.9, learning_rate: 1e-3, ..PpoConfig::default() };
    let mut agent = Ppo::new(&config, Sizes { observation: 3, task: 0, action: 1 }, &mut stream, &device);
    for _ in 0..60 {
        let experience = rollout(&agent, &mut stream, &device);
        agent.learn(&experience, None, &mut stream);
    }
    let (best, idle) = (regulated(0.9), idle());
    let learned = mean_cost(|states| {
        let observation = tensor(observed(states), states.len(), 3, &device);
        numbers(agent.act(observation, Tensor::zeros([states.len(), 0], &device), Act::Mode, &mut stream))
    });
    println!("cost {learned:.4}, of the regulator {best:.4}, without actions {idle:.4}");
    assert!(learned < 1.3 * best, "cost {learned} against {best} of the regulator");
}
