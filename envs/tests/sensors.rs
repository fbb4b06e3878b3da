//! What cameras on bodies, lidars and point clouds tell.

use std::f32::consts::{FRAC_PI_2, TAU};

use freeroam_envs::camera::{Camera, Cloud, Lidar, Mount, Renderer, Scanner, Scene, Shape, Solid, View};
use freeroam_envs::maze::Layout;
use freeroam_envs::{EnvsError, GoalConfig, GoalLaw, LanesConfig, Stream, ids, world};

use crate::every_world::{start, walk};

/// Height of the ball's centre over the ground in pictures, metres.
const BALL: f32 = 0.7;

fn camera(view: View) -> Camera {
    Camera { view, width: 33, height: 33, antialias: false, ..Camera::default() }
}

fn ahead(mount: Mount) -> Camera {
    camera(View::Egocentric { offset: [0.0; 3], pitch: 0.0, mount })
}

/// A quarter turn per unit around an axis of the world, as `w x y z`.
fn turned(axis: usize, quarters: f32) -> [f32; 4] {
    let (sin, cos) = (quarters * FRAC_PI_2 / 2.0).sin_cos();
    let mut rotation = [cos, 0.0, 0.0, 0.0];
    rotation[axis + 1] = sin;
    rotation
}

/// Four posts around a body at (1, 2) that is turned: ahead of it 3 m away, and 4, 5 and 6 m to the left, behind and to the
/// right as seen from above, along the axes of the world.
fn posts(rotation: [f32; 4]) -> Scene {
    let mut scene = Scene::new();
    scene.follow([1.0, 2.0, 1.0]);
    scene.turn(rotation);
    for (distance, direction) in [(3.0, [1.0, 0.0]), (4.0, [0.0, 1.0]), (5.0, [-1.0, 0.0]), (6.0, [0.0, -1.0])] {
        let far = distance + 0.5;
        let centre = [1.0 + far * direction[0], 2.0 + far * direction[1], 1.0];
        let shape = Shape::Cylinder { half_length: 1.0, radius: 0.5 };
        scene.add_fixed(&Solid { shape, centre, rotation: [1.0, 0.0, 0.0, 0.0], colour: [90; 3] });
    }
    let shape = Shape::Capsule { half_length: 1.0, radius: 0.2 };
    scene.add_moving(&Solid { shape, centre: [1.0, 3.5, 1.0], rotation: turned(0, 1.0), colour: [200; 3] });
    scene
}

fn scan(scene: &Scene, lidar: Lidar) -> Vec<f32> {
    let mut distances = vec![0.0; lidar.scan_len()];
    Scanner::new(lidar).expect("possible").scan(scene, &mut distances).expect("a scan");
    distances
}

fn near(got: &[f32], expected: &[f32]) {
    let worst = got.iter().zip(expected).map(|(got, expected)| (got - expected).abs()).fold(0.0, f32::max);
    assert!(got.len() == expected.len() && worst < 1e-4, "{got:?}, expected {expected:?}");
}

#[test]
fn a_camera_on_the_body_looks_where_the_body_faces() {
    for (quarters, expected) in [(0.0, 3.0), (1.0, 4.0), (2.0, 5.0), (-1.0, 6.0)] {
        let scene = posts(turned(2, quarters));
        for mount in [Mount::Heading, Mount::Body] {
            let view = ahead(mount);
            let mut depth = vec![0.0; view.depth_len()];
            Renderer::new().depth(&scene, &view, &mut depth).expect("a picture");
            let middle = depth[16 * 33 + 16];
            // The body's own arm is in the way to the left.
            let expected = if quarters == 1.0 { 0.3 } else { expected };
            assert!((middle - expected).abs() < 1e-3, "{mount:?}, {quarters}: {middle}");
        }
    }
}

