//! A double integrator, and the controller that is known to be best for it: what agents are held to.
//!
//! Beside place and speed the observation has a constant: a normalised first layer whose bias starts at zero sees the direction
//! of its input and not its length, and of two numbers that is half of what there is.

use freeroam_envs::Stream;

/// Copies of the system that run side by side.
pub(crate) const LANES: usize = 16;
/// Steps of an episode, and seconds of a step.
pub(crate) const HORIZON: usize = 60;
const DT: f32 = 0.1;

/// Place and speed.
pub(crate) type State = [f32; 2];

pub(crate) fn step([x, v]: State, u: f32) -> State {
    [x + DT * v, v + DT * u]
}

/// The reward is the negative of this.
pub(crate) fn cost([x, v]: State, u: f32) -> f32 {
    DT * (x * x + 0.1 * v * v + 0.1 * u * u)
}

/// The feedback gains of the discounted linear-quadratic regulator, by iterating its Riccati equation.
fn gains(discount: f64) -> [f64; 2] {
    let (dt, q, r) = (f64::from(DT), [0.1, 0.01], 0.01);
    let mut p = [[0.0; 2]; 2];
    let mut gain = [0.0; 2];
    for _ in 0..5000 {
        // A = [1 dt; 0 1], B = [0; dt].
        let pa = [[p[0][0], p[0][0] * dt + p[0][1]], [p[1][0], p[1][0] * dt + p[1][1]]];
        let below = r + discount * dt * dt * p[1][1];
        gain = [0, 1].map(|i| discount * dt * pa[1][i] / below);
        let apa = [[pa[0][0], pa[0][1]], [dt * pa[0][0] + pa[1][0], dt * pa[0][1] + pa[1][1]]];
        for i in 0..2 {
            for j in 0..2 {
                p[i][j] = discount * (apa[i][j] - dt * pa[1][i] * gain[j]) + if i == j { q[i] } else { 0.0 };
            }
        }
    }
    gain
}

/// Mean cost of episodes from a grid of starts.
pub(crate) fn mean_cost(mut act: impl FnMut(&[State]) -> Vec<f32>) -> f32 {
    let mut states: Vec<State> = (0..25).map(|i| [(i % 5) as f32 * 0.25 - 0.5, (i / 5) as f32 * 0.1 - 0.2]).collect();
    let mut total = 0.0;
    for _ in 0..HORIZON {
        let actions = act(&states);
        for (state, u) in states.iter_mut().zip(actions) {
            total += cost(*state, u);
            *state = step(*state, u);
        }
    }
    total / 25.0
}

/// Place, speed and the constant, `[states, 3]`.
pub(crate) fn observed(states: &[State]) -> Vec<f32> {
    states.iter().flat_map(|[x, v]| [*x, *v, 0.5]).collect()
}

pub(crate) fn start(stream: &mut Stream) -> State {
    [stream.uniform(-0.5, 0.5) as f32, stream.uniform(-0.2, 0.2) as f32]
}

/// Mean cost of the discounted regulator.
pub(crate) fn regulated(discount: f64) -> f32 {
    let gains = gains(discount).map(|gain| gain as f32);
    mean_cost(|states| states.iter().map(|[x, v]| (-gains[0] * x - gains[1] * v).clamp(-1.0, 1.0)).collect())
}

/// Mean cost of doing nothing.
pub(crate) fn idle() -> f32 {
    mean_cost(|states| vec![0.0; states.len()])
}
