//! `Outdoor-*`: a cart among obstacles that stand elsewhere in every episode, for learning to find one's way from what one sees.
//!
//! It is the simulated counterpart of RECON's wheeled robot (Shah et al., 2021): a unicycle of radius 0.3 m that drives at -0.2 to
//! 1 m/s and turns at 1.5 rad/s at most, follows its commands with a lag of 0.2 s, and is commanded at 4 Hz. It feels 64 rays of
//! 10 m all around, the first straight ahead, then to the left; how fast it drives and turns; and whether it touches something.
//! **The last two channels are its place, for coverage and for goals of lanes; RECON hides it from the policy.**
//!
//! | world | is |
//! |---|---|
//! | `Clutter` | boxes and cylinders, one in 20 square metres |
//! | `Forest` | thin trunks, one in 12 square metres |
//! | `Courtyard` | rooms of 8 m with openings of 2 m, some walls missing |
//! | `Street` | blocks of 8 to 15 m with alleys of 2 to 4 m between them |
//! | `Traps` | U-shaped walls 4 to 8 m deep that open towards the start |
//!
//! All are 40 m wide and walled in; episodes start near the middle, in a random direction. The same seed draws the same world.
//!
//! Differences from RECON: rays instead of a camera, flat ground, exact measurements.

use rapier3d::math::ComplexField;
use serde::{Deserialize, Serialize};

use super::{Obstacle, Plan, plus};
use crate::camera::Scene;
use crate::maze::Block;
use crate::registry::Family;
use crate::{Channel, Env, EnvsError, Outcome, Roles, Spec, Stream, World};

/// Simulated seconds per step, and into how many parts it is divided.
const DT: f64 = 0.25;
const PARTS: u32 = 8;
/// Part of the difference between command and speed that a part of a step takes away: `1 - exp(-DT / PARTS / 0.2 s)`.
const LAG: f64 = 0.144_654_67;
/// Radius of the cart, metres.
const RADIUS: f64 = 0.3;
/// Speed ahead and back of a unit action, metres per second.
const AHEAD: f64 = 1.0;
const BACK: f64 = 0.2;
/// Turn of a unit action, radians per second.
const TURN: f64 = 1.5;
/// Rays all around, and their length in metres.
const RAYS: usize = 64;
const RANGE: f64 = 10.0;
/// Half the width of the world, metres.
const HALF: f64 = 20.0;
/// Half the thickness of walls, metres.
const THIN: f64 = 0.15;
/// Half the width of the square in the middle that is kept clear and in which episodes start, metres.
const CLEAR: f64 = 1.5;
/// Edge of the bins of the plan, metres.
const BIN: f64 = 2.0;
/// Height of what stands there in pictures, metres.
const HEIGHT: f32 = 1.5;
/// Steps of an episode: four minutes.
const HORIZON: u32 = 960;

/// The outdoor worlds.
pub(crate) const FAMILY: Family = Family {
    name: "Outdoor",
    worlds: &[
        ("Outdoor-Clutter-v0", |id| Ok(outdoor_world(id, Terrain::Clutter))),
        ("Outdoor-Forest-v0", |id| Ok(outdoor_world(id, Terrain::Forest))),
        ("Outdoor-Courtyard-v0", |id| Ok(outdoor_world(id, Terrain::Courtyard))),
        ("Outdoor-Street-v0", |id| Ok(outdoor_world(id, Terrain::Street))),
        ("Outdoor-Traps-v0", |id| Ok(outdoor_world(id, Terrain::Traps))),
    ],
};

/// What stands in a world.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Terrain {
    Clutter,
    Forest,
    Courtyard,
    Street,
    Traps,
}

fn outdoor_world(id: &str, terrain: Terrain) -> World {
    let prototype = Outdoor::new(terrain);
    World::new(spec(id), move || Ok(Box::new(prototype.clone())))
}

