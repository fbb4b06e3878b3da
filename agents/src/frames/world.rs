//! Pictures of a world, episode after episode.

use freeroam_envs::camera::{Camera, Floor, View};
use freeroam_envs::{Autoreset, EnvsError, FrameSpec, Lanes, LanesConfig, Spec, StepBatch, Stream, World};
use freeroam_objectives::vision::{Instant, Meta, Pool};
use serde::{Deserialize, Serialize};

use super::{Nuisance, NuisanceConfig};

/// Steps between the place where an episode is put and its first frame, so that frames are not of the middles of cells only.
const SETTLE: u32 = 8;
/// Steps for which a random action is kept.
const HOLD: u32 = 4;
/// How far from the middle of a cell an episode is put at most, of the cell's edge.
const SPREAD: f64 = 0.3;

/// Where frames come from: pictures of the run's world, or files.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FramesConfig {
    /// Folder of PNG files of the user's; folders in it are classes, which only evaluation reads. Empty for pictures of the
    /// world `env`.
    pub folder: String,
    /// View of the camera: `tracking`, `above`, `whole` or `egocentric`. In worlds with frames, pictures of the size of these
    /// are taken by their camera instead.
    pub view: String,
    /// Pixels along both sides. 32, in worlds with frames those of the frames.
    pub edge: usize,
    /// Ground coloured by place instead of squares of one metre.
    pub coloured: bool,
    /// Episodes, each at a random place.
    pub episodes: usize,
    /// Frames of an episode.
    pub length: u32,
    /// Environment steps from frame to frame.
    pub stride: u32,
    /// Frames or clips with labels for a probe; a half as many more choose its strength.
    pub labels: usize,
    /// What is seen besides the place.
    pub nuisance: NuisanceConfig,
}

impl Default for FramesConfig {
    fn default() -> Self {
        Self {
            folder: String::new(),
            view: "tracking".into(),
            edge: 32,
            coloured: false,
            episodes: 4096,
            length: 1,
            stride: 2,
            labels: 500,
            nuisance: NuisanceConfig::default(),
        }
    }
}

impl FramesConfig {
    /// Fewer and longer episodes, for clips of 8 frames.
    #[must_use]
    pub fn of_clips() -> Self {
        Self { episodes: 2048, length: 8, ..Self::default() }
    }

    /// Keys that are out of range, each with what was expected.
    pub(crate) fn problems(&self) -> Vec<(&'static str, &'static str)> {
        let NuisanceConfig { theme, light, disc, noise } = self.nuisance;
        let share = |x: f64| (0.0..=1.0).contains(&x);
        let rules = [
            ("view", View::NAMES.contains(&self.view.as_str()), "`tracking`, `above`, `whole` or `egocentric`"),
            ("edge", (16..=1024).contains(&self.edge) && self.edge.is_multiple_of(8), "16, 24, 32, .. 1024 pixels"),
            ("episodes", (2..=1 << 24).contains(&self.episodes), "2 to 16777216"),
            ("length", (1..=10_000).contains(&self.length), "1 to 10000 frames"),
            ("stride", (1..=1000).contains(&self.stride), "1 to 1000 steps"),
            ("labels", (20..=1 << 16).contains(&self.labels), "20 to 65536"),
            ("nuisance.theme", share(theme), "0 to 1"),
            ("nuisance.light", share(light), "0 to 1"),
            ("nuisance.disc", share(disc), "0 to 1"),
            ("nuisance.noise", share(noise), "0 to 1"),
        ];
        rules.into_iter().filter(|(_, holds, _)| !holds).map(|(key, _, expected)| (key, expected)).collect()
    }

    /// The camera in a world.
    fn camera(&self, spec: &Spec) -> Result<Camera, EnvsError> {
        if let Some(FrameSpec { camera, .. }) = spec.frames
            && [camera.width, camera.height] == [self.edge; 2]
        {
            return Ok(camera);
        }
        let floor = if self.coloured { Floor::place(spec) } else { Floor::Checker };
        let view = View::named(&self.view, spec)?;
        Ok(Camera { view, width: self.edge, height: self.edge, floor, antialias: true, ..Camera::default() })
    }
}

/// Frames of `world`: every episode is put to a random free place and steps with random actions that are kept for a few
/// steps each. Equal seeds give equal frames for any number of `threads`.
///
/// # Errors
/// When the world cannot be made or the camera is not possible.
pub fn world_frames(config: &FramesConfig, world: &World, seed: u64, threads: usize) -> Result<Pool, EnvsError> {
    world_scenes(config, world, seed, threads).map(|scenes| scenes.pool)
}

/// Frames, and what the world says of the states that they show.
#[derive(Clone, Debug, PartialEq)]
pub struct Scenes {
    /// The frames.
    pub pool: Pool,
    /// The observation at each, SI units, `[frames, observation]` row by row.
    pub observations: Vec<f32>,
}

