//! Pictures of worlds, and distances in them, drawn and measured on the CPU.
//!
//! ```text
//!  Env::scene ──► Scene (solids, goal, body to follow) ──┬───────────────────────────────┐
//!  Camera (view, size, floor) ───────────────────────────┴─► Renderer ──► rgb, depth     │
//!  Lidar (rays, rings, range) ─────────────────────────────► Scanner ◄───────────────────┘ ──► distances
//! ```
//! A ray is cast through every pixel against analytic solids and the ground plane z = 0, and a second one towards the
//! light, four rays at a time. All arithmetic is `f32` without functions that differ between machines, so that a picture
//! has the same bits on every thread and machine.
//!
//! ```
//! use freeroam_envs::camera::{Camera, Renderer, Scene, View};
//! use freeroam_envs::{Stream, world};
//! # fn main() -> Result<(), freeroam_envs::EnvsError> {
//! let world = world("PointMaze-UMaze-v0")?;
//! let mut env = world.make()?;
//! env.reset(&mut Stream::new(0, "reset", 0));
//! let mut scene = Scene::new();
//! env.scene(&mut scene);
//! let camera = Camera { view: View::Whole, width: 64, height: 64, ..Camera::default() };
//! let mut rgb = vec![0; camera.rgb_len()];
//! Renderer::new().render(&scene, &camera, &mut rgb, None)?;
//! # Ok(())
//! # }
//! ```
//!
//! [`crate::Lanes::render`] and [`crate::Lanes::render_into`] do this for lanes, [`crate::Lanes::depth_into`],
//! [`crate::Lanes::scan_into`] and [`crate::Lanes::cloud_into`] measure.

mod cloud; // points around the body
mod colliders; // a rapier world as a scene
mod entry; // where rays enter shapes
mod four; // four numbers at a time
mod lens; // pixels to directions
mod lidar; // distances around the body
mod light; // sun, floor pattern, sky
mod mount; // frames on the followed body
mod render; // rays to pixels
mod scene; // what there is to see
mod shot; // what rays see
mod solid; // solids in the world
mod tiles; // which solids matter where
mod view; // where the camera stands

pub use cloud::Cloud;
pub use lidar::{Lidar, Scanner};
pub use mount::Mount;
pub use render::Renderer;
pub use scene::{Scene, Shape, Solid};
pub use view::{Camera, Floor, View};
