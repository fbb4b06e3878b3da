//! DDPG regulates a double integrator about as well as the controller that is known to be best.

use burn::tensor::{Device, Tensor};
use freeroam_agents::{Act, Agent, Ddpg, DdpgConfig, Sizes};
use freeroam_envs::Stream;
use freeroam_objectives::Batch;
use freeroam_replay::{Replay, Shape, Transitions};
use freeroam_trainer::nn::{numbers, tensor};

use crate::double_integrator::{HORIZON, LANES, State, cost, idle, mean_cost, observed, regulated, start, step};

/// 20,000 steps; the first honest run had 1.14 times the regulator's cost, where doing nothing has 16 times as much. Returns over
/// three steps come from the replay.
#[test]
fn a_double_integrator_is_brought_to_rest() {
    let device = Device::flex();
    let mut stream = Stream::new(0, "double integrator", 0);
    let config = DdpgConfig { width: 64, learning_rate: 1e-3, discount: 0.9, ..DdpgConfig::default() };
    let mut agent = Ddpg::new(&config, Sizes { observation: 3, task: 0, action: 1 }, &mut stream, &device);
    let returns = agent.returns();
    let mut replay = Replay::new(Shape { observation: 3, action: 1, task: 0, frame: 0 }, LANES, 20_000).expect("fits");
    let mut sample = freeroam_replay::Batch::new(128);
    let none = |rows: usize| Tensor::<2>::zeros([rows, 0], &device);
    let mut states: Vec<State> = (0..LANES).map(|_| start(&mut stream)).collect();
    for time in 0..20_000 / LANES {
        let act = if time < 60 { Act::Begin } else { Act::Explore };
        let observation = observed(&states);
        let actions = numbers(agent.act(tensor(observation.clone(), LANES, 3, &device), none(LANES), act, &mut stream));
        let reward: Vec<f32> = states.iter().zip(&actions).map(|(state, u)| -cost(*state, *u)).collect();
        states.iter_mut().zip(&actions).for_each(|(state, u)| *state = step(*state, *u));
        let last = time % HORIZON == HORIZON - 1;
        let transitions = Transitions {
            observation: &observation,
            action: &actions,
            task: &[],
            reward: &reward,
            terminated: &[false; LANES],
            truncated: &[last; LANES],
            next_observation: &observed(&states),
            frames: &[],
            next_frames: &[],
            skip: &[false; LANES],
        };
        replay.push(&transitions).expect("is continuous");
        if last {
            states.iter_mut().for_each(|state| *state = start(&mut stream));
        }
        for _ in 0..if time < 60 { 0 } else { 2 } {
            replay.sample_returns(&mut stream, returns.steps, returns.discount, &mut sample).expect("not empty");
            let column = |values: &[f32], columns: usize| tensor(values.to_vec(), sample.size, columns, &device);
            let batch = Batch {
                reward: column(&sample.reward, 1),
                discount: column(&sample.discount, 1),
                ..Batch::of_steps(
                    column(&sample.observation, 3),
                    column(&sample.action, 1),
                    column(&sample.next_observation, 3),
                    none(sample.size),
                )
            };
            agent.update(&batch, batch.reward.clone(), None, &mut stream);
        }
    }
    let (best, idle) = (regulated(0.9), idle());
    let learned = mean_cost(|states| {
        let observation = tensor(observed(states), states.len(), 3, &device);
        numbers(agent.act(observation, none(states.len()), Act::Mode, &mut stream))
    });
    println!("cost {learned:.4}, of the regulator {best:.4}, without actions {idle:.4}");
    assert!(learned < 1.3 * best, "cost {learned} against {best} of the regulator");
    assert!(best < 0.1 * idle, "the problem asks for actions: {best} against {idle} without");
}
