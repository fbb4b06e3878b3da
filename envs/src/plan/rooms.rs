//! `Rooms-*`: a chain of rooms that are dark or full of noise, for agents that are to tell surprise from control.
//!
//! It is the game of Adversarial Surprise (Fickinger et al., 2021) on the plane instead of on a grid. Four rooms of 4 m hang together in a
//! chain, another one in every episode, with a closed door between neighbours. The body, a ball of radius 0.25 m that moves at 2 m/s at
//! most along each axis, begins in the middle of the first room. Each room is of a random kind:
//!
//! | kind | what is random | until its switch is pressed |
//! |---|---|---|
//! | dark | nothing: a body inside sees nothing at all | it has no switch |
//! | panels | the colour of each half metre of its walls, one of six, anew in each step | colours stay |
//! | balls | six balls that are kicked about | they lie still |
//! | wind | gusts push a body inside about | there is no wind |
//!
//! | world | kinds |
//! |---|---|
//! | `Rooms-Noisy` | dark or panels, each with the same chance: the published mixture |
//! | `Rooms-TV` | two rooms: a dark one, then panels |
//! | `Rooms-Balls` | dark or balls |
//! | `Rooms-Wind` | dark or wind |
//! | `Rooms-Dark` | dark |
//!
//! A door or a switch, a post in the room, is gone when it has been pushed for three steps in a row.
//!
//! The body feels 24 rays of 8 m, the first along x, counted from x towards y. Each gives two whole numbers: the distance in metres, 7
//! for more, and what is there (0 nothing, 1 a door, 2 a ball, 3 a switch, 4 to 9 a wall of that colour; walls without noise have colour
//! 4). What is in the dark cannot be seen from outside either. These 48 are the published categorical image. The velocity of the
//! body follows for the policy; a density over it would make moving surprising. **The last seven channels are for measuring and
//! never for a policy** ([`Roles`]): the room that the body is in, how many it has been in, how many have noise, how many of these it has
//! been in, in how many it is switched off, and the place.
//!
//! The reward is 1 in a step in which a room is entered for the first time, else 0.
//!
//! Differences from the published grid: continuous space and actions, rays instead of a patch, no items to carry, rooms of one size.

use rapier3d::math::ComplexField;
use serde::{Deserialize, Serialize};

use super::ray::disc;
use super::{Obstacle, Plan, length, minus, plus, times};
use crate::camera::Scene;
use crate::maze::Block;
use crate::registry::Family;
use crate::{Categories, Channel, Env, EnvsError, Gauge, Outcome, Roles, Spec, Stream, World};

/// Simulated seconds per step.
const DT: f64 = 0.1;
/// Metres per step and unit action.
const STRIDE: f64 = 0.2;
/// Radius of the body, metres.
const RADIUS: f64 = 0.25;
/// Edge of a room from wall to wall, and half the thickness of walls, metres.
const EDGE: f64 = 4.0;
const THIN: f64 = 0.05;
/// Half-width of the square in the middle of the first room in which episodes begin, metres.
const BESIDE: f64 = 0.1;
/// Width of a door, metres.
const DOOR: f64 = 1.2;
/// Most rooms of a chain.
const MOST_ROOMS: usize = 4;
/// Radius of a switch, and how far from the middle of its room it stands along each axis, metres.
const SWITCH: f64 = 0.15;
const ASIDE: [f64; 2] = [0.8, 1.3];
/// Steps in a row for which a door or a switch has to be pushed.
const PUSHES: u32 = 3;
/// Length of the panels that change colour, metres, and number of colours.
const PANEL: f64 = 0.5;
const COLOURS: u64 = 6;
/// Balls of a room, their radius, and the standard deviation of a kick along each axis and step; metres.
const BALLS: usize = 6;
const BALL: f64 = 0.15;
const KICK: f64 = 0.1;
/// Standard deviation of a gust along each axis and step, metres.
const GUST: f64 = 0.1;
/// Rays all around, their length in metres, and bins of distance.
const RAYS: usize = 24;
const RANGE: f64 = 8.0;
const BINS: f64 = 8.0;
/// First channel of those for measuring, those of the counts in it, of the place, and all channels.
const MEASURED: usize = 2 * RAYS + 2;
const VISITED: usize = MEASURED + 1;
const NOISY: usize = MEASURED + 2;
const ENTERED: usize = MEASURED + 3;
const SWITCHED: usize = MEASURED + 4;
const PLACE: usize = MEASURED + 5;
const OBSERVATION: usize = PLACE + 2;
/// What rays see, and the number of classes.
const NOTHING: f32 = 0.0;
const A_DOOR: f32 = 1.0;
const A_BALL: f32 = 2.0;
const A_SWITCH: f32 = 3.0;
const FIRST_COLOUR: f32 = 4.0;
const CLASSES: usize = 10;
/// Steps of an episode: four rounds of 64.
const HORIZON: u32 = 256;
/// Height of the walls in pictures, metres.
const HEIGHT: f32 = 1.0;

