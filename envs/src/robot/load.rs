//! From an MJCF document to a rapier world and the plan of how to drive it.

use rapier3d::dynamics::RigidBodyAdditionalMassProps;
use rapier3d::geometry::{BvhOptimizationStrategy, InteractionTestMode};
use rapier3d::prelude::*;
use rapier3d_mjcf::mjcf_rs;
use rapier3d_mjcf::mjcf_rs::body::JointType;
use rapier3d_mjcf::mjcf_rs::extras::{Actuator, ActuatorKind};
use rapier3d_mjcf::mjcf_rs::model::Model;
use rapier3d_mjcf::{ContactFilterMode, MjcfDofKind, MjcfLoaderOptions, MjcfMultibodyOptions, MjcfRobot};

use super::{Timing, check};
use crate::EnvsError;
use crate::ground::{Ground, Surface};
use crate::physics::Physics;

/// The spring that holds a planar robot in its plane, N/m and N s/m: as stiff as light robots stand it in a substep of some
/// milliseconds, and damped as one of 25 kg settles fastest.
const RAIL_STIFFNESS: f32 = 1e4;
const RAIL_DAMPING: f32 = 1e3;

/// What a joint does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JointKind {
    /// Turns about its axis; radians.
    Hinge,
    /// Moves along its axis; metres.
    Slide,
}

/// A joint with one coordinate.
#[derive(Clone, Debug, PartialEq)]
pub struct Joint {
    /// Name in the file, or `joint_N` with its place where the file gives none.
    pub name: String,
    /// What it does.
    pub kind: JointKind,
    /// Lowest and highest coordinate, in the convention of `qpos`, where the joint is limited.
    pub range: Option<[f32; 2]>,
    /// Coordinate in the zero pose.
    pub(super) reference: f32,
    /// The multibody link that the joint moves.
    pub(super) link: usize,
    /// Place of its rate among the multibody's generalized velocities.
    pub(super) dof: usize,
}

impl Joint {
    /// Place of the coordinate among the six of a rapier joint: both kinds move along or about the joint's x axis.
    pub(super) fn axis(&self) -> usize {
        match self.kind {
            JointKind::Slide => 0,
            JointKind::Hinge => 3,
        }
    }
}

/// A motor or a servo on a joint.
#[derive(Debug)]
pub(super) struct Drive {
    pub(super) name: String,
    pub(super) link: usize,
    pub(super) axis: usize,
    /// Place of the joint's rate among the multibody's generalized velocities.
    dof: usize,
    /// Stiffness and rest of the spring on the joint: its own and that of a servo.
    pub(super) spring: Option<(f32, f32)>,
    /// Damping that a servo adds to the joint.
    damping: f32,
    control_range: [f32; 2],
    force_range: [f32; 2],
    /// Force of the actuator for a unit of control, and without control.
    gain: f32,
    bias: f32,
    gear: f32,
}

impl Drive {
    /// Joint torque or force (N m or N) of a control in `[-1, 1]`, beside that of the spring.
    pub(super) fn force(&self, control: f32) -> f32 {
        let [low, high] = self.control_range;
        let control = low + 0.5 * (control + 1.0) * (high - low);
        self.gear * (self.gain * control + self.bias).clamp(self.force_range[0], self.force_range[1])
    }
}

/// The root of a robot that is free to move.
#[derive(Debug)]
pub(super) struct Root {
    pub(super) name: String,
    pub(super) body: RigidBodyHandle,
    /// Centre of mass of the root body, in the body frame of the file. The rapier body sits there, because rapier
    /// integrates a free root wrongly whose centre of mass is not its origin.
    pub(super) centre: Vector,
}

/// What does not change while the robot moves.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) name: String,
    pub(super) frame_skip: u32,
    pub(super) root: Option<Root>,
    /// Names and bodies of the parts.
    pub(super) parts: Vec<(String, RigidBodyHandle)>,
    /// Where `qpos` tells x, y and z.
    pub(super) travel: [Option<usize>; 3],
    pub(super) multibody: MultibodyIndex,
    pub(super) joints: Vec<Joint>,
    pub(super) drives: Vec<Drive>,
    /// Tells states of other documents, timings and grounds apart.
    pub(super) fingerprint: u64,
}