#[test]
fn a_level_camera_keeps_the_horizon_and_one_on_the_body_rolls_with_it() {
    // On its left side: what was up is to the right.
    let scene = posts(turned(0, -1.0));
    let depth = |mount| {
        let view = Camera { view: View::Egocentric { offset: [0.0, 0.0, 0.0], pitch: 0.0, mount }, ..ahead(mount) };
        let mut depth = vec![0.0; view.depth_len()];
        Renderer::new().depth(&scene, &view, &mut depth).expect("a picture");
        depth
    };
    let is_sky = |depth: &[f32], x: usize, y: usize| depth[y * 33 + x] == f32::INFINITY;
    let level = depth(Mount::Heading);
    assert!(is_sky(&level, 0, 2) && is_sky(&level, 32, 2) && !is_sky(&level, 0, 30) && !is_sky(&level, 32, 30));
    let rolled = depth(Mount::Body);
    let sides = [(2, 0), (2, 32), (30, 0), (30, 32)].map(|(x, y)| is_sky(&rolled, x, y));
    assert!(sides == [true, true, false, false] || sides == [false, false, true, true], "{sides:?}");
}

#[test]
fn a_camera_on_a_body_in_the_ground_looks_from_just_above_it() {
    let mut scene = Scene::new();
    scene.follow([0.0, 0.0, -3.0]);
    let view = camera(View::Egocentric { offset: [0.0, 0.0, 0.5], pitch: 90.0, mount: Mount::Heading });
    let mut depth = vec![0.0; view.depth_len()];
    Renderer::new().depth(&scene, &view, &mut depth).expect("a picture");
    assert!((depth[16 * 33 + 16] - 0.02).abs() < 1e-6, "{}", depth[16 * 33 + 16]);
}

#[test]
fn the_depth_alone_is_that_beside_the_colours() {
    for id in ids() {
        let world = world(id).expect("registered");
        let (mut lanes, mut batch) = start(&world, LanesConfig { lanes: 3, threads: 2, ..LanesConfig::default() });
        walk(&mut lanes, &mut batch, &mut Stream::new(0, "policy", 0), 20, |_| ());
        for name in View::NAMES {
            let view = camera(View::named(name, world.spec()).expect("a known name"));
            let (mut rgb, mut beside) = (vec![0; 3 * view.rgb_len()], vec![0.0; 3 * view.depth_len()]);
            lanes.render_into(&view, &[], &mut rgb, Some(&mut beside)).expect("pictures");
            let mut alone = vec![0.0; 3 * view.depth_len()];
            lanes.depth_into(&view, &mut alone).expect("depth pictures");
            assert!(alone == beside, "{id}, {name}");
        }
    }
}

#[test]
fn rays_start_ahead_and_go_round_counter_clockwise() {
    let lidar = Lidar { rays: 4, ..Lidar::default() };
    near(&scan(&posts(turned(2, 0.0)), lidar), &[3.0, 4.0, 5.0, 6.0]);
    near(&scan(&posts(turned(2, 1.0)), lidar), &[4.0, 5.0, 6.0, 3.0]);
    near(&scan(&posts(turned(2, 2.0)), Lidar { range: 4.5, ..lidar }), &[4.5, 4.5, 3.0, 4.0]);
    // Head over: it heads backwards, with its left still to the left of that.
    near(&scan(&posts(turned(1, 2.0)), lidar), &[5.0, 6.0, 3.0, 4.0]);
    // On the body, its left is on the other side then.
    near(&scan(&posts(turned(1, 2.0)), Lidar { mount: Mount::Body, ..lidar }), &[5.0, 4.0, 3.0, 6.0]);
}

#[test]
fn the_range_is_exact_where_nothing_is_met_and_what_else_moves_is_seen() {
    let mut scene = posts(turned(2, 0.0));
    let lidar = Lidar { rays: 8, range: 2.0, ..Lidar::default() };
    assert_eq!(scan(&scene, lidar), [2.0; 8], "the body's own arm is not seen");
    let (shape, rotation) = (Shape::Ball { radius: 0.5 }, [1.0, 0.0, 0.0, 0.0]);
    scene.add_loose(&Solid { shape, centre: [1.0, 0.5, 1.0], rotation, colour: [9; 3] });
    near(&scan(&scene, lidar), &[2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 1.0, 2.0]);
}