/// The worlds with noise in them.
pub(crate) const FAMILY: Family = Family {
    name: "Rooms",
    worlds: &[
        ("Rooms-Noisy-v0", |id| Ok(rooms_world(id, Law { rooms: 4, first: None, kinds: &[Kind::Dark, Kind::Panels] }))),
        ("Rooms-TV-v0", |id| Ok(rooms_world(id, Law { rooms: 2, first: Some(Kind::Dark), kinds: &[Kind::Panels] }))),
        ("Rooms-Balls-v0", |id| Ok(rooms_world(id, Law { rooms: 4, first: None, kinds: &[Kind::Dark, Kind::Balls] }))),
        ("Rooms-Wind-v0", |id| Ok(rooms_world(id, Law { rooms: 4, first: None, kinds: &[Kind::Dark, Kind::Wind] }))),
        ("Rooms-Dark-v0", |id| Ok(rooms_world(id, Law { rooms: 4, first: None, kinds: &[Kind::Dark] }))),
    ],
};

/// What is random in a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Dark,
    Panels,
    Balls,
    Wind,
}

/// How chains of rooms are drawn.
#[derive(Clone, Copy, Debug)]
struct Law {
    rooms: usize,
    /// The kind of the first room, where it is not drawn.
    first: Option<Kind>,
    /// Kinds of the other rooms, each with the same chance.
    kinds: &'static [Kind],
}

fn rooms_world(id: &str, law: Law) -> World {
    let prototype = Rooms::new(law);
    World::new(spec(id), move || Ok(Box::new(prototype.clone())))
}

fn spec(id: &str) -> Spec {
    let channel = |name: String, unit, mean, std| Channel { name, unit, mean, std };
    let mut observation: Vec<Channel> = (0..RAYS).map(|ray| channel(format!("distance_{ray}"), "", 2.0, 2.0)).collect();
    observation.extend((0..RAYS).map(|ray| channel(format!("class_{ray}"), "", 4.5, 3.0)));
    observation.extend(["point_vx", "point_vy"].map(|name| channel(name.to_owned(), "m/s", 0.0, 1.0)));
    let info = ["info_room", "info_visited", "info_noisy", "info_entered", "info_switched"];
    observation.extend(info.map(|name| channel(name.to_owned(), "", 1.5, 1.0)));
    observation.extend(["place_x", "place_y"].map(|name| channel(name.to_owned(), "m", 0.0, EDGE as f32)));
    Spec {
        id: id.to_owned(),
        description: "A ball in a chain of rooms with doors, dark or full of noise that a switch turns off.".to_owned(),
        observation,
        action: vec!["velocity_x".to_owned(), "velocity_y".to_owned()],
        dt: DT,
        horizon: HORIZON,
        position: vec![PLACE, PLACE + 1],
        bin: 1.0,
        goal_range: 0.5 * EDGE,
        goal_radius: 0.5,
        layout: None,
        frames: None,
        roles: roles(),
    }
}

