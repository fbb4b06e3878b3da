//! From frames to features.
//!
//! ```text
//! frame [height, width, 3] ──EyeNet──► f ──Readout──► [F]
//! ```
//!
//! Distance-based objectives take an observation to be of about unit scale, and distances in it to be of some use. Of a frozen
//! network the combinations of features that change most slowly are read ([`Readout`]); of one that starts from the weights of
//! a run and is trained, all features at mean 0 and deviation 1. Both are measured once, over frames of the world with the body
//! at random places where goals may lie and a random action later, and kept; they are the same for every run of a world with the
//! same network. Features of fresh weights that are trained are within -1 and 1 as they are.

use std::path::Path;

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use freeroam_envs::{EnvsError, FrameSpec, GoalPlaces, Lanes, LanesConfig, Pixel, World};
use freeroam_objectives::measures::Table;
use freeroam_objectives::vision::planes;
use freeroam_replay::Stream;
use freeroam_trainer::TrainerError;
use freeroam_trainer::nn::{Trained, load_weights, numbers, save_weights, tensor};

use super::readout::Readout;
use super::{EncoderConfig, EyeNet};
use crate::AgentsError;

/// Frames that go through a network at once.
const BATCH: usize = 256;
/// Lanes and rounds of the frames from which the readout is made.
const GLIMPSES: [usize; 2] = [64, 8];

/// The network of a world's frames with what is read of its features.
pub struct Eyes {
    net: Trained<EyeNet>,
    /// Nothing where features are taken as they are.
    readout: Option<Readout>,
    frames: FrameSpec,
    /// Numbers of a frame's features.
    features: usize,
    trained: bool,
    shift: usize,
    device: Device,
}

impl Eyes {
    /// Those of `config` for the frames of `world`, on the plain `device`, with fresh weights of the run's `seed`; nothing in a
    /// world without frames.
    ///
    /// # Errors
    /// [`TrainerError::Usage`] for frames that are not square pictures in colours, and as for `encoder.run`; when the world
    /// fails.
    pub fn new(
        config: &EncoderConfig,
        world: &World,
        seed: u64,
        device: &Device,
    ) -> Result<Option<Self>, TrainerError> {
        let Some(frames) = world.spec().frames else { return Ok(None) };
        let [height, width, _] = frames.shape();
        if frames.pixel != Pixel::Rgb || height != width {
            let (id, pixel) = (&world.spec().id, frames.pixel);
            let got = format!("`{id}` has frames of {width} x {height} pixels that hold {pixel:?}");
            return Err(TrainerError::Usage(format!("{got}, expected squares that hold Rgb")));
        }
        let mut stream = Stream::new(seed, "encoder weights", 0);
        let net = EyeNet::new(config, height, &mut stream, device)?;
        let one = vec![0; frames.bytes()];
        let features = net.valid().forward(planes(&one, 1, [height, width], device)).dims()[1];
        let mut eyes = Self {
            net: Trained::new(net, config.learning_rate, device),
            readout: None,
            frames,
            features,
            trained: config.trained,
            shift: config.shift,
            device: device.clone(),
        };
        if !config.trained || !config.run.is_empty() {
            let seen = glimpses(world).map_err(AgentsError::from)?;
            let [now, later] =
                seen.map(|frames| Table::new(features, eyes.features(&frames).into_iter().map(f64::from).collect()));
            let readout = if config.trained {
                Readout::standard(&now, device)
            } else {
                eyes.features = config.features.min(features);
                Readout::slow(&now, &later, eyes.features, device)
            };
            eyes.readout = Some(readout);
        }
        Ok(Some(eyes))
    }

    /// Frames of a stack.
    #[must_use]
    pub fn stack(&self) -> usize {
        self.frames.stack
    }