/// As [`world_frames`], with the observations.
///
/// # Errors
/// As [`world_frames`].
pub fn world_scenes(config: &FramesConfig, world: &World, seed: u64, threads: usize) -> Result<Scenes, EnvsError> {
    let spec = world.spec().clone();
    let camera = config.camera(&spec)?;
    let count = 64.min(config.episodes.max(1));
    let lanes =
        LanesConfig { lanes: count, threads, seed, horizon: u32::MAX, autoreset: Autoreset::SameStep, goals: None };
    let mut lanes = Lanes::new(world, lanes)?;
    let mut pool = Pool::new([config.edge; 2]);
    let mut observations = Vec::new();
    let mut stream = Stream::new(seed, "frames", 0);
    for first in (0..config.episodes).step_by(count) {
        let episodes = Episodes::record(config, &mut lanes, &camera, first as u64, &mut stream)?;
        for (lane, episode) in episodes.0.into_iter().enumerate().take(config.episodes - first) {
            let mut nuisances = Stream::new(seed, "nuisances", (first + lane) as u64);
            let nuisance = Nuisance::draw(&config.nuisance, &mut nuisances);
            for Shot { mut rgb, instant, meta, observation } in episode {
                nuisance.apply(&mut rgb, [config.edge; 2], instant.step, &mut nuisances);
                pool.push(&rgb, instant, meta);
                observations.extend(observation);
            }
        }
    }
    Ok(Scenes { pool, observations })
}

/// Frames of `world` with the body at rest at some places (x, y), metres, without what is seen besides.
///
/// # Errors
/// When the world cannot be made or the camera is not possible.
pub fn place_frames(
    config: &FramesConfig,
    world: &World,
    places: &[[f32; 2]],
    threads: usize,
) -> Result<Pool, EnvsError> {
    let camera = config.camera(world.spec())?;
    let count = 64.min(places.len().max(1));
    let lanes = LanesConfig { lanes: count, threads, horizon: u32::MAX, ..LanesConfig::default() };
    let mut lanes = Lanes::new(world, lanes)?;
    let (mut batch, mut rgb) = (lanes.batch(), vec![0; count * camera.rgb_len()]);
    lanes.reset_into(&mut batch)?;
    let mut pool = Pool::new([config.edge; 2]);
    for (part, places) in places.chunks(count).enumerate() {
        for (lane, place) in places.iter().enumerate() {
            lanes.teleport(lane, place.map(f64::from), &mut batch)?;
        }
        lanes.render_into(&camera, &[], &mut rgb, None)?;
        for (lane, place) in places.iter().enumerate() {
            let instant = Instant { episode: (part * count + lane) as u64, step: 0 };
            let meta = Meta { place: *place, velocity: [0.0; 2], room: room(world.spec(), *place) };
            pool.push(&rgb[lane * camera.rgb_len()..][..camera.rgb_len()], instant, meta);
        }
    }
    Ok(pool)
}

/// A frame without nuisances and the observation at the same moment.
#[derive(Clone)]
struct Shot {
    rgb: Vec<u8>,
    instant: Instant,
    meta: Meta,
    observation: Vec<f32>,
}

/// Frames of one episode per lane.
struct Episodes(Vec<Vec<Shot>>);

impl Episodes {
    fn record(
        config: &FramesConfig,
        lanes: &mut Lanes,
        camera: &Camera,
        first: u64,
        stream: &mut Stream,
    ) -> Result<Self, EnvsError> {
        let (spec, count) = (lanes.spec().clone(), lanes.len());
        let mut batch = lanes.batch();
        lanes.reset_into(&mut batch)?;
        for lane in 0..count {
            put(lanes, lane, &spec, &mut batch, stream)?;
        }
        let mut actions = vec![0.0; count * spec.action.len()];
        let mut rgb = vec![0; count * camera.rgb_len()];
        let mut episodes = vec![Vec::new(); count];
        let last = SETTLE + (config.length.max(1) - 1) * config.stride.max(1);
        for step in 0..=last {
            let places = batch.place.clone();
            if step.is_multiple_of(HOLD) {
                stream.fill_uniform(-1.0, 1.0, &mut actions);
            }
            if step < SETTLE || !(step - SETTLE).is_multiple_of(config.stride.max(1)) {
                lanes.step_into(&actions, &mut batch)?;
                continue;
            }
            lanes.render_into(camera, &[], &mut rgb, None)?;
            let observations = batch.observation.clone();
            lanes.step_into(&actions, &mut batch)?;
            for (lane, episode) in episodes.iter_mut().enumerate() {
                let place = [places[2 * lane], places[2 * lane + 1]];
                let next = [batch.final_place[2 * lane], batch.final_place[2 * lane + 1]];
                let velocity = [0, 1].map(|k| (next[k] - place[k]) / spec.dt as f32);
                let meta = Meta { place, velocity, room: room(&spec, place) };
                let instant = Instant { episode: first + lane as u64, step: step - SETTLE };
                let rgb = rgb[lane * camera.rgb_len()..][..camera.rgb_len()].to_vec();
                let numbers = spec.observation.len();
                let observation = observations[lane * numbers..][..numbers].to_vec();
                episode.push(Shot { rgb, instant, meta, observation });
            }
        }
        Ok(Self(episodes))
    }
}