fn roles() -> Roles {
    let gauge = |name, words, of, per| Gauge { name, words, of, per };
    Roles {
        categories: Some(Categories { channels: 2 * RAYS, classes: CLASSES }),
        measured: MEASURED..OBSERVATION,
        gauges: vec![
            gauge("rooms", "rooms visited", VISITED, None),
            gauge("controlled", "noisy rooms switched off, fraction of those that exist", SWITCHED, Some(NOISY)),
            gauge("controlled_visited", "noisy rooms switched off, fraction of those visited", SWITCHED, Some(ENTERED)),
        ],
    }
}

/// One room of a chain.
#[derive(Clone, Copy, Debug)]
struct Room {
    kind: Kind,
    /// Centre (x, y), metres.
    centre: [f64; 2],
    /// Obstacle index of its switch, where it has one.
    switch: Option<usize>,
    /// Obstacle index of the door to the next room.
    door: Option<usize>,
}

/// A ball in a chain of rooms.
#[derive(Clone)]
struct Rooms {
    law: Law,
    directions: [[f64; 2]; RAYS],
    plan: Plan,
    rooms: Vec<Room>,
    state: State,
}

/// What changes, beside what follows from the seed.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct State {
    /// Draws the chain, and the colours of panels.
    seed: u64,
    /// Draws kicks and gusts.
    noise: Stream,
    place: [f64; 2],
    velocity: [f64; 2],
    steps: u32,
    /// The door or switch that is being pushed, and for how many steps it has been.
    pushed: Option<(usize, u32)>,
    rooms: [RoomState; MOST_ROOMS],
}

#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
struct RoomState {
    visited: bool,
    /// Whether the door to the next room is open.
    open: bool,
    /// The step in which its switch was pressed.
    switched: Option<u32>,
    balls: [[f64; 2]; BALLS],
}

impl Rooms {
    fn new(law: Law) -> Self {
        let directions = std::array::from_fn(|ray| {
            let (sin, cos) = ComplexField::sin_cos(std::f64::consts::TAU * ray as f64 / RAYS as f64);
            [cos, sin]
        });
        let state = State {
            seed: 0,
            noise: Stream::new(0, "noise", 0),
            place: [0.0; 2],
            velocity: [0.0; 2],
            steps: 0,
            pushed: None,
            rooms: [RoomState::default(); MOST_ROOMS],
        };
        let mut world = Self { law, directions, plan: Plan::default(), rooms: Vec::with_capacity(MOST_ROOMS), state };
        world.redraw();
        world
    }

