//! Frames and clips as batches: pictures of a world, or files of the user's.

use std::path::Path;
use std::sync::Arc;

use burn::tensor::Device;
use freeroam_objectives::vision::{Clips, Frames, Pool, draw};
use freeroam_objectives::{RepresentationConfig, Source, clips_representation, frames_representation};
use freeroam_replay::Stream;
use freeroam_trainer::{Layer, TrainerError};

use super::learner::{Parts, RepresentationLearner, start_from};
use super::pictures_probe::{PicturesProbe, rows};
use super::{RepresentConfig, represents};
use crate::fingerprint;
use crate::frames::{FramesConfig, read_folder, world_frames};

/// Frames of a run: to learn from, and held out, of other episodes.
pub(super) struct Pictures {
    pub(super) known: Arc<Pool>,
    pub(super) held_out: Pool,
    /// Whether places are known, not only rooms or classes.
    pub(super) has_places: bool,
    /// That of a folder of the user's.
    pub(super) fingerprint: Option<u64>,
}

impl Pictures {
    /// Those that the settings ask for, `length` frames to a clip.
    fn of(config: &RepresentConfig, frames: &FramesConfig, length: u32) -> Result<Self, TrainerError> {
        let wanted = rows(frames.labels, config.evaluate.rows);
        if !frames.folder.is_empty() {
            if length > 1 {
                let expected = "a folder of single pictures has no clips; leave it empty for those of a world";
                return Err(TrainerError::Usage(format!("`clips.folder` = {}: {expected}", frames.folder)));
            }
            return Self::of_folder(frames, config.seed);
        }
        let world = freeroam_envs::world(&config.env).map_err(|error| TrainerError::Usage(error.to_string()))?;
        let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let taken = |episodes: usize, length: u32, purpose: &str| {
            let settings = FramesConfig { episodes, length, ..frames.clone() };
            let seed = Stream::new(config.seed, purpose, 0).bits();
            world_frames(&settings, &world, seed, threads).map_err(|error| TrainerError::Learner(error.to_string()))
        };
        Ok(Self {
            known: Arc::new(taken(frames.episodes, frames.length.max(length), "episodes to learn from")?),
            held_out: taken(wanted, length, "held-out episodes")?,
            has_places: true,
            fingerprint: None,
        })
    }

    /// A third of the files is held out.
    fn of_folder(frames: &FramesConfig, seed: u64) -> Result<Self, TrainerError> {
        let pool = read_folder(Path::new(&frames.folder), frames.edge)?;
        let total = pool.len();
        if total < 30 {
            let expected = "expected at least 30 pictures, a third of which is held out";
            return Err(TrainerError::Usage(format!("folder `{}` has {total}: {expected}", frames.folder)));
        }
        let classes = pool.meta.iter().map(|meta| meta.room as u64);
        let fingerprint = Some(fingerprint::fingerprint(pool.rgb.iter().copied().map(u64::from).chain(classes)));
        let [known, held_out] = pool.shuffled(&mut Stream::new(seed, "order of files", 0)).split(total - total / 3);
        Ok(Self { known: Arc::new(known), held_out, has_places: false, fingerprint })
    }
}

/// The learner of a run on frames. `run` is the folder of one that is taken up again or evaluated.
pub(super) fn frames_learner(
    config: &RepresentConfig,
    frames: &FramesConfig,
    device: &Device,
    run: Option<&Path>,
) -> Result<RepresentationLearner<Frames>, TrainerError> {
    let pictures = Pictures::of(config, frames, 1)?;
    if let (Some(found), Some(run)) = (pictures.fingerprint, run) {
        fingerprint::compare(run, FINGERPRINT, found, &format!("`frames.folder` = {}", frames.folder))?;
    }
    // A run that is taken up again has weights of its own: what it started from may be gone.
    let init = if run.is_none() { fitting(config)? } else { None };
    let (settings, on) = (config.clone(), device.clone());
    let make = move || {
        let stream = &mut Stream::new(settings.seed, "representation weights", 0);
        frames_representation(&settings.objective_config, settings.gradient_steps, stream, &on)
            .expect("the objective is one on frames")
    };
    let numbers: Vec<usize> = (0..pictures.known.len()).collect();
    let source = PoolSource {
        pool: pictures.known.clone(),
        numbers,
        length: 1,
        kept: pictures.fingerprint,
        device: device.clone(),
    };
    let parts = Parts {
        make: Box::new(make),
        start: init.map(|dir| start_from(dir.into())),
        source: Box::new(source),
        probe: Box::new(PicturesProbe::<Frames>::new(config, frames.labels, pictures, 1, device)),
    };
    Ok(RepresentationLearner::new(config, parts))
}