fn spec(id: &str) -> Spec {
    let channel = |name: String, unit, mean, std| Channel { name, unit, mean, std };
    let mut observation = vec![
        channel("speed".to_owned(), "m/s", 0.2, 0.4),
        channel("turn".to_owned(), "rad/s", 0.0, 0.8),
        channel("touch".to_owned(), "", 0.0, 0.3),
    ];
    observation.extend((0..RAYS).map(|ray| channel(format!("ray_{ray}"), "", 0.5, 0.3)));
    observation.extend(["place_x", "place_y"].map(|name| channel(name.to_owned(), "m", 0.0, HALF as f32 / 2.0)));
    Spec {
        id: id.to_owned(),
        description: "A cart feels its way among obstacles that stand elsewhere in every episode.".to_owned(),
        observation,
        action: vec!["speed".to_owned(), "turn".to_owned()],
        dt: DT,
        horizon: HORIZON,
        position: vec![3 + RAYS, 4 + RAYS],
        bin: 1.0,
        goal_range: HALF - 1.0,
        goal_radius: 1.0,
        layout: None,
        frames: None,
        roles: Roles::default(),
    }
}

/// A cart among obstacles.
#[derive(Clone)]
struct Outdoor {
    terrain: Terrain,
    /// Directions of the rays of a cart that looks along x.
    directions: [[f64; 2]; RAYS],
    plan: Plan,
    state: State,
}

/// What changes, beside the plan, which follows from the seed.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct State {
    /// Draws what stands there.
    seed: u64,
    place: [f64; 2],
    /// Cosine and sine of the heading, counted from x towards y.
    heading: [f64; 2],
    speed: f64,
    turn: f64,
    touches: bool,
}

impl Outdoor {
    fn new(terrain: Terrain) -> Self {
        let directions = std::array::from_fn(|ray| direction(std::f64::consts::TAU * ray as f64 / RAYS as f64));
        let (place, heading) = ([0.0; 2], [1.0, 0.0]);
        let state = State { seed: 0, place, heading, speed: 0.0, turn: 0.0, touches: false };
        let mut world = Self { terrain, directions, plan: Plan::default(), state };
        world.redraw();
        world
    }

    /// Draws the plan of the seed.
    fn redraw(&mut self) {
        let mut stream = Stream::new(self.state.seed, "obstacles", 0);
        let plan = &mut self.plan;
        plan.clear();
        let wall = |centre, half| Obstacle::Block(Block { centre, half });
        for side in [-1.0, 1.0] {
            plan.add(wall([side * (HALF + THIN), 0.0], [THIN, HALF + 2.0 * THIN]));
            plan.add(wall([0.0, side * (HALF + THIN)], [HALF, THIN]));
        }
        match self.terrain {
            Terrain::Clutter => scatter(plan, &mut stream, 80, 1.2, |stream| {
                if stream.below(2) == 0 {
                    Thing { half: [0; 2].map(|_| stream.uniform(0.4, 1.5)), round: false }
                } else {
                    Thing { half: [stream.uniform(0.3, 0.8); 2], round: true }
                }
            }),
            Terrain::Forest => scatter(plan, &mut stream, 130, 0.9, |stream| Thing {
                half: [stream.uniform(0.15, 0.3); 2],
                round: true,
            }),
            Terrain::Courtyard => courtyard(plan, &mut stream),
            Terrain::Street => street(plan, &mut stream),
            Terrain::Traps => traps(plan, &mut stream),
        }
        plan.sort(BIN);
    }
}

fn direction(angle: f64) -> [f64; 2] {
    let (sin, cos) = ComplexField::sin_cos(angle);
    [cos, sin]
}

/// Rotates a vector by a direction.
fn rotate([x, y]: [f64; 2], [cos, sin]: [f64; 2]) -> [f64; 2] {
    [x * cos - y * sin, x * sin + y * cos]
}

/// Something to be put anywhere.
struct Thing {
    half: [f64; 2],
    round: bool,
}

