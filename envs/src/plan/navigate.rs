//! `Maze-*`: a ball that feels its way through a maze to a goal, for curricula of mazes.
//!
//! It is the navigation task of PAIRED, PLR, ACCEL and CLUTR on the plane instead of on a grid. Cells have an edge of 1 m; the
//! ball has radius 0.25 m and moves at 2 m/s at most along each axis. A step is a decision of 0.5 s, in which the ball can just go from
//! one cell to the next, so that horizons are those of the grid. The episode ends within 0.4 m of the goal with the reward
//! `1 - 0.9 t / T`, `t` being the number of steps and `T` the world's horizon; every other reward is zero.
//!
//! The ball feels 16 rays of 2.5 m, the reach of the grid's 5 x 5 patch: how far the next wall is, and whether the goal lies on the
//! ray. Walls do not hide the goal, as they do not on the grid. There is no heading, because the ball moves in all directions alike.
//! **The last two channels are its place, for coverage and for goals of lanes; a student that has to remember where it has been gets
//! the others.**
//!
//! | world | mazes |
//! |---|---|
//! | `Procedural` | a random level of 13 x 13 cells with up to 60 walls for each episode, or the one that was chosen ([`Env::set_level`]) |
//! | `FourRooms`, `Crossing`, `PerfectSmall` to `PerfectXL` | one of [`Generator`]'s test mazes for each episode |
//! | all others | one of [`Layout::HELD_OUT`] |
//!
//! Differences from the published task: continuous space and actions, no turning, rays instead of a patch, starts up to 0.1 m beside
//! the centre of their cell.

use rapier3d::math::ComplexField;
use serde::{Deserialize, Serialize};

use super::ray::disc;
use super::{Obstacle, Plan, length, minus, times};
use crate::camera::Scene;
use crate::maze::{Block, Generator, Layout, Level, MazeFamily};
use crate::registry::Family;
use crate::{Channel, Env, EnvsError, Outcome, Roles, Spec, Stream, World};

/// Simulated seconds per step.
const DT: f64 = 0.5;
/// Radius of the ball, metres.
const RADIUS: f64 = 0.25;
/// Speed of a unit action, metres per second.
const SPEED: f64 = 2.0;
/// Rays, the first along x, counted from x towards y.
const RAYS: usize = 16;
/// Length of a ray, metres.
const RANGE: f64 = 2.5;
/// Distance at which the goal counts as reached, metres.
const REACHED: f64 = 0.4;
/// Half-width of the square around the centre of the start cell in which episodes begin, metres.
const BESIDE: f64 = 0.1;
/// What the largest number of steps takes away of the reward.
const DELAY: f64 = 0.9;
/// Steps of an episode in training (PAIRED and its successors).
const TRAINING: u32 = 250;

/// The mazes of curricula.
pub(crate) const FAMILY: Family = Family {
    name: "Maze",
    worlds: &[
        ("Maze-Procedural-v0", |id| Ok(drawn(id, Generator::Family(MazeFamily::new(13, 60)?)))),
        ("Maze-FourRooms-v0", |id| Ok(drawn(id, Generator::FourRooms))),
        ("Maze-Crossing-v0", |id| Ok(drawn(id, Generator::Crossing))),
        ("Maze-PerfectSmall-v0", |id| Ok(drawn(id, Generator::Perfect { size: 9 }))),
        ("Maze-PerfectMedium-v0", |id| Ok(drawn(id, Generator::Perfect { size: 19 }))),
        ("Maze-PerfectLarge-v0", |id| Ok(drawn(id, Generator::Perfect { size: 49 }))),
        ("Maze-PerfectXL-v0", |id| Ok(drawn(id, Generator::Perfect { size: 99 }))),
        ("Maze-Standard-v0", held_out),
        ("Maze-Standard2-v0", held_out),
        ("Maze-Standard3-v0", held_out),
        ("Maze-Labyrinth-v0", held_out),
        ("Maze-LabyrinthFlipped-v0", held_out),
        ("Maze-Labyrinth2-v0", held_out),
        ("Maze-SixteenRooms-v0", held_out),
        ("Maze-SixteenRoomsFewerDoors-v0", held_out),
        ("Maze-NineRooms-v0", held_out),
        ("Maze-NineRoomsFewerDoors-v0", held_out),
        ("Maze-SmallCorridor-v0", held_out),
        ("Maze-LargeCorridor-v0", held_out),
        ("Maze-Mini-v0", held_out),
        ("Maze-Medium-v0", held_out),
    ],
};

