//! What pictures show.

use std::collections::HashSet;

use freeroam_envs::camera::{Camera, Floor, Renderer, Scene, Shape, Solid, View};
use freeroam_envs::{EnvsError, Lanes, LanesConfig, StepBatch, Stream, ids, world};

const SIDE: usize = 64;

fn camera(view: View) -> Camera {
    Camera { view, width: SIDE, height: SIDE, ..Camera::default() }
}

fn named(name: &str, lanes: &Lanes) -> Camera {
    camera(View::named(name, lanes.spec()).expect("a known name"))
}

fn start(id: &str, config: LanesConfig) -> (Lanes, StepBatch) {
    let mut lanes = Lanes::new(&world(id).expect("registered"), config).expect("lanes");
    let mut batch = lanes.batch();
    lanes.reset_into(&mut batch).expect("reset");
    (lanes, batch)
}

fn draw(lanes: &mut Lanes, camera: &Camera, goal: Option<[f64; 2]>) -> (Vec<u8>, Vec<f32>) {
    let (mut rgb, mut depth) = (vec![0; camera.rgb_len()], vec![0.0; camera.depth_len()]);
    lanes.render(0, camera, goal, &mut rgb, Some(&mut depth)).expect("a picture");
    (rgb, depth)
}

fn draw_scene(scene: &Scene, camera: &Camera) -> (Vec<u8>, Vec<f32>) {
    let (mut rgb, mut depth) = (vec![0; camera.rgb_len()], vec![0.0; camera.depth_len()]);
    Renderer::new().render(scene, camera, &mut rgb, Some(&mut depth)).expect("a picture");
    (rgb, depth)
}

fn pixel(rgb: &[u8], x: usize, y: usize) -> [u8; 3] {
    let at = 3 * (y * SIDE + x);
    [rgb[at], rgb[at + 1], rgb[at + 2]]
}

/// The orange of bodies: much red, some green, little blue. The red and the yellow wall have less green and more.
fn is_body([red, green, blue]: [u8; 3]) -> bool {
    let share = f64::from(green) / f64::from(red);
    red > 120 && i32::from(red) - i32::from(blue) > 60 && (0.33..0.76).contains(&share)
}

/// Mean column and row of the pixels that show a body.
fn body_place(rgb: &[u8]) -> Option<[f64; 2]> {
    let places: Vec<_> =
        (0..SIDE * SIDE).map(|at| (at % SIDE, at / SIDE)).filter(|&(x, y)| is_body(pixel(rgb, x, y))).collect();
    let mean = |sum: usize| sum as f64 / places.len() as f64;
    let sums = places.iter().fold((0, 0), |sum, place| (sum.0 + place.0, sum.1 + place.1));
    (!places.is_empty()).then(|| [mean(sums.0), mean(sums.1)])
}

#[test]
fn every_world_is_seen_by_every_camera() {
    for id in ids() {
        let (mut lanes, mut batch) = start(id, LanesConfig::default());
        let mut noise = Stream::new(0, "policy", 0);
        let mut action = vec![0.0; lanes.spec().action.len()];
        for _ in 0..30 {
            noise.fill_uniform(-1.0, 1.0, &mut action);
            lanes.step_into(&action, &mut batch).expect("step");
        }
        // From near enough for the thinnest part to be wider than a pixel.
        let (_, depth) = draw(&mut lanes, &camera(View::Above { height: 3.0 }), None);
        let middle = depth[SIDE / 2 * SIDE + SIDE / 2];
        assert!(middle < 2.98, "{id}: there is nothing in the middle, {middle} m below the camera");
        for name in View::NAMES {
            let view = named(name, &lanes);
            let (rgb, depth) = draw(&mut lanes, &view, None);
            let colours: HashSet<&[u8]> = rgb.chunks_exact(3).collect();
            assert!(colours.len() > 3, "{id}, {name}: {} colours", colours.len());
            assert!(depth.iter().all(|&depth| depth > 0.0), "{id}, {name}: a depth is not a distance");
        }
    }
}

