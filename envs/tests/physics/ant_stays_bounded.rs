//! No action makes the ant explode, and contacts and joint limits hold it.

use freeroam_envs::body::Body;
use freeroam_envs::{Env, Stream};

/// Ankles start 30 degrees outside their limits; by this step they are back.
const SETTLED: u32 = 20;

#[derive(Default)]
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

fn run(mut policy: Policy, steps: u32, episode: u32, seen: &mut Extremes) {
    let mut ant = super::on_plane(Body::ant());
    let ranges: Vec<_> = ant.robot().joints().iter().map(|joint| joint.range.expect("all are limited")).collect();
    let mut observation = [0.0; 29];
    let mut action = [0.0; 8];
    let mut since_reset = 0;
    for step in 0..steps {
        if step.is_multiple_of(episode) {
            ant.reset(&mut Stream::new(0, "reset", u64::from(step)));
            since_reset = 0;
        }
        policy(step, &mut action);
        let outcome = ant.step(&action);
        ant.observe(&mut observation);
        seen.steps += 1;
        seen.diverged += u32::from(outcome.diverged);
        seen.rate = observation[15..].iter().fold(seen.rate, |top, value| top.max(value.abs()));
        seen.height = seen.height.max(observation[2]);
        seen.penetration = seen.penetration.max(-ant.robot().lowest_point());
        since_reset += 1;
        if since_reset > SETTLED {
            for (&[low, high], &q) in ranges.iter().zip(&observation[7..15]) {
                let outside = (low - q).max(q - high).max(0.0).to_degrees();
                seen.violation = seen.violation.max(outside);
                seen.violations += f64::from(outside);
                seen.joint_samples += 1;
            }
        }
    }
}

/// Runs all policies for about `steps` steps in total.
fn run_all(steps: u32) -> Extremes {
    let mut seen = Extremes::default();
    run(random(1), steps * 2 / 5, 1000, &mut seen);
    assert!(seen.penetration < 0.25, "{} m under the floor under random actions", seen.penetration);
    for (seed, hold) in [(2, 1), (3, 5), (4, 20)] {
        run(bang_bang(seed, hold), steps / 10, u32::MAX, &mut seen);
        run(alternating(hold), steps / 20, u32::MAX, &mut seen);
    }
    run(bang_bang(5, 1000), steps / 10, u32::MAX, &mut seen);
    run(constant(6), steps / 20, u32::MAX, &mut seen);
    seen
}

impl Extremes {
    fn mean_violation(&self) -> f64 {
        self.violations / f64::from(self.joint_samples)
    }

    fn check(&self) {
        assert_eq!(self.diverged, 0);
        assert!(self.rate < 100.0, "a rate of {} rad/s or m/s", self.rate);
        assert!(self.height < 6.0, "a height of {} m", self.height);
        assert!(self.penetration < 0.65, "{} m under the floor", self.penetration);
        assert!(self.violation < 20.0, "{} degrees outside a limit", self.violation);
        assert!(self.mean_violation() < 2.5, "{} degrees outside the limits on average", self.mean_violation());
    }
}

#[test]
fn no_action_makes_it_explode() {
    run_all(20_000).check();
}

#[test]
#[ignore = "a million steps, two minutes; prints the extremes"]
#[expect(clippy::print_stdout, reason = "the figures are the purpose")]
fn a_million_steps_stay_bounded() {
    let start = std::time::Instant::now();
    let seen = run_all(1_000_000);
    println!(
        "{} steps: {} diverged, max rate {:.1}, max height {:.2} m, penetration {:.3} m, limits {:.2} mean {:.1} max degrees, {:.0} steps/s",
        seen.steps,
        seen.diverged,
        seen.rate,
        seen.height,
        seen.penetration,
        seen.mean_violation(),
        seen.violation,
        f64::from(seen.steps) / start.elapsed().as_secs_f64(),
    );
    seen.check();
}
