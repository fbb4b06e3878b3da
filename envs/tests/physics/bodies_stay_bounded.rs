//! No action makes a body explode, and contacts and joint limits hold it.

use freeroam_envs::body::{Body, Embodied};
use freeroam_envs::robot::JointKind;
use freeroam_envs::{Env, Stream};

/// Joints that start outside their limits, as the ant's ankles by 30 degrees, are back by this time, seconds.
const SETTLED: f64 = 1.0;

/// What must hold under full controls that change at random or all together.
#[derive(Clone, Copy)]
struct Bounds {
    /// m/s or rad/s.
    rate: f32,
    /// Of the first part, metres.
    height: f32,
    /// Depth of the lowest point under the floor, metres.
    penetration: f32,
    /// Degrees outside a limit, and on average.
    violation: f32,
    mean_violation: f64,
}

#[derive(Debug, Default)]
struct Extremes {
    steps: u32,
    diverged: u32,
    rate: f32,
    height: f32,
    penetration: f32,
    /// Degrees.
    violation: f32,
    violations: f64,
    joint_samples: u32,
}

/// What the motors do: each policy writes the action of a step.
type Policy = Box<dyn FnMut(u32, &mut [f32])>;

fn random(seed: u64) -> Policy {
    let mut stream = Stream::new(seed, "actions", 0);
    Box::new(move |_, action| stream.fill_uniform(-1.0, 1.0, action))
}

/// A new random corner of the action cube every `hold` steps.
fn bang_bang(seed: u64, hold: u32) -> Policy {
    let mut stream = Stream::new(seed, "corners", u64::from(hold));
    Box::new(move |step, action| {
        if step.is_multiple_of(hold) {
            action.iter_mut().for_each(|value| *value = if stream.below(2) == 0 { -1.0 } else { 1.0 });
        }
    })
}

/// All motors switch sign together: the hardest on the solver.
fn alternating(hold: u32) -> Policy {
    Box::new(move |step, action| action.fill(if (step / hold).is_multiple_of(2) { 1.0 } else { -1.0 }))
}

fn constant(seed: u64) -> Policy {
    bang_bang(seed, u32::MAX)
}

fn run(body: &Body, mut policy: Policy, steps: u32, episode: u32, seen: &mut Extremes) {
    let mut env: Embodied = super::on_plane(body.clone());
    let first = env.robot().qpos_len() - env.robot().joints().len();
    let hinges = |(_, joint): &(usize, &freeroam_envs::robot::Joint)| joint.kind == JointKind::Hinge;
    let limited: Vec<(usize, [f32; 2])> = env
        .robot()
        .joints()
        .iter()
        .enumerate()
        .filter(hinges)
        .filter_map(|(at, joint)| Some((first + at, joint.range?)))
        .collect();
    let mut action =
        vec![0.0; body.controls.as_ref().map_or(env.robot().actuators().len(), |controls| controls.rows.len())];
    let mut since_reset = 0;
    let settled = (SETTLED / body.timing.dt) as u32;
    for step in 0..steps {
        if step.is_multiple_of(episode) {
            env.reset(&mut Stream::new(0, "reset", u64::from(step)));
            since_reset = 0;
        }
        policy(step, &mut action);
        let outcome = env.step(&action);
        seen.steps += 1;
        seen.diverged += u32::from(outcome.diverged);
        seen.rate = env.state().qvel.iter().fold(seen.rate, |top, value| top.max(value.abs()));
        seen.height = seen.height.max(env.robot().height());
        seen.penetration = seen.penetration.max(-env.robot().lowest_point());
        since_reset += 1;
        if since_reset > settled {
            for &(at, [low, high]) in &limited {
                let q = env.state().qpos[at];
                let outside = (low - q).max(q - high).max(0.0).to_degrees();
                seen.violation = seen.violation.max(outside);
                seen.violations += f64::from(outside);
                seen.joint_samples += 1;
            }
        }
    }
}