#[test]
fn from_above_the_ball_stays_in_the_middle_and_is_as_large_as_it_is() {
    let (mut lanes, mut batch) = start("PointMaze-Large-v0", LanesConfig::default());
    let view = camera(View::Above { height: 10.0 });
    for place in [[0.0, 0.0], [4.2, 0.3], [0.0, 7.5]] {
        lanes.teleport(0, place, &mut batch).expect("a free place");
        let (rgb, depth) = draw(&mut lanes, &view, None);
        assert!(is_body(pixel(&rgb, SIDE / 2, SIDE / 2)), "{place:?}: {:?}", pixel(&rgb, SIDE / 2, SIDE / 2));
        let [x, y] = body_place(&rgb).expect("a body");
        assert!((x - 31.5).abs() < 1.0 && (y - 31.5).abs() < 1.0, "{place:?}: {x} {y}");
        // The ball of radius 0.7 m in a picture that is 2 tan(22.5 degrees) times as wide as it is far.
        let far = f64::from(depth[SIDE / 2 * SIDE + SIDE / 2]) + 0.7;
        let radius = 0.7 / (far * far - 0.49).sqrt() * 32.0 / 22.5_f64.to_radians().tan();
        let seen = (0..SIDE).filter(|&x| is_body(pixel(&rgb, x, SIDE / 2))).count() as f64;
        assert!((seen - 2.0 * radius).abs() < 2.5, "{place:?}: {seen} pixels, expected {}", 2.0 * radius);
    }
}

#[test]
fn moving_the_body_moves_it_in_the_picture_of_the_whole() {
    let (mut lanes, mut batch) = start("PointMaze-Large-v0", LanesConfig::default());
    let view = Camera { antialias: false, ..camera(View::Whole) };
    let mut place = |at: [f64; 2]| {
        lanes.teleport(0, at, &mut batch).expect("a free place");
        body_place(&draw(&mut lanes, &view, None).0).expect("a body")
    };
    let (origin, right, up) = (place([0.0, 0.0]), place([12.0, 0.0]), place([0.0, 8.0]));
    // 48 m and a margin across 64 pixels.
    assert!((right[0] - origin[0] - 15.5).abs() < 1.5 && (right[1] - origin[1]).abs() < 1.0, "{origin:?} {right:?}");
    assert!((origin[1] - up[1] - 10.3).abs() < 1.5 && (up[0] - origin[0]).abs() < 1.0, "{origin:?} {up:?}");
}

#[test]
fn the_ground_straight_below_is_as_deep_as_the_camera_is_high() {
    // Where nothing stands at the origin and the ground there is level.
    let is_planned = |id: &str| ["Maze-", "Rooms-", "Outdoor-"].iter().any(|family| id.starts_with(family));
    let is_open = |id: &&str| !is_planned(id) && !id.contains("-escape-") && !id.starts_with("Jaco-");
    for id in ids().into_iter().filter(is_open) {
        let (mut lanes, mut batch) = start(id, LanesConfig::default());
        let place = lanes.spec().layout.as_ref().map_or([30.0, -20.0], |layout| layout.centre(layout.tasks[0][1]));
        lanes.teleport(0, place, &mut batch).expect("a free place");
        let eye = [0.0, 0.0, 17.5];
        let (_, depth) = draw(&mut lanes, &camera(View::Fixed { eye, target: [0.0, 0.0, 0.0] }), None);
        assert!((depth[SIDE / 2 * SIDE + SIDE / 2] - 17.5).abs() < 1e-4, "{id}: {}", depth[SIDE / 2 * SIDE + SIDE / 2]);
    }
}

#[test]
fn a_wall_hides_the_ball_from_a_low_camera_and_not_from_a_high_one() {
    let (mut lanes, mut batch) = start("PointMaze-UMaze-v0", LanesConfig::default());
    // Free cells (1, 1) and (3, 1) are at (0, 0) and (0, 8), with a wall between them.
    lanes.teleport(0, [0.0, 8.0], &mut batch).expect("a free place");
    let mut sees = |eye: [f32; 3]| {
        body_place(&draw(&mut lanes, &camera(View::Fixed { eye, target: [0.0, 8.0, 1.0] }), None).0).is_some()
    };
    assert!(!sees([0.0, 0.0, 1.5]), "through the wall");
    assert!(sees([0.0, 0.0, 12.0]), "over the wall");
    assert!(sees([4.0, 8.0, 1.5]), "along the corridor");
}