/// Puts up to `count` things anywhere but into the middle, each at least `gap` metres from the others. A thing for which there is
/// no room is left out.
fn scatter(plan: &mut Plan, stream: &mut Stream, count: usize, gap: f64, thing: impl Fn(&mut Stream) -> Thing) {
    const TRIES: usize = 20;
    let first = plan.obstacles.len();
    for _ in 0..count {
        let Thing { half, round } = thing(stream);
        for _ in 0..TRIES {
            let centre = [0, 1].map(|k| stream.uniform(half[k] - HALF, HALF - half[k]));
            // By the boxes around them.
            let apart = |other: [f64; 2], size: [f64; 2], gap: f64| {
                (0..2).any(|k| (centre[k] - other[k]).abs() >= half[k] + size[k] + gap)
            };
            let clear = |obstacle: &Obstacle| {
                obstacle.bounds().is_none_or(|[low, high]| {
                    let middle = [0, 1].map(|k| f64::midpoint(low[k], high[k]));
                    apart(middle, [0, 1].map(|k| 0.5 * (high[k] - low[k])), gap)
                })
            };
            if apart([0.0; 2], [CLEAR; 2], RADIUS) && plan.obstacles[first..].iter().all(clear) {
                let block = Obstacle::Block(Block { centre, half });
                plan.add(if round { Obstacle::Disc { centre, radius: half[0] } } else { block });
                break;
            }
        }
    }
}

/// Adds a wall along axis `k` from `from` to `to` at `at` of the other axis, without the opening from `gap[0]` to `gap[1]`, if
/// that lies within.
fn wall(plan: &mut Plan, k: usize, at: f64, [from, to]: [f64; 2], gap: [f64; 2]) {
    for [low, high] in [[from, gap[0].min(to)], [gap[1], to]] {
        if high > low {
            let (mut centre, mut half) = ([at; 2], [THIN; 2]);
            (centre[k], half[k]) = (f64::midpoint(low, high), 0.5 * (high - low));
            plan.add(Obstacle::Block(Block { centre, half }));
        }
    }
}

fn courtyard(plan: &mut Plan, stream: &mut Stream) {
    const EDGE: f64 = 8.0;
    const OPENING: f64 = 2.0;
    let rooms = (2.0 * HALF / EDGE) as usize;
    for k in 0..2 {
        for line in 1..rooms {
            for room in 0..rooms {
                let ends = [0, 1].map(|end| (room + end) as f64 * EDGE - HALF);
                let (missing, at) = (stream.below(4) == 0, stream.uniform(ends[0] + 0.5, ends[1] - 0.5 - OPENING));
                let gap = if missing { ends } else { [at, at + OPENING] };
                wall(plan, k, line as f64 * EDGE - HALF, ends, gap);
            }
        }
    }
}

fn street(plan: &mut Plan, stream: &mut Stream) {
    // Blocks along each axis, first from the middle to one end, then to the other: the middle is a crossing.
    let mut blocks = [const { Vec::new() }; 2];
    for blocks in &mut blocks {
        for side in [1.0, -1.0] {
            let mut from = CLEAR + RADIUS;
            while from + 4.0 < HALF {
                let to = (from + stream.uniform(8.0, 15.0)).min(HALF - 2.0);
                blocks.push([side * from, side * to]);
                from = to + stream.uniform(2.0, 4.0);
            }
        }
    }
    let [across, along] = blocks;
    for x in &across {
        for y in &along {
            let centre = [x, y].map(|[from, to]| f64::midpoint(*from, *to));
            let half = [x, y].map(|[from, to]| 0.5 * (to - from).abs());
            plan.add(Obstacle::Block(Block { centre, half }));
        }
    }
}

