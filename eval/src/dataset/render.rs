//! Pictures of the states of a data set that was made before, as in OGBench's visual data sets.
//!
//! ```text
//!  qpos, qvel of the rows ──► Env::set_coordinates ──► Scene ──► 64 x 64 pixels in the place of the observations
//!     pieces of rows, shared out among threads: each picture depends on its own row only
//! ```
//!
//! Worlds that do not tell coordinates, because their walls or lights are others in every episode, are gone through once more
//! ([`Retrace`]).
//!
//! The camera is that of the worlds with pixels: the place of the body can be read from the colour of the ground.

use std::ops::Range;
use std::path::Path;

use freeroam_envs::camera::{Camera, Renderer, Scene};
use freeroam_envs::{Env, Spec, Stream, World};
use freeroam_replay::dataset::{Compression, Dataset, Rows, ogbench};
use freeroam_trainer::{Layer, Layers, StopFlag, TrainerError};
use serde::{Deserialize, Serialize};

use super::folder::Folder;
use super::ground::Ground;
use super::manifest::{MANIFEST, Manifest, Pictures, checksum, sha256};
use super::retrace::{Retrace, quiet};
use super::{DatasetConfig, Progress};
use crate::EvalError;

/// Rows that are drawn before they are written.
const PIECE: usize = 1024;

/// Settings of pictures.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RenderConfig {
    /// View of the camera: `above` (straight down, the body in the middle; the default in mazes), `tracking` (from the side,
    /// moving with the body; the default on open ground), `whole` or `egocentric`.
    pub view: String,
    /// Pixels along both sides. OGBench: 64.
    pub edge: usize,
    /// Compress npz archives, as OGBench's own are.
    pub compress: bool,
    /// Threads that draw; results do not depend on it. 0 takes all cores.
    pub threads: usize,
}

impl RenderConfig {
    /// The defaults of a world.
    #[must_use]
    pub fn new(spec: &Spec) -> Self {
        let view = if spec.layout.is_some() { "above" } else { "tracking" };
        Self { view: view.to_owned(), edge: 64, compress: true, threads: 0 }
    }

    /// Resolves settings: the defaults of the world of the data set in the folder `states`, then the layers `given`, in order.
    ///
    /// # Errors
    /// [`TrainerError::Usage`] where there is no data set, or naming the key, its value, where it came from and what was
    /// expected.
    pub fn resolve(states: &Path, given: &[Layer]) -> Result<Self, EvalError> {
        let (_, world) = made_of(&manifest_of(states)?)?;
        let spec = world.spec().clone();
        let mut layers = Layers::of(&Self::new(&spec))?;
        for layer in given {
            layers.put(layer)?;
        }
        let config: Self = layers.resolve()?;
        if let Err(error) = Camera::of_pixels(&spec, &config.view, config.edge) {
            return Err(TrainerError::Usage(error.to_string()).into());
        }
        if config.threads > 1024 {
            return Err(layers.out_of_range("threads", "0 (all cores) to 1024").into());
        }
        Ok(config)
    }

    /// The settings as a TOML file.
    #[must_use]
    pub fn to_toml(&self) -> String {
        toml::to_string_pretty(self).expect("settings are plain values")
    }
}