/// Where the mazes of a world come from.
#[derive(Clone, Debug)]
enum Source {
    /// One maze; each episode draws one of its tasks.
    Fixed(Layout),
    /// A maze for each episode.
    Drawn(Generator),
}

/// The world of `Maze-NAME-v0`, whose maze never changes.
fn held_out(id: &str) -> Result<World, EnvsError> {
    let layout = Layout::held_out(id.split('-').nth(1).unwrap_or_default())?;
    let (rows, columns) = layout.shape();
    let spec = Spec {
        description: "A ball feels its way through a held-out maze of 1 m cells to a goal that it sees when near."
            .to_owned(),
        // As the publications test: twice the number of cells, the border counted.
        horizon: 2 * (rows * columns) as u32,
        layout: Some(layout.clone()),
        frames: None,
        ..spec(id)
    };
    Ok(world(spec, Source::Fixed(layout)))
}

/// A world of mazes that are drawn for each episode.
fn drawn(id: &str, generator: Generator) -> World {
    let edge = (generator.size() + 2) as u32;
    let horizon = match generator {
        Generator::Family(_) | Generator::FourRooms => TRAINING,
        Generator::Crossing => 4 * edge * edge,
        Generator::Perfect { .. } => 2 * edge * edge,
    };
    let spec = Spec {
        description: "A ball feels its way through a maze of 1 m cells, another one in each episode, to a goal."
            .to_owned(),
        horizon,
        goal_range: 0.5 * generator.size() as f64,
        ..spec(id)
    };
    world(spec, Source::Drawn(generator))
}

fn world(spec: Spec, source: Source) -> World {
    let prototype = Navigate::new(source, spec.horizon);
    World::new(spec, move || Ok(Box::new(prototype.clone())))
}

fn spec(id: &str) -> Spec {
    let channel = |name: String, unit, mean, std| Channel { name, unit, mean, std };
    let mut observation: Vec<Channel> =
        ["point_vx", "point_vy"].map(|name| channel(name.to_owned(), "m/s", 0.0, 1.0)).into();
    observation.extend((0..RAYS).map(|ray| channel(format!("ray_{ray}"), "", 0.5, 0.3)));
    observation.extend((0..RAYS).map(|ray| channel(format!("goal_{ray}"), "", 0.0, 0.3)));
    observation.extend(["place_x", "place_y"].map(|name| channel(name.to_owned(), "m", 0.0, 6.0)));
    Spec {
        id: id.to_owned(),
        description: String::new(),
        observation,
        action: vec!["velocity_x".to_owned(), "velocity_y".to_owned()],
        dt: DT,
        horizon: TRAINING,
        position: vec![2 + 2 * RAYS, 3 + 2 * RAYS],
        bin: 1.0,
        goal_range: 0.0,
        goal_radius: REACHED,
        layout: None,
        frames: None,
        roles: Roles::default(),
    }
}

/// A ball in a maze.
#[derive(Clone)]
struct Navigate {
    source: Source,
    horizon: f64,
    directions: [[f64; 2]; RAYS],
    /// The maze of the episode.
    layout: Layout,
    plan: Plan,
    /// Memory of [`Navigate::redraw`].
    blocks: Vec<Block>,
    state: State,
}

/// What changes.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct State {
    /// The level of the episode, where it is not fixed.
    level: Level,
    /// The level of the episodes to come, where one has been chosen.
    chosen: Option<Level>,
    /// Centre of the goal, metres.
    goal: [f64; 2],
    /// Whether it is the maze's own, which pays and ends the episode.
    own_goal: bool,
    place: [f64; 2],
    velocity: [f64; 2],
    steps: u32,
}