#[test]
fn rings_spread_over_their_angle_and_meet_the_ground() {
    let mut scene = Scene::new();
    scene.follow([0.0, 0.0, 1.0]);
    let lidar = Lidar { rays: 5, rings: 3, spread: 60.0, range: 20.0, height: 0.5, mount: Mount::Heading };
    let distances = scan(&scene, lidar);
    // 1.5 m over the ground, 30 degrees down: twice as far.
    near(&distances, &[[3.0; 5], [20.0; 5], [20.0; 5]].concat());
    // A quarter roll on the body: the sensor is beside the centre, and its plane stands upright.
    scene.turn(turned(0, 1.0));
    let upright = Lidar { rays: 4, rings: 1, mount: Mount::Body, ..lidar };
    near(&scan(&scene, upright), &[20.0, 20.0, 20.0, 1.0]);
}

/// How far it is from a point to the first wall, by small steps, where walls are thicker by some metres.
fn march(layout: &Layout, from: [f64; 2], angle: f64, range: f64, thicker: f64) -> f64 {
    let step = 1e-3;
    let (sin, cos) = angle.sin_cos();
    let is_free = |at: [f64; 2]| layout.cell_of(at).is_some_and(|cell| layout.is_free(cell));
    let sides = [-thicker, thicker];
    let free = |t: f64| {
        let [x, y] = [from[0] + t * cos, from[1] + t * sin];
        sides.iter().all(|dx| sides.iter().all(|dy| is_free([x + dx, y + dy])))
    };
    (0..).map(|k| f64::from(k) * step).find(|&t| t >= range || !free(t)).expect("the range ends").min(range)
}

#[test]
fn in_a_maze_every_ray_ends_at_the_first_wall() {
    for id in ["PointMaze-Large-v0", "PointMaze-Giant-v0"] {
        let world = world(id).expect("registered");
        let layout = world.spec().layout.clone().expect("a maze");
        let (mut lanes, mut batch) = start(&world, LanesConfig::default());
        let mut noise = Stream::new(1, "places", 0);
        let lidar = Lidar { rays: 30, range: 15.0, ..Lidar::default() };
        let (mut distances, mut hits) = (vec![0.0; 30], 0);
        for _ in 0..40 {
            let cells = layout.free_cells();
            let centre = layout.centre(cells[noise.below(cells.len())]);
            let place = centre.map(|value| value + noise.uniform(-1.2, 1.2));
            lanes.teleport(0, place, &mut batch).expect("a free place");
            lanes.scan_into(&lidar, &mut distances).expect("scans");
            for (ray, &got) in distances.iter().enumerate() {
                let angle = ray as f64 * f64::from(TAU) / 30.0;
                // Outer walls are painted, which makes them 2 mm thicker.
                let bounds = [2.1e-3, 0.0].map(|thicker| march(&layout, place, angle, 15.0, thicker));
                let within = bounds[0] - 1e-2..bounds[1] + 1e-2;
                assert!(within.contains(&f64::from(got)), "{id}, {place:?}, ray {ray}: {got}, {bounds:?}");
                hits += usize::from(got < 15.0);
            }
        }
        assert!(hits > 800, "{id}: {hits}");
    }
}

#[test]
fn points_are_where_the_rays_end() {
    let scene = posts(turned(2, 1.0));
    let lidar = Lidar { rays: 4, range: 5.5, height: 0.25, ..Lidar::default() };
    let mut points = [[7.0; 3]; 4];
    let count = Scanner::new(lidar).expect("possible").points(&scene, &mut points).expect("points");
    assert_eq!(count, 3, "6 m is out of range");
    near(points.as_flattened(), &[4.0, 0.0, 0.25, 0.0, 5.0, 0.25, 0.0, -3.0, 0.25, 0.0, 0.0, 0.0]);
}