/// Draws the states of the data set in the folder `states` and writes pictures with all its columns but the observations into
/// the folder `out`, which must not exist or be empty; nothing where `stop` was set meanwhile. The folder is whole or absent.
///
/// # Errors
/// [`TrainerError::Usage`] for what the user has to change: a folder without a data set, or with one whose files were altered
/// or have no states to draw. Others for what failed on the way.
pub fn render(
    states: &Path,
    config: &RenderConfig,
    out: &Path,
    stop: &StopFlag,
    progress: &mut Progress,
) -> Result<Option<Manifest>, EvalError> {
    let mut manifest = manifest_of(states)?;
    let (made, world) = made_of(&manifest)?;
    let camera = Camera::of_pixels(world.spec(), &config.view, config.edge)?;
    let usage = |message: String| EvalError::from(TrainerError::Usage(message));
    if manifest.settings.get("format").and_then(toml::Value::as_str) != Some("ogbench") {
        return Err(usage(format!("{} is not in the format ogbench, of which pictures are made", states.display())));
    }
    if manifest.pictures.is_some() {
        return Err(usage(format!("{} has pictures already; expected the data set of the states", states.display())));
    }
    let folder = Folder::begin(out)?;
    let threads = match config.threads {
        0 => std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
        threads => threads,
    };
    let mut painters = (0..threads).map(|_| Painter::new(&world, camera)).collect::<Result<Vec<_>, _>>()?;
    let tells = painters[0].tells();
    let made = quiet(&made);
    let ground = Ground::new(&made, world.spec())?;
    let name = format!("visual-{}", manifest.name);
    let rows: usize = manifest.files.iter().map(|file| file.episodes + file.transitions).sum();
    progress.begin("pictures", rows as u64);
    let (mut done, mut first) = (0, 0);
    for file in &mut manifest.files {
        let path = states.join(&file.path);
        if checksum(&path)? != (file.bytes, file.sha256.clone()) {
            return Err(usage(format!("{} was altered: it is not the file that {MANIFEST} tells of", path.display())));
        }
        let dataset = ogbench::read(&path)?;
        let mut source = if tells {
            Source::Coordinates(Coordinates::of(&dataset, &painters[0]).map_err(|reason| {
                usage(format!("{}: {reason}; expected the states of {}", path.display(), world.spec().id))
            })?)
        } else {
            Source::Steps(Box::new(Retrace::new(&dataset, &ground, (&world, camera), first, threads)?))
        };
        // Validation goes on where training ended.
        first += made.splits()[0] as u64;
        file.path = format!("visual-{}", file.path.display()).into();
        let draw = |rows: Range<usize>, pictures: &mut [u8]| {
            if stop.is_set() {
                return Err(Halt::Stopped);
            }
            done += rows.len() as u64;
            match &mut source {
                Source::Coordinates(coordinates) => share(&mut painters, coordinates, rows, pictures)?,
                Source::Steps(retrace) => retrace.draw(pictures)?,
            }
            progress.update(done);
            Ok(())
        };
        let compression = if config.compress { Compression::Deflate } else { Compression::Stored };
        let target = folder.path().join(&file.path);
        match ogbench::write_visual(&dataset, [config.edge; 2], PIECE, draw, &target, compression) {
            Ok(()) => {}
            Err(Halt::Stopped) => return Ok(None),
            Err(Halt::Failed(error)) => return Err(error),
        }
        (file.bytes, file.sha256) = checksum(&target)?;
    }
    progress.end();
    manifest.pictures =
        Some(Pictures { view: config.view.clone(), edge: config.edge, states: sha256(&states.join(MANIFEST))? });
    manifest.name = name;
    manifest.observation.clear();
    manifest.write(folder.path())?;
    folder.finish()?;
    Ok(Some(manifest))
}

/// Why drawing ends early.
enum Halt {
    Stopped,
    Failed(EvalError),
}

impl<E: Into<EvalError>> From<E> for Halt {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

fn manifest_of(states: &Path) -> Result<Manifest, EvalError> {
    if states.join(MANIFEST).exists() {
        return Manifest::read(states);
    }
    let expected = format!("has no {MANIFEST}; expected the folder of a data set that `dataset` made");
    Err(TrainerError::Usage(format!("{} {expected}", states.display())).into())
}

/// The settings of a data set and its world.
fn made_of(manifest: &Manifest) -> Result<(DatasetConfig, World), EvalError> {
    let layer = Layer::Values { origin: MANIFEST.to_owned(), values: manifest.settings.clone() };
    Ok(DatasetConfig::resolve(&[layer])?)
}

/// Where states come from.
enum Source<'a> {
    Coordinates(Coordinates<'a>),
    Steps(Box<Retrace<'a>>),
}

/// The states of a data set.
struct Coordinates<'a> {
    qpos: &'a Rows,
    qvel: &'a Rows,
}

impl<'a> Coordinates<'a> {
    /// Those of a data set of the painter's world, or what is wrong with them.
    fn of(dataset: &'a Dataset, painter: &Painter) -> Result<Self, String> {
        let (mut qpos, mut qvel) = (Vec::new(), Vec::new());
        painter.env.coordinates(&mut qpos, &mut qvel);
        let column = |name: &str, width: usize| match dataset.columns().extras.get(name) {
            Some(rows) if rows.width == width => Ok(rows),
            Some(rows) => Err(format!("column `{name}` has {} numbers in a row, not {width}", rows.width)),
            None => Err(format!("it has no column `{name}`")),
        };
        Ok(Self { qpos: column("qpos", qpos.len())?, qvel: column("qvel", qvel.len())? })
    }
}

/// Draws rows on as many threads as there are painters.
fn share(
    painters: &mut [Painter],
    coordinates: &Coordinates<'_>,
    rows: Range<usize>,
    pictures: &mut [u8],
) -> Result<(), EvalError> {
    let each = rows.len().div_ceil(painters.len());
    let bytes = pictures.len() / rows.len();
    std::thread::scope(|scope| {
        let parts = rows.clone().step_by(each).map(|first| first..rows.end.min(first + each));
        let work = painters.iter_mut().zip(parts).zip(pictures.chunks_mut(each * bytes));
        let threads: Vec<_> =
            work.map(|((painter, rows), pictures)| scope.spawn(|| painter.draw(coordinates, rows, pictures))).collect();
        let join = |thread: std::thread::ScopedJoinHandle<'_, Result<(), EvalError>>| {
            thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        };
        threads.into_iter().try_for_each(join)
    })
}

