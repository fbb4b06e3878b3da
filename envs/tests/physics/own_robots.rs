//! Robots from users' own files live in any world, or are refused by name.

use freeroam_envs::{Lanes, LanesConfig, ROBOT_WORLDS, Stream, robot_world};

/// A cart on two slides with a turning mast.
const CART: &str = r#"<mujoco model="cart"><option timestep="0.004"/><worldbody>
    <geom type="plane" size="1 1 1" friction="0.3"/>
    <body name="cart" pos="0 0 0.1">
        <joint name="x" type="slide" axis="1 0 0" damping="1"/><joint name="y" type="slide" axis="0 1 0" damping="1"/>
        <geom type="box" size="0.2 0.2 0.1" mass="2"/>
        <body name="mast" pos="0 0 0.1">
            <joint name="mast" type="hinge" axis="0 0 1" damping="0.1"/><geom type="capsule" size="0.05 0.1" mass="0.1"/>
        </body>
    </body></worldbody>
    <actuator>
        <motor name="push_x" joint="x" gear="10" ctrlrange="-1 1"/><motor name="push_y" joint="y" gear="10" ctrlrange="-1 1"/>
        <position name="mast" joint="mast" kp="1" ctrlrange="-1 1"/>
    </actuator></mujoco>"#;

#[test]
fn one_file_lives_on_open_ground_and_in_every_maze() {
    for id in ROBOT_WORLDS {
        let world = robot_world(id, CART).expect("a world");
        let spec = world.spec();
        assert_eq!((spec.id.as_str(), spec.action.join(" ").as_str()), (id, "push_x push_y mast"));
        assert_eq!((spec.position.as_slice(), spec.layout.is_some()), ([0, 1].as_slice(), id != "Robot-v0"));
        assert!(spec.description.contains("`cart` of 2.1 kg"), "{}", spec.description);
        assert!(spec.observation.iter().all(|channel| channel.std > 0.0), "{id}");
        assert!((spec.bin - 0.4).abs() < 1e-9, "{id}: {}", spec.bin);
        let mut lanes = Lanes::new(&world, LanesConfig { lanes: 2, ..LanesConfig::default() }).expect("lanes");
        let mut batch = lanes.batch();
        lanes.reset_into(&mut batch).expect("reset");
        let start = batch.place.clone();
        let (mut noise, mut action) = (Stream::new(0, "policy", 0), [0.0; 6]);
        for _ in 0..300 {
            noise.fill_uniform(-1.0, 1.0, &mut action);
            lanes.step_into(&action, &mut batch).expect("step");
        }
        assert!(batch.place != start && lanes.diverged_total() == 0, "{id}");
    }
}

#[test]
fn walls_stop_it() {
    let world = robot_world("RobotMaze-UMaze-v0", CART).expect("a world");
    let mut lanes = Lanes::new(&world, LanesConfig::default()).expect("lanes");
    let mut batch = lanes.batch();
    lanes.reset_into(&mut batch).expect("reset");
    for _ in 0..400 {
        lanes.step_into(&[-1.0, 0.2, 0.0], &mut batch).expect("step");
        // The first cell ends two metres from its centre.
        assert!(batch.place[0] > -1.85, "{:?}", batch.place);
    }
    assert!(batch.place[0] < -1.75, "{:?}", batch.place);
}

#[test]
fn the_same_file_makes_the_same_world() {
    let scales = || {
        let world = robot_world("Robot-v0", CART).expect("a world");
        world
            .spec()
            .observation
            .iter()
            .map(|channel| (channel.mean.to_bits(), channel.std.to_bits()))
            .collect::<Vec<_>>()
    };
    assert_eq!(scales(), scales());
}

#[test]
fn what_does_not_fit_is_refused() {
    let refused = |id: &str, xml: &str| robot_world(id, xml).expect_err("refused").to_string();
    let unknown = refused("RobotMaze-Huge-v0", CART);
    assert!(unknown.contains("did you mean `RobotMaze-"), "{unknown}");
    let still =
        CART.replace(&CART[CART.find("<actuator>").expect("there")..CART.find("</mujoco>").expect("there")], "");
    assert_eq!(refused("Robot-v0", &still), "robot `cart`: it has no actuators");
    let rail = CART.replace(r#"<joint name="y" type="slide" axis="0 1 0" damping="1"/>"#, "");
    let rail = rail.replace(r#"<motor name="push_y" joint="y" gear="10" ctrlrange="-1 1"/>"#, "");
    assert_eq!(
        refused("RobotMaze-UMaze-v0", &rail),
        "robot `cart`: it cannot move along both x and y, as the maze asks"
    );
    assert_eq!(robot_world("Robot-v0", &rail).expect("on a line").spec().position, [0]);
    assert!(refused("Robot-v0", "<mujoco><worldbody>").starts_with("robot `robot`: "));
}