#[test]
fn outer_walls_have_the_colours_of_their_sides_and_inner_walls_have_none() {
    // Floor plans are drawn without colours.
    let is_painted = |id: &&str| !["Maze-", "SquareMaze-"].iter().any(|family| id.starts_with(family));
    for id in ids().into_iter().filter(is_painted) {
        let (mut lanes, mut batch) = start(id, LanesConfig::default());
        let Some(layout) = lanes.spec().layout.clone() else { continue };
        let (rows, columns) = layout.shape();
        let tint = |rgb: &[u8]| match pixel(rgb, SIDE / 2, SIDE / 2).map(u32::from) {
            [red, green, blue] if red > 3 * green && red > 3 * blue => "red",
            [red, green, blue] if red > 2 * blue && green > 2 * blue => "yellow",
            [red, green, blue] if blue > 2 * red && blue > 2 * green => "blue",
            [red, green, blue] if 2 * red > 3 * green && blue > red => "purple",
            [red, green, blue] if blue < 2 * red && red <= green && green <= blue => "grey",
            _ => "another colour",
        };
        let places: [(&str, [usize; 2]); 4] = [
            ("red", [rows - 1, columns / 2]),
            ("yellow", [rows / 2, columns - 1]),
            ("blue", [0, columns / 2]),
            ("purple", [rows / 2, 0]),
        ];
        for (colour, [i, j]) in places {
            let [x, y] = layout.centre((i, j)).map(|value| value as f32);
            let above = camera(View::Fixed { eye: [x, y, 12.0], target: [x, y, 2.0] });
            assert_eq!(tint(&draw(&mut lanes, &above, None).0), colour, "{id}: the {colour} wall from above");
        }
        // From the middle of the first free cell of the last row the red wall is straight ahead.
        let cell = layout.free_cells().into_iter().rfind(|&(i, _)| i == rows - 2).expect("a cell at the north wall");
        let [x, y] = layout.centre(cell).map(|value| value as f32);
        let ahead = camera(View::Fixed { eye: [x, y, 0.9], target: [x, y + 1.0, 0.9] });
        lanes.teleport(0, layout.centre(layout.free_cells()[0]), &mut batch).expect("a free place");
        assert_eq!(tint(&draw(&mut lanes, &ahead, None).0), "red", "{id}: straight ahead");
        let inner = (1..rows - 1).flat_map(|i| (1..columns - 1).map(move |j| (i, j))).find(|&at| !layout.is_free(at));
        if let Some(inner) = inner {
            let [x, y] = layout.centre(inner).map(|value| value as f32);
            let above = camera(View::Fixed { eye: [x, y, 12.0], target: [x, y, 2.0] });
            assert_eq!(tint(&draw(&mut lanes, &above, None).0), "grey", "{id}: an inner wall");
        }
    }
}

#[test]
fn goals_are_marked_where_they_are_and_nowhere_else() {
    let (mut lanes, _) = start("PointMaze-UMaze-v0", LanesConfig::default());
    let view = camera(View::Whole);
    let (plain, marked) = (draw(&mut lanes, &view, None).0, draw(&mut lanes, &view, Some([8.0, 8.0])).0);
    let changed: Vec<_> = (0..SIDE * SIDE)
        .map(|at| (at % SIDE, at / SIDE))
        .filter(|&(x, y)| pixel(&plain, x, y) != pixel(&marked, x, y))
        .collect();
    // 20 m across 64 pixels, centred at (4, 4); the disc has a radius of 1 m.
    let scale = 64.0 / (20.0 * 1.1);
    assert!((20..60).contains(&changed.len()), "{} pixels", changed.len());
    for (x, y) in changed {
        let (dx, dy) = (x as f64 - 31.5 - 4.0 * scale, 31.5 - y as f64 - 4.0 * scale);
        assert!(dx.hypot(dy) < 1.0 * scale + 2.5, "({x}, {y}) is not at the goal");
    }
    let middle = pixel(&marked, (31.5 + 4.0 * scale) as usize, (31.5 - 4.0 * scale) as usize);
    assert!(middle[1] > middle[0] && middle[1] > middle[2], "{middle:?} is not green");
}