#[test]
fn the_points_of_a_depth_picture_lie_on_what_it_shows() {
    let world = world("PointMaze-Medium-v0").expect("registered");
    let layout = world.spec().layout.clone().expect("a maze");
    let (mut lanes, mut batch) = start(&world, LanesConfig { lanes: 2, ..LanesConfig::default() });
    let places = [[0.0, 0.0], [12.0, 8.0]];
    for (lane, place) in places.into_iter().enumerate() {
        lanes.teleport(lane, place, &mut batch).expect("a free place");
    }
    for view in [View::Whole, View::Egocentric { offset: [0.2, 0.1, 0.3], pitch: 20.0, mount: Mount::Heading }] {
        let camera = camera(view);
        let cloud = Cloud::Depth { camera, mount: Mount::Heading };
        let (mut points, mut counts) = (vec![[0.0; 3]; 2 * cloud.most()], [0; 2]);
        lanes.cloud_into(&cloud, &mut points, &mut counts).expect("clouds");
        let mut depth = vec![0.0; 2 * cloud.most()];
        lanes.depth_into(&camera, &mut depth).expect("depth pictures");
        for (lane, place) in places.into_iter().enumerate() {
            let (points, depth) = (&points[lane * cloud.most()..][..cloud.most()], &depth[lane * cloud.most()..]);
            let seen = depth[..cloud.most()].iter().filter(|depth| depth.is_finite()).count();
            assert_eq!(counts[lane], seen, "{view:?}");
            assert!(points[seen..].iter().all(|point| *point == [0.0; 3]), "{view:?}");
            let mut kinds = [0; 3];
            for &[x, y, z] in &points[..seen] {
                let at = [f64::from(x) + place[0], f64::from(y) + place[1]];
                let is_wall = |at: [f64; 2]| layout.cell_of(at).is_none_or(|cell| !layout.is_free(cell));
                let beside = [-0.01, 0.01].map(|dx| [-0.01, 0.01].map(|dy| [at[0] + dx, at[1] + dy]));
                let kind = match z + BALL {
                    height if height.abs() < 1e-2 => 0,
                    height if (0.0..2.01).contains(&height) && beside.as_flattened().iter().any(|&at| is_wall(at)) => 1,
                    _ if (x * x + y * y + z * z).sqrt() - BALL < 1e-2 => 2,
                    _ => panic!("{view:?}: nothing is at {:?}", [x, y, z]),
                };
                kinds[kind] += 1;
            }
            assert!(kinds[0] > 50 && kinds[1] > 50, "{view:?}: ground, wall and ball {kinds:?}");
        }
    }
}

/// All bits that sensors give after some steps in every lane.
fn sensed(id: &str, threads: usize) -> Vec<u32> {
    let world = world(id).expect("registered");
    let (mut lanes, mut batch) = start(&world, LanesConfig { lanes: 5, threads, ..LanesConfig::default() });
    walk(&mut lanes, &mut batch, &mut Stream::new(0, "policy", 0), 15, |_| ());
    let mut bits = Vec::new();
    for mount in [Mount::Heading, Mount::Body] {
        let lidar = Lidar { rays: 9, rings: 2, mount, ..Lidar::default() };
        let mut distances = vec![0.0; 5 * lidar.scan_len()];
        lanes.scan_into(&lidar, &mut distances).expect("scans");
        bits.extend(distances.iter().map(|distance| distance.to_bits()));
        for cloud in [Cloud::Lidar(lidar), Cloud::Depth { camera: ahead(mount), mount }] {
            let (mut points, mut counts) = (vec![[0.0; 3]; 5 * cloud.most()], [0; 5]);
            lanes.cloud_into(&cloud, &mut points, &mut counts).expect("clouds");
            bits.extend(points.as_flattened().iter().map(|x| x.to_bits()).chain(counts.map(|count| count as u32)));
        }
    }
    bits
}

#[test]
fn sensors_have_the_same_bits_for_any_number_of_threads() {
    for id in ["Ant-v0", "PointMaze-Giant-v0"] {
        let one = sensed(id, 1);
        assert!(one == sensed(id, 2) && one == sensed(id, 5), "{id}");
    }
}

#[test]
fn an_ant_does_not_see_itself_by_its_lidar() {
    let world = world("Ant-v0").expect("registered");
    let (mut lanes, mut batch) = start(&world, LanesConfig::default());
    walk(&mut lanes, &mut batch, &mut Stream::new(0, "policy", 0), 30, |_| ());
    let mut distances = [0.0; 64];
    lanes.scan_into(&Lidar::default(), &mut distances).expect("scans");
    assert_eq!(distances, [10.0; 64]);
}

