//! Control laws that show what bodies can do: a wave for each actuator, a posture held, a posture balanced.

use freeroam_envs::Env;
use freeroam_envs::body::Embodied;

/// Open loop: `gait` is a frequency and, for each actuator, an offset, an amplitude and a phase; the action at `time` is
/// `offset + amplitude sin(2 pi (frequency time + phase))`.
pub(crate) fn wave(gait: &[f32], time: f32, action: &mut [f32]) {
    for (action, own) in action.iter_mut().zip(gait[1..].chunks_exact(3)) {
        let turn = std::f32::consts::TAU * (gait[0] * time + own[2]);
        *action = (own[0] + own[1] * turn.sin()).clamp(-1.0, 1.0);
    }
}

/// Holds every joint that a motor drives at a target with `stiffness` and `damping` in torques of the motor per radian and
/// rad/s. `target` gives the angle of a joint by its name.
pub(crate) fn hold(env: &Embodied, stiffness: f32, damping: f32, target: impl Fn(&str) -> f32, action: &mut [f32]) {
    let (robot, state) = (env.robot(), env.state());
    let [first, rate] = [robot.qpos_len(), robot.qvel_len()].map(|length| length - robot.joints().len());
    for (action, name) in action.iter_mut().zip(robot.actuators()) {
        let joint = robot.joints().iter().position(|joint| joint.name == name).expect("named alike");
        let error = target(name) - state.qpos[first + joint];
        *action = (stiffness * error - damping * state.qvel[rate + joint]).clamp(-1.0, 1.0);
    }
}

/// Balances the humanoid on its two spherical feet: hips, knees and waist are held at targets that follow how far the
/// centre of mass is ahead of where it began and how fast it moves and the torso turns; all else is held straight.
///
/// `law` is stiffness, damping, and for hips, knees and waist an angle and its gains on lead (1/m), speed (s/m) and turning
/// rate (s).
pub(crate) fn balance(env: &Embodied, law: &[f32], ahead: f32, speed: f32, action: &mut [f32]) {
    let turning = env.state().qvel[4];
    let angle = |row: &[f32]| row[0] + row[1] * ahead + row[2] * speed + row[3] * turning;
    let [hip, knee, waist] = [2, 6, 10].map(|at| angle(&law[at..at + 4]));
    let target = |name: &str| match name {
        "right_hip_y" | "left_hip_y" => hip,
        "right_knee" | "left_knee" => knee,
        "abdomen_y" => waist,
        _ => 0.0,
    };
    hold(env, law[0], law[1], target, action);
}

/// Runs a law of [`balance`] from the start without noise, until the torso is lower than a metre or `seconds` are over; gives
/// how long that was.
pub(crate) fn stands(env: &mut Embodied, start: &[f32], law: &[f32], seconds: f32) -> f32 {
    let rest = vec![0.0; env.robot().qvel_len()];
    env.set_state(start, &rest);
    let mut action = vec![0.0; env.robot().actuators().len()];
    let (begin, mut last, mut time) = (env.state().centre[0], env.state().centre[0], 0.0);
    const STEP: f32 = 0.015;
    while time < seconds {
        let centre = env.state().centre[0];
        balance(env, law, centre - begin, (centre - last) / STEP, &mut action);
        last = centre;
        if env.step(&action).diverged || env.robot().height() < 1.0 {
            break;
        }
        time += STEP;
    }
    time
}
