//! Measures one workload of freeroam: the program behind `cargo xtask bench`.
//!
//! It prints a line of JSON when it is set up and warm. Then each line of standard input, a number of seconds, lets it work
//! that long and print `{"units": n, "seconds": t}`, so that it can take turns with a peer on one core:
//! `echo 3 | rates env:Ant-v0:64`.

use std::{
    hint::black_box,
    io::{BufRead, Write, stdin, stdout},
    time::Instant,
};

use anyhow::{Context, Result, bail};
use freeroam_agents::{cpc_step, hilp_step, metra_step, simcse_step};
use freeroam_envs::camera::{Camera, Lidar, View};
use freeroam_envs::{Lanes, LanesConfig, StepBatch, Stream, world};
use freeroam_replay::{Batch, Replay, Shape, Transitions};
use freeroam_trainer::device;
use mimalloc::MiMalloc;
use serde_json::json;

/// The allocator of `train`, so that its speed is measured.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// Actions drawn before the clock starts.
const DRAWN: usize = 64;

/// Something to do again and again.
struct Workload {
    unit: &'static str,
    /// Does some of it and gives how many units that was.
    step: Box<dyn FnMut() -> Result<u64>>,
}

fn main() -> Result<()> {
    let usage = "usage: rates env:ID:LANES[:THREADS] | picture:ID:VIEW:EDGE | lidar:ID:RAYS | metra:WIDTH | hilp:WIDTH | simcse | cpc | replay:STORED";
    let name = std::env::args().nth(1).context(usage)?;
    let mut workload = workload(&name).with_context(|| format!("workload `{name}`"))?;
    window(&mut workload, 0.5)?;
    say(&json!({ "name": name, "unit": workload.unit, "versions": { "freeroam": env!("CARGO_PKG_VERSION") } }))?;
    for line in stdin().lock().lines() {
        let line = line?;
        let seconds = line.trim().parse().with_context(|| format!("`{line}` is not a number of seconds"))?;
        say(&window(&mut workload, seconds)?)?;
    }
    Ok(())
}

/// The workload called `name`.
fn workload(name: &str) -> Result<Workload> {
    let words: Vec<&str> = name.split(':').collect();
    match words[..] {
        ["env", id, lanes] => env(id, lanes.parse()?, 1),
        ["env", id, lanes, threads] => env(id, lanes.parse()?, threads.parse()?),
        ["picture", id, view, edge] => picture(id, view, edge.parse()?),
        ["lidar", id, rays] => lidar(id, rays.parse()?),
        ["metra", width] => Ok(gradient_steps(metra_step(width.parse()?, &device("cpu")?))),
        ["hilp", width] => Ok(gradient_steps(hilp_step(width.parse()?, &device("cpu")?))),
        ["simcse"] => Ok(gradient_steps(simcse_step(&device("cpu")?))),
        ["cpc"] => Ok(gradient_steps(cpc_step(&device("cpu")?))),
        ["replay", stored] => replay(stored.parse()?),
        _ => {
            bail!(
                "expected env:ID:LANES[:THREADS], picture:ID:VIEW:EDGE, lidar:ID:RAYS, metra:WIDTH, hilp:WIDTH, simcse, cpc or replay:STORED"
            )
        }
    }
}

/// Random actions in a world, next-step autoreset.
fn env(id: &str, count: usize, threads: usize) -> Result<Workload> {
    let mut lanes = Lanes::new(&world(id)?, LanesConfig { lanes: count, threads, ..LanesConfig::default() })?;
    let mut batch = lanes.batch();
    lanes.reset_into(&mut batch)?;
    let width = count * lanes.spec().action.len();
    let mut actions = vec![0.0; DRAWN * width];
    Stream::new(0, "actions", 0).fill_uniform(-1.0, 1.0, &mut actions);
    let mut turn = 0;
    let step = move || {
        lanes.step_into(&actions[turn * width..][..width], &mut batch)?;
        turn = (turn + 1) % DRAWN;
        Ok(count as u64)
    };
    Ok(Workload { unit: "steps", step: Box::new(step) })
}

