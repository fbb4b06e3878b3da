//! What every representation of frames or clips has to pass.

use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::{Device, Tensor, TensorData};
use freeroam_replay::Stream;
use freeroam_trainer::nn::numbers;

use super::{Clips, Frames, Instant, Meta};
use crate::Representation;

/// `count` frames of `edge` pixels, each its own episode: a light disc at a place of its own on a coloured slope.
pub(crate) fn frames(count: usize, edge: usize, device: &Device) -> Frames {
    let mut stream = Stream::new(0, "frames to learn", 0);
    let mut rgb = Vec::new();
    for _ in 0..count {
        let mut draw = || stream.uniform(0.1, 0.9) as f32;
        let (colour, slope, centre) = ([draw(), draw(), draw()], [draw(), draw()], [draw(), draw()]);
        for channel in colour {
            rgb.extend((0..edge * edge).map(|at| {
                let place = [at % edge, at / edge].map(|x| x as f32 / edge as f32);
                let near = (place[0] - centre[0]).hypot(place[1] - centre[1]) < 0.2;
                if near { 1.0 } else { 0.5 * channel + 0.25 * (slope[0] * place[0] + slope[1] * place[1]) }
            }));
        }
    }
    let instants = (0..count as u64).map(|episode| Instant { episode, step: 0 }).collect();
    let rgb = Tensor::from_data(TensorData::new(rgb, [count, 3, edge, edge]), device);
    Frames { rgb, instants, meta: vec![Meta::default(); count] }
}

/// `count` clips of `length` such frames.
pub(crate) fn clips(count: usize, length: usize, edge: usize, device: &Device) -> Clips {
    let Frames { rgb, mut instants, .. } = frames(count * length, edge, device);
    instants.truncate(count);
    Clips { rgb: rgb.reshape([count, length, 3, edge, edge]), instants, meta: vec![Meta::default(); count] }
}

/// The metric `key` in each of `steps` gradient steps on one batch.
pub(crate) fn learn<B>(
    objective: &mut dyn Representation<B>,
    (batch, key): (&B, &str),
    steps: usize,
    stream: &mut Stream,
) -> Vec<f32> {
    let mut losses = Vec::new();
    for _ in 0..steps {
        let scalars = objective.update(batch, stream);
        losses.extend(scalars.into_iter().filter(|(name, _)| *name == key).map(|(_, x)| x.into_scalar::<f32>()));
    }
    assert!(losses.iter().all(|loss| loss.is_finite()), "{losses:?}");
    losses
}

/// Mean of the last tenth over mean of the first tenth.
pub(crate) fn fall(losses: &[f32]) -> f32 {
    let part = (losses.len() / 10).max(1);
    let mean = |losses: &[f32]| losses.iter().sum::<f32>() / losses.len() as f32;
    mean(&losses[losses.len() - part..]) / mean(&losses[..part])
}

/// Six steps in one go, and three, a checkpoint, and three by another objective: the same features, bit for bit.
pub(crate) fn resumes<B>(make: impl Fn(u64) -> Box<dyn Representation<B>>, batch: &B) {
    let dir = tempfile::tempdir().expect("temporary folder");
    let (mut whole, mut first, mut second) = (make(1), make(1), make(2));
    let mut stream = Stream::new(3, "noise", 0);
    let mut other = stream.clone();
    for _ in 0..6 {
        whole.update(batch, &mut stream);
    }
    for _ in 0..3 {
        first.update(batch, &mut other);
    }
    first.save(dir.path()).expect("writes");
    second.load(dir.path()).expect("reads");
    for _ in 0..3 {
        second.update(batch, &mut other);
    }
    assert_eq!(stream, other);
    assert_eq!(numbers(whole.embed(batch)), numbers(second.embed(batch)));
}

/// Parameters of `before` with other values than in `after`, and all of them, in number.
pub(crate) fn changed<M: Module>(before: &M, after: &M) -> [usize; 2] {
    let (mut old, mut new) = (Values::default(), Values::default());
    before.visit(&mut old);
    after.visit(&mut new);
    [old.0.iter().zip(&new.0).filter(|(a, b)| a != b).count(), old.0.len()]
}

#[derive(Default)]
struct Values(Vec<Vec<f32>>);

impl ModuleVisitor for Values {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        self.0.push(numbers(param.val().inner()));
    }
}
