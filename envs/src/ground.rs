//! What a robot stands on and runs into.
//!
//! A robot's file may hold a floor of its own. The ground takes its place and its friction, so that a robot slides on any
//! ground as its file says; other fixed shapes of the file stay as they are.

use rapier3d::geometry::InteractionTestMode;
use rapier3d::prelude::*;

use crate::maze::Layout;
use crate::physics::Physics;
use crate::walls::insert_walls;

/// What a robot stands on and runs into.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub enum Ground {
    /// The fixed shapes of the robot's own file and nothing else: a floor only if the file has one.
    Own,
    /// An endless floor at z = 0.
    #[default]
    Plane,
    /// The floor with the walls of a maze on it, 2 m high.
    Maze(Layout),
}

/// How shapes of a ground meet a robot.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Surface {
    /// Coulomb's coefficient. The larger of the two of a contact counts, as in MuJoCo.
    pub(crate) friction: f32,
    pub(crate) groups: InteractionGroups,
}

impl Surface {
    /// MuJoCo's defaults: friction 1, meets everything that has a contype or a conaffinity of 1.
    pub(crate) const DEFAULT: Self =
        Self { friction: 1.0, groups: InteractionGroups::new(Group::GROUP_1, Group::GROUP_1, InteractionTestMode::Or) };

    /// The surface of a shape of a robot's file.
    pub(crate) fn of(collider: &Collider) -> Self {
        Self { friction: collider.friction(), groups: collider.collision_groups() }
    }

    /// A fixed shape with this surface.
    pub(crate) fn apply(self, shape: ColliderBuilder) -> ColliderBuilder {
        let shape = shape.friction(self.friction).friction_combine_rule(CoefficientCombineRule::Max);
        shape.collision_groups(self.groups)
    }
}

impl Ground {
    /// The walls, when the ground has any.
    #[must_use]
    pub fn layout(&self) -> Option<&Layout> {
        match self {
            Self::Own | Self::Plane => None,
            Self::Maze(layout) => Some(layout),
        }
    }

    /// Whether the floor is the plane z = 0. A robot whose file has such a floor keeps it.
    pub(crate) fn is_flat(&self) -> bool {
        match self {
            Self::Own => false,
            Self::Plane | Self::Maze(_) => true,
        }
    }

    /// Inserts what stands on the floor, before the robot is there.
    pub(crate) fn insert(&self, surface: Surface, physics: &mut Physics) {
        match self {
            Self::Own | Self::Plane => return,
            Self::Maze(layout) => insert_walls(layout, |wall| surface.apply(wall), &mut physics.colliders),
        }
        // Sorts the shapes into the broad phase once; episodes begin with that done.
        physics.step();
    }
}