    /// Draws the chain of the seed.
    fn redraw(&mut self) {
        let mut stream = Stream::new(self.state.seed, "rooms", 0);
        let Self { law, plan, rooms, .. } = self;
        plan.clear();
        rooms.clear();
        // A walk on the grid of rooms that never comes back: four rooms cannot enclose the last one.
        let mut at = [0_i32; 2];
        let mut cells = [[i32::MAX; 2]; MOST_ROOMS];
        for room in 0..law.rooms {
            if room > 0 {
                loop {
                    let [dx, dy] = [[1, 0], [0, 1], [-1, 0], [0, -1]][stream.below(4)];
                    let next = [at[0] + dx, at[1] + dy];
                    if !cells.contains(&next) {
                        at = next;
                        break;
                    }
                }
            }
            cells[room] = at;
            let drawn = law.kinds[stream.below(law.kinds.len())];
            let kind = law.first.filter(|_| room == 0).unwrap_or(drawn);
            rooms.push(Room { kind, centre: at.map(|k| f64::from(k) * EDGE), switch: None, door: None });
        }
        let cells = &cells[..law.rooms];
        for (index, &[x, y]) in cells.iter().enumerate() {
            for (k, side) in [(0, 1), (0, -1), (1, 1), (1, -1)] {
                let mut beyond = [x, y];
                beyond[k] += side;
                let neighbour = cells.iter().position(|&cell| cell == beyond);
                if neighbour.is_some_and(|neighbour| neighbour < index) {
                    // The wall is there already.
                    continue;
                }
                let mut centre = rooms[index].centre;
                centre[k] += 0.5 * EDGE * f64::from(side);
                if neighbour == Some(index + 1) {
                    let beside = 0.5 * (EDGE - DOOR);
                    for end in [-0.5, 0.5] {
                        let mut part = centre;
                        part[1 - k] += end * (DOOR + beside);
                        plan.add(boxed(part, k, 0.5 * beside));
                    }
                    rooms[index].door = Some(plan.add(boxed(centre, k, 0.5 * DOOR)));
                } else {
                    plan.add(boxed(centre, k, 0.5 * EDGE + THIN));
                }
            }
        }
        for room in rooms.iter_mut() {
            let aside = [0; 2].map(|_| {
                let far = stream.uniform(ASIDE[0], ASIDE[1]);
                if stream.below(2) == 0 { far } else { -far }
            });
            if room.kind != Kind::Dark {
                room.switch = Some(plan.add(Obstacle::Disc { centre: plus(room.centre, aside), radius: SWITCH }));
            }
        }
        plan.sort(1.0);
    }

    /// Index of the room that a point is in.
    fn room_of(&self, place: [f64; 2]) -> Option<usize> {
        let inside = |room: &Room| (0..2).all(|k| (place[k] - room.centre[k]).abs() <= 0.5 * EDGE);
        self.rooms.iter().position(inside)
    }

    /// Counts how long a door or a switch has been pushed, and lets it give way.
    fn push(&mut self, touched: Option<usize>) {
        let thing =
            |index: &usize| self.rooms.iter().position(|room| room.door == Some(*index) || room.switch == Some(*index));
        let Some((index, room)) = touched.and_then(|index| Some((index, thing(&index)?))) else {
            self.state.pushed = None;
            return;
        };
        let before = self.state.pushed.filter(|&(pushed, _)| pushed == index).map_or(0, |(_, steps)| steps);
        self.state.pushed = Some((index, before + 1));
        if before + 1 >= PUSHES {
            let state = &mut self.state.rooms[room];
            self.plan.remove(index);
            if self.rooms[room].door == Some(index) {
                state.open = true;
            } else {
                state.switched = Some(self.state.steps);
            }
        }
    }

    /// Whether the noise of a room is at work.
    fn is_noisy(&self, room: usize, kind: Kind) -> bool {
        self.rooms[room].kind == kind && self.state.rooms[room].switched.is_none()
    }

    fn kick_balls(&mut self) {
        let Self { plan, rooms, state, .. } = self;
        for (room, changes) in rooms.iter().zip(&mut state.rooms) {
            if room.kind != Kind::Balls {
                continue;
            }
            for ball in &mut changes.balls {
                if changes.switched.is_none() {
                    let kick = [0; 2].map(|_| KICK * state.noise.normal());
                    *ball = plan.slide(*ball, kick, BALL).place;
                }
                // The body pushes balls aside.
                let away = minus(*ball, state.place);
                let distance = length(away);
                if distance < RADIUS + BALL && distance > 0.0 {
                    *ball = plan.slide(*ball, times(away, (RADIUS + BALL - distance) / distance), BALL).place;
                }
            }
        }
    }