pub(super) fn load(name: &str, xml: &str, timing: Timing, ground: &Ground) -> Result<(Physics, Plan), EnvsError> {
    check::timing(timing)?;
    let broken = |reason: String| EnvsError::Robot { name: name.to_owned(), reason };
    let options = MjcfLoaderOptions {
        contact_filter_mode: ContactFilterMode::Asymmetric,
        skip_plane_geoms: false,
        rigid_body_blueprint: RigidBodyBuilder::dynamic().can_sleep(false).allow_fast_rotation(true),
        ..MjcfLoaderOptions::default()
    };
    check::complete(xml).map_err(broken)?;
    let (mut robot, model) = MjcfRobot::from_str(xml, options, ".").map_err(|error| broken(format!("{error:#}")))?;
    check::model(&model, &robot).map_err(broken)?;

    // The loader turns passive tendons into rigid couplings between their joints.
    robot.joint_couplings.clear();
    for collider in robot.bodies.iter_mut().flat_map(|body| &mut body.colliders) {
        // With this test and asymmetric groups, contype and conaffinity decide as in MuJoCo.
        let groups = collider.collision_groups();
        collider.set_collision_groups(InteractionGroups { test_mode: InteractionTestMode::Or, ..groups });
        collider.set_friction_combine_rule(CoefficientCombineRule::Max);
        collider.set_active_hooks(ActiveHooks::empty());
    }
    let surface = lay_floor(&mut robot, ground);
    let free = robot.qpos_dofs.iter().find(|dof| dof.kind == MjcfDofKind::Free).map(|dof| dof.body);
    let centre = free.map_or(Vector::ZERO, |root| centre_root(&mut robot, root));
    let sideways = if free.is_none() { free_sideways(&mut robot, &model) } else { None };

    let mut physics = Physics::new(IntegrationParameters {
        dt: (timing.dt / f64::from(timing.frame_skip)) as f32,
        num_solver_iterations: timing.iterations as usize,
        normalized_prediction_distance: timing.reach,
        max_ccd_substeps: 0,
        contact_recycling: false,
        ..IntegrationParameters::default()
    });
    physics.gravity = robot.gravity;
    // Each reset restores the tree of a robot's few shapes; keeping it balanced in between costs more than it saves.
    physics.broad_phase = BroadPhaseBvh::with_optimization_strategy(BvhOptimizationStrategy::None);
    ground.insert(surface, &mut physics);
    let handles = robot.clone().insert_using_multibody_joints(
        &mut physics.bodies,
        &mut physics.colliders,
        &mut physics.multibody_joints,
        &mut ImpulseJointSet::new(),
        MjcfMultibodyOptions::SKIP_LOOP_CLOSURES,
    );
    let Physics { bodies, colliders, multibody_joints, .. } = &mut physics;
    for handle in handles.bodies.iter().flatten() {
        bodies[handle.body].recompute_mass_properties_from_colliders(colliders);
    }

    let first = handles.joints.iter().find_map(|joint| joint.joint).and_then(|joint| multibody_joints.get(joint));
    let root_body = first.map(|(multibody, _)| multibody.root().rigid_body_handle());
    let index = root_body.and_then(|body| multibody_joints.rigid_body_link(body)).map(|link| link.multibody);
    let Some((index, multibody)) = index.and_then(|index| Some((index, multibody_joints.get_multibody_mut(index)?)))
    else {
        return Err(broken("it has no hinge or slide joint".to_owned()));
    };
    // Gives a fixed root its final number of coordinates, on which the places below depend.
    multibody.forward_kinematics(bodies, true);
    // rapier damps every angular coordinate by default, the free root included.
    multibody.damping_mut().fill(0.0);
    multibody.armature_mut().fill(0.0);
    multibody.frictions_mut().fill(0.0);

    let mut joints = Vec::new();
    // Places in `joints` by place in the loader's list, which also holds welds.
    let mut place = vec![None; robot.joints.len()];
    for dof in &robot.qpos_dofs {
        let Some(source) = dof.joint else { continue };
        let joint = &robot.joints[source];
        let handle = handles.joints[source].joint;
        let link = handle
            .and_then(|handle| multibody_joints.get(handle))
            .filter(|(found, _)| found.root().rigid_body_handle() == root_body.expect("set with the index"));
        let joint_name = joint.name.clone().unwrap_or_else(|| format!("joint_{}", joints.len()));
        let Some((found, link)) = link else {
            return Err(broken(format!("joint `{joint_name}` is not in the tree of the first joint")));
        };
        let axis = if dof.kind == MjcfDofKind::Slide { 0 } else { 3 };
        let limited = joint.joint.limit_axes.bits() & (1 << axis) != 0;
        let limits = joint.joint.limits[axis];
        place[source] = Some(joints.len());
        joints.push(Joint {
            name: joint_name,
            kind: if dof.kind == MjcfDofKind::Slide { JointKind::Slide } else { JointKind::Hinge },
            range: limited.then_some([limits.min + dof.reference, limits.max + dof.reference]),
            reference: dof.reference,
            link,
            dof: found.link(link).expect("the link was just found").assembly_id(),
        });
    }
    let multibody = multibody_joints.get_multibody_mut(index).expect("found above");
    for (source, joint) in robot.joints.iter().enumerate() {
        if let Some(place) = place[source] {
            let dof = joints[place].dof;
            multibody.damping_mut()[dof] = joint.damping_per_dof;
            multibody.armature_mut()[dof] = joint.armature_per_dof;
            multibody.frictions_mut()[dof] = joint.frictionloss_per_dof;
        }
    }
    if let Some((source, axis)) = sideways {
        let joint = &joints[place[source].expect("a slide is a joint")];
        // Linear coordinates of a link follow one another.
        multibody.damping_mut()[joint.dof + 1] = RAIL_DAMPING;
        let link = multibody.link_mut(joint.link).expect("links are never removed");
        link.joint.set_spring(axis, RAIL_STIFFNESS, 0.0);
    }
    let drives = drives(&robot, &model, &joints, &place).map_err(broken)?;
    for drive in &drives {
        multibody.damping_mut()[drive.dof] += drive.damping;
    }
    let parts = robot.bodies.iter().zip(&handles.bodies).skip(1).filter(|(body, _)| !body.is_intermediate);
    let parts = parts.enumerate().filter_map(|(index, (body, handle))| {
        let name = body.name.clone().unwrap_or_else(|| format!("part_{index}"));
        handle.as_ref().map(|handle| (name, handle.body))
    });
    let parts = parts.collect();
    let root = free.map(|root| Root {
        name: robot.bodies[root].name.clone().unwrap_or_else(|| "root".to_owned()),
        body: handles.bodies[root].as_ref().expect("only the world body can be left out").body,
        centre,
    });
    let travel = if root.is_some() { [Some(0), Some(1), Some(2)] } else { slides(&model, &joints) };
    let fingerprint = fingerprint(xml, timing, ground);
    let (name, frame_skip) = (name.to_owned(), timing.frame_skip);
    let plan = Plan { name, frame_skip, root, parts, travel, multibody: index, joints, drives, fingerprint };
    Ok((physics, plan))
}

