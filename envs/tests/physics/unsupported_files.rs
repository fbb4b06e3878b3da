//! A file that cannot be simulated as written is refused with a reason.

use freeroam_envs::ground::Ground;
use freeroam_envs::robot::{Robot, Timing};

const TIMING: Timing = Timing { dt: 0.02, frame_skip: 1, iterations: 4, reach: 0.02 };
const HINGE: &str = r#"<joint name="j" type="hinge" axis="0 1 0"/>"#;
const BALL: &str = r#"<geom type="sphere" size="0.1"/>"#;

fn message(xml: &str) -> String {
    Robot::from_mjcf("mine", xml, TIMING, &Ground::Own).expect_err("the file is refused").to_string()
}

#[test]
fn the_reason_names_the_element() {
    let body = |joint: &str| format!("<worldbody><body name=\"b\">{joint}{BALL}</body></worldbody>");
    let plain = body(HINGE);
    let cases = [
        (body(r#"<joint name="j" type="ball"/>"#), "joint `j` is a ball joint"),
        (body(""), "no hinge or slide joint"),
        (body("<freejoint/>"), "no hinge or slide joint"),
        (format!("{plain}<actuator><damper name=\"p\" joint=\"j\" kv=\"1\"/></actuator>"), "`p` is of kind Damper"),
        (
            format!("{plain}<actuator><position name=\"p\" joint=\"j\" kp=\"1\"/></actuator>"),
            "`p` has no control range",
        ),
        (
            format!(
                "{plain}<actuator><position name=\"p\" joint=\"j\" ctrlrange=\"-1 1\" forcerange=\"-1 1\"/></actuator>"
            ),
            "`p` is a servo with a force range",
        ),
        (
            format!("{plain}<actuator><position name=\"p\" joint=\"j\" ctrlrange=\"-1 1\" kp=\"-1\"/></actuator>"),
            "`p` pushes the joint away",
        ),
        (
            format!(
                "{plain}<actuator><general name=\"p\" joint=\"j\" ctrlrange=\"-1 1\" dyntype=\"filter\"/></actuator>"
            ),
            "`p` has dyntype `filter`",
        ),
        (format!("{plain}<actuator><motor name=\"m\" joint=\"j\"/></actuator>"), "`m` has no control range"),
        (
            format!("{plain}<actuator><motor name=\"m\" joint=\"no\" ctrlrange=\"-1 1\"/></actuator>"),
            "`m` drives no joint",
        ),
        (format!("{plain}<equality><connect body1=\"b\" anchor=\"0 0 0\"/></equality>"), "equality constraints"),
        (format!("{plain}<contact><exclude body1=\"b\" body2=\"b\"/></contact>"), "contact pairs or excludes"),
        (
            format!(
                "<worldbody><body><freejoint/>{BALL}<body>{HINGE}{BALL}</body></body><body><freejoint/>{BALL}</body></worldbody>"
            ),
            "free body",
        ),
    ];
    for (content, expected) in cases {
        let message = message(&format!("<mujoco>{content}</mujoco>"));
        assert!(message.starts_with("robot `mine`: ") && message.contains(expected), "{message}, expected {expected}");
    }
    assert!(message("<mujoco><worldbody>").starts_with("robot `mine`: "));
}

#[test]
fn a_timing_without_steps_is_refused() {
    let xml = format!("<mujoco><worldbody><body>{HINGE}{BALL}</body></worldbody></mujoco>");
    for timing in [
        Timing { frame_skip: 0, ..TIMING },
        Timing { iterations: 0, ..TIMING },
        Timing { dt: 0.0, ..TIMING },
        Timing { dt: f64::NAN, ..TIMING },
        Timing { reach: 0.0, ..TIMING },
    ] {
        assert!(Robot::from_mjcf("mine", &xml, timing, &Ground::Own).is_err());
    }
}