fn traps(plan: &mut Plan, stream: &mut Stream) {
    const COUNT: usize = 14;
    const TRIES: usize = 30;
    let mut taken: Vec<([f64; 2], f64)> = vec![([0.0; 2], CLEAR + 1.0)];
    for _ in 0..COUNT {
        let (depth, width) = (stream.uniform(4.0, 8.0), stream.uniform(2.5, 5.0));
        let reach = 0.5 * depth.max(width);
        for _ in 0..TRIES {
            let centre = [0; 2].map(|_| stream.uniform(reach + 1.0 - HALF, HALF - 1.0 - reach));
            let apart =
                |&(other, size): &([f64; 2], f64)| (0..2).any(|k| (centre[k] - other[k]).abs() > reach + size + 1.0);
            if taken.iter().all(apart) {
                // It opens along the axis on which the middle of the world is farther away, towards it.
                let k = usize::from(centre[1].abs() > centre[0].abs());
                let outward = if centre[k] > 0.0 { 1.0 } else { -1.0 };
                let none = [f64::INFINITY; 2];
                let [along, across] = [k, 1 - k].map(|axis| centre[axis]);
                let (sides, floor) = ([along - 0.5 * depth, along + 0.5 * depth], along + 0.5 * outward * depth);
                for side in [-0.5, 0.5] {
                    wall(plan, k, across + side * width, sides, none);
                }
                wall(plan, 1 - k, floor, [across - 0.5 * width, across + 0.5 * width], none);
                taken.push((centre, reach));
                break;
            }
        }
    }
}

impl Env for Outdoor {
    fn reset(&mut self, stream: &mut Stream) {
        self.state.seed = stream.bits();
        self.redraw();
        loop {
            let place = [0; 2].map(|_| stream.uniform(-CLEAR, CLEAR));
            self.teleport(place);
            if self.is_free(place) {
                break;
            }
        }
        self.state.heading = direction(stream.uniform(0.0, std::f64::consts::TAU));
    }

    fn step(&mut self, action: &[f32]) -> Outcome {
        let [ahead, turn] = [0, 1].map(|k| f64::from(action[k]));
        let command = [if ahead > 0.0 { ahead * AHEAD } else { ahead * BACK }, turn * TURN];
        let part = DT / f64::from(PARTS);
        let Self { plan, state, .. } = self;
        state.touches = false;
        for _ in 0..PARTS {
            state.speed += LAG * (command[0] - state.speed);
            state.turn += LAG * (command[1] - state.turn);
            let heading = rotate(state.heading, direction(state.turn * part));
            // Rounding would change the length little by little.
            let length = super::length(heading);
            state.heading = heading.map(|value| value / length);
            let by = state.heading.map(|value| value * state.speed * part);
            let moved = plan.slide(state.place, by, RADIUS);
            state.place = moved.place;
            state.touches |= moved.touched.is_some();
        }
        Outcome::default()
    }

    fn observe(&self, observation: &mut [f32]) {
        let (body, rest) = observation.split_at_mut(3);
        let (rays, at) = rest.split_at_mut(RAYS);
        at.copy_from_slice(&self.state.place.map(|value| value as f32));
        let touches = f64::from(u8::from(self.state.touches));
        body.copy_from_slice(&[self.state.speed, self.state.turn, touches].map(|value| value as f32));
        for (ray, &direction) in rays.iter_mut().zip(&self.directions) {
            let direction = rotate(direction, self.state.heading);
            *ray = (self.plan.ray(self.state.place, direction, RANGE).0 / RANGE) as f32;
        }
    }

    fn place(&self) -> [f64; 2] {
        self.state.place
    }

    fn teleport(&mut self, position: [f64; 2]) {
        (self.state.place, self.state.speed, self.state.turn) = (position, 0.0, 0.0);
        self.state.touches = false;
    }

    fn is_free(&self, place: [f64; 2]) -> bool {
        place.iter().all(|value| value.abs() < HALF) && self.plan.is_free(place, RADIUS)
    }

    fn scene(&self, scene: &mut Scene) {
        self.plan.scene(scene, HEIGHT, self.state.place, RADIUS);
        // A nose, so that one sees where it looks.
        let nose = plus(self.state.place, self.state.heading.map(|value| 0.8 * RADIUS * value));
        super::ball(scene, nose, RADIUS, 0.4 * RADIUS, super::NOSE);
    }

    fn save(&self, out: &mut Vec<u8>) {
        out.extend(postcard::to_stdvec(&self.state).expect("the state is made of numbers only"));
    }

    fn load(&mut self, bytes: &[u8]) -> Result<(), EnvsError> {
        let refuse = |reason: String| EnvsError::State { what: "an outdoor world".to_owned(), reason };
        self.state = postcard::from_bytes(bytes).map_err(|error| refuse(error.to_string()))?;
        self.redraw();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Terrain; 5] = [Terrain::Clutter, Terrain::Forest, Terrain::Courtyard, Terrain::Street, Terrain::Traps];

