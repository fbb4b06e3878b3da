//! Rays to pixels.

use rapier3d::math::Vector;
use rapier3d::parry::simba::simd::{SimdBool, SimdPartialOrd};

use super::four::{Four, Mask, Rays, Vectors, four, select};
use super::lens::Lens;
use super::light::{self, Backdrop, SUN};
use super::tiles::{FAR, Tile, Tiles};
use super::{Camera, Scene};
use crate::EnvsError;
use crate::lanes::length;

/// How far above a surface its way to the light begins, metres.
const LIFT: f32 = 1e-3;

/// What a ray meets first; solids follow, in the order of [`Tiles::solids`]. Small whole numbers are exact as `f32`.
const SKY: f32 = 0.0;
const GROUND: f32 = 1.0;
const SOLIDS: u32 = 2;

/// Draws scenes. Keeps its memory from picture to picture; what it drew before makes no difference.
#[derive(Clone, Debug, Default)]
pub struct Renderer {
    tiles: Tiles,
    /// What each pixel shows, `[height, width]`, for smooth edges.
    keys: Vec<u32>,
}

/// One picture.
struct Shot {
    lens: Lens,
    backdrop: Backdrop,
    /// The number of the first solid that does not move.
    fixed: f32,
}

/// What four rays see.
struct Seen {
    /// Linear.
    colours: Vectors,
    /// Metres along the line of sight; infinite for the sky.
    depths: Four,
    /// Equal for rays that see the same face in the same light.
    keys: [u32; 4],
}

impl Renderer {
    /// A renderer without memory yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Draws `scene` into `rgb` (`[height, width, 3]`, sRGB, upper row first) and, where one is given, `depth`
    /// (`[height, width]`, metres along the line of sight, infinite for the sky). Solids around the camera are not seen.
    ///
    /// # Errors
    /// [`EnvsError::OutOfRange`] as [`Camera::check`], [`EnvsError::Length`] for buffers of another size.
    pub fn render(
        &mut self,
        scene: &Scene,
        camera: &Camera,
        rgb: &mut [u8],
        mut depth: Option<&mut [f32]>,
    ) -> Result<(), EnvsError> {
        camera.check()?;
        length("the picture", rgb.len(), camera.rgb_len())?;
        if let Some(depth) = &depth {
            length("the depth picture", depth.len(), camera.depth_len())?;
        }
        let lens = camera.lens(scene);
        let Self { tiles, keys } = self;
        tiles.prepare(scene.moving.iter().chain(&scene.fixed), &lens);
        keys.resize(if camera.antialias { camera.depth_len() } else { 0 }, 0);
        let backdrop = Backdrop::new(camera.floor, scene.goal, lens.eye.z);
        let shot = Shot { lens, backdrop, fixed: (SOLIDS as usize + scene.moving.len()) as f32 };
        for tile in Tile::all(camera) {
            tiles.choose(&lens, tile);
            for (x, y) in tile.pixels().filter(|(x, _)| (x - tile.left) % 4 == 0) {
                let across = Four::from([0.5, 1.5, 2.5, 3.5]) + four(x as f32);
                let seen = shot.look(across, four(y as f32 + 0.5), tiles);
                let (from, count) = (y * camera.width + x, 4.min(tile.right - x));
                let colours = light::encoded(seen.colours);
                rgb[3 * from..3 * (from + count)].copy_from_slice(&colours.as_flattened()[..3 * count]);
                if let Some(depth) = &mut depth {
                    let depths: [f32; 4] = seen.depths.into();
                    depth[from..from + count].copy_from_slice(&depths[..count]);
                }
                if camera.antialias {
                    keys[from..from + count].copy_from_slice(&seen.keys[..count]);
                }
            }
        }
        if camera.antialias {
            for tile in Tile::all(camera) {
                let mut chosen = false;
                for (x, y) in tile.pixels().filter(|&(x, y)| is_edge(keys, camera, x, y)) {
                    if !chosen {
                        tiles.choose(&lens, tile);
                        chosen = true;
                    }
                    let across = Four::from([0.25, 0.75, 0.25, 0.75]) + four(x as f32);
                    let down = Four::from([0.25, 0.25, 0.75, 0.75]) + four(y as f32);
                    let colours = shot.look(across, down, tiles).colours;
                    let sum = colours.lane(0) + colours.lane(1) + colours.lane(2) + colours.lane(3);
                    let [colour, ..] = light::encoded(Vectors::splat(sum * 0.25));
                    rgb[3 * (y * camera.width + x)..][..3].copy_from_slice(&colour);
                }
            }
        }
        Ok(())
    }
}