#[test]
fn measuring_changes_nothing() {
    for id in ids() {
        let world = world(id).expect("registered");
        let (mut lanes, mut batch) = start(&world, LanesConfig::default());
        walk(&mut lanes, &mut batch, &mut Stream::new(0, "policy", 0), 3, |_| ());
        let before = lanes.save();
        lanes.scan_into(&Lidar::default(), &mut [0.0; 64]).expect("scans");
        lanes.depth_into(&ahead(Mount::Body), &mut vec![0.0; 33 * 33]).expect("depth pictures");
        lanes.cloud_into(&Cloud::Lidar(Lidar::default()), &mut [[0.0; 3]; 64], &mut [0]).expect("clouds");
        assert!(lanes.save() == before, "{id}");
    }
}

#[test]
fn impossible_sensors_are_refused_by_name() {
    let (mut lanes, _) = start(&world("Point-v0").expect("registered"), LanesConfig::default());
    let good = Lidar::default();
    let cases = [
        (Lidar { rays: 0, ..good }, "rays of a lidar is 0, expected 1 to 4096"),
        (Lidar { rings: 0, ..good }, "rings of a lidar is 0, expected 1 to 256"),
        (Lidar { rays: usize::MAX, ..good }, "rays of a lidar is 18446744073709551615"),
        (Lidar { spread: -1.0, ..good }, "spread of a lidar is -1, expected 0 to 170 degrees"),
        (Lidar { range: f32::NAN, ..good }, "range of a lidar is NaN, expected 0.01 to 10000 m"),
        (Lidar { range: 0.0, ..good }, "range of a lidar is 0"),
        (Lidar { height: f32::INFINITY, ..good }, "height of a lidar is inf"),
    ];
    for (lidar, text) in cases {
        let made = Scanner::new(lidar).map(|_| ());
        let asked = lanes.scan_into(&lidar, &mut []);
        for refused in [made, asked, lanes.cloud_into(&Cloud::Lidar(lidar), &mut [], &mut [])] {
            let error = refused.expect_err("refused").to_string();
            assert!(error.contains(text), "{error}");
        }
    }
    let view = |offset, pitch| camera(View::Egocentric { offset, pitch, mount: Mount::Body });
    let cases = [
        (view([0.0, f32::NAN, 0.0], 0.0), "place of a camera on the body is [0.0, NaN, 0.0]"),
        (view([0.0; 3], 91.0), "pitch of a camera is 91, expected -90 to 90 degrees"),
        (Camera { width: 0, ..view([0.0; 3], 0.0) }, "width of a picture is 0"),
    ];
    for (camera, text) in cases {
        let cloud = Cloud::Depth { camera, mount: Mount::Body };
        for refused in [lanes.depth_into(&camera, &mut []), lanes.cloud_into(&cloud, &mut [], &mut [])] {
            let error = refused.expect_err("refused").to_string();
            assert!(error.contains(text), "{error}");
        }
    }
    let is_length = |result: Result<(), EnvsError>, name: &str| {
        assert!(matches!(result, Err(EnvsError::Length { what, .. }) if what == name), "{name}: {result:?}");
    };
    is_length(lanes.scan_into(&good, &mut [0.0; 63]), "the scans");
    is_length(lanes.depth_into(&ahead(Mount::Body), &mut [0.0; 9]), "the depth pictures");
    is_length(lanes.cloud_into(&Cloud::Lidar(good), &mut [[0.0; 3]; 65], &mut [0]), "the points");
    is_length(lanes.cloud_into(&Cloud::Lidar(good), &mut [[0.0; 3]; 64], &mut []), "the counts");
}

#[test]
fn what_is_not_finite_is_not_followed() {
    let mut scene = posts(turned(2, 0.0));
    scene.follow([f32::NAN, 0.0, 0.0]);
    scene.turn([f32::INFINITY, 0.0, 0.0, 0.0]);
    near(&scan(&scene, Lidar { rays: 4, ..Lidar::default() }), &[3.0, 4.0, 5.0, 6.0]);
}

/// The worlds with a lidar, each with the world that it is of.
fn with_lidar() -> impl Iterator<Item = (&'static str, String)> {
    ids().into_iter().filter(|id| id.contains("-Lidar")).map(|id| (id, id.replace("-Lidar", "")))
}

