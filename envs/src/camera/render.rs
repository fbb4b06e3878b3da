//! Rays to pixels.

use super::four::{Four, Vectors, four};
use super::mount::{Frame, Mount};
use super::shot::Shot;
use super::tiles::{Tile, Tiles};
use super::{Camera, Scene, cloud, light};
use crate::EnvsError;
use crate::lanes::length;

/// Draws scenes. Keeps its memory from picture to picture; what it drew before makes no difference.
#[derive(Clone, Debug, Default)]
pub struct Renderer {
    tiles: Tiles,
    /// What each pixel shows, `[height, width]`, for smooth edges.
    keys: Vec<u32>,
    /// `[height, width]`, for clouds.
    depth: Vec<f32>,
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
        let shot = Shot::new(scene, camera);
        let Self { tiles, keys, .. } = self;
        tiles.prepare(scene.solids(), &shot.lens);
        keys.resize(if camera.antialias { camera.depth_len() } else { 0 }, 0);
        for tile in Tile::all(camera) {
            tiles.choose(&shot.lens, tile);
            for (x, y, count) in tile.fours() {
                let [across, down] = middles(x, y);
                let seen = shot.look(across, down, tiles);
                let from = y * camera.width + x;
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
                        tiles.choose(&shot.lens, tile);
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

    /// The depth picture of [`Renderer::render`] alone, `[height, width]`, which takes less time.
    ///
    /// # Errors
    /// As [`Renderer::render`].
    pub fn depth(&mut self, scene: &Scene, camera: &Camera, depth: &mut [f32]) -> Result<(), EnvsError> {
        camera.check()?;
        length("the depth picture", depth.len(), camera.depth_len())?;
        let shot = Shot::new(scene, camera);
        let tiles = &mut self.tiles;
        tiles.prepare(scene.solids(), &shot.lens);
        for tile in Tile::all(camera) {
            tiles.choose_seen(&shot.lens, tile);
            for (x, y, count) in tile.fours() {
                let [across, down] = middles(x, y);
                let depths: [f32; 4] = shot.measure(across, down, tiles).into();
                depth[y * camera.width + x..][..count].copy_from_slice(&depths[..count]);
            }
        }
        Ok(())
    }

    /// The points that a depth picture shows, in the body's frame of `mount` with its centre as origin: `points` is
    /// `[height * width, 3]`, metres. Returns how many there are; they come first, in the order of the pixels and without
    /// the sky, and the rest is zeros.
    ///
    /// # Errors
    /// As [`Renderer::render`].
    pub fn points(
        &mut self,
        scene: &Scene,
        camera: &Camera,
        mount: Mount,
        points: &mut [[f32; 3]],
    ) -> Result<usize, EnvsError> {
        camera.check()?;
        length("the points", points.len(), camera.depth_len())?;
        let mut depth = std::mem::take(&mut self.depth);
        depth.resize(camera.depth_len(), 0.0);
        self.depth(scene, camera, &mut depth)?;
        let (lens, frame) = (camera.lens(scene), Frame::new(scene, mount));
        let seen = depth.iter().enumerate().filter(|(_, depth)| depth.is_finite()).map(|(at, &depth)| {
            let [across, down] = middles(at % camera.width, at / camera.width);
            frame.own(lens.eye + lens.through(across, down).lane(0) * depth)
        });
        let count = cloud::fill(points, seen);
        self.depth = depth;
        Ok(count)
    }
}

/// The middles of a pixel and of the three to its right.
#[inline]
fn middles(x: usize, y: usize) -> [Four; 2] {
    [Four::from([0.5, 1.5, 2.5, 3.5]) + four(x as f32), four(y as f32 + 0.5)]
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

#[cfg(test)]
mod tests {
    use rapier3d::math::{Pose, Rotation, Vector};

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
            let solids = if k % 2 == 0 { &mut scene.fixed } else { &mut scene.own };
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
            // Rolled, and looking up.
            View::Egocentric { offset: [-3.0, 2.0, 1.0], pitch: 20.0, mount: Mount::Body },
            View::Egocentric { offset: [-5.0, 0.0, 0.5], pitch: -30.0, mount: Mount::Body },
        ];
        let mut left_out = 0;
        for (seed, view) in (0..).zip(views) {
            let mut scene = clutter(seed);
            scene.follow([1.0, 1.0, 1.5]);
            scene.turn([0.8, 0.5, -0.1, 0.33]);
            let camera = Camera { view, width: 50, height: 37, ..Camera::default() };
            let shot = Shot::new(&scene, &camera);
            let mut tiles = Tiles::default();
            tiles.prepare(scene.solids(), &shot.lens);
            for tile in Tile::all(&camera) {
                tiles.choose(&shot.lens, tile);
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
