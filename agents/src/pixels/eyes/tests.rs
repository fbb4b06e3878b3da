use freeroam_envs::world;

use super::*;

fn eyes(config: &EncoderConfig, id: &str, seed: u64) -> Eyes {
    let world = world(id).expect("is registered");
    Eyes::new(config, &world, seed, &Device::flex()).expect("fits").expect("has frames")
}

#[test]
fn features_of_a_frozen_network_are_slow_and_differ_by_place() {
    let world = world("PointMaze-UMaze-Pixels-v0").expect("is registered");
    for network in ["conv", "vit"] {
        let config = EncoderConfig { network: network.into(), features: 8, ..EncoderConfig::default() };
        let eyes = eyes(&config, "PointMaze-UMaze-Pixels-v0", 0);
        let layout = world.spec().layout.clone().expect("a maze");
        let places: Vec<[f64; 2]> = layout.free_cells().into_iter().map(|cell| layout.centre(cell)).collect();
        let seen = eyes.at_places(&world, &places).expect("free");
        assert_eq!(seen.len(), 8 * places.len());
        let square = seen.iter().step_by(8).map(|x| x * x).sum::<f32>() / places.len() as f32;
        assert!((0.3..3.0).contains(&square), "{network}: {square}");
        let beside: Vec<[f64; 2]> = places.iter().map(|[x, y]| [x + 0.2, *y]).collect();
        let beside = eyes.at_places(&world, &beside).expect("free");
        let step = seen.iter().zip(&beside).map(|(a, b)| (a - b) * (a - b)).sum::<f32>() / places.len() as f32;
        assert!(step.sqrt() < 0.5, "{network}: {step}");
        let rows: Vec<&[f32]> = seen.chunks(8).collect();
        for (i, a) in rows.iter().enumerate() {
            let near = |b: &&[f32]| a.iter().zip(*b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max) < 0.05;
            assert!(!rows[i + 1..].iter().any(near), "{network}: two cells look alike");
        }
    }
}

#[test]
fn weights_and_scale_come_back_and_seeds_give_others() {
    let dir = tempfile::tempdir().expect("temporary folder");
    let id = "PointMaze-UMaze-Pixels-v0";
    for trained in [false, true] {
        let config = EncoderConfig { features: 4, trained, ..EncoderConfig::default() };
        let (kept, mut other) = (eyes(&config, id, 0), eyes(&config, id, 1));
        let frame: Vec<u8> = (0..kept.bytes()).map(|at| (at % 251) as u8).collect();
        assert_ne!(kept.features(&frame), other.features(&frame));
        kept.save(dir.path()).expect("writes");
        other.load(dir.path()).expect("reads");
        assert_eq!(kept.features(&frame), other.features(&frame));
        let tracked = numbers(kept.tracked(&frame));
        assert!(kept.features(&frame).iter().zip(tracked).all(|(a, b)| (a - b).abs() < 1e-5));
    }
}

#[test]
fn shifts_move_whole_stacks_and_keep_within_their_bounds() {
    let config = EncoderConfig { features: 2, shift: 3, ..EncoderConfig::default() };
    let eyes = eyes(&config, "Ant-Pixels-v0", 0);
    // Channels hold column, row and number of the frame.
    let frame = |number: usize| (0..64 * 64).flat_map(move |at| [at % 64, at / 64, number]);
    let stack: Vec<u8> = (0..3).flat_map(frame).map(|byte| byte as u8).collect();
    let mut stacks = stack.repeat(20);
    eyes.shift(&mut stacks, &mut Stream::new(0, "shifts", 0));
    let mut seen = std::collections::BTreeSet::new();
    for shifted in stacks.chunks(stack.len()) {
        let by: Vec<[i32; 2]> = (0..3)
            .map(|number| {
                let middle = &shifted[(number * 64 * 64 + 32 * 64 + 32) * 3..][..3];
                assert_eq!(usize::from(middle[2]), number);
                [i32::from(middle[0]) - 32, i32::from(middle[1]) - 32]
            })
            .collect();
        assert!(by[0] == by[1] && by[1] == by[2] && by[0].iter().all(|by| by.abs() <= 3), "{by:?}");
        assert_eq!(i32::from(shifted[0]), by[0][0].max(0), "the border fills what comes into view");
        seen.insert(by[0]);
    }
    assert!(seen.len() > 10, "{seen:?}");
}

#[test]
fn frames_that_no_network_takes_are_refused() {
    use freeroam_envs::camera::Camera;
    let ant = world("Ant-v0").expect("is registered");
    let camera = Camera { width: 32, height: 16, ..Camera::default() };
    for (camera, pixel) in [(camera, Pixel::Rgb), (Camera { height: 32, ..camera }, Pixel::Depth { far: 9.0 })] {
        let world = ant.with_frames("Mine-v0", FrameSpec { camera, pixel, stack: 1 }).expect("possible");
        let message =
            Eyes::new(&EncoderConfig::default(), &world, 0, &Device::flex()).err().expect("refused").to_string();
        assert!(message.contains("`Mine-v0` has frames of 32 x") && message.contains("expected squares"), "{message}");
    }
}
