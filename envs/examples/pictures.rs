//! Pictures of some worlds by every camera, and sheets of them.
//!
//! `cargo run --release -p freeroam-envs --example pictures -- FOLDER` writes `FOLDER/WORLD-CAMERA.png`, `WORLD-depth.png`
//! (near is bright), `sheet.png` (a column per world; from the side, from above, as a whole, from the body) and `sensors.png`
//! (a column per world; from top to bottom the rows of [`Row`]).

use std::error::Error;
use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};

use freeroam_envs::camera::{Camera, Cloud, Floor, Lidar, Mount, View};
use freeroam_envs::{Lanes, LanesConfig, Spec, StepBatch, Stream, world};

const WORLDS: [&str; 6] =
    ["Ant-v0", "Point-v0", "PointMaze-UMaze-v0", "PointMaze-Medium-v0", "PointMaze-Large-v0", "PointMaze-Giant-v0"];
/// Worlds on the sheet of sensors.
const SENSED: [&str; 5] = ["Ant-v0", "AntMaze-Medium-v0", "Point-v0", "PointMaze-UMaze-v0", "PointMaze-Large-v0"];

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
    let mut sheet = Sheet::new(WORLDS.len(), View::NAMES.len());
    for (column, id) in WORLDS.into_iter().enumerate() {
        let (mut lanes, batch) = walked(id)?;
        let goal = Some(goal(lanes.spec(), &batch.observation));
        let spec = lanes.spec().clone();
        let mut draw = |camera: &Camera, goal| -> Result<(Vec<u8>, Vec<f32>), Box<dyn Error>> {
            let (mut rgb, mut depth) = (vec![0; camera.rgb_len()], vec![0.0; camera.depth_len()]);
            lanes.render(0, camera, goal, &mut rgb, Some(&mut depth))?;
            Ok((rgb, depth))
        };
        let write = |name: &str, rgb: &[u8], edge| png_file(&folder.join(format!("{id}-{name}.png")), rgb, edge, edge);
        for (row, name) in View::NAMES.into_iter().enumerate() {
            let camera = Camera { view: View::named(name, &spec)?, ..Camera::default() };
            write(name, &draw(&camera, goal)?.0, LARGE)?;
            write(&format!("{name}-64"), &draw(&Camera { width: 64, height: 64, ..camera }, goal)?.0, 64)?;
            sheet.put(column, row, &draw(&Camera { width: SMALL, height: SMALL, ..camera }, goal)?.0);
        }
        let low = View::Fixed { eye: [-6.0, -7.0, 3.0], target: [6.0, 6.0, 1.0] };
        let camera = Camera { view: low, field_of_view: 60.0, ..Camera::default() };
        write("low", &draw(&camera, goal)?.0, LARGE)?;
        let tracking = Camera { view: View::named("tracking", &spec)?, ..Camera::default() };
        write("place", &draw(&Camera { floor: Floor::place(&spec), ..tracking }, None)?.0, LARGE)?;
        write("depth", &grey(&draw(&tracking, None)?.1), LARGE)?;
    }
    sheet.write(&folder.join("sheet.png"))?;
    let mut sheet = Sheet::new(SENSED.len(), Row::ALL.len());
    for (column, id) in SENSED.into_iter().enumerate() {
        let (mut lanes, _) = walked(id)?;
        for (row, sensor) in Row::ALL.into_iter().enumerate() {
            sheet.put(column, row, &sensor.draw(&mut lanes)?);
        }
    }
    sheet.write(&folder.join("sensors.png"))
}

/// One lane after some random steps.
fn walked(id: &str) -> Result<(Lanes, StepBatch), Box<dyn Error>> {
    let mut lanes = Lanes::new(&world(id)?, LanesConfig { seed: 3, ..LanesConfig::default() })?;
    let mut batch = lanes.batch();
    lanes.reset_into(&mut batch)?;
    let (mut noise, mut action) = (Stream::new(0, "policy", 0), vec![0.0; lanes.spec().action.len()]);
    for _ in 0..STEPS {
        noise.fill_uniform(-1.0, 1.0, &mut action);
        lanes.step_into(&action, &mut batch)?;
    }
    Ok((lanes, batch))
}

