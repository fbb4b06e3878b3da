//! What a robot's document may not contain.

use rapier3d_mjcf::mjcf_rs::body::{GeomType, JointType};
use rapier3d_mjcf::mjcf_rs::extras::ActuatorKind;
use rapier3d_mjcf::mjcf_rs::model::Model;
use rapier3d_mjcf::{MjcfDofKind, MjcfRobot};

use super::Timing;
use crate::EnvsError;

pub(super) fn timing(timing: Timing) -> Result<(), EnvsError> {
    let out_of_range =
        |what, got: String, expected: &str| EnvsError::OutOfRange { what, got, expected: expected.to_owned() };
    if !(timing.dt.is_finite() && timing.dt > 0.0) {
        return Err(out_of_range("dt of a robot", timing.dt.to_string(), "a positive number of seconds"));
    }
    if !(timing.reach.is_finite() && timing.reach > 0.0) {
        return Err(out_of_range("reach of a robot", timing.reach.to_string(), "a positive number of metres"));
    }
    if timing.frame_skip == 0 || timing.iterations == 0 {
        let got = format!("{} x {}", timing.frame_skip, timing.iterations);
        return Err(out_of_range("frame_skip x iterations of a robot", got, "at least 1 x 1"));
    }
    Ok(())
}

/// The reason for which a document is not complete in itself, if any: what it includes would be looked up in the folder that a
/// program happens to run in, and is not kept with a run.
pub(crate) fn complete(xml: &str) -> Result<(), String> {
    if xml.contains("<include") {
        return Err("it includes another file, expected a document that is complete in itself".to_owned());
    }
    Ok(())
}

/// The reason for which the robot cannot be simulated as its file says, if any.
pub(super) fn model(model: &Model, robot: &MjcfRobot) -> Result<(), String> {
    for entry in &model.bodies {
        let body = &entry.body;
        let name = body.name.as_deref().unwrap_or("(unnamed)");
        if body.mocap {
            return Err(format!("body `{name}` is a mocap body, which is not supported"));
        }
        if let Some(geom) =
            body.geoms.iter().find(|geom| matches!(geom.type_, GeomType::Mesh | GeomType::Hfield | GeomType::Sdf))
        {
            return Err(format!("body `{name}` has a geom of type {:?}; use spheres, capsules, boxes", geom.type_));
        }
        for joint in &body.joints {
            let joint_name = joint.name.as_deref().unwrap_or("(unnamed)");
            if joint.type_ == JointType::Ball {
                return Err(format!("joint `{joint_name}` is a ball joint; use hinges"));
            }
            if joint.type_ == JointType::Free && body.joints.len() > 1 {
                return Err(format!("body `{name}` has a free joint and others"));
            }
            if joint.type_ == JointType::Free && entry.parent != Some(0) {
                return Err(format!("body `{name}` has a free joint but is not a child of the world"));
            }
            if joint.springdamper.is_some() {
                return Err(format!("joint `{joint_name}` has springdamper; use stiffness and damping"));
            }
        }
    }
    if robot.qpos_dofs.iter().skip(1).any(|dof| dof.kind == MjcfDofKind::Free) {
        return Err("its free body is not the first with a joint, or not the only one".to_owned());
    }
    if !model.equality.is_empty() {
        return Err("it has equality constraints, which are not supported".to_owned());
    }
    if !(model.contact.pairs.is_empty() && model.contact.excludes.is_empty()) {
        return Err("it has contact pairs or excludes; use contype and conaffinity".to_owned());
    }
    for actuator in &model.actuators {
        let name = actuator.name.as_deref().unwrap_or("(unnamed)");
        use ActuatorKind::{General, Motor, Position, Velocity};
        if !matches!(actuator.kind, Motor | Position | Velocity | General) {
            let supported = "motors, position and velocity servos and general actuators are supported";
            return Err(format!("actuator `{name}` is of kind {:?}; {supported}", actuator.kind));
        }
        if let Some(filter) = actuator.dyn_type.as_deref().filter(|filter| *filter != "none") {
            return Err(format!(
                "actuator `{name}` has dyntype `{filter}`; only actuators without a state are supported"
            ));
        }
    }
    Ok(())
}
