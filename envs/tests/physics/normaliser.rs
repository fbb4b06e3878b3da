//! The scales of channels are those that random actions give.

use freeroam_envs::{Stream, World, families, world};

/// Seconds of a rollout.
const ROLLOUT: f64 = 2.5;

/// Mean and standard deviation per channel over random rollouts.
fn moments(world: &World, rollouts: u64) -> Vec<(f64, f64)> {
    let spec = world.spec();
    let mut env = world.make().expect("registered");
    let width = spec.observation.len();
    let (mut sum, mut squares) = (vec![0.0_f64; width], vec![0.0_f64; width]);
    let (mut observation, mut action) = (vec![0.0; width], vec![0.0; spec.action.len()]);
    let steps = (ROLLOUT / spec.dt).round() as u64;
    for rollout in 0..rollouts {
        env.reset(&mut Stream::new(0, "normaliser reset", rollout));
        let mut actions = Stream::new(0, "normaliser actions", rollout);
        for _ in 0..steps {
            actions.fill_uniform(-1.0, 1.0, &mut action);
            assert!(!env.step(&action).diverged, "{}", spec.id);
            env.observe(&mut observation);
            for (k, &value) in observation.iter().enumerate() {
                sum[k] += f64::from(value);
                squares[k] += f64::from(value).powi(2);
            }
        }
    }
    let count = (steps * rollouts) as f64;
    let moment = |(sum, square): (f64, f64)| (sum / count, (square / count - (sum / count).powi(2)).max(0.0).sqrt());
    sum.into_iter().zip(squares).map(moment).collect()
}

/// The worlds on open ground of robots whose scales were measured: each family's first shows the place, the others some
/// other observation.
fn on_open_ground() -> Vec<(&'static str, Vec<World>)> {
    let measured = ["Ant", "HalfCheetah", "Hopper", "Walker2d", "Humanoid", "Walker", "Quadruped", "Rover", "Jaco"];
    let robots = families().into_iter().filter(|(family, _)| measured.contains(family));
    let open = |ids: Vec<&str>| {
        let worlds = ids.into_iter().map(|id| world(id).expect("registered"));
        worlds.filter(|world| world.spec().layout.is_none()).collect::<Vec<_>>()
    };
    robots.map(|(family, ids)| (family, open(ids))).filter(|(_, worlds)| !worlds.is_empty()).collect()
}

#[test]
fn scales_fit_random_rollouts() {
    for world in on_open_ground().into_iter().filter_map(|(_, worlds)| worlds.into_iter().next()) {
        for (channel, (mean, std)) in world.spec().observation.iter().zip(moments(&world, 40)) {
            let name = format!("{}, {}", world.spec().id, channel.name);
            // A channel that hardly moves has hardly a scale.
            let scale = std.max(0.05 * f64::from(channel.std)).max(1e-3);
            let error = (mean - f64::from(channel.mean)).abs() / scale;
            assert!(error < 0.5, "{name}: mean {mean}, expected {}", channel.mean);
            let ratio = scale / f64::from(channel.std);
            assert!((0.6..1.7).contains(&ratio), "{name}: std {std}, expected {}", channel.std);
        }
    }
}

#[test]
#[ignore = "prints the tables of the normaliser, minutes"]
#[expect(clippy::print_stdout, reason = "the tables are the purpose")]
fn normaliser_tables() {
    for (family, worlds) in on_open_ground() {
        println!("{family}");
        let rollouts = if family == "Ant" { 10_000 } else { 300 };
        let mut named = Vec::new();
        for world in worlds {
            let fresh: Vec<_> = world.spec().observation.iter().map(|channel| channel.name.clone()).collect();
            if fresh.iter().all(|name| named.contains(name)) {
                continue;
            }
            for (name, (mean, std)) in fresh.into_iter().zip(moments(&world, rollouts)) {
                if !named.contains(&name) {
                    println!("    (\"{name}\", {mean:.3}, {:.3}),", std.max(1e-3));
                    named.push(name);
                }
            }
        }
    }
}