#[test]
fn pictures_have_the_same_bits_for_any_number_of_threads() {
    for id in ["Ant-v0", "PointMaze-Giant-v0"] {
        let pictures = |threads| {
            let (mut lanes, mut batch) = start(id, LanesConfig { lanes: 5, threads, ..LanesConfig::default() });
            let goals: Vec<_> = (0..5).map(|lane| (lane % 2 == 0).then_some([f64::from(lane), 1.0])).collect();
            let mut noise = Stream::new(0, "policy", 0);
            let mut actions = vec![0.0; 5 * lanes.spec().action.len()];
            let mut all = Vec::new();
            for name in View::NAMES {
                noise.fill_uniform(-1.0, 1.0, &mut actions);
                lanes.step_into(&actions, &mut batch).expect("step");
                let camera = named(name, &lanes);
                let mut rgb = vec![0; 5 * camera.rgb_len()];
                let mut depth = vec![0.0; 5 * camera.depth_len()];
                lanes.render_into(&camera, &goals, &mut rgb, Some(&mut depth)).expect("pictures");
                // One by one they are the same.
                for (lane, goal) in goals.iter().enumerate() {
                    let (mut one, mut one_depth) = (vec![0; camera.rgb_len()], vec![0.0; camera.depth_len()]);
                    lanes.render(lane, &camera, *goal, &mut one, Some(&mut one_depth)).expect("a picture");
                    assert!(one == rgb[lane * one.len()..][..one.len()], "{id}, {name}, lane {lane}");
                    assert!(
                        one_depth == depth[lane * one_depth.len()..][..one_depth.len()],
                        "{id}, {name}, lane {lane}"
                    );
                }
                all.push((rgb, depth.iter().map(|depth| depth.to_bits()).collect::<Vec<_>>()));
            }
            all
        };
        let one = pictures(1);
        assert!(one == pictures(2) && one == pictures(3), "{id}");
    }
}

#[test]
fn taking_pictures_changes_nothing() {
    for id in ids() {
        let (mut lanes, mut batch) = start(id, LanesConfig::default());
        lanes.step_into(&vec![0.5; lanes.spec().action.len()], &mut batch).expect("step");
        let before = lanes.save();
        for name in View::NAMES {
            let view = named(name, &lanes);
            draw(&mut lanes, &view, Some([1.0, 1.0]));
        }
        assert!(lanes.save() == before, "{id}");
    }
}

#[test]
fn what_was_drawn_before_makes_no_difference() {
    let mut scenes = Vec::new();
    for id in ids() {
        let mut env = world(id).expect("registered").make().expect("an env");
        env.reset(&mut Stream::new(0, "reset", 0));
        let mut scene = Scene::new();
        env.scene(&mut scene);
        scenes.push(scene);
    }
    let view = Camera { antialias: true, ..camera(View::Whole) };
    let mut used = Renderer::new();
    for scene in scenes.iter().rev().chain(&scenes) {
        let mut rgb = vec![0; view.rgb_len()];
        used.render(scene, &view, &mut rgb, None).expect("a picture");
        assert!(rgb == draw_scene(scene, &view).0);
    }
}

#[test]
fn smooth_edges_differ_only_where_something_ends() {
    let (mut lanes, _) = start("Ant-v0", LanesConfig::default());
    let smooth = named("tracking", &lanes);
    let (rough, fine) =
        (draw(&mut lanes, &Camera { antialias: false, ..smooth }, None), draw(&mut lanes, &smooth, None));
    assert_eq!(rough.1, fine.1, "the depth is that of the pixel's centre");
    let changed = rough.0.chunks_exact(3).zip(fine.0.chunks_exact(3)).filter(|(a, b)| a != b).count();
    assert!((50..SIDE * SIDE / 3).contains(&changed), "{changed} pixels");
}