    /// Squares of half a metre that the cart can get to from the middle, and those that are free at all.
    fn reach(world: &Outdoor) -> (usize, usize) {
        let side = (2.0 * HALF / 0.5) as usize;
        let place = |k: usize| (k as f64 + 0.5) * 0.5 - HALF;
        let free: Vec<bool> = (0..side * side).map(|at| world.is_free([place(at % side), place(at / side)])).collect();
        let start = (0..side * side)
            .filter(|&at| free[at])
            .min_by_key(|&at| (at % side).abs_diff(side / 2) + (at / side).abs_diff(side / 2))
            .expect("something is free");
        let (mut seen, mut queue) = (vec![false; side * side], vec![start]);
        seen[start] = true;
        while let Some(at) = queue.pop() {
            for next in [at.wrapping_sub(1), at + 1, at.wrapping_sub(side), at + side] {
                let wraps = next % side != at % side && next / side != at / side;
                if next < side * side && !wraps && free[next] && !seen[next] {
                    seen[next] = true;
                    queue.push(next);
                }
            }
        }
        (seen.iter().filter(|&&seen| seen).count(), free.iter().filter(|&&free| free).count())
    }

    #[test]
    fn most_of_every_world_can_be_reached_and_worlds_differ() {
        for terrain in ALL {
            let mut world = Outdoor::new(terrain);
            let mut stream = Stream::new(0, "reset", 0);
            let mut worlds = Vec::new();
            for _ in 0..10 {
                world.reset(&mut stream);
                let (reached, free) = reach(&world);
                assert!(reached > 2000 && reached * 10 > free * 9, "{terrain:?}: {reached} of {free}");
                worlds.push(world.plan.obstacles.clone());
            }
            assert!(worlds.windows(2).all(|pair| pair[0] != pair[1]), "{terrain:?}");
            assert!(worlds.iter().all(|world| world.len() > 7), "{terrain:?}");
        }
    }

    #[test]
    fn the_cart_follows_its_commands_with_a_lag_and_stops_at_what_it_meets() {
        let mut world = Outdoor::new(Terrain::Clutter);
        world.plan.clear();
        world.plan.add(Obstacle::Block(Block { centre: [4.0, 0.0], half: [0.5, 3.0] }));
        world.plan.sort(BIN);
        world.step(&[1.0, 0.0]);
        // v(t) = 1 - exp(-t / 0.2 s).
        assert!((world.state.speed - (1.0 - (-1.25_f64).exp())).abs() < 1e-6, "{}", world.state.speed);
        for _ in 0..30 {
            world.step(&[1.0, 0.0]);
        }
        assert!((world.state.place[0] - 3.2).abs() < 1e-6 && world.state.touches, "{:?}", world.state);
        let mut observation = [0.0; 5 + RAYS];
        world.observe(&mut observation);
        assert!((f64::from(observation[3]) * RANGE - 0.3).abs() < 1e-6, "straight ahead");
        assert!((f64::from(observation[2]) - 1.0).abs() < 1e-6, "it touches");
        world.teleport([0.0, 0.0]);
        world.state.heading = [0.0, 1.0];
        world.observe(&mut observation);
        let right = 3 + RAYS * 3 / 4;
        assert!((f64::from(observation[right]) * RANGE - 3.5).abs() < 1e-6, "the box is to the right now");
    }

    #[test]
    fn a_full_turn_takes_as_long_as_its_rate_says() {
        let mut world = Outdoor::new(Terrain::Forest);
        for _ in 0..8 {
            world.step(&[0.0, 1.0]);
        }
        let before = world.state.heading;
        // 1.5 rad/s for 0.25 s.
        world.step(&[0.0, 1.0]);
        let cos = before[0] * world.state.heading[0] + before[1] * world.state.heading[1];
        assert!((cos - 0.375_f64.cos()).abs() < 1e-4, "{cos}");
    }
}