/// The learner of a run on clips.
pub(super) fn clips_learner(
    config: &RepresentConfig,
    frames: &FramesConfig,
    device: &Device,
) -> Result<RepresentationLearner<Clips>, TrainerError> {
    let length = frames.length as usize;
    let pictures = Pictures::of(config, frames, frames.length)?;
    let (settings, on) = (config.clone(), device.clone());
    let make = move || {
        let stream = &mut Stream::new(settings.seed, "representation weights", 0);
        clips_representation(&settings.objective_config, settings.gradient_steps, stream, &on)
            .expect("the objective is one on clips")
    };
    let numbers = pictures.known.starts(length);
    let source = PoolSource { pool: pictures.known.clone(), numbers, length, kept: None, device: device.clone() };
    if !config.init.is_empty() {
        let reason = "this objective starts from no other run";
        return Err(TrainerError::Usage(format!("`init` = {}: {reason}", config.init)));
    }
    let parts = Parts {
        make: Box::new(make),
        start: None,
        source: Box::new(source),
        probe: Box::new(PicturesProbe::<Clips>::new(config, frames.labels, pictures, length, device)),
    };
    Ok(RepresentationLearner::new(config, parts))
}

/// The folder of the contrastive run that the settings start from, if its encoder fits.
fn fitting(config: &RepresentConfig) -> Result<Option<String>, TrainerError> {
    if config.init.is_empty() {
        return Ok(None);
    }
    let usage = |reason: String| TrainerError::Usage(format!("`init` = {}: {reason}", config.init));
    let dir = Path::new(&config.init);
    freeroam_trainer::run_config(dir).map_err(|error| usage(error.to_string()))?;
    let layers = [Layer::File(dir.join("config.toml"))];
    if !represents(&layers) {
        return Err(usage("it is no run of a representation objective".into()));
    }
    let (other, _) = RepresentConfig::resolve(&layers)?;
    match (&other.objective_config, &config.objective_config) {
        (RepresentationConfig::Contrastive(its), RepresentationConfig::Scan(own)) if its.width == own.width => {
            Ok(Some(config.init.clone()))
        }
        (RepresentationConfig::Contrastive(its), RepresentationConfig::Scan(own)) => {
            let [its, own] = [its.width, own.width];
            Err(usage(format!("it has contrastive.width {its}, this run scan.width {own}; weights do not fit")))
        }
        _ => Err(usage(format!("`{}` does not start from a run of `{}`", config.objective, other.objective))),
    }
}

/// Draws from a pool.
struct PoolSource {
    pool: Arc<Pool>,
    /// Frames, or where clips begin.
    numbers: Vec<usize>,
    /// Frames of a clip.
    length: usize,
    /// The fingerprint of a folder of the user's.
    kept: Option<u64>,
    device: Device,
}

/// The fingerprint of a run's folder of pictures, in the run folder.
pub(super) const FINGERPRINT: &str = "frames.fingerprint";

impl Source<Frames> for PoolSource {
    fn draw(&mut self, size: usize, stream: &mut Stream) -> Result<Frames, TrainerError> {
        Ok(self.pool.frames(&draw(&self.numbers, size, stream), &self.device))
    }

    fn write(&self, run: &Path) -> Result<(), TrainerError> {
        self.kept.map_or(Ok(()), |kept| fingerprint::keep(run, FINGERPRINT, kept))
    }
}

impl Source<Clips> for PoolSource {
    fn draw(&mut self, size: usize, stream: &mut Stream) -> Result<Clips, TrainerError> {
        Ok(self.pool.clips(&draw(&self.numbers, size, stream), self.length, &self.device))
    }
}

#[cfg(test)]
mod tests {
    use freeroam_trainer::Learner;

    use super::*;
    use crate::represent::{DataConfig, RepresentationRun, representation_learner};

    /// Settings of a run of a few seconds.
    fn config(objective: &str, more: &[&str]) -> RepresentConfig {
        let kind = if objective == "vjepa" { "clips" } else { "frames" };
        let small = match objective {
            "contrastive" => &["contrastive.width=8", "contrastive.projection=8"][..],
            "cpc" => &["cpc.width=4", "cpc.dim=8", "cpc.hidden=4", "cpc.blocks=1", "cpc.others=8"],
            "scan" => &["scan.width=8", "scan.bank=16", "scan.neighbours=2", "scan.heads=2", "scan.cluster_steps=1"],
            _ => &["vjepa.width=24", "vjepa.blocks=1", "vjepa.predictor_width=12", "vjepa.predictor_blocks=1"],
        };
        let data = ["episodes=40", "labels=40"].map(|set| format!("{kind}.{set}"));
        let own =
            ["env=PointMaze-UMaze-v0", "batch=8", "gradient_steps=4", "evaluate.rows=40", "evaluate.supervised=2"];
        let sets = own.iter().chain(small).chain(more).map(|set| (*set).to_owned()).chain(data);
        let layers: Vec<Layer> = sets.chain([format!("objective={objective}")]).map(Layer::Set).collect();
        RepresentConfig::resolve(&layers).expect("valid settings").0
    }

