//! A family as a picture: its worlds in rows, each after some random steps.

use std::error::Error;
use std::fs::File;
use std::io::{BufReader, BufWriter};
use std::path::Path;

use freeroam_envs::camera::{Camera, View};
use freeroam_envs::{Lanes, LanesConfig, Stream, World};

/// Worlds in a row.
pub(crate) const COLUMNS: usize = 5;
/// Edge of the picture of a world, and room between two, pixels.
const EDGE: usize = 144;
const GAP: usize = 4;
/// Random steps before a picture.
const STEPS: usize = 20;

/// Worlds side by side, `[height, width, 3]`.
pub(crate) struct Sheet {
    rgb: Vec<u8>,
    width: usize,
    height: usize,
}

impl Sheet {
    /// Mazes from above as a whole, open ground from the side.
    pub(crate) fn of(worlds: &[World]) -> Result<Self, Box<dyn Error>> {
        let (columns, rows) = (worlds.len().min(COLUMNS), worlds.len().div_ceil(COLUMNS));
        let [width, height] = [columns, rows].map(|count| count * (EDGE + GAP) - GAP);
        let mut rgb = vec![255; 3 * width * height];
        for (number, world) in worlds.iter().enumerate() {
            let name = if world.spec().layout.is_some() { "whole" } else { "tracking" };
            let view = View::named(name, world.spec())?;
            let picture = picture(world, &Camera { view, width: EDGE, height: EDGE, ..Camera::default() })?;
            let (left, top) = (number % COLUMNS * (EDGE + GAP), number / COLUMNS * (EDGE + GAP));
            for (y, line) in picture.chunks_exact(3 * EDGE).enumerate() {
                let at = 3 * ((top + y) * width + left);
                rgb[at..at + line.len()].copy_from_slice(line);
            }
        }
        Ok(Self { rgb, width, height })
    }

    pub(crate) fn write(&self, file: &Path) -> Result<(), Box<dyn Error>> {
        let mut encoder = png::Encoder::new(BufWriter::new(File::create(file)?), self.width as u32, self.height as u32);
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Eight);
        encoder.set_compression(png::Compression::High);
        encoder.write_header()?.write_image_data(&self.rgb)?;
        Ok(())
    }

    /// Whether a file holds exactly these pixels.
    pub(crate) fn is(&self, file: &Path) -> bool {
        let read = || -> Result<Vec<u8>, Box<dyn Error>> {
            let mut reader = png::Decoder::new(BufReader::new(File::open(file)?)).read_info()?;
            let mut rgb = vec![0; reader.output_buffer_size().ok_or("too large")?];
            reader.next_frame(&mut rgb)?;
            Ok(rgb)
        };
        read().is_ok_and(|rgb| rgb == self.rgb)
    }
}

fn picture(world: &World, camera: &Camera) -> Result<Vec<u8>, Box<dyn Error>> {
    let mut lanes = Lanes::new(world, LanesConfig { seed: 3, ..LanesConfig::default() })?;
    let mut batch = lanes.batch();
    lanes.reset_into(&mut batch)?;
    let (mut noise, mut action) = (Stream::new(0, "policy", 0), vec![0.0; world.spec().action.len()]);
    for _ in 0..STEPS {
        noise.fill_uniform(-1.0, 1.0, &mut action);
        lanes.step_into(&action, &mut batch)?;
    }
    let mut rgb = vec![0; camera.rgb_len()];
    lanes.render(0, camera, None, &mut rgb, None)?;
    Ok(rgb)
}
