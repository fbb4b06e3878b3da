//! The reward of the ant is that of Gymnasium's forward task, without the cost of contacts; nothing ends an episode.

use freeroam_envs::{Env, Stream, world};

fn ant() -> Box<dyn Env> {
    world("Ant-v0").and_then(|world| world.make()).expect("registered")
}

/// Steps the ant; the outcome's reward and that by the law, and the height of the torso.
fn step(ant: &mut dyn Env, action: &[f32; 8]) -> (f64, f64, f64) {
    let mut rows = [[0.0; 29]; 2];
    ant.observe(&mut rows[0]);
    let outcome = ant.step(action);
    ant.observe(&mut rows[1]);
    assert!(!outcome.terminated && !outcome.diverged);
    let [before, after] = rows.map(|row| row.map(f64::from));
    let healthy = f64::from(u8::from((0.2..=1.0).contains(&after[2])));
    let effort: f64 = action.iter().map(|&value| f64::from(value).powi(2)).sum();
    (f64::from(outcome.reward), (after[0] - before[0]) / 0.05 + healthy - 0.5 * effort, after[2])
}

#[test]
fn running_along_x_pays_torques_cost_and_health_counts_one() {
    let mut ant = ant();
    let mut noise = Stream::new(1, "actions", 0);
    let (mut upright, mut unhealthy) = (0, 0);
    for episode in 0..20 {
        ant.reset(&mut Stream::new(0, "reset", episode));
        for _ in 0..100 {
            let mut action = [0.0; 8];
            noise.fill_uniform(-1.0, 1.0, &mut action);
            let (got, expected, height) = step(ant.as_mut(), &action);
            assert!((got - expected).abs() < 1e-3, "{got} {expected}");
            upright += u32::from((0.2..=1.0).contains(&height));
            unhealthy += u32::from(height > 1.0);
        }
    }
    assert!(upright > 1000 && unhealthy > 0, "{upright} {unhealthy}: both kinds of steps are seen");
}

#[test]
fn a_moving_torso_is_paid_its_velocity() {
    let mut ant = ant();
    ant.reset(&mut Stream::new(0, "reset", 0));
    let start = super::ant_model::upright(5.0, super::ant_model::STANCE);
    for velocity in [3.0, -3.0] {
        let mut qvel = [0.0; 14];
        qvel[0] = velocity;
        let mut robot = super::ant_model::robot();
        robot.set_state(&start, &qvel);
        let mut bytes = Vec::new();
        robot.save(&mut bytes);
        ant.load(&bytes).expect("the same robot");
        // It flies, too high to be healthy.
        let (got, _, _) = step(ant.as_mut(), &[0.0; 8]);
        assert!((got - f64::from(velocity)).abs() < 0.1, "{got}");
    }
}
