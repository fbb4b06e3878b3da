//! Draws every kind of figure from made-up data: `cargo run --release --example figures FOLDER`.

use std::path::PathBuf;

use anyhow::Context;
use freeroam_envs::Stream;
use freeroam_envs::maze::Layout;
use freeroam_eval::animation::{Look, animation};
use freeroam_eval::figures::{
    Baseline, Curve, Goal, Row, Skill, Trajectory, comparison, curves, distances, goals, skills,
};
use freeroam_eval::stats::Estimate;

fn main() -> anyhow::Result<()> {
    let folder = PathBuf::from(std::env::args().nth(1).context("expected a folder for the figures")?);
    std::fs::create_dir_all(&folder)?;
    let mut stream = Stream::new(0, "example", 0);

    let plane: Vec<Trajectory> = (0..48).map(|index| outward(index, 48, &mut stream)).collect();
    skills("skills_plane", "Ant on the plane: 48 skills", None, &plane)?.write(&folder)?;
    std::fs::write(folder.join("skills_plane.gif"), animation(None, &plane, Look::default())?)?;
    let layout = Layout::medium();
    let maze: Vec<Trajectory> = (0..16).map(|index| wander(index, &layout, &mut stream)).collect();
    skills("skills_maze", "Point in the medium maze: 16 skills", Some(&layout), &maze)?.write(&folder)?;
    std::fs::write(folder.join("skills_maze.gif"), animation(Some(&layout), &maze, Look::default())?)?;

    let run = |top: f64, stream: &mut Stream| -> Vec<[f64; 2]> {
        let value = |k: f64, stream: &mut Stream| top * (1.0 - (-k / 12.0).exp()) * (1.0 + 0.06 * stream.normal());
        (0..=40).map(|k| [25_000.0 * f64::from(k), value(f64::from(k), stream)]).collect()
    };
    let group = |label: &str, top: f64, count: usize, stream: &mut Stream| Curve {
        label: label.into(),
        method: label.into(),
        runs: (0..count)
            .map(|_| {
                let top = top * (1.0 + 0.1 * stream.normal());
                run(top, stream)
            })
            .collect(),
    };
    let random = Baseline { label: "random policy".into(), level: Estimate::within(41.0, 38.0, 45.0) };
    let single =
        [("policy", 210.0), ("queue", 320.0), ("total", 480.0)].map(|(label, top)| group(label, top, 1, &mut stream));
    let words = ["coverage", "Coverage, ant_plane, METRA, seed 0", "cells of 1 m"];
    curves("environment steps", words, &single, Some(&random))?.write(&folder)?;
    let several =
        [("METRA", 210.0), ("LSD", 150.0), ("DIAYN", 60.0)].map(|(label, top)| group(label, top, 5, &mut stream));
    let words = ["coverage_methods", "Policy coverage, ant_plane", "cells of 1 m"];
    curves("environment steps", words, &several, Some(&random))?.write(&folder)?;

    let row = |label: &str, estimate, runs: &[f64]| Row {
        label: label.into(),
        method: label.into(),
        estimate,
        runs: runs.into(),
    };
    let rows = [
        row("METRA", Estimate::within(212.0, 200.0, 224.0), &[198.0, 207.0, 213.0, 215.0, 228.0]),
        row("DIAYN", Estimate::within(63.0, 51.0, 77.0), &[48.0, 56.0, 63.0, 70.0, 80.0]),
        row("random", Estimate::within(41.0, 38.0, 45.0), &[37.0, 40.0, 41.0, 42.0, 46.0]),
        row("untrained", Estimate::exact(12.0), &[]),
    ];
    comparison("comparison", "Policy coverage, ant_plane", "cells of 1 m", &rows)?.write(&folder)?;

    let pairs: Vec<[f64; 2]> = (0..1500)
        .map(|_| {
            let path = stream.uniform(0.0, 38.0);
            [path, (0.9 * path.powf(0.8) + 0.9 * stream.normal()).max(0.0)]
        })
        .collect();
    distances("distances", &pairs)?.write(&folder)?;

    let targets: Vec<Goal> = (0..20)
        .map(|_| {
            let goal = [stream.uniform(-15.0, 15.0), stream.uniform(-15.0, 15.0)];
            let miss = if stream.uniform(0.0, 1.0) < 0.6 { 0.4 } else { 4.0 };
            let end = goal.map(|x| x + miss * stream.normal());
            Goal { start: [0.0; 2], goal, end, reached: (end[0] - goal[0]).hypot(end[1] - goal[1]) < 1.0 }
        })
        .collect();
    goals("goals", "Goals on the plane: 12 of 20 reached", None, &targets)?.write(&folder)?;
    Ok(())
}

/// A body that walks outward, the further the longer.
fn outward(index: usize, count: usize, stream: &mut Stream) -> Trajectory {
    let angle = std::f64::consts::TAU * (index as f64 + stream.uniform(0.0, 0.6)) / count as f64;
    let (mut xy, mut heading, speed) = (vec![[0.0, 0.0]], angle, stream.uniform(0.04, 0.09));
    for _ in 0..200 {
        heading += 0.15 * stream.normal() + 0.05 * (angle - heading);
        let [x, y] = xy[xy.len() - 1];
        xy.push([x + speed * heading.cos(), y + speed * heading.sin()]);
    }
    Trajectory { skill: Skill::Angle(angle), xy }
}

/// A point that keeps going its way between walls.
fn wander(index: usize, layout: &Layout, stream: &mut Stream) -> Trajectory {
    let free = |xy| layout.cell_of(xy).is_some_and(|cell| layout.is_free(cell));
    let (mut xy, mut heading) = (vec![[0.0, 0.0]], stream.uniform(0.0, 6.3));
    for _ in 0..400 {
        heading += 0.1 * stream.normal();
        let [x, y] = xy[xy.len() - 1];
        let next = [x + 0.25 * heading.cos(), y + 0.25 * heading.sin()];
        if free(next) { xy.push(next) } else { heading = stream.uniform(0.0, 6.3) }
    }
    Trajectory { skill: Skill::Index { index, count: 16 }, xy }
}