/// Runs all policies for about `steps` steps in total.
fn run_all(body: &Body, steps: u32) -> Extremes {
    let mut seen = Extremes::default();
    run(body, random(1), steps * 2 / 5, 1000, &mut seen);
    for (seed, hold) in [(2, 1), (3, 5), (4, 20)] {
        run(body, bang_bang(seed, hold), steps / 10, u32::MAX, &mut seen);
        run(body, alternating(hold), steps / 20, u32::MAX, &mut seen);
    }
    run(body, bang_bang(5, 1000), steps / 10, u32::MAX, &mut seen);
    run(body, constant(6), steps / 20, u32::MAX, &mut seen);
    seen
}

impl Extremes {
    fn mean_violation(&self) -> f64 {
        self.violations / f64::from(self.joint_samples.max(1))
    }

    fn check(&self, name: &str, bounds: Bounds) {
        assert_eq!(self.diverged, 0, "{name}");
        assert!(self.rate < bounds.rate, "{name}: a rate of {} rad/s or m/s", self.rate);
        assert!(self.height < bounds.height, "{name}: a height of {} m", self.height);
        assert!(self.penetration < bounds.penetration, "{name}: {} m under the floor", self.penetration);
        assert!(self.violation < bounds.violation, "{name}: {} degrees outside a limit", self.violation);
        let mean = self.mean_violation();
        assert!(mean < bounds.mean_violation, "{name}: {mean} degrees outside the limits on average");
    }
}

/// Each body and what holds for it: about twice the extremes of 60,000 steps.
fn bodies() -> [(Body, Bounds); 9] {
    let bounds = [
        // m/s or rad/s, m, m, degrees, degrees on average
        (100.0, 6.0, 0.65, 20.0, 2.5),
        (60.0, 2.5, 0.06, 15.0, 0.2),
        (100.0, 3.5, 0.06, 15.0, 0.2),
        (250.0, 4.0, 0.12, 25.0, 0.3),
        (150.0, 2.5, 0.12, 35.0, 0.5),
        (300.0, 2.5, 0.1, 40.0, 0.5),
        (120.0, 4.0, 0.5, 45.0, 0.3),
        (40.0, 0.3, 0.03, 1.0, 0.1),
        (20.0, 0.5, 0.1, 15.0, 2.0),
    ];
    let mut bounds = bounds.into_iter();
    super::bodies().map(|body| {
        let (rate, height, penetration, violation, mean_violation) = bounds.next().expect("one for each body");
        (body, Bounds { rate, height, penetration, violation, mean_violation })
    })
}

#[test]
fn no_action_makes_a_body_explode() {
    for (body, bounds) in bodies() {
        run_all(&body, 12_500).check(&body.name, bounds);
    }
}

#[test]
fn under_random_actions_the_ant_stays_on_the_floor() {
    let mut seen = Extremes::default();
    run(&Body::ant(), random(1), 8_000, 1000, &mut seen);
    assert!(seen.penetration < 0.25, "{} m under the floor", seen.penetration);
}

#[test]
#[ignore = "a million steps of each body, half an hour; prints the extremes"]
#[expect(clippy::print_stdout, reason = "the figures are the purpose")]
fn a_million_steps_stay_bounded() {
    let mut all = Vec::new();
    for (body, bounds) in bodies() {
        let start = std::time::Instant::now();
        let seen = run_all(&body, 1_000_000);
        println!(
            "{:<12} {} steps: {} diverged, max rate {:.1}, max height {:.2} m, penetration {:.3} m, limits {:.2} mean {:.1} max degrees, {:.0} steps/s",
            body.name,
            seen.steps,
            seen.diverged,
            seen.rate,
            seen.height,
            seen.penetration,
            seen.mean_violation(),
            seen.violation,
            f64::from(seen.steps) / start.elapsed().as_secs_f64(),
        );
        all.push((body, bounds, seen));
    }
    for (body, bounds, seen) in all {
        seen.check(&body.name, bounds);
    }
}
