//! Robots move as mechanics says and as they are told, stay bounded under any action, and repeat bit for bit.

mod ant_model; // mass, geometry, order and signs of the coordinates
mod ant_reward; // Gymnasium's forward task
mod bodies_model; // masses and limits of the field, what each part is
mod bodies_move; // scripted gaits and postures
mod bodies_stay_bounded; // random, constant and alternating full controls
mod fidelity; // pendulum, sliding box, free fall, spinning root
mod laws; // control laws that show what bodies can do
mod normaliser; // scales of channels
mod own_robots; // files of users
mod unsupported_files; // a clear error for what cannot be simulated
mod worlds_repeat; // determinism, reset, save and restore

use std::sync::Arc;

use freeroam_envs::body::{Body, Embodied, Embodiment};
use freeroam_envs::ground::Ground;
use freeroam_envs::robot::Robot;
use freeroam_envs::task::Free;
use freeroam_envs::{Env, Stream};

/// A body on open ground without a task.
fn on_plane(body: Body) -> Embodied {
    let (id, description) = ("Test-v0".to_owned(), "A body for tests.".to_owned());
    let embodiment = Embodiment { id, description, body, ground: Ground::Plane, task: Arc::new(Free), horizon: 1000 };
    embodiment.env().expect("the model loads")
}

/// Every body.
fn bodies() -> [Body; 9] {
    [
        Body::ant(),
        Body::half_cheetah(),
        Body::hopper(),
        Body::walker2d(),
        Body::humanoid(),
        Body::walker(),
        Body::quadruped(),
        Body::rover(),
        Body::jaco(),
    ]
}

/// `qpos` and `qvel` of a robot.
fn state(robot: &Robot) -> (Vec<f32>, Vec<f32>) {
    let (mut qpos, mut qvel) = (vec![0.0; robot.qpos_len()], vec![0.0; robot.qvel_len()]);
    robot.qpos(&mut qpos);
    robot.qvel(&mut qvel);
    (qpos, qvel)
}

/// Steps an env with uniform random actions; returns the bits of all observations.
fn trace(env: &mut dyn Env, steps: usize, actions: &mut Stream) -> Vec<u32> {
    let mut observation = [0.0; 29];
    let mut action = [0.0; 8];
    let mut bits = Vec::new();
    for _ in 0..steps {
        actions.fill_uniform(-1.0, 1.0, &mut action);
        env.step(&action);
        env.observe(&mut observation);
        bits.extend(observation.iter().map(|value| value.to_bits()));
    }
    bits
}
