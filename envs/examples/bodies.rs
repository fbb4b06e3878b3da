//! Measures the bodies for a comparison with the same motions in MuJoCo:
//! `cargo run --release -p freeroam-envs --example bodies | python bench/peers/bodies.py`.
//!
//! Each line is a body, a measure, its value and the seconds of the motion, a whole number of the body's steps. Motions begin in the body's start without noise, but with every limited joint
//! in the middle of its range:
//!
//! - `mass`, kg;
//! - `fall`: metres that the centre of mass falls in 0.6 s, from 5 m higher up;
//! - `rest`: height of the first part's origin three seconds after it was dropped from half a metre higher up, metres;
//! - `slide`: metres that the centre of mass moves in a second from there, thrown along x at 3 m/s;
//! - `push NAME`: how far a joint moves in a tenth of a second, from 5 m higher up, with its actuator at full control, radians.

use std::sync::Arc;

use freeroam_envs::body::{Body, Embodied, Embodiment};
use freeroam_envs::ground::Ground;
use freeroam_envs::task::Free;
use freeroam_envs::{Env, EnvsError};

#[expect(clippy::print_stdout, reason = "the figures are the purpose")]
fn main() -> Result<(), EnvsError> {
    let bodies = [
        Body::ant(),
        Body::half_cheetah(),
        Body::hopper(),
        Body::walker2d(),
        Body::humanoid(),
        Body::walker(),
        Body::quadruped(),
    ];
    for body in bodies {
        let name = body.name.clone();
        let seconds = |steps: usize| steps as f64 * body.timing.dt;
        println!("{name}\tmass\t{}\t0", body.robot(&Ground::Plane)?.mass());
        let (mut env, steps) = at(&body, 5.0, 0.6)?;
        let before = env.state().centre[2];
        run(&mut env, None, steps);
        println!("{name}\tfall\t{}\t{}", before - env.state().centre[2], seconds(steps));
        let (mut env, steps) = at(&body, 0.5, 3.0)?;
        run(&mut env, None, steps);
        println!("{name}\trest\t{}\t{}", env.robot().height(), seconds(steps));
        let (qpos, mut qvel) = (env.state().qpos.clone(), vec![0.0; env.robot().qvel_len()]);
        qvel[env.robot().travel()[0].unwrap_or_default()] = 3.0;
        env.set_state(&qpos, &qvel);
        let (before, steps) = (env.state().centre[0], (1.0 / body.timing.dt).round() as usize);
        run(&mut env, None, steps);
        println!("{name}\tslide\t{}\t{}", env.state().centre[0] - before, seconds(steps));
        let actuators: Vec<String> = env.robot().actuators().map(str::to_owned).collect();
        let first = env.robot().qpos_len() - env.robot().joints().len();
        for (index, actuator) in actuators.iter().enumerate() {
            let joint = env.robot().joints().iter().position(|joint| joint.name == *actuator);
            let joint = first + joint.expect("actuators have the names of their joints");
            let (mut env, steps) = at(&body, 5.0, 0.1)?;
            let before = env.state().qpos[joint];
            run(&mut env, Some(index), steps);
            println!("{name}\tpush {actuator}\t{}\t{}", env.state().qpos[joint] - before, seconds(steps));
        }
    }
    Ok(())
}

/// A body in its start, lifted by `lift` metres, and how many steps take `seconds`.
fn at(body: &Body, lift: f32, seconds: f64) -> Result<(Embodied, usize), EnvsError> {
    let (id, description) = (body.name.clone(), body.summary.clone());
    let (ground, task) = (Ground::Plane, Arc::new(Free));
    let mut env = Embodiment { id, description, body: body.clone(), ground, task, horizon: 1000 }.env()?;
    let mut qpos = body.start.qpos.clone();
    let first = env.robot().qpos_len() - env.robot().joints().len();
    for (value, joint) in qpos[first..].iter_mut().zip(env.robot().joints()) {
        if let Some([low, high]) = joint.range {
            *value = f32::midpoint(low, high);
        }
    }
    if let Some(height) = env.robot().lift() {
        qpos[height] += lift;
    }
    let rest = vec![0.0; env.robot().qvel_len()];
    env.set_state(&qpos, &rest);
    Ok((env, (seconds / body.timing.dt).round() as usize))
}

/// Steps without control, or with one actuator at full control. A servo without control is told the middle of its range.
fn run(env: &mut Embodied, pushed: Option<usize>, steps: usize) {
    let mut action = vec![0.0; env.robot().actuators().len()];
    if let Some(index) = pushed {
        action[index] = 1.0;
    }
    for _ in 0..steps {
        env.step(&action);
    }
}