    /// Bytes of a frame.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.frames.bytes()
    }

    /// Numbers of the features of a frame.
    #[must_use]
    pub fn width(&self) -> usize {
        self.features
    }

    /// Whether the agent trains the network.
    #[must_use]
    pub fn are_trained(&self) -> bool {
        self.trained
    }

    /// Features of frames of bytes, `[count, height, width, 3]` to `[count, F]` row by row.
    ///
    /// # Panics
    /// When the bytes are no whole frames.
    #[must_use]
    pub fn features(&self, frames: &[u8]) -> Vec<f32> {
        let net = self.net.frozen();
        let of = |some: &[u8]| numbers(self.read(net.forward(self.planes(some))));
        frames.chunks(BATCH * self.bytes()).flat_map(of).collect()
    }

    /// Features of stacks of frames, `[B, stack, height, width, 3]` to `[B, stack F]`, constants.
    pub(crate) fn seen(&self, stacks: &[u8]) -> Tensor<2> {
        let rows = stacks.len() / (self.stack() * self.bytes());
        tensor(self.features(stacks), rows, self.stack() * self.features, &self.device)
    }

    /// As [`Eyes::seen`], tracked.
    pub(crate) fn tracked(&self, stacks: &[u8]) -> Tensor<2> {
        let rows = stacks.len() / (self.stack() * self.bytes());
        let features = self.read(self.net.module().forward(self.planes(stacks)));
        features.reshape([rows, self.stack() * self.features])
    }

    /// The network, for the losses that may train it.
    pub(crate) fn net(&mut self) -> &mut Trained<EyeNet> {
        &mut self.net
    }

    /// Shifts each stack of frames, `[B, stack, height, width, 3]`, by up to `encoder.shift` pixels along each axis; pixels of
    /// the border fill what comes into view.
    pub(crate) fn shift(&self, stacks: &mut [u8], stream: &mut Stream) {
        if self.shift == 0 {
            return;
        }
        let ([height, width, channels], span) = (self.frames.shape(), 2 * self.shift + 1);
        for stack in stacks.chunks_exact_mut(self.stack() * self.bytes()) {
            let by = [(); 2].map(|()| stream.below(span) as isize - self.shift as isize);
            let from = |at: usize, by: isize, count: usize| at.saturating_add_signed(by).min(count - 1);
            for frame in stack.chunks_exact_mut(self.frames.bytes()) {
                let still = frame.to_vec();
                for (at, pixel) in frame.chunks_exact_mut(channels).enumerate() {
                    let source = from(at / width, by[0], height) * width + from(at % width, by[1], width);
                    pixel.copy_from_slice(&still[source * channels..][..channels]);
                }
            }
        }
    }

    /// Features of stacks that show the body at rest at places (x, y), metres, of `world`, `[places, stack F]` row by row.
    ///
    /// # Errors
    /// When the world fails, or a place is not free.
    pub fn at_places(&self, world: &World, places: &[[f64; 2]]) -> Result<Vec<f32>, EnvsError> {
        let mut lanes = Lanes::new(world, LanesConfig { lanes: places.len(), threads: 1, ..LanesConfig::default() })?;
        let mut batch = lanes.batch();
        lanes.reset_into(&mut batch)?;
        for (lane, place) in places.iter().enumerate() {
            lanes.teleport(lane, *place, &mut batch)?;
        }
        let features = self.features(&batch.frames);
        Ok(features.chunks_exact(self.features).flat_map(|row| row.repeat(self.stack())).collect())
    }

    /// Writes the network and its readout into `dir`.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub(crate) fn save(&self, dir: &Path) -> Result<(), TrainerError> {
        if let Some(readout) = &self.readout {
            save_weights(readout, dir, READOUT)?;
        }
        if self.trained { self.net.save(dir, NET) } else { save_weights(self.net.module(), dir, NET) }
    }

    /// Restores what [`Eyes::save`] wrote.
    ///
    /// # Errors
    /// When a file is missing or does not fit.
    pub(crate) fn load(&mut self, dir: &Path) -> Result<(), TrainerError> {
        self.initialise(dir)?;
        if self.trained { self.net.load(dir, NET) } else { Ok(()) }
    }

    /// Takes over the weights and the readout in `dir`; the optimiser starts afresh.
    ///
    /// # Errors
    /// When a file is missing or does not fit.
    pub(crate) fn initialise(&mut self, dir: &Path) -> Result<(), TrainerError> {
        if let Some(readout) = &mut self.readout {
            *readout = load_weights(readout.clone(), dir, READOUT)?;
        }
        *self.net.module_mut() = load_weights(self.net.module().clone(), dir, NET)?;
        Ok(())
    }

    fn read(&self, features: Tensor<2>) -> Tensor<2> {
        match &self.readout {
            Some(readout) => readout.forward(features),
            None => features,
        }
    }

    fn planes(&self, frames: &[u8]) -> Tensor<4> {
        let [height, width, _] = self.frames.shape();
        planes(frames, frames.len() / self.bytes(), [height, width], &self.device)
    }
}

const NET: &str = "encoder";
const READOUT: &str = "encoder-readout";

/// Frames of a world with the body at random places where goals may lie, and of the same a random action later; always the same
/// ones.
fn glimpses(world: &World) -> Result<[Vec<u8>; 2], EnvsError> {
    let [count, rounds] = GLIMPSES;
    let mut lanes = Lanes::new(world, LanesConfig { lanes: count, threads: 1, ..LanesConfig::default() })?;
    let mut batch = lanes.batch();
    let mut stream = Stream::new(0, "readout of features", 0);
    let places = GoalPlaces::new(world.spec())?;
    let mut actions = vec![0.0; count * world.spec().action.len()];
    let [mut now, mut later] = [(); 2].map(|()| Vec::new());
    for _ in 0..rounds {
        lanes.reset_into(&mut batch)?;
        for lane in 0..count {
            // Where something stands the body stays at its start.
            match lanes.teleport(lane, places.draw(&mut stream), &mut batch) {
                Ok(()) | Err(EnvsError::OutOfRange { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        now.extend_from_slice(&batch.frames);
        stream.fill_uniform(-1.0, 1.0, &mut actions);
        lanes.step_into(&actions, &mut batch)?;
        later.extend_from_slice(&batch.final_frames);
    }
    Ok([now, later])
}

#[cfg(test)]
mod tests;