#[test]
fn a_symmetric_robot_shows_which_way_it_is_turned() {
    let (mut lanes, _) = start("Ant-v0", LanesConfig::default());
    let view = camera(View::Above { height: 5.0 });
    let (rgb, _) = draw(&mut lanes, &view, None);
    let is_first = |&(x, y): &(usize, usize)| {
        let [red, green, blue] = pixel(&rgb, x, y).map(i32::from);
        blue > red + 40 && green > red + 40
    };
    let first: Vec<_> = (0..SIDE * SIDE).map(|at| (at % SIDE, at / SIDE)).filter(is_first).collect();
    // Leg 1 points along x and y, that is right and up.
    let count = first.len();
    let right = first.iter().filter(|(x, _)| *x > SIDE / 2).count();
    let up = first.iter().filter(|(_, y)| *y < SIDE / 2).count();
    assert!(count > 20 && right * 10 > count * 9 && up * 10 > count * 9, "{count}: {right} right, {up} up");
}

#[test]
fn a_floor_coloured_by_place_tells_the_place() {
    let (mut lanes, mut batch) = start("Point-v0", LanesConfig::default());
    let floor = Floor::place(lanes.spec());
    assert_eq!(floor, Floor::Place { low: [-40.0, -40.0], high: [40.0, 40.0] });
    let view = Camera { floor, ..camera(View::Above { height: 9.0 }) };
    let mut corner = |place: [f64; 2]| {
        lanes.teleport(0, place, &mut batch).expect("free");
        pixel(&draw(&mut lanes, &view, None).0, 0, SIDE - 1)
    };
    let (here, there) = (corner([0.0, 0.0]), corner([20.0, -20.0]));
    // 3.67 m to the left and below: 255 * (40 - 3.67) / 80; then 63.75 more and less.
    assert_eq!((here, there), ([116, 116, 128], [180, 52, 128]));
}

#[test]
fn solids_of_one_s_own_can_be_drawn() {
    let shapes = [
        Shape::Ball { radius: 1.0 },
        Shape::Capsule { half_length: 0.5, radius: 0.5 },
        Shape::Cylinder { half_length: 1.0, radius: 0.5 },
        Shape::Cuboid { half: [0.5, 0.5, 1.0] },
        Shape::Ellipsoid { half: [0.5, 0.5, 1.0] },
    ];
    for shape in shapes {
        let solid = Solid { shape, centre: [3.0, 4.0, 1.0], rotation: [1.0, 0.0, 0.0, 0.0], colour: [200, 30, 30] };
        let (mut fixed, mut moving) = (Scene::new(), Scene::new());
        fixed.add_fixed(&solid);
        moving.add_moving(&solid);
        for scene in [&mut fixed, &mut moving] {
            scene.follow([3.0, 4.0, 1.0]);
            // Not a number: left out, not drawn.
            scene.add_moving(&Solid { centre: [f32::NAN, 0.0, 0.0], ..solid });
        }
        let view = Camera { antialias: false, ..camera(View::Above { height: 8.0 }) };
        let ((fixed, fixed_depth), (_, moving_depth)) = (draw_scene(&fixed, &view), draw_scene(&moving, &view));
        assert_eq!(fixed_depth, moving_depth, "{shape:?}: found on both ways");
        assert!((fixed_depth[SIDE / 2 * SIDE + SIDE / 2] - 6.0).abs() < 0.02, "{shape:?}: 2 m high");
        let [red, green, _] = pixel(&fixed, SIDE / 2, SIDE / 2);
        assert!(red > 150 && green < 80, "{shape:?}");
    }
}

