//! What a network learns from the labelled rows alone: the row that tells what learning without labels is worth.
//!
//! ```text
//! frames of a row ──convolutions, each frame──► features side by side ──linear──► every target, standardised
//!                    minimise the squared error on the labels, each group of targets counting alike; of ten moments the one that
//!                    errs least on the choosing rows counts, for each group by itself
//! ```

use burn::module::Module;
use burn::tensor::{Device, Tensor, TensorData};
use freeroam_objectives::measures::Table;
use freeroam_replay::Stream;
use freeroam_trainer::nn::{ConvNet, Gain, Mlp, OptimizerConfig, Scheduled, tensor};

/// Channels of the first convolution: those of the networks that it stands beside.
const WIDTH: usize = 16;
/// Rows of a gradient step.
const BATCH: usize = 64;
/// Rows that go through the network at once where nothing is learned.
const CHUNK: usize = 128;
/// How often it is asked for its error on the rows that choose.
const MOMENTS: u64 = 10;

#[derive(Module, Debug)]
struct Net {
    encoder: ConvNet,
    head: Mlp,
}

impl Net {
    /// `[B, T, 3, height, width]` to `[B, targets]`.
    fn forward(&self, frames: Tensor<5>) -> Tensor<2> {
        let [rows, length, channels, height, width] = frames.dims();
        let features = self.encoder.forward(frames.reshape([rows * length, channels, height, width]));
        self.head.forward(features.reshape([rows, length * ConvNet::features(WIDTH)]))
    }
}

/// What a network with fresh weights says of some groups of `targets` of all rows, whose frames are `[rows, T, 3, height, width]`,
/// after `steps` gradient steps on the first of them; `cuts` are the rows with labels and, after them, the end of those that choose.
/// `[rows, targets]` for each group.
pub(super) fn supervised(
    frames: &Tensor<5>,
    targets: &[&Table],
    cuts: [usize; 2],
    steps: u64,
    stream: &mut Stream,
) -> Vec<Table> {
    let [labels, chosen] = cuts;
    let (device, length) = (frames.device(), frames.dims()[1]);
    // Where each group begins and ends.
    let ends: Vec<usize> = targets
        .iter()
        .scan(0, |end, table| {
            *end += table.columns();
            Some(*end)
        })
        .collect();
    let spans: Vec<(usize, usize)> =
        targets.iter().zip(&ends).map(|(of, end)| (end - of.columns(), of.columns())).collect();
    let targets = &Table::beside(targets);
    let (mean, deviation) = (targets.part(0..labels).mean(), targets.part(0..labels).deviation());
    let scale: Vec<f64> = deviation.into_iter().map(|x| if x > 0.0 { x } else { 1.0 }).collect();
    let standardised = targets.standardised(&mean, &scale);
    let columns = targets.columns();
    let values = standardised.iter().flatten().map(|x| *x as f32).collect();
    let wanted = tensor(values, targets.rows(), columns, &device);

    let tracked = device.clone().autodiff();
    let net = Net {
        encoder: ConvNet::new(WIDTH, stream, &tracked),
        head: Mlp::new(&[length * ConvNet::features(WIDTH), columns], Gain(1.0), stream, &tracked),
    };
    let config = OptimizerConfig { learning_rate: 1e-3, ..OptimizerConfig::default() };
    let mut net = Scheduled::new(net, &config, steps);
    // The squared errors of each group.
    let errors = |said: Tensor<2>, wanted: Tensor<2>| -> Vec<Tensor<1>> {
        let squares = (said - wanted).square();
        spans.iter().map(|&(from, count)| squares.clone().narrow(1, from, count).mean()).collect()
    };
    let mut best: Vec<Option<(f32, Net)>> = vec![None; spans.len()];
    for step in 1..=steps {
        let rows = picked(labels, stream, &device);
        let said = net.module().forward(frames.clone().select(0, rows.clone()).autodiff());
        let loss = errors(said, wanted.clone().select(0, rows).autodiff()).into_iter().reduce(|a, b| a + b);
        net.descend(loss.expect("there are targets"));
        if step == steps || step.is_multiple_of(steps.div_ceil(MOMENTS)) {
            let (now, choosing) = (net.frozen(), frames.clone().narrow(0, labels, chosen - labels));
            let said = errors(now.forward(choosing), wanted.clone().narrow(0, labels, chosen - labels));
            for (best, error) in best.iter_mut().zip(said) {
                let error = error.into_scalar::<f32>();
                if best.as_ref().is_none_or(|(least, _)| error < *least) {
                    *best = Some((error, now.clone()));
                }
            }
        }
    }
    let rows = frames.dims()[0];
    let back: Vec<f64> = mean.iter().zip(&scale).map(|(mean, scale)| -mean / scale).collect();
    let inverse: Vec<f64> = scale.iter().map(|x| 1.0 / x).collect();
    let of_group = |(best, (from, count)): (Option<(f32, Net)>, (usize, usize))| {
        let net = best.map_or_else(|| net.frozen(), |(_, net)| net);
        let parts = (0..rows).step_by(CHUNK).map(|at| {
            let count = CHUNK.min(rows - at);
            Table::of(net.forward(frames.clone().narrow(0, at, count)))
        });
        Table::stacked(parts).standardised(&back, &inverse).columns_of(from..from + count)
    };
    best.into_iter().zip(spans.clone()).map(of_group).collect()
}

/// Rows of a gradient step, out of so many.
fn picked(labels: usize, stream: &mut Stream, device: &Device) -> Tensor<1, burn::tensor::Int> {
    let rows: Vec<i64> = (0..BATCH.min(labels)).map(|_| stream.below(labels) as i64).collect();
    let count = rows.len();
    Tensor::from_data(TensorData::new(rows, [count]), device)
}

#[cfg(test)]
mod tests {
    use freeroam_objectives::measures::mean_distance;

    use super::*;

    /// A bright square on a dark ground: where it is can be learned from 60 frames, in the units of the targets.
    #[test]
    fn places_are_learned_from_labels() {
        let (device, mut stream) = (Device::flex(), Stream::new(0, "squares", 0));
        let (rows, edge) = (120, 16);
        let (mut pixels, mut places) = (vec![0.0; rows * 3 * edge * edge], Vec::new());
        for frame in pixels.chunks_exact_mut(3 * edge * edge) {
            let [left, top] = [0, 1].map(|_| stream.below(edge - 4));
            places.extend([100.0 + left as f64, 3.0 * top as f64]);
            for (at, pixel) in frame.iter_mut().enumerate() {
                let (x, y) = (at % edge, at / edge % edge);
                *pixel = f32::from(u8::from((left..left + 4).contains(&x) && (top..top + 4).contains(&y)));
            }
        }
        let frames = tensor(pixels, rows, 3 * edge * edge, &device).reshape([rows, 1, 3, edge, edge]);
        let targets = Table::new(2, places);
        let rest = |table: &Table| table.part(90..rows);
        let error = |steps| {
            let said = supervised(&frames, &[&targets], [60, 90], steps, &mut Stream::new(1, "net", 0));
            mean_distance(&rest(&said[0]), &rest(&targets))
        };
        let (fresh, learned) = (error(0), error(150));
        assert!(learned < 0.5 * fresh, "{learned} after learning, {fresh} before");
    }
}
