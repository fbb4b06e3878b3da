//! Draws frames of a world, clean, with nuisances, and two views of each:
//! `cargo run --release -p freeroam-agents --example frames -- FILE.png [WORLD]`.

use std::error::Error;
use std::fs::File;

use burn::tensor::Device;
use freeroam_agents::frames::{FramesConfig, NuisanceConfig, world_frames};
use freeroam_envs::{Stream, world};
use freeroam_objectives::vision::AugmentConfig;
use freeroam_trainer::nn::numbers;

/// Frames beside each other.
const COLUMNS: usize = 10;
/// Pixels of the picture for one of a frame.
const SCALE: usize = 3;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let path = arguments.next().ok_or("expected the name of a PNG file")?;
    let world = world(&arguments.next().unwrap_or_else(|| "PointMaze-Medium-v0".to_owned()))?;
    let seen = FramesConfig { episodes: COLUMNS, ..FramesConfig::default() };
    let none = NuisanceConfig { theme: 0.0, light: 0.0, disc: 0.0, noise: 0.0 };
    let clean = FramesConfig { nuisance: none, ..seen.clone() };
    let (clean, seen) = (world_frames(&clean, &world, 0, 1)?, world_frames(&seen, &world, 0, 1)?);
    let all: Vec<usize> = (0..COLUMNS).collect();
    let mut rows = vec![clean.rgb, seen.rgb.clone()];
    let mut stream = Stream::new(0, "views", 0);
    for _ in 0..2 {
        let views = AugmentConfig::default().view(seen.frames(&all, &Device::flex()).rgb, &mut stream);
        let values = numbers(views.permute([0, 2, 3, 1]));
        rows.push(values.into_iter().map(|x| (x * 255.0).round() as u8).collect());
    }
    let edge = seen.size[0];
    let (width, height) = (COLUMNS * edge * SCALE, rows.len() * edge * SCALE);
    let mut sheet = Vec::with_capacity(3 * width * height);
    for y in 0..height {
        for x in 0..width {
            let (row, line) = (y / (edge * SCALE), y / SCALE % edge);
            let (column, place) = (x / (edge * SCALE), x / SCALE % edge);
            sheet.extend_from_slice(&rows[row][3 * ((column * edge + line) * edge + place)..][..3]);
        }
    }
    let mut encoder = png::Encoder::new(File::create(path)?, u32::try_from(width)?, u32::try_from(height)?);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.write_header()?.write_image_data(&sheet)?;
    Ok(())
}