/// Gives the robot's world the floor of the ground, and the surface that all of the ground has: that of the file's own
/// floor.
fn lay_floor(robot: &mut MjcfRobot, ground: &Ground) -> Surface {
    let fixed = &mut robot.bodies[0].colliders;
    let is_floor = |collider: &Collider| collider.shape().as_halfspace().is_some();
    let own = fixed.iter().position(is_floor);
    let surface = own.map_or(Surface::DEFAULT, |own| Surface::of(&fixed[own]));
    if *ground != Ground::Own {
        let own = own.map(|own| fixed.remove(own));
        fixed.retain(|collider| !is_floor(collider));
        if ground.is_flat() {
            let mut floor =
                own.unwrap_or_else(|| surface.apply(ColliderBuilder::new(SharedShape::halfspace(Vector::Z))).build());
            floor.set_position(Pose::IDENTITY);
            fixed.insert(0, floor);
        }
    }
    surface
}

/// The name of the slide joint along an axis of the world on the first body of a robot without a free root.
fn slide(model: &Model, axis: [f64; 3]) -> Option<&str> {
    let first = model.bodies.iter().find(|entry| entry.parent == Some(0) && !entry.body.joints.is_empty())?;
    let along = |joint: &&mjcf_rs::body::Joint| joint.type_ == JointType::Slide && joint.axis == axis;
    first.body.joints.iter().find(along)?.name.as_deref()
}