/// A row of the sheet of sensors.
#[derive(Clone, Copy)]
enum Row {
    /// The view of this name on ground coloured by place, 64 x 64 pixels as an agent sees them.
    Pixels(&'static str),
    /// The depth of the view of this name; near is bright.
    Depth(&'static str),
    /// Rays of a lidar up to what they meet, 10 m to each side, ahead to the right.
    Lidar,
    /// Points of the depth from the body, seen from above as the lidar; high is bright.
    Cloud,
}

impl Row {
    const ALL: [Self; 8] = [
        Self::Pixels("tracking"),
        Self::Pixels("above"),
        Self::Pixels("whole"),
        Self::Pixels("egocentric"),
        Self::Depth("tracking"),
        Self::Depth("egocentric"),
        Self::Lidar,
        Self::Cloud,
    ];

    /// The picture, `[SMALL, SMALL, 3]`.
    fn draw(self, lanes: &mut Lanes) -> Result<Vec<u8>, Box<dyn Error>> {
        let spec = lanes.spec().clone();
        let camera = |name, edge| -> Result<Camera, Box<dyn Error>> {
            let floor = Floor::place(&spec);
            let view = View::named(name, &spec)?;
            Ok(Camera { view, width: edge, height: edge, floor, antialias: false, ..Camera::default() })
        };
        let mut canvas = vec![250; SMALL * SMALL * 3];
        match self {
            Self::Pixels(name) => {
                let camera = camera(name, 64)?;
                let mut rgb = vec![0; camera.rgb_len()];
                lanes.render(0, &camera, None, &mut rgb, None)?;
                for (at, pixel) in canvas.chunks_exact_mut(3).enumerate() {
                    let from = (at / SMALL * 64 / SMALL * 64 + at % SMALL * 64 / SMALL) * 3;
                    pixel.copy_from_slice(&rgb[from..from + 3]);
                }
            }
            Self::Depth(name) => {
                let camera = camera(name, SMALL)?;
                let mut depth = vec![0.0; camera.depth_len()];
                lanes.depth_into(&camera, &mut depth)?;
                canvas = grey(&depth);
            }
            Self::Lidar => {
                let lidar = Lidar::default();
                let mut distances = vec![0.0; lidar.scan_len()];
                lanes.scan_into(&lidar, &mut distances)?;
                for (ray, &distance) in distances.iter().enumerate() {
                    let (sin, cos) = (std::f32::consts::TAU * ray as f32 / lidar.rays as f32).sin_cos();
                    for step in 0..200 {
                        let t = distance * step as f32 / 200.0;
                        dot(&mut canvas, t * cos, t * sin, [198, 214, 236], 0);
                    }
                    if distance < lidar.range {
                        dot(&mut canvas, distance * cos, distance * sin, [30, 60, 130], 1);
                    }
                }
            }
            Self::Cloud => {
                let cloud = Cloud::Depth { camera: camera("egocentric", 64)?, mount: Mount::Heading };
                let (mut points, mut counts) = (vec![[0.0; 3]; cloud.most()], [0]);
                lanes.cloud_into(&cloud, &mut points, &mut counts)?;
                for &[x, y, z] in &points[..counts[0]] {
                    let high = (110.0 + 70.0 * z).clamp(0.0, 235.0) as u8;
                    dot(&mut canvas, x, y, [high, 90, 255 - high], 0);
                }
            }
        }
        if matches!(self, Self::Lidar | Self::Cloud) {
            dot(&mut canvas, 0.0, 0.0, [236, 110, 46], 2);
        }
        Ok(canvas)
    }
}

/// Marks the pixels up to `around` beside the one at (x, y), metres from the middle, 10 to each edge.
fn dot(canvas: &mut [u8], x: f32, y: f32, colour: [u8; 3], around: i32) {
    let half = SMALL as f32 / 2.0;
    let (column, row) = ((half + x * half / 10.0) as i32, (half - y * half / 10.0) as i32);
    for (dx, dy) in (-around..=around).flat_map(|dx| (-around..=around).map(move |dy| (dx, dy))) {
        let inside = |place: i32| usize::try_from(place).ok().filter(|&place| place < SMALL);
        if let (Some(column), Some(row)) = (inside(column + dx), inside(row + dy)) {
            canvas[3 * (row * SMALL + column)..][..3].copy_from_slice(&colour);
        }
    }
}

/// Depths as shades, near bright.
fn grey(depth: &[f32]) -> Vec<u8> {
    depth.iter().flat_map(|depth| [(255.0 / (1.0 + depth * depth * 0.01)) as u8; 3]).collect()
}

/// Small pictures side by side.
struct Sheet {
    width: usize,
    rgb: Vec<u8>,
}

impl Sheet {
    fn new(columns: usize, rows: usize) -> Self {
        let [width, height] = [columns, rows].map(|count| count * (SMALL + GAP) - GAP);
        Self { width, rgb: vec![255; width * height * 3] }
    }

    fn put(&mut self, column: usize, row: usize, picture: &[u8]) {
        for (y, line) in picture.chunks_exact(SMALL * 3).enumerate() {
            let at = ((row * (SMALL + GAP) + y) * self.width + column * (SMALL + GAP)) * 3;
            self.rgb[at..at + SMALL * 3].copy_from_slice(line);
        }
    }

    fn write(&self, path: &Path) -> Result<(), Box<dyn Error>> {
        png_file(path, &self.rgb, self.width, self.rgb.len() / 3 / self.width)
    }
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
