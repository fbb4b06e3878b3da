//! Finds the numbers of a control law by the cross-entropy method (Rubinstein, 1999):
//! `cargo run --release -p freeroam-envs --example gait half_cheetah`, and likewise `walker`, `quadruped` and `humanoid`.
//!
//! Gaits are waves (`envs/tests/physics/laws.rs`), scored by how far the body gets along x in three seconds from its start
//! without noise, until it falls; the humanoid is balanced, and scored by how long it stands. The best law of all is printed;
//! `envs/tests/physics/bodies_move.rs` holds what was found.

#[path = "../tests/physics/laws.rs"]
mod laws;

use std::error::Error;
use std::sync::Arc;

use freeroam_envs::body::{Body, Embodied, Embodiment};
use freeroam_envs::ground::Ground;
use freeroam_envs::task::Free;
use freeroam_envs::{Env, Stream};

const SECONDS: f32 = 3.0;
const GENERATIONS: usize = 30;
const POPULATION: usize = 80;
const ELITE: usize = 10;

#[expect(clippy::print_stdout, reason = "the law is the purpose")]
fn main() -> Result<(), Box<dyn Error>> {
    let name = std::env::args().nth(1).ok_or("the body is missing: half_cheetah, walker, quadruped or humanoid")?;
    let body = match name.as_str() {
        "half_cheetah" => Body::half_cheetah(),
        "walker" => Body::walker(),
        "quadruped" => Body::quadruped(),
        "humanoid" => Body::humanoid(),
        _ => return Err(format!("there is no law for `{name}`").into()),
    };
    let (ground, task) = (Ground::Plane, Arc::new(Free));
    let (id, description) = (body.name.clone(), body.summary.clone());
    let embodiment = Embodiment { id, description, body: body.clone(), ground, task, horizon: 1000 };
    let mut env = embodiment.env()?;
    let actuators = env.robot().actuators().len();
    let balances = name == "humanoid";
    // Mean and spread of each number at first.
    let first: Vec<[f32; 2]> = if balances {
        // A law that a wider search found, which stands for two and a half seconds.
        const WIDE: [f32; 14] = [
            4.0103, 0.1331, -0.082, -0.4796, 0.0922, -0.3482, -0.1171, 0.4293, 0.0642, -0.2059, -0.2137, 0.1071,
            0.1379, -0.0731,
        ];
        WIDE.map(|number| [number, 0.02 + 0.2 * number.abs()]).to_vec()
    } else {
        // Frequency; offset, amplitude and phase of each actuator.
        [[3.0, 1.5]].into_iter().chain([[0.0, 0.3], [0.7, 0.3], [0.0, 0.5]].repeat(actuators)).collect()
    };
    let (mut mean, mut spread): (Vec<f32>, Vec<f32>) = first.iter().map(|&[mean, spread]| (mean, spread)).unzip();
    let mut best = (f64::NEG_INFINITY, mean.clone());
    let mut stream = Stream::new(0, "gait", 0);
    for generation in 0..GENERATIONS {
        let mut all: Vec<(f64, Vec<f32>)> = (0..POPULATION)
            .map(|_| {
                let law = mean.iter().zip(&spread).map(|(mean, spread)| mean + spread * stream.normal() as f32);
                let law: Vec<f32> = law.collect();
                let score = if balances {
                    f64::from(laws::stands(&mut env, &body.start.qpos, &law, 2.0 * SECONDS))
                } else {
                    walk(&mut env, &body, &law)
                };
                (score, law)
            })
            .collect();
        all.sort_by(|a, b| b.0.total_cmp(&a.0));
        if all[0].0 > best.0 {
            best = all[0].clone();
        }
        for k in 0..mean.len() {
            let column = all[..ELITE].iter().map(|(_, law)| law[k]);
            mean[k] = column.clone().sum::<f32>() / ELITE as f32;
            let variance = column.map(|value| (value - mean[k]).powi(2)).sum::<f32>() / ELITE as f32;
            spread[k] = variance.sqrt() + 0.03 * first[k][1];
        }
        println!("generation {generation}: {:.2}, best of all {:.2}", all[0].0, best.0);
    }
    println!("{:?}", best.1);
    Ok(())
}

/// How far the body gets along x, metres.
fn walk(env: &mut Embodied, body: &Body, gait: &[f32]) -> f64 {
    let dt = body.timing.dt as f32;
    let rest = vec![0.0; env.robot().qvel_len()];
    env.set_state(&body.start.qpos, &rest);
    let mut action = vec![0.0; env.robot().actuators().len()];
    for step in 0..(SECONDS / dt).round() as usize {
        laws::wave(gait, step as f32 * dt, &mut action);
        if env.step(&action).diverged || env.robot().upright() < 0.5 {
            break;
        }
    }
    env.place()[0]
}
