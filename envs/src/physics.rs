//! One rapier world: its sets, one step, exact copies and exact bytes.

use std::cell::RefCell;

use rapier3d::prelude::*;
use serde::{Deserialize, Serialize};

/// The state of a rapier world.
///
/// Copies and restored states continue bit for bit, whatever the workspaces did before.
pub(crate) struct Physics {
    pub(crate) parameters: IntegrationParameters,
    /// Metres per second squared.
    pub(crate) gravity: Vector,
    pub(crate) bodies: RigidBodySet,
    pub(crate) colliders: ColliderSet,
    islands: IslandManager,
    pub(crate) broad_phase: BroadPhaseBvh,
    narrow_phase: NarrowPhase,
    impulse_joints: ImpulseJointSet,
    pub(crate) multibody_joints: MultibodyJointSet,
    soft_bodies: SoftBodySet,
}

thread_local! {
    /// Workspaces of a step, one set per thread: they carry nothing from one step to the next, and with one per world
    /// thousands of worlds would push each other out of the cache.
    static WORKSPACES: RefCell<(PhysicsPipeline, CCDSolver)> = RefCell::default();
}

/// What [`Physics::save`] writes, in this order.
#[derive(Serialize)]
struct Saved<'a>(
    &'a RigidBodySet,
    &'a ColliderSet,
    &'a IslandManager,
    &'a BroadPhaseBvh,
    &'a NarrowPhase,
    &'a ImpulseJointSet,
    &'a MultibodyJointSet,
    &'a SoftBodySet,
);

/// What [`Physics::load`] reads.
#[derive(Deserialize)]
struct Loaded(
    RigidBodySet,
    ColliderSet,
    IslandManager,
    BroadPhaseBvh,
    NarrowPhase,
    ImpulseJointSet,
    MultibodyJointSet,
    SoftBodySet,
);

impl Physics {
    /// An empty world without gravity.
    pub(crate) fn new(parameters: IntegrationParameters) -> Self {
        Self {
            parameters,
            gravity: Vector::ZERO,
            bodies: RigidBodySet::new(),
            colliders: ColliderSet::new(),
            islands: IslandManager::new(),
            broad_phase: BroadPhaseBvh::new(),
            narrow_phase: NarrowPhase::new(),
            impulse_joints: ImpulseJointSet::new(),
            multibody_joints: MultibodyJointSet::new(),
            soft_bodies: SoftBodySet::new(),
        }
    }

    /// Advances by `parameters.dt`.
    pub(crate) fn step(&mut self) {
        WORKSPACES.with_borrow_mut(|(pipeline, ccd)| {
            pipeline.step(
                self.gravity,
                &self.parameters,
                &mut self.islands,
                &mut self.broad_phase,
                &mut self.narrow_phase,
                &mut self.bodies,
                &mut self.colliders,
                &mut self.impulse_joints,
                &mut self.multibody_joints,
                &mut self.soft_bodies,
                ccd,
                &(),
                &(),
            );
        });
    }

    /// Takes over the state of `other`, reusing what is allocated here.
    pub(crate) fn copy_from(&mut self, other: &Self) {
        self.parameters = other.parameters;
        self.gravity = other.gravity;
        self.bodies.clone_from(&other.bodies);
        self.colliders.clone_from(&other.colliders);
        self.islands.clone_from(&other.islands);
        self.broad_phase.clone_from(&other.broad_phase);
        self.narrow_phase.clone_from(&other.narrow_phase);
        self.impulse_joints.clone_from(&other.impulse_joints);
        self.multibody_joints.clone_from(&other.multibody_joints);
        self.soft_bodies.clone_from(&other.soft_bodies);
    }

    /// The exact state as bytes.
    pub(crate) fn save(&self) -> Vec<u8> {
        let saved = Saved(
            &self.bodies,
            &self.colliders,
            &self.islands,
            &self.broad_phase,
            &self.narrow_phase,
            &self.impulse_joints,
            &self.multibody_joints,
            &self.soft_bodies,
        );
        postcard::to_stdvec(&saved).expect("rapier's sets are made of numbers, lists and enums only")
    }

    /// Takes over a state written by [`Physics::save`]. When the bytes do not decode to a world with as many bodies
    /// and colliders as this one, it stays as it is and the error says why.
    pub(crate) fn load(&mut self, bytes: &[u8]) -> Result<(), String> {
        let (loaded, rest): (Loaded, _) = postcard::take_from_bytes(bytes).map_err(|error| error.to_string())?;
        let Loaded(
            bodies,
            colliders,
            islands,
            broad_phase,
            narrow_phase,
            impulse_joints,
            multibody_joints,
            soft_bodies,
        ) = loaded;
        if !rest.is_empty() {
            return Err(format!("{} bytes too many", rest.len()));
        }
        if (bodies.len(), colliders.len()) != (self.bodies.len(), self.colliders.len()) {
            return Err(format!(
                "it has {} bodies and {} colliders, expected {} and {}",
                bodies.len(),
                colliders.len(),
                self.bodies.len(),
                self.colliders.len()
            ));
        }
        self.bodies = bodies;
        self.colliders = colliders;
        self.islands = islands;
        self.broad_phase = broad_phase;
        self.narrow_phase = narrow_phase;
        self.impulse_joints = impulse_joints;
        self.multibody_joints = multibody_joints;
        self.soft_bodies = soft_bodies;
        Ok(())
    }
}

impl std::fmt::Debug for Physics {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (bodies, colliders) = (self.bodies.len(), self.colliders.len());
        formatter
            .debug_struct("Physics")
            .field("bodies", &bodies)
            .field("colliders", &colliders)
            .finish_non_exhaustive()
    }
}

impl Clone for Physics {
    fn clone(&self) -> Self {
        let mut copy = Self::new(self.parameters);
        copy.copy_from(self);
        copy
    }
}
