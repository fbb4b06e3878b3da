//! Pictures and rays per second of some worlds on one thread: small pictures as agents see them, large ones for people.
//!
//! `taskset -c 1 cargo bench -p freeroam-envs --bench pictures [-- FILTER]`; criterion prints elements (pictures, rays) per
//! second.

use std::hint::black_box;
use std::time::Duration;

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use freeroam_envs::camera::{Camera, Cloud, Lidar, Mount, View};
use freeroam_envs::{Lanes, LanesConfig, Stream, world};

const WORLDS: [&str; 4] = ["Ant-v0", "Point-v0", "PointMaze-Large-v0", "PointMaze-Giant-v0"];

/// One lane after some random steps.
fn walked(id: &str) -> Lanes {
    let world = world(id).expect("registered");
    let mut lanes = Lanes::new(&world, LanesConfig::default()).expect("the world can be made");
    let mut batch = lanes.batch();
    lanes.reset_into(&mut batch).expect("fresh lanes");
    let (mut noise, mut action) = (Stream::new(0, "policy", 0), vec![0.0; world.spec().action.len()]);
    for _ in 0..40 {
        noise.fill_uniform(-1.0, 1.0, &mut action);
        lanes.step_into(&action, &mut batch).expect("finite actions");
    }
    lanes
}

fn group<'a>(criterion: &'a mut Criterion, name: &str) -> BenchmarkGroup<'a, WallTime> {
    let mut group = criterion.benchmark_group(name);
    group.sample_size(20).warm_up_time(Duration::from_millis(300)).measurement_time(Duration::from_secs(1));
    group
}

fn small(view: View) -> Camera {
    Camera { view, width: 64, height: 64, antialias: false, ..Camera::default() }
}

fn pictures(criterion: &mut Criterion) {
    let mut group = group(criterion, "pictures");
    group.throughput(Throughput::Elements(1));
    for id in WORLDS {
        let mut lanes = walked(id);
        for (edge, antialias) in [(64, false), (64, true), (480, true)] {
            for name in View::NAMES {
                let view = View::named(name, lanes.spec()).expect("a known name");
                let camera = Camera { width: edge, height: edge, antialias, ..small(view) };
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

fn depths(criterion: &mut Criterion) {
    let mut group = group(criterion, "depths");
    group.throughput(Throughput::Elements(1));
    for id in WORLDS {
        let mut lanes = walked(id);
        for name in View::NAMES {
            let camera = small(View::named(name, lanes.spec()).expect("a known name"));
            let mut depth = vec![0.0; camera.depth_len()];
            group.bench_function(BenchmarkId::new(id, format!("{name}-64")), |bencher| {
                bencher.iter(|| lanes.depth_into(black_box(&camera), &mut depth).expect("a possible camera"));
            });
            let cloud = Cloud::Depth { camera, mount: Mount::Heading };
            let (mut points, mut counts) = (vec![[0.0; 3]; cloud.most()], [0]);
            group.bench_function(BenchmarkId::new(id, format!("{name}-64-points")), |bencher| {
                bencher.iter(|| lanes.cloud_into(black_box(&cloud), &mut points, &mut counts).expect("possible"));
            });
        }
    }
    group.finish();
}

fn rays(criterion: &mut Criterion) {
    let mut group = group(criterion, "rays");
    for id in WORLDS {
        let mut lanes = walked(id);
        for (rays, rings) in [(64, 1), (256, 16)] {
            let lidar = Lidar { rays, rings, ..Lidar::default() };
            let mut distances = vec![0.0; lidar.scan_len()];
            group.throughput(Throughput::Elements(lidar.scan_len() as u64));
            group.bench_function(BenchmarkId::new(id, format!("{rings}x{rays}")), |bencher| {
                bencher.iter(|| lanes.scan_into(black_box(&lidar), &mut distances).expect("a possible lidar"));
            });
        }
    }
    group.finish();
}

criterion_group!(benches, pictures, depths, rays);
criterion_main!(benches);
