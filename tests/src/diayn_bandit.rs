//! DIAYN on the smallest problem: one step, two states, two skills.

use burn::tensor::{Device, Tensor};
use freeroam_agents::{Act, Agent, Sac, SacConfig, Sizes};
use freeroam_envs::Stream;
use freeroam_objectives::{Batch, Diayn, DiaynConfig, Objective, Skills};
use freeroam_trainer::nn::{numbers, tensor};

fn diayn(skill_dim: usize, stream: &mut Stream, device: &Device) -> Diayn {
    let config = DiaynConfig { skills: Skills::Discrete, skill_dim, width: 32, learning_rate: 1e-3 };
    Diayn::new(&config, 1, stream, device)
}

/// One-hot tasks, `[rows, skills]`.
fn tasks(objective: &dyn Objective, rows: usize, stream: &mut Stream, device: &Device) -> Tensor<2> {
    tensor(objective.tasks().for_evaluation(rows, stream), rows, objective.tasks().dim(), device)
}

#[test]
fn rewards_start_near_zero() {
    let device = Device::flex();
    for skills in [2, 16, 50] {
        let mut stream = Stream::new(0, "bandit", 0);
        let objective = diayn(skills, &mut stream, &device);
        let rows = 256;
        let mut values = vec![0.0; rows];
        stream.fill_normal(&mut values);
        let (zeros, next) = (Tensor::zeros([rows, 1], &device), tensor(values, rows, 1, &device));
        let batch = Batch::of_steps(zeros.clone(), zeros, next, tasks(&objective, rows, &mut stream, &device));
        let mean: f32 = objective.reward(&batch).mean().into_scalar();
        assert!((-0.05..=0.05).contains(&mean), "{skills} skills: {mean}");
    }
}

/// The agent picks the state by the sign of its action; two skills must end in different states, and the reward approaches
/// log 2 from below.
#[test]
fn two_skills_share_two_states() {
    let device = Device::flex();
    let mut stream = Stream::new(1, "bandit", 0);
    let mut objective = diayn(2, &mut stream, &device);
    let config = SacConfig { width: 32, learning_rate: 1e-3, ..SacConfig::default() };
    let mut agent = Sac::new(&config, Sizes { observation: 1, task: 2, action: 1 }, &mut stream, &device);
    let rows = 64;
    let observation = || Tensor::<2>::zeros([rows, 1], &device);
    let mut most = f32::MIN;
    for _ in 0..2000 {
        let task = tasks(&objective, rows, &mut stream, &device);
        let action = agent.act(observation(), task.clone(), Act::Explore, &mut stream);
        let next = action.clone().sign();
        let batch =
            Batch { terminal: Tensor::ones([rows, 1], &device), ..Batch::of_steps(observation(), action, next, task) };
        objective.update(&batch, &mut stream);
        let reward = objective.reward(&batch);
        most = most.max(reward.clone().max().into_scalar());
        agent.update(&batch, reward, None, &mut stream);
    }
    let task = tasks(&objective, rows, &mut stream, &device);
    let action = agent.act(observation(), task.clone(), Act::Mode, &mut stream);
    let states = action.clone().sign();
    let chosen = numbers(states.clone());
    assert!(chosen[0] * chosen[1] < 0.0, "both skills chose the same state: {:?}", &chosen[..2]);
    let batch = Batch::of_steps(observation(), action, states, task);
    let rewards = numbers(objective.reward(&batch));
    let mean = rewards.iter().sum::<f32>() / rows as f32;
    println!("mean reward {mean:.4}, largest ever {most:.4}, log 2 = {:.4}", 2.0_f32.ln());
    assert!(mean > 0.98 * 2.0_f32.ln() && most <= 2.0_f32.ln() + 1e-6, "mean {mean}, largest {most}");
    assert!(rewards.iter().all(|r| *r > 0.0), "some skill is not recognised");
}