/// Puts the body of a lane to a random free place; on open ground within the range of goals. A place that the world refuses is
/// drawn anew.
fn put(
    lanes: &mut Lanes,
    lane: usize,
    spec: &Spec,
    batch: &mut StepBatch,
    stream: &mut Stream,
) -> Result<(), EnvsError> {
    const TRIES: usize = 100;
    let cells = spec.layout.as_ref().map(freeroam_envs::maze::Layout::free_cells);
    let mut refused = Ok(());
    for _ in 0..TRIES {
        let place = match (&spec.layout, &cells) {
            (Some(layout), Some(cells)) => {
                let centre = layout.centre(cells[stream.below(cells.len())]);
                centre.map(|x| x + SPREAD * layout.cell * stream.uniform(-1.0, 1.0))
            }
            _ => [0; 2].map(|_| stream.uniform(-spec.goal_range, spec.goal_range)),
        };
        refused = lanes.teleport(lane, place, batch);
        if refused.is_ok() {
            break;
        }
    }
    refused
}

/// The number of the free cell that a place is in; 0 on open ground.
fn room(spec: &Spec, place: [f32; 2]) -> usize {
    let Some(layout) = &spec.layout else { return 0 };
    let cell = layout.cell_of(place.map(f64::from));
    layout.free_cells().iter().position(|free| Some(*free) == cell).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config() -> FramesConfig {
        FramesConfig { edge: 16, episodes: 70, length: 3, ..FramesConfig::default() }
    }

    #[test]
    fn frames_depend_on_the_seed_alone() {
        let world = freeroam_envs::world("PointMaze-UMaze-v0").expect("registered");
        let frames = |seed, threads| world_frames(&config(), &world, seed, threads).expect("renders");
        let pool = frames(0, 1);
        assert_eq!(pool, frames(0, 2));
        assert_ne!(pool.rgb, frames(1, 1).rgb);
        assert_eq!((pool.len(), pool.starts(3).len()), (210, 70));
        let (low, high) = world.spec().layout.as_ref().expect("a maze").free_bounds();
        let inside = |meta: &Meta| (0..2).all(|k| (low[k]..=high[k]).contains(&f64::from(meta.place[k])));
        assert!(pool.meta.iter().all(inside));
        let rooms: std::collections::BTreeSet<usize> = pool.meta.iter().map(|meta| meta.room).collect();
        assert_eq!(rooms.len(), 7, "all cells are seen");
    }

    #[test]
    fn observations_and_places_belong_to_their_frames() {
        let world = freeroam_envs::world("PointMaze-UMaze-v0").expect("registered");
        let scenes = world_scenes(&config(), &world, 0, 1).expect("renders");
        let places: Vec<[f32; 2]> = scenes.pool.meta.iter().map(|meta| meta.place).collect();
        assert_eq!(scenes.observations, places.concat(), "the ball observes its place");
        let still =
            FramesConfig { nuisance: NuisanceConfig { theme: 0.0, light: 0.0, disc: 0.0, noise: 0.0 }, ..config() };
        let drawn = place_frames(&still, &world, &places[..80], 1).expect("renders");
        assert_eq!((drawn.len(), drawn.meta[70].place), (80, places[70]));
        let seen = world_frames(&still, &world, 0, 1).expect("renders");
        let differ =
            |at: usize| seen.frame(at).iter().zip(drawn.frame(at)).filter(|(a, b)| a.abs_diff(**b) > 8).count();
        // A disc without a radius still covers half of a pixel.
        assert!((0..80).all(|at| differ(at) <= 12), "{:?}", (0..80).map(differ).max());
    }

    #[test]
    fn bodies_move_within_an_episode() {
        let world = freeroam_envs::world("PointMaze-UMaze-v0").expect("registered");
        let pool = world_frames(&config(), &world, 0, 1).expect("renders");
        let moved = |frames: &[Meta]| (frames[0].place[0] - frames[2].place[0]).abs();
        let (least, most) = pool.meta.chunks(3).map(moved).fold((f32::MAX, 0.0_f32), |(a, b), x| (a.min(x), b.max(x)));
        assert!(most > 0.3 && most < 0.9 && least < most, "{least} {most}");
    }
}
