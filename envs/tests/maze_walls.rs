//! Walls hold: the ball of every point maze stays outside them, whatever the actions.

use freeroam_envs::maze::Block;
use freeroam_envs::{Autoreset, Lanes, LanesConfig, Stream, ids, world};

const RADIUS: f64 = 0.7;
/// How deep the ball may sink into a wall, metres. The deepest seen over ten times as many steps is 1.6 mm.
const TOLERANCE: f64 = 3e-3;

/// Distance of a point to the nearest wall.
fn clearance(walls: &[Block], [x, y]: [f64; 2]) -> f64 {
    let distance = |block: &Block| {
        let outside = |value: f64, k: usize| ((value - block.centre[k]).abs() - block.half[k]).max(0.0);
        outside(x, 0).hypot(outside(y, 1))
    };
    walls.iter().map(distance).fold(f64::INFINITY, f64::min)
}

/// The action of lane `k` at step `t`.
type Drive = fn(t: usize, k: usize, previous: [f32; 2], noise: &mut Stream) -> [f32; 2];

const DRIVES: [(&str, Drive); 4] = [
    ("constant", |_, k, _, _| {
        let angle = (k % 16) as f32 * std::f32::consts::TAU / 16.0;
        let largest = angle.cos().abs().max(angle.sin().abs());
        [angle.cos() / largest, angle.sin() / largest]
    }),
    ("bang-bang", |t, k, previous, noise| {
        let mut flip = || if noise.below(2) == 0 { 1.0 } else { -1.0 };
        if t % (1 + k % 13) == 0 { [flip(), flip()] } else { previous }
    }),
    ("random", |_, _, _, noise| [noise.uniform(-1.0, 1.0) as f32, noise.uniform(-1.0, 1.0) as f32]),
    ("turning", |t, k, _, _| {
        let angle = 0.02 * (t * (1 + k % 7)) as f32 + k as f32;
        [1.5 * angle.cos(), 1.5 * angle.sin()]
    }),
];

#[test]
fn the_ball_stays_out_of_the_walls_of_every_maze() {
    // The same maze with a sensor has the same physics.
    let has_sensor = |id: &str| id.contains("-Pixels-") || id.contains("-Lidar-");
    for id in ids().into_iter().filter(|id| id.starts_with("PointMaze") && !has_sensor(id)) {
        let world = world(id).expect("registered");
        let layout = world.spec().layout.clone().expect("a maze");
        let (cells, walls) = (layout.free_cells(), layout.walls());
        // Sixteen directions from every cell of the oldest mazes, and from every fourth of the others.
        let each = if ["UMaze-", "Medium-", "Large-", "Giant-"].iter().any(|name| id.contains(name)) { 16 } else { 4 };
        let count = each * cells.len();
        let config = LanesConfig { lanes: count, threads: 2, autoreset: Autoreset::Disabled, ..LanesConfig::default() };
        let mut lanes = Lanes::new(&world, config).expect("lanes");
        let mut batch = lanes.batch();
        for (name, drive) in DRIVES {
            let mut noise = Stream::new(3, "drive", 0);
            lanes.reset_into(&mut batch).expect("reset");
            for k in 0..count {
                let [x, y] = layout.centre(cells[k / each]);
                let place = [x + noise.uniform(-1.2, 1.2), y + noise.uniform(-1.2, 1.2)];
                lanes.teleport(k, place, &mut batch).expect("a free place");
            }
            let mut actions = vec![0.0; 2 * count];
            for t in 0..60 {
                for k in 0..count {
                    let previous = [actions[2 * k], actions[2 * k + 1]];
                    actions[2 * k..2 * k + 2].copy_from_slice(&drive(t, k, previous, &mut noise));
                }
                lanes.step_into(&actions, &mut batch).expect("step");
                for (k, place) in batch.place.chunks_exact(2).enumerate() {
                    let place = [f64::from(place[0]), f64::from(place[1])];
                    let free = layout.cell_of(place).is_some_and(|cell| layout.is_free(cell));
                    assert!(
                        free && clearance(&walls, place) > RADIUS - TOLERANCE,
                        "{id}, {name} actions, lane {k}, step {t}: {place:?} is {} m from a wall",
                        clearance(&walls, place)
                    );
                }
            }
        }
    }
}

#[test]
fn in_free_space_the_ball_moves_by_its_action() {
    for (id, reach) in [("Point-v0", 1.0), ("PointMaze-Giant-v0", 0.2)] {
        let mut lanes = Lanes::new(&world(id).expect("registered"), LanesConfig::default()).expect("lanes");
        let mut batch = lanes.batch();
        lanes.reset_into(&mut batch).expect("reset");
        if id == "Point-v0" {
            assert_eq!(batch.observation, [0.0, 0.0], "the start is the origin");
        } else {
            lanes.teleport(0, [0.0, 0.0], &mut batch).expect("free");
        }
        let mut expected = [0.0_f64; 2];
        for t in 0..20 {
            let action = [(t as f32).sin(), (1.7 * t as f32).cos()];
            lanes.step_into(&action, &mut batch).expect("step");
            for k in 0..2 {
                expected[k] += reach * f64::from(action[k]);
                assert!((f64::from(batch.observation[k]) - expected[k]).abs() < 1e-5, "{id} {t}");
            }
        }
    }
}

#[test]
fn maze_episodes_start_in_the_first_cell_give_or_take_a_metre() {
    for id in ids().into_iter().filter(|id| id.starts_with("PointMaze")) {
        let config = LanesConfig { lanes: 200, ..LanesConfig::default() };
        let mut lanes = Lanes::new(&world(id).expect("registered"), config).expect("lanes");
        let mut batch = lanes.batch();
        lanes.reset_into(&mut batch).expect("reset");
        let largest = batch.place.iter().fold(0.0_f32, |largest, value| largest.max(value.abs()));
        let mean = batch.place.iter().sum::<f32>() / 400.0;
        assert!(largest <= 1.0 && largest > 0.9 && mean.abs() < 0.1, "{id}: {largest} {mean}");
    }
}
