//! Rates of sampling, with goals too, and pushing, and of the layout of rows in memory.
//!
//! `taskset -c 0 cargo bench -p freeroam-replay`

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use freeroam_replay::dataset::{Dataset, GoalBatch, GoalMixture, GoalSampler};
use freeroam_replay::{Batch, Replay, Shape, Stream, Transitions};

/// An ant's observation and action, and a skill of two numbers.
const SHAPE: Shape = Shape { observation: 29, action: 8, task: 2 };
const BATCH: usize = 256;
/// Steps of an episode.
const EPISODE: usize = 200;

/// Pushes steps of `lanes` lanes, and knows the numbers to push.
struct Pusher {
    /// Observations by parity of the step, so that each step's next one is the following step's.
    observations: [Vec<f32>; 2],
    action: Vec<f32>,
    task: Vec<f32>,
    reward: Vec<f32>,
    flags: [Vec<bool>; 2],
    step: usize,
}

impl Pusher {
    fn new(lanes: usize) -> Self {
        Self {
            observations: [0.25, 0.5].map(|value| vec![value; lanes * SHAPE.observation]),
            action: vec![0.0; lanes * SHAPE.action],
            task: vec![0.0; lanes * SHAPE.task],
            reward: vec![0.0; lanes],
            flags: [false, true].map(|value| vec![value; lanes]),
            step: 0,
        }
    }

    fn push(&mut self, replay: &mut Replay) {
        let (now, next) = (self.step % 2, (self.step + 1) % 2);
        self.step += 1;
        let step = Transitions {
            observation: &self.observations[now],
            action: &self.action,
            task: &self.task,
            reward: &self.reward,
            terminated: &self.flags[0],
            truncated: &self.flags[usize::from(self.step.is_multiple_of(EPISODE))],
            next_observation: &self.observations[next],
            skip: &self.flags[0],
        };
        replay.push(&step).expect("the steps follow each other");
    }
}

/// A replay of 64 lanes that holds `stored` transitions.
fn filled(stored: usize) -> Replay {
    let mut replay = Replay::new(SHAPE, 64, stored + stored / 50).expect("valid sizes");
    let mut pusher = Pusher::new(64);
    while replay.len() < stored {
        pusher.push(&mut replay);
    }
    replay
}

fn sample(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("sample");
    group.throughput(Throughput::Elements(BATCH as u64));
    for stored in [10_000, 100_000, 1_000_000] {
        let replay = filled(stored);
        let (mut stream, mut batch) = (Stream::new(0, "replay", 0), Batch::new(BATCH));
        group.bench_function(BenchmarkId::new("uniform", stored), |bencher| {
            bencher.iter(|| replay.sample(&mut stream, &mut batch));
        });
        group.bench_function(BenchmarkId::new("future", stored), |bencher| {
            bencher.iter(|| replay.sample_future(&mut stream, 0.99, &mut batch));
        });
        let mut batch = Batch::new(BATCH / 8);
        group.bench_function(BenchmarkId::new("segments_of_8", stored), |bencher| {
            bencher.iter(|| replay.sample_segments(&mut stream, 8, &mut batch));
        });
    }
    group.finish();
}

fn goals(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("goals");
    group.throughput(Throughput::Elements(BATCH as u64));
    let (value, actor) = (GoalMixture::VALUE, GoalMixture::STITCH);
    for stored in [10_000, 100_000, 1_000_000] {
        let sampler = GoalSampler::new(Dataset::from_replay(&filled(stored))).expect("there are transitions");
        let (mut stream, mut batch) = (Stream::new(0, "goals", 0), GoalBatch::new(BATCH));
        group.bench_function(BenchmarkId::new("two", stored), |bencher| {
            bencher.iter(|| sampler.sample(value, actor, &mut stream, &mut batch));
        });
        group.bench_function(BenchmarkId::new("hierarchy", stored), |bencher| {
            bencher.iter(|| sampler.sample_hierarchy(value, actor, 25, &mut stream, &mut batch));
        });
    }
    group.finish();
}

fn push(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("push");
    for lanes in [1, 64, 4096] {
        let mut replay = Replay::new(SHAPE, lanes, 1_000_000).expect("valid sizes");
        let mut pusher = Pusher::new(lanes);
        // Full rings: what a long run meets.
        (0..1_000_000 / lanes + EPISODE).for_each(|_| pusher.push(&mut replay));
        group.throughput(Throughput::Elements(lanes as u64));
        group.bench_function(BenchmarkId::new("lanes", lanes), |bencher| {
            bencher.iter(|| pusher.push(&mut replay));
        });
    }
    group.finish();
}

/// The same gather from rows that are one record each, as the replay keeps them, and from a column per quantity.
fn layout(criterion: &mut Criterion) {
    const ROWS: usize = 1_000_000;
    let Shape { observation: o, action: a, task: t } = SHAPE;
    let width = o + a + t + 1;
    let mut group = criterion.benchmark_group("layout");
    group.throughput(Throughput::Elements(BATCH as u64));
    let mut stream = Stream::new(0, "replay", 0);
    let (mut rows, mut out) = (vec![0; BATCH], [o, a, t, 1, o].map(|width| vec![0.0_f32; BATCH * width]));
    let mut draw = |rows: &mut Vec<usize>| rows.iter_mut().for_each(|row| *row = stream.below(ROWS - 1));
    let copy = |out: &mut [f32], from: &[f32], i: usize, width: usize, stride: usize, row: usize, offset: usize| {
        out[i * width..][..width].copy_from_slice(&from[row * stride + offset..][..width]);
    };

    let records = vec![1.0_f32; ROWS * width];
    group.bench_function("records", |bencher| {
        bencher.iter(|| {
            draw(&mut rows);
            for (i, &row) in rows.iter().enumerate() {
                copy(&mut out[0], &records, i, o, width, row, 0);
                copy(&mut out[1], &records, i, a, width, row, o);
                copy(&mut out[2], &records, i, t, width, row, o + a);
                copy(&mut out[3], &records, i, 1, width, row, o + a + t);
                copy(&mut out[4], &records, i, o, width, row + 1, 0);
            }
            black_box(&mut out);
        });
    });

    let columns = [o, a, t, 1].map(|width| vec![1.0_f32; ROWS * width]);
    group.bench_function("columns", |bencher| {
        bencher.iter(|| {
            draw(&mut rows);
            for (column, width, ahead) in [(0, o, 0), (1, a, 0), (2, t, 0), (3, 1, 0), (0, o, 1)] {
                let into = if ahead == 1 { 4 } else { column };
                for (i, &row) in rows.iter().enumerate() {
                    copy(&mut out[into], &columns[column], i, width, width, row + ahead, 0);
                }
            }
            black_box(&mut out);
        });
    });
    group.finish();
}

criterion_group!(benches, sample, goals, push, layout);
criterion_main!(benches);