#[test]
fn observations_of_worlds_with_a_lidar_end_in_its_distances() {
    for (id, base) in with_lidar() {
        let (world, base) = (world(id).expect("registered"), world(&base).expect("registered"));
        let config = LanesConfig { lanes: 2, horizon: 9, ..LanesConfig::default() };
        let ((mut lanes, mut batch), (mut plain, mut plain_batch)) = (start(&world, config), start(&base, config));
        let (state, width) = (base.spec().observation.len(), world.spec().observation.len());
        let names: Vec<_> = world.spec().observation[state..].iter().map(|channel| channel.name.as_str()).collect();
        assert_eq!((width - state, names[0], names[63]), (64, "lidar_0", "lidar_63"), "{id}");
        let (mut one, mut other) = (Stream::new(0, "policy", 0), Stream::new(0, "policy", 0));
        for _ in 0..20 {
            let mut distances = [0.0; 2 * 64];
            lanes.scan_into(&Lidar::default(), &mut distances).expect("scans");
            for lane in 0..2 {
                let (own, rest) = batch.observation[lane * width..][..width].split_at(state);
                assert_eq!(rest, &distances[64 * lane..][..64], "{id}");
                assert_eq!(own, &plain_batch.observation[lane * state..][..state], "{id}");
            }
            walk(&mut lanes, &mut batch, &mut one, 1, |_| ());
            walk(&mut plain, &mut plain_batch, &mut other, 1, |_| ());
        }
    }
}

#[test]
fn goals_of_worlds_with_a_lidar_show_the_distances_at_the_goal() {
    for (id, _) in with_lidar() {
        let world = world(id).expect("registered");
        let goals = Some(GoalConfig { law: GoalLaw::Tasks, ..GoalConfig::default() });
        let (mut lanes, mut batch) = start(&world, LanesConfig { goals, ..LanesConfig::default() });
        let goal = batch.goal.clone();
        lanes.teleport(0, world.spec().place(&goal), &mut batch).expect("goals are free places");
        assert_eq!(batch.observation, goal, "{id}");
    }
}

#[test]
fn lidars_that_cannot_be_and_scales_that_are_none_are_refused() {
    let world = world("Point-v0").expect("registered");
    let refused = |lidar, std| world.with_lidar("Mine-v0", lidar, 1.0, std).expect_err("refused").to_string();
    assert!(refused(Lidar { rays: 0, ..Lidar::default() }, 1.0).starts_with("rays of a lidar is 0"));
    assert!(
        refused(Lidar::default(), 0.0).starts_with("mean and std of a lidar's distances is 1 and 0, expected finite")
    );
    let mine =
        world.with_lidar("Mine-v0", Lidar { rays: 2, rings: 2, ..Lidar::default() }, 1.0, 1.0).expect("possible");
    assert_eq!((mine.spec().id.as_str(), mine.spec().observation.len()), ("Mine-v0", 6));
    assert!(mine.spec().description.ends_with("each axis; the observation ends in 4 distances of a lidar."));
}

#[test]
#[ignore = "prints the scale of distances in mazes"]
#[expect(clippy::print_stdout, reason = "the figures are the purpose")]
fn lidar_scale() {
    let (mut sum, mut squares, mut count) = (0.0, 0.0, 0.0);
    for (_, base) in with_lidar() {
        let world = world(&base).expect("registered");
        let layout = world.spec().layout.clone().expect("a maze");
        let (mut lanes, mut batch) = start(&world, LanesConfig::default());
        let (mut noise, cells) = (Stream::new(0, "places", 0), layout.free_cells());
        for _ in 0..2000 {
            let centre = layout.centre(cells[noise.below(cells.len())]);
            let place = centre.map(|value| value + noise.uniform(-1.3, 1.3));
            lanes.teleport(0, place, &mut batch).expect("a free place");
            let mut distances = [0.0; 64];
            lanes.scan_into(&Lidar::default(), &mut distances).expect("scans");
            for distance in distances.map(f64::from) {
                (sum, squares, count) = (sum + distance, squares + distance * distance, count + 1.0);
            }
        }
    }
    let mean = sum / count;
    println!("mean {mean:.3}, std {:.3}", (squares / count - mean * mean).sqrt());
}