    fn learner(config: &RepresentConfig) -> Box<dyn RepresentationRun> {
        representation_learner(config, &Device::flex(), None).expect("a learner")
    }

    fn steps(learner: &mut dyn Learner, count: usize) {
        for _ in 0..count {
            learner.step().expect("steps");
        }
    }

    #[test]
    fn every_objective_is_measured_beside_pixels() {
        for objective in ["contrastive", "cpc", "scan", "vjepa"] {
            let mut learner = learner(&config(objective, &[]));
            steps(&mut *learner, 3);
            let results = learner.results().expect("results");
            let place = results.iter().find(|result| result.measure.key == "probe/position").expect("places");
            let beside = &place.measure.baselines;
            assert_eq!(beside[1].0, "labels alone");
            let numbers = [place.trained.value, place.untrained.value, beside[0].1, beside[1].1];
            // Metres, in a maze of twelve.
            assert!(numbers.iter().all(|error| (0.1..12.0).contains(error)), "{objective}: {numbers:?}");
            let clusters = results.iter().any(|result| result.measure.key == "probe/clusters");
            assert_eq!(clusters, objective == "scan");
        }
    }

    #[test]
    fn scan_starts_from_a_contrastive_run_of_its_width_alone() {
        let dir = tempfile::tempdir().expect("temporary folder");
        let started = |objective: &str, more: &[&str]| {
            let run = dir.path().join(objective);
            if !run.exists() {
                freeroam_trainer::Run::create(&run, &config(objective, &[]).table()).expect("a folder");
            }
            let init = format!("init={}", run.display());
            representation_learner(&config("scan", &[&[init.as_str()], more].concat()), &Device::flex(), None)
        };
        let error = started("contrastive", &["scan.width=16"]).map(|_| ()).expect_err("does not fit").to_string();
        assert!(error.contains("contrastive.width 8, this run scan.width 16"), "{error}");
        assert!(started("contrastive", &[]).is_ok());
        let error = started("cpc", &[]).map(|_| ()).expect_err("is another objective").to_string();
        assert!(error.contains("`scan` does not start from a run of `cpc`"), "{error}");
    }

    #[test]
    fn files_are_learned_from_and_clips_of_files_are_refused() {
        let dir = tempfile::tempdir().expect("temporary folder");
        for (class, light) in [("dark", 20_u8), ("light", 200)] {
            let folder = dir.path().join(class);
            std::fs::create_dir(&folder).expect("writable");
            for number in 0..30_u8 {
                let file = std::fs::File::create(folder.join(format!("{number}.png"))).expect("writable");
                let mut encoder = png::Encoder::new(file, 16, 16);
                encoder.set_color(png::ColorType::Rgb);
                let pixels: Vec<u8> = (0..768_u32).map(|at| light + (at % 7) as u8 + number).collect();
                encoder.write_header().expect("a header").write_image_data(&pixels).expect("pixels");
            }
        }
        let folder = format!("frames.folder={}", dir.path().display());
        let settings = config("contrastive", &[&folder, "frames.edge=16"]);
        let mut learner = learner(&settings);
        steps(&mut *learner, 2);
        let record = learner.evaluate().expect("measures");
        assert!(record.get("probe/room").is_some() && record.get("probe/position").is_none(), "{record:?}");
        let run = tempfile::tempdir().expect("temporary folder");
        learner.write(run.path()).expect("writable");
        let again = || representation_learner(&settings, &Device::flex(), Some(run.path())).map(|_| ());
        again().expect("is the same");
        std::fs::copy(dir.path().join("dark/0.png"), dir.path().join("dark/new.png")).expect("writable");
        let error = again().expect_err("one more").to_string();
        assert!(error.contains("`frames.folder`") && error.contains("has changed since run"), "{error}");
        let mut clips = config("vjepa", &[]);
        if let DataConfig::Clips(frames) = &mut clips.data {
            frames.folder = dir.path().display().to_string();
        }
        let error = representation_learner(&clips, &Device::flex(), None).map(|_| ()).expect_err("refused").to_string();
        assert!(error.contains("no clips"), "{error}");
    }
}