/// One lane after some random steps.
fn walked(id: &str) -> Result<(Lanes, StepBatch)> {
    let mut lanes = Lanes::new(&world(id)?, LanesConfig::default())?;
    let mut batch = lanes.batch();
    lanes.reset_into(&mut batch)?;
    let mut actions = vec![0.0; lanes.spec().action.len()];
    let mut noise = Stream::new(0, "actions", 0);
    for _ in 0..40 {
        noise.fill_uniform(-1.0, 1.0, &mut actions);
        lanes.step_into(&actions, &mut batch)?;
    }
    Ok((lanes, batch))
}

/// Square pictures without smooth edges, one thread.
fn picture(id: &str, view: &str, edge: usize) -> Result<Workload> {
    let (mut lanes, _) = walked(id)?;
    let view = View::named(view, lanes.spec())?;
    let camera = Camera { view, width: edge, height: edge, antialias: false, ..Camera::default() };
    let mut rgb = vec![0; camera.rgb_len()];
    let step = move || {
        lanes.render(0, &camera, None, &mut rgb, None)?;
        black_box(&rgb);
        Ok(1)
    };
    Ok(Workload { unit: "pictures", step: Box::new(step) })
}

/// Scans of one ring, one thread.
fn lidar(id: &str, rays: usize) -> Result<Workload> {
    let (mut lanes, _) = walked(id)?;
    let lidar = Lidar { rays, ..Lidar::default() };
    let mut distances = vec![0.0; lidar.scan_len()];
    let step = move || {
        lanes.scan_into(&lidar, &mut distances)?;
        black_box(&distances);
        Ok(rays as u64)
    };
    Ok(Workload { unit: "rays", step: Box::new(step) })
}

/// Gradient steps on the CPU.
fn gradient_steps(mut gradient_step: impl FnMut() + 'static) -> Workload {
    let step = move || {
        gradient_step();
        Ok(1)
    };
    Workload { unit: "gradient steps", step: Box::new(step) }
}

/// Uniform batches of 256 transitions as large as the Ant's, of `stored` ones in 64 lanes.
fn replay(stored: usize) -> Result<Workload> {
    const LANES: usize = 64;
    const ROWS: usize = 256;
    let shape = Shape { observation: 29, action: 8, task: 2, frame: 0 };
    let mut replay = Replay::new(shape, LANES, stored)?;
    let mut stream = Stream::new(0, "replay", 0);
    // Successive observations are one walk through the drawn numbers, since a lane must go on from where it was.
    let mut drawn = vec![0.0; 2 * LANES * shape.observation];
    stream.fill_uniform(-1.0, 1.0, &mut drawn);
    let (even, odd) = drawn.split_at(LANES * shape.observation);
    for step in 0..stored.div_ceil(LANES) {
        let (observation, next_observation) = if step % 2 == 0 { (even, odd) } else { (odd, even) };
        replay.push(&Transitions {
            observation,
            action: &[0.5; LANES * 8],
            task: &[1.0; LANES * 2],
            reward: &[0.0; LANES],
            terminated: &[false; LANES],
            truncated: &[step % 1000 == 999; LANES],
            next_observation,
            frames: &[],
            next_frames: &[],
            skip: &[false; LANES],
        })?;
    }
    let mut batch = Batch::new(ROWS);
    let step = move || {
        replay.sample(&mut stream, &mut batch)?;
        black_box(&batch);
        Ok(ROWS as u64)
    };
    Ok(Workload { unit: "transitions", step: Box::new(step) })
}

/// Works for at least `seconds` and counts.
fn window(workload: &mut Workload, seconds: f64) -> Result<serde_json::Value> {
    let start = Instant::now();
    let mut units = 0;
    loop {
        units += (workload.step)()?;
        let elapsed = start.elapsed().as_secs_f64();
        if elapsed >= seconds {
            return Ok(json!({ "units": units, "seconds": elapsed }));
        }
    }
}

/// One line of JSON, at once.
fn say(value: &serde_json::Value) -> Result<()> {
    let mut out = stdout().lock();
    writeln!(out, "{value}")?;
    Ok(out.flush()?)
}
