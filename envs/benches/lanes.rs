//! Steps per second of every world on one thread; the cost per lane step shows whether many lanes cost more than few.
//!
//! `taskset -c 1 cargo bench -p freeroam-envs --bench lanes [-- FILTER]`; criterion prints elements (lane steps) per
//! second. Actions are uniform and change with every step; ends of episodes are part of the cost.

use std::hint::black_box;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, SamplingMode, Throughput, criterion_group, criterion_main};
use freeroam_envs::{Lanes, LanesConfig, Stream, ids, world};

fn lanes(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("lanes");
    group.sample_size(10).sampling_mode(SamplingMode::Flat);
    group.warm_up_time(Duration::from_millis(500)).measurement_time(Duration::from_secs(2));
    for id in ids() {
        for count in [1, 64, 4096] {
            group.throughput(Throughput::Elements(count as u64));
            group.bench_function(BenchmarkId::new(id, count), |bencher| {
                let world = world(id).expect("registered");
                let config = LanesConfig { lanes: count, ..LanesConfig::default() };
                let mut lanes = Lanes::new(&world, config).expect("the world can be made");
                let mut batch = lanes.batch();
                lanes.reset_into(&mut batch).expect("fresh lanes");
                let mut noise = Stream::new(0, "policy", 0);
                let width = count * world.spec().action.len();
                // A table of actions, so that drawing them is no part of the cost.
                let mut table = vec![0.0; 16 * width];
                noise.fill_uniform(-1.0, 1.0, &mut table);
                let mut step = 0;
                bencher.iter(|| {
                    let actions = &table[(step % 16) * width..][..width];
                    step += 1;
                    lanes.step_into(black_box(actions), &mut batch).expect("finite actions");
                    black_box(&batch);
                });
            });
        }
    }
    group.finish();
}

criterion_group!(benches, lanes);
criterion_main!(benches);