/// Where `qpos` tells x, y and z of a robot without a free root: the slide joints along them on its first body.
fn slides(model: &Model, joints: &[Joint]) -> [Option<usize>; 3] {
    [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]].map(|axis| {
        let name = slide(model, axis)?;
        joints.iter().position(|joint| joint.name == name)
    })
}

/// Lets a robot that slides along one horizontal axis give way along the other one too, where a stiff spring holds it; the joint
/// of the slide in the loader's list, and the axis of that joint along which it gives way.
///
/// rapier solves the friction of a contact along two tangents at once. Where the robot cannot move along one of them at all,
/// rounding alone decides how much impulse that one takes, and it takes all: a planar robot would slide as on ice.
fn free_sideways(robot: &mut MjcfRobot, model: &Model) -> Option<(usize, usize)> {
    let (name, other) = match (slide(model, [1.0, 0.0, 0.0]), slide(model, [0.0, 1.0, 0.0])) {
        (Some(name), None) => (name, Vector::Y),
        (None, Some(name)) => (name, Vector::X),
        _ => return None,
    };
    let source = robot.joints.iter().position(|joint| joint.name.as_deref() == Some(name))?;
    let joint = &mut robot.joints[source].joint;
    let frame = joint.local_frame1.rotation;
    let axis = if (frame * Vector::Y).dot(other).abs() > 0.5 { 1 } else { 2 };
    joint.locked_axes.remove(JointAxesMask::from_bits_truncate(1 << axis));
    Some((source, axis))
}

/// Moves the frame of a free root to its centre of mass; returns how far, in the old frame.
fn centre_root(robot: &mut MjcfRobot, root: usize) -> Vector {
    let body = &mut robot.bodies[root];
    let Some(RigidBodyAdditionalMassProps::MassProps(mut mass)) =
        body.body.mass_properties().additional_local_mprops.as_deref().copied()
    else {
        return Vector::ZERO;
    };
    let centre = mass.local_com;
    // Rounding alone does not count; a symmetric robot keeps its frame.
    if centre.length() < 1e-6 {
        return Vector::ZERO;
    }
    mass.local_com = Vector::ZERO;
    body.body.set_additional_mass_properties(mass, false);
    let pose = *body.body.position() * Pose::from_translation(centre);
    body.body.set_position(pose, false);
    let back = Pose::from_translation(-centre);
    for collider in &mut body.colliders {
        collider.set_position(back * *collider.position());
    }
    for joint in robot.joints.iter_mut().filter(|joint| joint.link1 == root) {
        let frame = back * joint.joint.local_frame1;
        joint.joint.set_local_frame1(frame);
    }
    centre
}