impl Navigate {
    fn new(source: Source, horizon: u32) -> Self {
        let level = Level::empty(match &source {
            Source::Fixed(_) => 2,
            Source::Drawn(generator) => generator.size(),
        });
        let layout = match &source {
            Source::Fixed(layout) => layout.clone(),
            Source::Drawn(_) => level.layout(),
        };
        let [start, goal] = layout.tasks[0].map(|cell| layout.centre(cell));
        let state = State { level, chosen: None, goal, own_goal: true, place: start, velocity: [0.0; 2], steps: 0 };
        let directions = std::array::from_fn(|ray| {
            let (sin, cos) = ComplexField::sin_cos(std::f64::consts::TAU * ray as f64 / RAYS as f64);
            [cos, sin]
        });
        let mut world = Self {
            source,
            horizon: f64::from(horizon),
            directions,
            layout,
            plan: Plan::default(),
            blocks: Vec::new(),
            state,
        };
        world.redraw();
        world
    }

    /// Draws the plan of the layout.
    fn redraw(&mut self) {
        self.layout.walls_into(&mut self.blocks);
        self.plan.clear();
        for &block in &self.blocks {
            self.plan.add(Obstacle::Block(block));
        }
        self.plan.sort(self.layout.cell);
    }
}

impl Env for Navigate {
    fn reset(&mut self, stream: &mut Stream) {
        let Self { source, state, .. } = self;
        if let Source::Drawn(generator) = source {
            match &state.chosen {
                Some(level) => state.level.clone_from(level),
                None => generator.draw(stream, &mut state.level),
            }
            self.state.level.write(&mut self.layout);
            self.redraw();
        }
        let [start, goal] = self.layout.tasks[stream.below(self.layout.tasks.len())];
        (self.state.goal, self.state.own_goal) = (self.layout.centre(goal), true);
        self.state.steps = 0;
        let [x, y] = self.layout.centre(start);
        self.teleport([x + stream.uniform(-BESIDE, BESIDE), y + stream.uniform(-BESIDE, BESIDE)]);
    }

    fn step(&mut self, action: &[f32]) -> Outcome {
        let by = [0, 1].map(|k| f64::from(action[k]) * SPEED * DT);
        let before = self.state.place;
        self.state.place = self.plan.slide(before, by, RADIUS).place;
        self.state.velocity = times(minus(self.state.place, before), 1.0 / DT);
        self.state.steps += 1;
        let arrived = self.state.own_goal && length(minus(self.state.place, self.state.goal)) <= REACHED;
        let reward = if arrived { 1.0 - DELAY * f64::from(self.state.steps) / self.horizon } else { 0.0 };
        Outcome { reward: reward as f32, terminated: arrived, diverged: false }
    }

    fn observe(&self, observation: &mut [f32]) {
        let State { place, velocity, goal, .. } = &self.state;
        let to_goal = minus(*goal, *place);
        let (body, rays) = observation.split_at_mut(2);
        body.copy_from_slice(&velocity.map(|value| value as f32));
        let (walls, rest) = rays.split_at_mut(RAYS);
        let (goals, at) = rest.split_at_mut(RAYS);
        at.copy_from_slice(&place.map(|value| value as f32));
        for ((wall, seen), &direction) in walls.iter_mut().zip(goals).zip(&self.directions) {
            *wall = (self.plan.ray(*place, direction, RANGE).0 / RANGE) as f32;
            *seen = f32::from(u8::from(disc(to_goal, REACHED, direction) <= RANGE));
        }
    }

    fn place(&self) -> [f64; 2] {
        self.state.place
    }

    fn teleport(&mut self, position: [f64; 2]) {
        self.state.place = position;
        self.state.velocity = [0.0; 2];
    }

    fn scene(&self, scene: &mut Scene) {
        self.plan.scene(scene, 0.5 * self.layout.cell as f32, self.state.place, RADIUS);
        scene.mark_goal(self.state.goal.map(|value| value as f32), REACHED as f32);
    }

    fn set_goal(&mut self, goal: [f64; 2]) {
        (self.state.goal, self.state.own_goal) = (goal, false);
    }

    fn is_free(&self, place: [f64; 2]) -> bool {
        self.plan.is_free(place, RADIUS)
    }

    fn level_len(&self) -> usize {
        match &self.source {
            Source::Drawn(Generator::Family(family)) => family.vector_len(),
            _ => 0,
        }
    }

    fn set_level(&mut self, level: Option<&[f32]>) -> Result<(), EnvsError> {
        let Source::Drawn(Generator::Family(family)) = &self.source else {
            return level.map_or(Ok(()), |level| crate::lanes::length("the vector of a level", level.len(), 0));
        };
        self.state.chosen = level.map(|vector| family.from_vector(vector)).transpose()?;
        Ok(())
    }