    /// Bin of distance and class of what a ray sees.
    fn look(&self, direction: [f64; 2]) -> [f32; 2] {
        let State { place, rooms: states, .. } = &self.state;
        let dark = |room: Option<usize>| room.is_some_and(|room| self.rooms[room].kind == Kind::Dark);
        let unseen = [(BINS - 1.0) as f32, NOTHING];
        if dark(self.room_of(*place)) {
            return unseen;
        }
        let (mut distance, hit) = self.plan.ray(*place, direction, RANGE);
        let is = |of: fn(&Room) -> Option<usize>| hit.is_some() && self.rooms.iter().any(|room| of(room) == hit);
        let posts = [(is(|room| room.door), A_DOOR), (is(|room| room.switch), A_SWITCH)];
        let mut thing = posts.into_iter().find_map(|(is, class)| is.then_some(class));
        for (_, state) in self.rooms.iter().zip(states).filter(|(room, _)| room.kind == Kind::Balls) {
            for ball in &state.balls {
                let to = disc(minus(*ball, *place), BALL, direction);
                if to < distance {
                    (distance, thing) = (to, Some(A_BALL));
                }
            }
        }
        // Just before the wall, which belongs to the room that one looks at it from.
        let seen = plus(*place, times(direction, distance - 1e-6));
        let room = self.room_of(seen);
        if dark(room) || (hit.is_none() && thing.is_none()) {
            return unseen;
        }
        let wall = || FIRST_COLOUR + room.map_or(0.0, |room| self.colour(room, seen));
        let class = thing.unwrap_or_else(wall);
        [(distance / RANGE * BINS).floor().min(BINS - 1.0) as f32, class]
    }

    /// Colour of the wall next to a point of a room, 0 to 5.
    fn colour(&self, room: usize, seen: [f64; 2]) -> f32 {
        if self.rooms[room].kind != Kind::Panels {
            return 0.0;
        }
        let step = self.state.rooms[room].switched.unwrap_or(self.state.steps);
        let offset = minus(seen, self.rooms[room].centre);
        // The wall is the one that is nearest; along it lie the panels.
        let k = usize::from(offset[0].abs() >= offset[1].abs());
        let side = 2 * k + usize::from(offset[1 - k] > 0.0);
        let panel = ((offset[k] + 0.5 * EDGE) / PANEL).floor().clamp(0.0, EDGE / PANEL - 1.0) as usize;
        self.panel_colour(room, side, panel, step) as f32
    }

    fn panel_colour(&self, room: usize, side: usize, panel: usize, step: u32) -> u64 {
        // A hash instead of a stream: only panels that are looked at cost anything.
        let lane = (u64::from(step) << 16) | (room as u64 * 4 + side as u64) << 8 | panel as u64;
        crate::stream::hash(self.state.seed, lane) % COLOURS
    }
}

/// A piece of wall across axis `k`, `2 half` metres long.
fn boxed(centre: [f64; 2], k: usize, half: f64) -> Obstacle {
    let mut halves = [half; 2];
    halves[k] = THIN;
    Obstacle::Block(Block { centre, half: halves })
}

impl Env for Rooms {
    fn reset(&mut self, stream: &mut Stream) {
        self.state.seed = stream.bits();
        self.state.noise = Stream::new(self.state.seed, "noise", 0);
        self.redraw();
        let State { noise, rooms, .. } = &mut self.state;
        *rooms = [RoomState::default(); MOST_ROOMS];
        rooms[0].visited = true;
        for (room, state) in self.rooms.iter().zip(rooms) {
            let half = 0.5 * EDGE - THIN - BALL;
            for ball in &mut state.balls {
                *ball = plus(room.centre, [0; 2].map(|_| noise.uniform(-half, half)));
                // Out of the way of the switch.
                *ball = self.plan.slide(*ball, [0.0; 2], BALL).place;
            }
        }
        self.state.steps = 0;
        self.state.pushed = None;
        self.teleport([0; 2].map(|_| stream.uniform(-BESIDE, BESIDE)));
    }

