//! Pictures per second of every world on one thread: small ones as agents see them, large ones for people.
//!
//! `taskset -c 1 cargo bench -p freeroam-envs --bench pictures [-- FILTER]`; criterion prints elements (pictures) per second.

use std::hint::black_box;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use freeroam_envs::camera::{Camera, View};
use freeroam_envs::{Lanes, LanesConfig, Stream, ids, world};

fn pictures(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("pictures");
    group.throughput(Throughput::Elements(1)).sample_size(20);
    group.warm_up_time(Duration::from_millis(300)).measurement_time(Duration::from_secs(1));
    for id in ids() {
        let world = world(id).expect("registered");
        let mut lanes = Lanes::new(&world, LanesConfig::default()).expect("the world can be made");
        let mut batch = lanes.batch();
        lanes.reset_into(&mut batch).expect("fresh lanes");
        let (mut noise, mut action) = (Stream::new(0, "policy", 0), vec![0.0; world.spec().action.len()]);
        for _ in 0..40 {
            noise.fill_uniform(-1.0, 1.0, &mut action);
            lanes.step_into(&action, &mut batch).expect("finite actions");
        }
        for (edge, antialias) in [(64, false), (64, true), (480, true)] {
            for name in View::NAMES {
                let view = View::named(name, world.spec()).expect("a known name");
                let camera = Camera { view, width: edge, height: edge, antialias, ..Camera::default() };
                let mut rgb = vec![0; camera.rgb_len()];
                let smooth = if antialias { "smooth" } else { "plain" };
                group.bench_function(BenchmarkId::new(id, format!("{name}-{edge}-{smooth}")), |bencher| {
                    bencher.iter(|| {
                        lanes.render(0, black_box(&camera), None, &mut rgb, None).expect("a possible camera");
                        black_box(&rgb);
                    });
                });
            }
        }
    }
    group.finish();
}

criterion_group!(benches, pictures);
criterion_main!(benches);
