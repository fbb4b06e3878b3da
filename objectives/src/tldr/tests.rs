//! The latent map on a corridor whose ends are near each other, and the rewards.

use super::*;

/// 30 cells around a U, about one unit apart: down, along, and up again. The origin is in the middle, as that of normalised
/// observations is.
fn corridor() -> Vec<[f32; 2]> {
    let cell = |i: usize| match i {
        0..12 => [0.0, -(i as f32)],
        12..18 => [(i - 11) as f32, -11.0],
        _ => [7.0, i as f32 - 29.0 + 0.5],
    };
    (0..30).map(cell).map(|[x, y]| [x - 3.5, y + 5.25]).collect()
}

/// Steps between neighbours, in both directions.
fn steps(rows: usize, stream: &mut Stream, device: &Device) -> Batch {
    let cells = corridor();
    let (mut from, mut to) = (Vec::new(), Vec::new());
    for _ in 0..rows {
        let first = stream.below(29);
        let (a, b) = if stream.below(2) == 0 { (first, first + 1) } else { (first + 1, first) };
        from.extend(cells[a]);
        to.extend(cells[b]);
    }
    let rows2 = |values| tensor(values, rows, 2, device);
    let later = rows2(to.clone());
    let goals = crate::Goals { observation: later.clone(), reached: Tensor::zeros([rows, 1], device) };
    let task = Tensor::cat(vec![later, Tensor::ones([rows, 1], device)], 1);
    let batch = Batch::of_steps(rows2(from), Tensor::zeros([rows, 1], device), rows2(to), task);
    Batch { goals: Some(goals), ..batch }
}

fn small(stream: &mut Stream, device: &Device) -> Tldr {
    Tldr::new(&TldrConfig { width: 128, ..TldrConfig::default() }, 2, stream, device)
}

/// A reference run had a correlation of 0.999 with the steps along the corridor after as many updates, and steps of at most
/// sqrt(4); the straight distance between the ends is a fifth of the way.
#[test]
fn latent_distances_follow_the_corridor() {
    let device = Device::flex();
    let mut stream = Stream::new(0, "corridor", 0);
    let mut tldr = small(&mut stream, &device);
    for _ in 0..2000 {
        tldr.update(&steps(256, &mut stream, &device), &mut stream);
    }
    let cells = corridor().concat();
    let phi = numbers(tldr.embed(tensor(cells, 30, 2, &device)).expect("has a latent space")); // [30, 4]
    let apart = |a: usize, b: usize| -> f64 {
        let square: f32 = (0..4).map(|k| (phi[4 * a + k] - phi[4 * b + k]).powi(2)).sum();
        f64::from(square.sqrt())
    };
    let pairs: Vec<(f64, f64)> =
        (0..30).flat_map(|a| (0..a).map(move |b| (a, b))).map(|(a, b)| (apart(a, b), (a - b) as f64)).collect();
    let n = pairs.len() as f64;
    let (x, y) = (pairs.iter().map(|p| p.0).sum::<f64>() / n, pairs.iter().map(|p| p.1).sum::<f64>() / n);
    let moment = |f: &dyn Fn(f64, f64) -> f64| pairs.iter().map(|p| f(p.0 - x, p.1 - y)).sum::<f64>();
    let correlation = moment(&|a, b| a * b) / (moment(&|a, _| a * a) * moment(&|_, b| b * b)).sqrt();
    let longest = (1..30).map(|i| apart(i, i - 1)).fold(0.0, f64::max);
    assert!(correlation > 0.99, "correlation {correlation}");
    assert!((1.5..2.1).contains(&longest), "the longest step is {longest}, and sqrt(4) what the constraint allows");
}

#[test]
fn rewards_of_goals_telescope_and_those_of_novelty_are_gains() {
    let device = Device::flex();
    let mut stream = Stream::new(1, "corridor", 0);
    let tldr = small(&mut stream, &device);
    let cells = corridor();
    let rows = |from: usize| tensor(cells[from..from + 29].concat(), 29, 2, &device);
    let goal = Tensor::<2>::from_floats([[0.7, -0.3, 1.0]], &device).repeat_dim(0, 29);
    let batch = Batch::of_steps(rows(0), Tensor::zeros([29, 1], &device), rows(1), goal);
    let reward = tldr.reward(&batch);
    assert_eq!(reward.dims(), [29, 2]);
    let total: f32 = reward.narrow(1, 0, 1).sum().into_scalar();
    let place = |cell: usize| tensor(cells[cell].to_vec(), 1, 2, &device);
    let goal = || Tensor::<2>::from_floats([[0.7, -0.3]], &device);
    let phi = |s| tldr.embed(s).expect("has a latent space");
    let ends: f32 = (distance(phi(place(0)), phi(goal())) - distance(phi(place(29)), phi(goal()))).into_scalar();
    assert!((total - ends).abs() < 1e-4, "{total}, expected {ends}");
}

#[test]
fn goals_are_relabelled_where_exploring_always_and_else_mostly() {
    let device = Device::flex();
    let mut stream = Stream::new(2, "corridor", 0);
    let tldr = small(&mut stream, &device);
    let batch = steps(1000, &mut stream, &device);
    // Stored goals are far from all cells; every other transition is of the exploring policy.
    let task = tensor((0..1000).flat_map(|i| [99.0, 99.0, (i % 2) as f32]).collect(), 1000, 3, &device);
    let task = numbers(tldr.relabel(Batch { task, ..batch }, &mut stream).task);
    let kept = |parity: usize| task.chunks(3).skip(parity).step_by(2).filter(|row| row[0] == 99.0).count();
    assert_eq!(kept(0), 0, "goals of exploring transitions");
    assert!((60..140).contains(&kept(1)), "{} of 500 goals were kept", kept(1));
}

#[test]
fn episodes_have_novel_goals_and_half_of_them_explore() {
    let device = Device::flex();
    let mut stream = Stream::new(3, "corridor", 0);
    let mut tldr = small(&mut stream, &device);
    let moment = Moment { step: 0, horizon: 10 };
    let mut task = [7.0; 3];
    tldr.draw_task(moment, &mut stream, &mut task);
    assert_eq!(task, [0.0; 3], "before anything was seen all explore");
    tldr.update(&steps(64, &mut stream, &device), &mut stream);
    let best: Vec<&[f32]> = tldr.ranked()[..8].iter().map(|row| &tldr.latest[2 * row..][..2]).collect();
    let mut exploring = 0;
    for _ in 0..200 {
        tldr.draw_task(moment, &mut stream, &mut task);
        assert!(best.contains(&&task[..2]), "{task:?} is none of the best");
        (0..10).for_each(|_| tldr.advance(&mut task));
        exploring += usize::from(task[2] == 0.0);
    }
    assert!((70..130).contains(&exploring), "{exploring} of 200 episodes explore in the end");
}