    fn step(&mut self, action: &[f32]) -> Outcome {
        let mut by = [0, 1].map(|k| STRIDE * f64::from(action[k]));
        let before = self.state.place;
        if self.room_of(before).is_some_and(|room| self.is_noisy(room, Kind::Wind)) {
            by = plus(by, [0; 2].map(|_| GUST * self.state.noise.normal()));
        }
        let moved = self.plan.slide(before, by, RADIUS);
        self.state.place = moved.place;
        self.state.velocity = times(minus(moved.place, before), 1.0 / DT);
        self.state.steps += 1;
        self.push(moved.touched);
        self.kick_balls();
        let entered = self.room_of(self.state.place).filter(|&room| !self.state.rooms[room].visited);
        if let Some(room) = entered {
            self.state.rooms[room].visited = true;
        }
        Outcome { reward: f32::from(u8::from(entered.is_some())), ..Outcome::default() }
    }

    fn observe(&self, observation: &mut [f32]) {
        let (distances, rest) = observation.split_at_mut(RAYS);
        let (classes, rest) = rest.split_at_mut(RAYS);
        for ((distance, class), &direction) in distances.iter_mut().zip(classes).zip(&self.directions) {
            [*distance, *class] = self.look(direction);
        }
        let state = &self.state;
        let count = |of: &dyn Fn(&Room, &RoomState) -> bool| {
            self.rooms.iter().zip(&state.rooms).filter(|(room, state)| of(room, state)).count() as f32
        };
        rest.copy_from_slice(&[
            state.velocity[0] as f32,
            state.velocity[1] as f32,
            self.room_of(state.place).unwrap_or(0) as f32,
            count(&|_, state| state.visited),
            count(&|room, _| room.kind != Kind::Dark),
            count(&|room, state| room.kind != Kind::Dark && state.visited),
            count(&|_, state| state.switched.is_some()),
            state.place[0] as f32,
            state.place[1] as f32,
        ]);
    }

    fn place(&self) -> [f64; 2] {
        self.state.place
    }

    fn teleport(&mut self, position: [f64; 2]) {
        self.state.place = position;
        self.state.velocity = [0.0; 2];
    }

    fn is_free(&self, place: [f64; 2]) -> bool {
        self.room_of(place).is_some() && self.plan.is_free(place, RADIUS)
    }

    fn scene(&self, scene: &mut Scene) {
        self.plan.scene(scene, HEIGHT, self.state.place, RADIUS);
        for (index, (room, state)) in self.rooms.iter().zip(&self.state.rooms).enumerate() {
            match room.kind {
                Kind::Balls => {
                    for &ball in &state.balls {
                        super::ball(scene, ball, BALL, BALL, super::OTHER);
                    }
                }
                Kind::Panels => self.show_panels(scene, index),
                Kind::Dark | Kind::Wind => {}
            }
        }
    }

    fn save(&self, out: &mut Vec<u8>) {
        out.extend(postcard::to_stdvec(&self.state).expect("the state is made of numbers only"));
    }

    fn load(&mut self, bytes: &[u8]) -> Result<(), EnvsError> {
        let refuse = |reason: String| EnvsError::State { what: "a chain of rooms".to_owned(), reason };
        self.state = postcard::from_bytes(bytes).map_err(|error| refuse(error.to_string()))?;
        self.redraw();
        for (room, state) in self.rooms.iter().zip(&self.state.rooms) {
            let gone = [room.door.filter(|_| state.open), room.switch.filter(|_| state.switched.is_some())];
            gone.into_iter().flatten().for_each(|index| self.plan.remove(index));
        }
        Ok(())
    }
}

