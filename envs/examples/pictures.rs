//! Pictures of every world by every camera, and a sheet of them.
//!
//! `cargo run --release -p freeroam-envs --example pictures -- FOLDER` writes `FOLDER/WORLD-CAMERA.png`, `WORLD-depth.png`
//! (near is bright) and `sheet.png`: a column per world, from the side, from above, and as a whole.

use std::error::Error;
use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};

use freeroam_envs::camera::{Camera, Floor, View};
use freeroam_envs::{Lanes, LanesConfig, Spec, Stream, ids, world};

/// Edge of a picture and of one on the sheet, pixels.
const LARGE: usize = 480;
const SMALL: usize = 160;
/// Pixels between the pictures on the sheet.
const GAP: usize = 4;
/// Random steps before the pictures.
const STEPS: usize = 40;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = PathBuf::from(std::env::args().nth(1).ok_or("the folder for the pictures is missing")?);
    std::fs::create_dir_all(&folder)?;
    let [sheet_width, sheet_height] = [ids().len(), View::NAMES.len()].map(|count| count * (SMALL + GAP) - GAP);
    let mut sheet = vec![255; sheet_width * sheet_height * 3];
    for (column, id) in ids().into_iter().enumerate() {
        let world = world(id)?;
        let mut lanes = Lanes::new(&world, LanesConfig { seed: 3, ..LanesConfig::default() })?;
        let mut batch = lanes.batch();
        lanes.reset_into(&mut batch)?;
        let (mut noise, mut action) = (Stream::new(0, "policy", 0), vec![0.0; world.spec().action.len()]);
        for _ in 0..STEPS {
            noise.fill_uniform(-1.0, 1.0, &mut action);
            lanes.step_into(&action, &mut batch)?;
        }
        let goal = Some(goal(world.spec(), &batch.observation));
        let mut draw = |camera: &Camera, goal| -> Result<(Vec<u8>, Vec<f32>), Box<dyn Error>> {
            let (mut rgb, mut depth) = (vec![0; camera.rgb_len()], vec![0.0; camera.depth_len()]);
            lanes.render(0, camera, goal, &mut rgb, Some(&mut depth))?;
            Ok((rgb, depth))
        };
        let write = |name: &str, rgb: &[u8], edge| png_file(&folder.join(format!("{id}-{name}.png")), rgb, edge, edge);
        for (row, name) in View::NAMES.into_iter().enumerate() {
            let camera = Camera { view: View::named(name, world.spec())?, ..Camera::default() };
            write(name, &draw(&camera, goal)?.0, LARGE)?;
            write(&format!("{name}-64"), &draw(&Camera { width: 64, height: 64, ..camera }, goal)?.0, 64)?;
            let (rgb, _) = draw(&Camera { width: SMALL, height: SMALL, ..camera }, goal)?;
            for (y, line) in rgb.chunks_exact(SMALL * 3).enumerate() {
                let at = ((row * (SMALL + GAP) + y) * sheet_width + column * (SMALL + GAP)) * 3;
                sheet[at..at + SMALL * 3].copy_from_slice(line);
            }
        }
        let low = View::Fixed { eye: [-6.0, -7.0, 3.0], target: [6.0, 6.0, 1.0] };
        let camera = Camera { view: low, field_of_view: 60.0, ..Camera::default() };
        write("low", &draw(&camera, goal)?.0, LARGE)?;
        let tracking = Camera { view: View::named("tracking", world.spec())?, ..Camera::default() };
        write("place", &draw(&Camera { floor: Floor::place(world.spec()), ..tracking }, None)?.0, LARGE)?;
        let (_, depth) = draw(&tracking, None)?;
        let grey = depth.iter().flat_map(|depth| [(255.0 / (1.0 + depth * depth * 0.01)) as u8; 3]).collect::<Vec<_>>();
        write("depth", &grey, LARGE)?;
    }
    png_file(&folder.join("sheet.png"), &sheet, sheet_width, sheet_height)
}

/// A goal in sight: the centre of the last free cell of the first row in a maze, else near the body.
fn goal(spec: &Spec, observation: &[f32]) -> [f64; 2] {
    let in_maze = spec.layout.as_ref().and_then(|layout| {
        let cells = layout.free_cells();
        Some(layout.centre(*cells.iter().rfind(|cell| cell.0 == 1)?))
    });
    let [x, y] = spec.place(observation);
    in_maze.unwrap_or([x + 1.5, y + 4.0])
}

fn png_file(path: &Path, rgb: &[u8], width: usize, height: usize) -> Result<(), Box<dyn Error>> {
    let mut encoder = png::Encoder::new(BufWriter::new(File::create(path)?), width as u32, height as u32);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::High);
    encoder.write_header()?.write_image_data(rgb)?;
    Ok(())
}
