//! What rays of a picture see.

use rapier3d::math::Vector;
use rapier3d::parry::simba::simd::{SimdBool, SimdPartialOrd};

use super::four::{Four, Mask, Rays, Vectors, four, select};
use super::lens::Lens;
use super::light::{self, Backdrop, SUN};
use super::tiles::{FAR, Tiles};
use super::{Camera, Scene};

/// How far above a surface its way to the light begins, metres.
const LIFT: f32 = 1e-3;

/// What a ray meets first; solids follow, in the order of [`Tiles::solids`]. Small whole numbers are exact as `f32`.
const SKY: f32 = 0.0;
const GROUND: f32 = 1.0;
const SOLIDS: u32 = 2;

/// One picture.
pub(super) struct Shot {
    pub(super) lens: Lens,
    backdrop: Backdrop,
    /// The number of the first solid that does not move.
    fixed: f32,
}

/// What four rays see.
pub(super) struct Seen {
    /// Linear.
    pub(super) colours: Vectors,
    /// Metres along the line of sight; infinite for the sky.
    pub(super) depths: Four,
    /// Equal for rays that see the same face in the same light.
    pub(super) keys: [u32; 4],
}

impl Shot {
    /// The picture of a scene by a camera.
    pub(super) fn new(scene: &Scene, camera: &Camera) -> Self {
        let lens = camera.lens(scene);
        let backdrop = Backdrop::new(camera.floor, scene.goal, lens.eye.z);
        Self { lens, backdrop, fixed: (SOLIDS as usize + scene.moving()) as f32 }
    }

    /// What the rays through four places of the picture see.
    #[inline]
    pub(super) fn look(&self, x: Four, y: Four, tiles: &Tiles) -> Seen {
        let directions = self.lens.through(x, y);
        let (depths, surfaces) = self.cast(directions, tiles);
        self.shade(directions, depths, surfaces, tiles)
    }

    /// How deep the rays through four places of the picture go.
    #[inline]
    pub(super) fn measure(&self, x: Four, y: Four, tiles: &Tiles) -> Four {
        let (depths, surfaces) = self.cast(self.lens.through(x, y), tiles);
        select(surfaces.simd_eq(four(SKY)), four(f32::INFINITY), depths)
    }

    /// Depths and numbers of the surfaces that the rays meet first.
    #[inline]
    fn cast(&self, directions: Vectors, tiles: &Tiles) -> (Four, Four) {
        let ground = four(-self.lens.eye.z) / directions.z;
        let falls = directions.z.simd_lt(four(0.0)) & ground.simd_lt(four(FAR));
        let mut depths = select(falls, ground, four(FAR));
        let mut surfaces = select(falls, four(GROUND), four(SKY));
        let rays = Rays::new(Vectors::splat(self.lens.eye), directions);
        for &index in &tiles.seen {
            let entry = tiles.solids[index as usize].enter(&rays);
            let nearer = entry.simd_lt(depths);
            depths = select(nearer, entry, depths);
            surfaces = select(nearer, four((SOLIDS + index) as f32), surfaces);
        }
        (depths, surfaces)
    }

    #[inline]
    fn shade(&self, directions: Vectors, depths: Four, surfaces: Four, tiles: &Tiles) -> Seen {
        let squared = directions.dot(directions);
        let points = Vectors::splat(self.lens.eye) + directions * depths;
        let (sky, ground) = (surfaces.simd_eq(four(SKY)), surfaces.simd_eq(four(GROUND)));
        let (mut colours, mut zones) = (Vectors::splat(Vector::ZERO), four(0.0));
        if ground.any() {
            let width = self.lens.ground_width(directions, depths);
            (colours, zones) = self.backdrop.ground([points.x, points.y], width);
        }
        let mut normals = Vectors::splat(Vector::Z);
        let mut keys = <[f32; 4]>::from(zones).map(|zone| 4 + 2 * zone as u32);
        let codes = <[f32; 4]>::from(surfaces);
        let solid = surfaces.simd_gt(four(GROUND));
        if solid.any() {
            // Each solid once, for all rays that meet it.
            for (first, &code) in codes.iter().enumerate() {
                if code <= GROUND || codes[..first].contains(&code) {
                    continue;
                }
                let (solid, here) = (&tiles.solids[code as usize - SOLIDS as usize], surfaces.simd_eq(four(code)));
                let (own, faces) = solid.normals(points, code as u32);
                normals = Vectors::select(here, own, normals);
                colours = Vectors::select(here, Vectors::splat(solid.colour), colours);
                for lane in (first..4).filter(|&lane| codes[lane] == code) {
                    keys[lane] = faces[lane];
                }
            }
        }
        let lit = self.lit(points, normals, surfaces, tiles);
        colours = colours * light::lambert(normals, lit);
        let shiny = lit & solid & surfaces.simd_lt(four(self.fixed));
        if shiny.any() {
            let spot = select(shiny, light::highlight(normals, directions), four(0.0));
            colours = colours + Vectors { x: spot, y: spot, z: spot };
        }
        colours = self.backdrop.hazy(colours, depths * depths * squared);
        if sky.any() {
            colours = Vectors::select(sky, self.backdrop.sky(directions, squared), colours);
        }
        let lights = lit.bitmask() as u32;
        for lane in 0..4 {
            keys[lane] = if codes[lane] == SKY { 0 } else { keys[lane] | (lights >> lane & 1) };
        }
        Seen { colours, depths: select(sky, four(f32::INFINITY), depths), keys }
    }

    /// Whether the sun reaches points of surfaces. A solid does not hide the side of it that faces the sun.
    #[inline]
    fn lit(&self, points: Vectors, normals: Vectors, surfaces: Four, tiles: &Tiles) -> Mask {
        let sun = Vectors::splat(SUN);
        let mut lit = surfaces.simd_ge(four(GROUND)) & normals.dot(sun).simd_gt(four(0.0));
        let rays = Rays::new(points + normals * four(LIFT), sun);
        for &index in &tiles.casters {
            if lit.none() {
                break;
            }
            let open = tiles.solids[index as usize].enter(&rays).simd_ge(four(f32::INFINITY));
            lit = lit & (open | surfaces.simd_eq(four((SOLIDS + index) as f32)));
        }
        lit
    }
}