impl Rooms {
    /// The coloured panels on the walls of a room.
    fn show_panels(&self, scene: &mut Scene, room: usize) {
        const THICK: f64 = 0.02;
        let step = self.state.rooms[room].switched.unwrap_or(self.state.steps);
        for side in 0..4 {
            let (k, sign) = (side / 2, if side % 2 == 1 { 1.0 } else { -1.0 });
            for panel in 0..(EDGE / PANEL) as usize {
                let mut centre = self.rooms[room].centre;
                centre[k] += (panel as f64 + 0.5) * PANEL - 0.5 * EDGE;
                centre[1 - k] += sign * (0.5 * EDGE - THIN - THICK);
                // No panel where a door is or was: there the wall has no piece right behind it.
                let mut behind = centre;
                behind[1 - k] += sign * (THIN + THICK);
                let is_door = |room: &Room| {
                    let across = |door: usize| self.plan.obstacles[door].entered(behind, 0.01).is_some();
                    room.door.is_some_and(across)
                };
                if self.plan.is_free(behind, 0.01) || self.rooms.iter().any(is_door) {
                    continue;
                }
                let mut half = [0.5 * PANEL; 2];
                half[1 - k] = THICK;
                let colour = super::PANELS[self.panel_colour(room, side, panel, step) as usize];
                super::slab(scene, centre, half, HEIGHT, colour);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn world(kinds: &'static [Kind], first: Option<Kind>) -> Rooms {
        Rooms::new(Law { rooms: 4, first, kinds })
    }

    fn seen(world: &Rooms) -> [f32; OBSERVATION] {
        let mut observation = [0.0; OBSERVATION];
        world.observe(&mut observation);
        observation
    }

    /// Drives to a point, straight.
    fn drive(world: &mut Rooms, to: [f64; 2], steps: usize) {
        for _ in 0..steps {
            let way = minus(to, world.state.place);
            let action = way.map(|value| (value / STRIDE).clamp(-1.0, 1.0) as f32);
            world.step(&action);
        }
    }

    #[test]
    fn chains_are_rooms_of_four_metres_with_a_door_between_neighbours() {
        let mut world = world(&[Kind::Dark, Kind::Panels], None);
        let mut stream = Stream::new(0, "reset", 0);
        let mut kinds = [0; 2];
        for _ in 0..200 {
            world.reset(&mut stream);
            for pair in world.rooms.windows(2) {
                assert!((length(minus(pair[0].centre, pair[1].centre)) - EDGE).abs() < 1e-9);
                assert!(pair[0].door.is_some());
            }
            assert!(world.rooms[3].door.is_none());
            for room in &world.rooms {
                kinds[usize::from(room.kind == Kind::Panels)] += 1;
                assert_eq!(room.switch.is_some(), room.kind == Kind::Panels);
                assert!(world.is_free(room.centre), "the middle is free");
            }
            // Nothing leads out: every ray from the middle meets something within the room.
            let rays = world.directions.iter().map(|&direction| world.plan.ray([0.0; 2], direction, 9.0).0);
            assert!(rays.fold(0.0, f64::max) <= 0.5_f64.sqrt() * EDGE);
        }
        assert!((320..480).contains(&kinds[0]), "{kinds:?}");
    }

    #[test]
    fn a_door_opens_after_three_steps_of_pushing_and_the_next_room_pays_once() {
        let mut world = world(&[Kind::Panels], None);
        world.reset(&mut Stream::new(1, "reset", 0));
        let [from, to] = [world.rooms[0].centre, world.rooms[1].centre];
        let mut rewards = 0.0;
        let half = times(plus(from, to), 0.5);
        drive(&mut world, times(plus(from, half), 0.5), 20);
        for back in [false, true, false] {
            for _ in 0..40 {
                let goal = if back { from } else { to };
                let way = minus(goal, world.state.place).map(|value| (value / STRIDE).clamp(-1.0, 1.0) as f32);
                rewards += world.step(&way).reward;
            }
            assert_eq!(world.room_of(world.state.place), Some(usize::from(!back)));
        }
        assert!((rewards - 1.0).abs() < 1e-6, "{rewards}");
        assert!(world.state.rooms[0].open && world.state.rooms[1].visited);
    }

    #[test]
    fn colours_are_uniform_and_independent_until_the_switch_is_pressed() {
        let mut world = world(&[Kind::Panels], None);
        world.reset(&mut Stream::new(2, "reset", 0));
        let (mut counts, mut alike, mut total) = ([0_usize; 6], 0, 0);
        for _ in 0..2000 {
            world.step(&[0.0, 0.0]);
            let seen = seen(&world);
            for ray in 0..RAYS {
                let class = seen[RAYS + ray];
                if class >= FIRST_COLOUR {
                    counts[(class - FIRST_COLOUR) as usize] += 1;
                }
            }
            // Rays 0 and 12 end on walls that face each other, or on a door.
            if seen[RAYS] >= FIRST_COLOUR && seen[RAYS + 12] >= FIRST_COLOUR {
                alike += usize::from(seen[RAYS] == seen[RAYS + 12]);
                total += 1;
            }
        }
        let expected = counts.iter().sum::<usize>() as f64 / 6.0;
        let chi = counts.iter().map(|&count| (count as f64 - expected).powi(2) / expected).sum::<f64>();
        // The 0.99 quantile of chi squared with five degrees of freedom.
        assert!(chi < 15.1 * 4.0, "rays that end on one panel count together: {chi} {counts:?}");
        assert!(total == 0 || (alike as f64 / f64::from(total) - 1.0 / 6.0).abs() < 0.04, "{alike} of {total}");
        let switch = world.rooms[0].switch.expect("a switch");
        let Obstacle::Disc { centre, .. } = world.plan.obstacles[switch] else { panic!("a post") };
        drive(&mut world, centre, 30);
        assert_eq!(seen(&world)[SWITCHED], 1.0, "switched off");
        let mut bytes = Vec::new();
        world.save(&mut bytes);
        let mut again = world.clone();
        again.load(&bytes).expect("a state");
        for world in [&world, &again] {
            assert!(matches!(world.plan.obstacles[switch], Obstacle::Gone));
            assert!(!seen(world)[RAYS..2 * RAYS].contains(&A_SWITCH));
        }
        world.teleport([0.0, 0.0]);
        let calm = seen(&world);
        for _ in 0..100 {
            world.step(&[0.0, 0.0]);
            assert_eq!(seen(&world), calm);
        }
    }

    #[test]
    fn in_the_dark_nothing_is_seen_from_inside_and_from_outside() {
        let mut world = world(&[Kind::Panels], Some(Kind::Dark));
        world.reset(&mut Stream::new(3, "reset", 0));
        let inside = seen(&world);
        assert!(
            inside[..RAYS].iter().all(|&bin| bin == 7.0) && inside[RAYS..2 * RAYS].iter().all(|&class| class == 0.0)
        );
        let next = world.rooms[1].centre;
        drive(&mut world, next, 60);
        assert_eq!(world.room_of(world.state.place), Some(1));
        let outside = seen(&world);
        let dark = (0..RAYS).filter(|&ray| outside[RAYS + ray] == 0.0).count();
        assert!(dark > 0 && dark < RAYS / 2, "through the open door: {dark}");
    }

    #[test]
    fn balls_and_wind_move_until_they_are_switched_off() {
        for kinds in [&[Kind::Balls], &[Kind::Wind]] {
            let (kind, mut world) = (kinds[0], world(kinds, None));
            world.reset(&mut Stream::new(4, "reset", 0));
            let moved = |world: &mut Rooms| {
                let before = (world.state.place, world.state.rooms[0].balls);
                world.step(&[0.0, 0.0]);
                (before.0 != world.state.place, before.1 != world.state.rooms[0].balls)
            };
            assert_eq!(moved(&mut world), (kind == Kind::Wind, kind == Kind::Balls));
            let switch = world.rooms[0].switch.expect("a switch");
            let Obstacle::Disc { centre, .. } = world.plan.obstacles[switch] else { panic!("a post") };
            drive(&mut world, centre, 60);
            world.teleport([0.0, 0.0]);
            world.step(&[0.0, 0.0]);
            assert_eq!(moved(&mut world), (false, false), "{kind:?}");
        }
    }
}