#[test]
fn impossible_cameras_are_refused_by_name() {
    let (mut lanes, _) = start("Point-v0", LanesConfig::default());
    let good = camera(View::Whole);
    let tracking =
        |distance, azimuth, elevation| Camera { view: View::Tracking { distance, azimuth, elevation }, ..good };
    let fixed = |eye, target| Camera { view: View::Fixed { eye, target }, ..good };
    let cases = [
        (Camera { width: 0, ..good }, "width of a picture is 0, expected 1 to 8192 pixels"),
        (Camera { height: 0, ..good }, "height of a picture is 0"),
        (Camera { height: usize::MAX, ..good }, "height of a picture is 18446744073709551615"),
        (Camera { field_of_view: f32::NAN, ..good }, "field of view of a camera is NaN"),
        (Camera { field_of_view: 180.0, ..good }, "field of view of a camera is 180, expected 1 to 160 degrees"),
        (Camera { view: View::Above { height: 0.0 }, ..good }, "height of a camera is 0"),
        (tracking(f32::INFINITY, 0.0, 0.0), "distance of a camera is inf"),
        (tracking(5.0, f32::NAN, 0.0), "azimuth of a camera is NaN"),
        (tracking(5.0, 0.0, -1.0), "elevation of a camera is -1, expected 0 to 90 degrees"),
        (fixed([0.0, 0.0, -1.0], [0.0; 3]), "place of a camera is [0.0, 0.0, -1.0]"),
        (fixed([0.0, 0.0, 1.0], [0.0, 0.0, 1.0]), "target of a camera is [0.0, 0.0, 1.0]"),
        (Camera { floor: Floor::Place { low: [0.0; 2], high: [0.0; 2] }, ..good }, "range of a floor"),
    ];
    for (camera, text) in cases {
        for error in [lanes.render(0, &camera, None, &mut [], None), lanes.render_into(&camera, &[], &mut [], None)] {
            let error = error.expect_err("refused").to_string();
            assert!(error.contains(text), "{error}");
        }
    }
    let error = View::named("side", lanes.spec()).expect_err("unknown").to_string();
    assert!(error.contains("`side`, expected `tracking`, `above`, `whole` or `egocentric`"), "{error}");
}

#[test]
fn buffers_of_another_size_and_lanes_that_are_not_there_are_refused() {
    let (mut lanes, _) = start("Point-v0", LanesConfig { lanes: 2, ..LanesConfig::default() });
    let view = camera(View::Whole);
    let (mut one, mut depth) = (vec![0; view.rgb_len()], vec![0.0; view.depth_len()]);
    let mut two = vec![0; 2 * view.rgb_len()];
    let is_length = |result: Result<(), EnvsError>, name: &str| {
        assert!(matches!(result, Err(EnvsError::Length { what, .. }) if what == name), "{name}: {result:?}");
    };
    is_length(lanes.render(0, &view, None, &mut one[1..], None), "the picture");
    is_length(lanes.render(0, &view, None, &mut one, Some(&mut depth[1..])), "the depth picture");
    is_length(lanes.render_into(&view, &[], &mut one, None), "the pictures");
    is_length(lanes.render_into(&view, &[], &mut two, Some(&mut depth)), "the depth pictures");
    is_length(lanes.render_into(&view, &[None], &mut two, None), "the goals");
    let error = lanes.render(2, &view, None, &mut one, None).expect_err("no such lane").to_string();
    assert!(error.contains("lane to draw is 2, expected less than 2"), "{error}");
    lanes.render_into(&view, &[None, None], &mut two, None).expect("pictures");
}

#[test]
fn the_sun_casts_shadows_on_ground_walls_and_bodies() {
    let ball =
        |centre| Solid { shape: Shape::Ball { radius: 0.5 }, centre, rotation: [1.0, 0.0, 0.0, 0.0], colour: [200; 3] };
    let table = Solid { shape: Shape::Cuboid { half: [4.0, 4.0, 0.5] }, ..ball([0.0, 0.0, 0.5]) };
    let view = Camera { antialias: false, ..camera(View::Above { height: 12.0 }) };
    // Each pair of pictures differs by what is in the way of the light.
    for on_table in [false, true] {
        let mut plain = Scene::new();
        if on_table {
            plain.add_fixed(&table);
        }
        let mut shaded = plain.clone();
        shaded.add_moving(&ball([-1.0, 0.0, 3.0]));
        let (plain, shaded) = (draw_scene(&plain, &view), draw_scene(&shaded, &view));
        let darker = (0..SIDE * SIDE)
            .filter(|&at| plain.1[at] == shaded.1[at] && plain.0[3 * at] > shaded.0[3 * at] + 30)
            .map(|at| at % SIDE)
            .collect::<Vec<_>>();
        let mean = darker.iter().sum::<usize>() as f64 / darker.len() as f64;
        assert!(darker.len() > 10 && mean > 30.0, "{on_table}: {} pixels at {mean}", darker.len());
    }
}