    fn save(&self, out: &mut Vec<u8>) {
        out.extend(postcard::to_stdvec(&self.state).expect("the state is made of numbers and lists only"));
    }

    fn load(&mut self, bytes: &[u8]) -> Result<(), EnvsError> {
        let refuse = |reason: String| EnvsError::State { what: "a maze".to_owned(), reason };
        let state: State = postcard::from_bytes(bytes).map_err(|error| refuse(error.to_string()))?;
        let of_size = |level: &Level| level.is_sound(self.state.level.size());
        if !of_size(&state.level) || !state.chosen.as_ref().is_none_or(of_size) {
            return Err(refuse("its level is of another world".to_owned()));
        }
        self.state = state;
        if matches!(self.source, Source::Drawn(_)) {
            self.state.level.write(&mut self.layout);
            self.redraw();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn corridor() -> Navigate {
        let layout = Layout::held_out("LargeCorridor").expect("a known name");
        Navigate::new(Source::Fixed(layout), 882)
    }

    fn observe(world: &Navigate) -> [f32; 4 + 2 * RAYS] {
        let mut observation = [0.0; 4 + 2 * RAYS];
        world.observe(&mut observation);
        observation
    }

    #[test]
    fn rays_measure_a_corridor_in_parts_of_their_range() {
        let mut world = corridor();
        // In a tooth of the comb: half a cell to each side, more than the range along it.
        world.teleport(world.layout.centre((5, 3)));
        let seen = observe(&world);
        assert_eq!([seen[2], seen[6], seen[10], seen[14]], [0.2, 1.0, 0.2, 1.0], "right, up, left, down");
        assert!(seen[2 + RAYS..2 + 2 * RAYS].iter().all(|&goal| goal == 0.0), "no goal is near");
        world.teleport(world.state.goal);
        assert!(observe(&world)[2 + RAYS..2 + 2 * RAYS].iter().all(|&goal| goal == 1.0), "on it, it is all around");
    }

    #[test]
    fn a_step_is_a_cell_and_the_goal_pays_for_the_time_left() {
        let mut world = corridor();
        world.reset(&mut Stream::new(0, "reset", 0));
        let start = world.state.place;
        for _ in 0..5 {
            assert_eq!(world.step(&[0.0, 1.0]), Outcome::default());
        }
        assert!(length(minus(world.state.place, [start[0], start[1] + 5.0])) < 1e-9, "{:?}", world.state.place);
        world.teleport(world.state.goal);
        let outcome = world.step(&[0.0, 0.0]);
        world.set_goal(world.state.goal);
        assert_eq!(world.step(&[0.0, 0.0]), Outcome::default(), "the lane's goal is the lane's matter");
        assert!(outcome.terminated && (outcome.reward - (1.0 - 0.9 * 6.0 / 882.0)).abs() < 1e-6, "{outcome:?}");
    }

    #[test]
    fn a_chosen_level_is_the_level_of_every_episode_until_it_is_given_up() {
        let family = MazeFamily::new(13, 60).expect("sound");
        let generator = Generator::Family(family);
        let mut world = Navigate::new(Source::Drawn(generator), TRAINING);
        let mut stream = Stream::new(0, "reset", 0);
        world.reset(&mut stream);
        let drawn = world.layout.clone();
        let level = family.sample(&mut Stream::new(1, "levels", 0));
        world.set_level(Some(&family.to_vector(&level))).expect("its own");
        assert_eq!(world.layout, drawn, "the episode goes on as it is");
        for _ in 0..2 {
            world.reset(&mut stream);
            assert_eq!(world.layout, level.layout());
            let off = minus(world.state.place, world.layout.centre(level.layout().tasks[0][0]));
            assert!(off.iter().all(|value| value.abs() <= BESIDE), "{off:?}");
        }
        world.set_level(None).expect("always");
        world.reset(&mut stream);
        assert_ne!(world.layout, level.layout());
        assert!(world.set_level(Some(&[0.0])).expect_err("short").to_string().contains("expected 62"));
        assert!(corridor().set_level(Some(&[0.0])).is_err(), "a fixed maze has no levels");
    }
}