fn drives(robot: &MjcfRobot, model: &Model, joints: &[Joint], place: &[Option<usize>]) -> Result<Vec<Drive>, String> {
    let mut drives: Vec<Drive> = Vec::new();
    for (index, binding) in robot.actuators.iter().enumerate() {
        let actuator = &binding.actuator;
        let name =
            actuator.name.clone().or_else(|| actuator.joint.clone()).unwrap_or_else(|| format!("actuator_{index}"));
        let Some(source) = binding.joint_index else {
            return Err(format!("actuator `{name}` drives no joint"));
        };
        let Some(joint) = place[source].map(|place| &joints[place]) else {
            return Err(format!("actuator `{name}` drives a joint that is neither hinge nor slide"));
        };
        if drives.iter().any(|drive| (drive.link, drive.axis) == (joint.link, joint.axis())) {
            return Err(format!("actuator `{name}` drives joint `{}`, which another one drives too", joint.name));
        }
        let limited = actuator.ctrl_limited.resolve(model.compiler.autolimits, actuator.ctrl_range.is_some());
        let Some(control_range) = actuator.ctrl_range.filter(|_| limited) else {
            return Err(format!("actuator `{name}` has no control range to scale actions to"));
        };
        let limited = actuator.force_limited.resolve(model.compiler.autolimits, actuator.force_range.is_some());
        let force_range = actuator.force_range.filter(|_| limited).unwrap_or([f64::NEG_INFINITY, f64::INFINITY]);
        let own = &robot.joints[source];
        let gear = actuator.gear[0] as f32;
        let (gain, [bias, per_place, per_rate]) = law(actuator);
        // What grows with the joint's coordinate is a spring about the place of qpos 0, what grows with its rate damping.
        let (servo, damping) = (-per_place * gear * gear, -per_rate * gear * gear);
        if servo < 0.0 || damping < 0.0 {
            return Err(format!("actuator `{name}` pushes the joint away from its target"));
        }
        if force_range != [f64::NEG_INFINITY, f64::INFINITY] && (servo > 0.0 || damping > 0.0) {
            return Err(format!("actuator `{name}` is a servo with a force range, which is not supported"));
        }
        let stiffness = own.spring_stiffness_per_dof + servo;
        let rest = (own.spring_stiffness_per_dof * own.spring_ref - servo * joint.reference) / stiffness;
        drives.push(Drive {
            name,
            link: joint.link,
            axis: joint.axis(),
            dof: joint.dof,
            spring: (stiffness > 0.0).then_some((stiffness, if servo > 0.0 { rest } else { own.spring_ref })),
            damping,
            control_range: control_range.map(|value| value as f32),
            force_range: force_range.map(|value| value as f32),
            gain,
            bias,
            gear,
        });
    }
    Ok(drives)
}

/// Gain and bias of an actuator in MuJoCo's law `force = gain * control + b0 + b1 * length + b2 * rate`.
fn law(actuator: &Actuator) -> (f32, [f32; 3]) {
    let or = |value: Option<f64>, default: f64| value.unwrap_or(default) as f32;
    let (kp, kv) = (or(actuator.kp, 1.0), or(actuator.kv, 0.0));
    let prm = |list: &[f64], at: usize, default: f64| or(list.get(at).copied(), default);
    match actuator.kind {
        ActuatorKind::Position => (kp, [0.0, -kp, -kv]),
        ActuatorKind::Velocity => {
            let kv = or(actuator.kv, 1.0);
            (kv, [0.0, 0.0, -kv])
        }
        ActuatorKind::General => {
            let bias = |at| prm(&actuator.biasprm, at, 0.0);
            let affine = actuator.bias_type.as_deref() == Some("affine");
            (prm(&actuator.gainprm, 0, 1.0), if affine { [bias(0), bias(1), bias(2)] } else { [0.0; 3] })
        }
        _ => (1.0, [0.0; 3]),
    }
}

/// FNV-1a over the document, the timing and the ground.
fn fingerprint(xml: &str, timing: Timing, ground: &Ground) -> u64 {
    let Timing { dt, frame_skip, iterations, reach } = timing;
    let numbers = [dt.to_bits(), u64::from(frame_skip), u64::from(iterations), u64::from(reach.to_bits())];
    let bytes = xml.bytes().chain(numbers.into_iter().flat_map(u64::to_le_bytes));
    let ground = format!("{ground:?}");
    let bytes = bytes.chain(ground.bytes());
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}