/// A world to put into states, and what draws it; one thread's own.
struct Painter {
    env: Box<dyn Env>,
    camera: Camera,
    scene: Scene,
    renderer: Renderer,
}

impl Painter {
    fn new(world: &World, camera: Camera) -> Result<Self, EvalError> {
        let mut env = world.make()?;
        env.reset(&mut Stream::new(0, "dataset pictures", 0));
        Ok(Self { env, camera, scene: Scene::new(), renderer: Renderer::new() })
    }

    /// Whether the world tells its coordinates.
    fn tells(&self) -> bool {
        let (mut qpos, mut qvel) = (Vec::new(), Vec::new());
        self.env.coordinates(&mut qpos, &mut qvel);
        !qpos.is_empty()
    }

    /// `pictures` is `[rows, height, width, 3]`.
    fn draw(
        &mut self,
        coordinates: &Coordinates<'_>,
        rows: Range<usize>,
        pictures: &mut [u8],
    ) -> Result<(), EvalError> {
        let row = |rows: &'_ Rows, row: usize| rows.values[row * rows.width..][..rows.width].to_vec();
        for (at, picture) in rows.zip(pictures.chunks_exact_mut(self.camera.rgb_len())) {
            self.env.set_coordinates(&row(coordinates.qpos, at), &row(coordinates.qvel, at))?;
            self.env.scene(&mut self.scene);
            self.renderer.render(&self.scene, &self.camera, picture, None)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use freeroam_envs::world;

    use super::*;

    #[test]
    fn pictures_are_the_frames_of_the_worlds_with_pixels() {
        for id in ["PointMaze-UMaze", "Ant"] {
            let seen = world(&format!("{id}-Pixels-v0")).expect("is registered");
            let config = RenderConfig::new(seen.spec());
            let camera = Camera::of_pixels(seen.spec(), &config.view, config.edge).expect("a view");
            assert_eq!(Some(camera), seen.spec().frames.map(|frames| frames.camera), "{id}");
            let mut painter =
                Painter::new(&world(&format!("{id}-v0")).expect("is registered"), camera).expect("paints");
            let mut env = seen.make().expect("is made");
            env.reset(&mut Stream::new(3, "reset", 0));
            let (mut scene, mut frame) = (Scene::new(), vec![0; camera.rgb_len()]);
            for step in 0..20 {
                let action: Vec<f32> =
                    (0..seen.spec().action.len()).map(|k| if (k + step) % 3 == 0 { -0.7 } else { 0.9 }).collect();
                env.step(&action);
                env.scene(&mut scene);
                painter.renderer.render(&scene, &camera, &mut frame, None).expect("draws");
                let (mut qpos, mut qvel) = (Vec::new(), Vec::new());
                env.coordinates(&mut qpos, &mut qvel);
                let [qpos, qvel] = [qpos, qvel].map(|values| Rows { width: values.len(), values });
                let mut picture = vec![0; frame.len()];
                painter.draw(&Coordinates { qpos: &qpos, qvel: &qvel }, 0..1, &mut picture).expect("draws");
                // The posture follows from the coordinates up to rounding, which moves an edge by a pixel at most.
                let other = picture.iter().zip(&frame).filter(|(a, b)| a != b).count();
                assert!(other * 1000 <= frame.len(), "{id}, step {step}: {other} bytes differ");
            }
        }
    }
}
