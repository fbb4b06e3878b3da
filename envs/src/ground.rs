//! What a robot stands on and runs into.
//!
//! A robot's file may hold a floor of its own. The ground takes its place and its friction, so that a robot slides on any
//! ground as its file says; other fixed shapes of the file stay as they are.

use rapier3d::geometry::InteractionTestMode;
use rapier3d::prelude::*;

use crate::maze::Layout;
use crate::physics::Physics;
use crate::terrain::Heights;
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
    /// The floor with hills on it.
    Hills(Heights),
    /// The floor with a row of bars across the x axis.
    Hurdles(Hurdles),
}

/// Bars across the x axis, all alike.
#[derive(Clone, Debug, PartialEq)]
pub struct Hurdles {
    /// Where they are along x, metres.
    pub places: Vec<f32>,
    /// Half extents along x, y and z, metres.
    pub half: [f32; 3],
    /// Height of their middle, metres.
    pub height: f32,
}

impl Hurdles {
    /// The twelve hurdles of METRA's `HalfCheetahHurdle` (Park et al., 2024), bars of 0.1 m by 0.06 m at a height of 0.2 m.
    #[must_use]
    pub fn cheetah() -> Self {
        let places = vec![-15.0, -13.0, -9.0, -5.0, -1.0, 3.0, 7.0, 11.0, 15.0, 19.0, 23.0, 27.0];
        Self { places, half: [0.05, 1.0, 0.03], height: 0.2 }
    }

    /// The first hurdle at or after `x`; `None` behind the last one.
    #[must_use]
    pub fn next(&self, x: f32) -> Option<f32> {
        self.places.iter().copied().filter(|&place| place >= x).reduce(f32::min)
    }
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
            Self::Maze(layout) => Some(layout),
            Self::Own | Self::Plane | Self::Hills(_) | Self::Hurdles(_) => None,
        }
    }

    /// Height of the ground at a place (x, y in metres), metres; that of the floor where a robot's file has the floor.
    #[must_use]
    pub fn height(&self, place: [f64; 2]) -> f64 {
        if let Self::Hills(heights) = self { heights.at(place) } else { 0.0 }
    }

    /// Whether the floor is the plane z = 0. A robot whose file has such a floor keeps it.
    pub(crate) fn is_flat(&self) -> bool {
        match self {
            Self::Own => false,
            Self::Plane | Self::Maze(_) | Self::Hills(_) | Self::Hurdles(_) => true,
        }
    }

    /// Inserts what stands on the floor, before the robot is there.
    pub(crate) fn insert(&self, surface: Surface, physics: &mut Physics) {
        match self {
            Self::Own | Self::Plane => return,
            Self::Maze(layout) => insert_walls(layout, |wall| surface.apply(wall), &mut physics.colliders),
            Self::Hills(heights) => {
                physics.colliders.insert(surface.apply(heights.collider()));
            }
            Self::Hurdles(hurdles) => {
                let [x, y, z] = hurdles.half;
                for &place in &hurdles.places {
                    let bar = ColliderBuilder::cuboid(x, y, z).translation(Vector::new(place, 0.0, hurdles.height));
                    physics.colliders.insert(surface.apply(bar));
                }
            }
        }
        // Sorts the shapes into the broad phase once; episodes begin with that done.
        physics.step();
    }
}