/// Whether a neighbour shows something else.
fn is_edge(keys: &[u32], camera: &Camera, x: usize, y: usize) -> bool {
    let at = y * camera.width + x;
    let key = keys[at];
    (x > 0 && keys[at - 1] != key)
        || (x + 1 < camera.width && keys[at + 1] != key)
        || (y > 0 && keys[at - camera.width] != key)
        || (y + 1 < camera.height && keys[at + camera.width] != key)
}

impl Shot {
    /// What the rays through four places of the picture see.
    #[inline]
    fn look(&self, x: Four, y: Four, tiles: &Tiles) -> Seen {
        let directions = self.lens.through(x, y);
        let (depths, surfaces) = self.cast(directions, tiles);
        self.shade(directions, depths, surfaces, tiles)
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

#[cfg(test)]
mod tests {
    use rapier3d::math::{Pose, Rotation};

    use super::*;
    use crate::Stream;
    use crate::camera::scene::place;
    use crate::camera::{Shape, View};

    /// Twenty solids of all shapes, some fixed, some in the air, some in the ground.
    fn clutter(seed: u64) -> Scene {
        let mut noise = Stream::new(seed, "scene", 0);
        let mut draw = |size: f32| Vector::ZERO.map(|_| noise.uniform(-1.0, 1.0) as f32 * size);
        let mut scene = Scene::new();
        for k in 0..20 {
            let half = (draw(1.5).abs() + Vector::splat(0.1)).to_array();
            let (half_length, radius) = (half[0], half[1]);
            let shape = match k % 5 {
                0 => Shape::Ball { radius },
                1 => Shape::Capsule { half_length, radius },
                2 => Shape::Cylinder { half_length, radius },
                3 => Shape::Cuboid { half },
                _ => Shape::Ellipsoid { half },
            };
            let turn = if k < 10 { Rotation::IDENTITY } else { Rotation::from_scaled_axis(draw(3.0)) };
            let centre = draw(10.0) * Vector::new(1.0, 1.0, 0.15) + Vector::Z;
            let solids = if k % 2 == 0 { &mut scene.fixed } else { &mut scene.moving };
            place(shape, Pose::from_parts(centre, turn), draw(0.5) + Vector::splat(0.5), solids);
        }
        scene.mark_goal([2.0, 1.0], 2.0);
        scene
    }

    #[test]
    fn what_a_tile_leaves_out_makes_no_difference() {
        let views = [
            View::Whole,
            View::Above { height: 6.0 },
            View::Tracking { distance: 9.0, azimuth: 200.0, elevation: 30.0 },
            // Below the highest solid and with the horizon in the picture.
            View::Fixed { eye: [-12.0, 5.0, 1.2], target: [0.0, 0.0, 1.0] },
            View::Fixed { eye: [3.0, -9.0, 4.0], target: [0.0, 0.0, 2.0] },
        ];
        let mut left_out = 0;
        for (seed, view) in (0..).zip(views) {
            let scene = clutter(seed);
            let camera = Camera { view, width: 50, height: 37, ..Camera::default() };
            let lens = camera.lens(&scene);
            let mut tiles = Tiles::default();
            tiles.prepare(scene.moving.iter().chain(&scene.fixed), &lens);
            let backdrop = Backdrop::new(camera.floor, scene.goal, lens.eye.z);
            let shot = Shot { lens, backdrop, fixed: (SOLIDS as usize + scene.moving.len()) as f32 };
            for tile in Tile::all(&camera) {
                tiles.choose(&lens, tile);
                let mut all = tiles.clone();
                all.seen = (0..20).collect();
                all.casters = all.seen.clone();
                left_out += 40 - tiles.seen.len() - tiles.casters.len();
                for (x, y) in tile.pixels() {
                    let at = |near: f32, far: f32| Four::from([near, far, near, far]);
                    let (across, down) = (at(0.0, 0.9) + four(x as f32), at(0.1, 1.0) + four(y as f32));
                    let (some, every) = (shot.look(across, down, &tiles), shot.look(across, down, &all));
                    assert!(some.keys == every.keys && some.depths == every.depths, "{view:?}: {x}, {y}");
                    assert!(light::encoded(some.colours) == light::encoded(every.colours), "{view:?}: {x}, {y}");
                }
            }
        }
        assert!(left_out > 3000, "{left_out}");
    }
}
