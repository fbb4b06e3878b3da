//! Every figure renders to pixels and to SVG with the built-in font alone, and the same data gives the same bytes.

use freeroam_envs::maze::Layout;
use freeroam_eval::EvalError;
use freeroam_eval::figures::{
    Baseline, Curve, Figure, Goal, Row, Skill, Trajectory, comparison, curves, distances, goals, skills,
};
use freeroam_eval::stats::Estimate;

fn all() -> Result<Vec<Figure>, EvalError> {
    let trajectory = |index: usize| Trajectory {
        skill: Skill::Index { index, count: 3 },
        xy: (0..50).map(|step| [0.02 * (step * index) as f64, 0.03 * f64::from(step as u8)]).collect(),
    };
    let trajectories: Vec<Trajectory> = (0..3).map(trajectory).collect();
    let maze = Layout::umaze();
    let run = |slope: f64| (0..20).map(|k| [1000.0 * f64::from(k), slope * f64::from(k)]).collect();
    let curve = Curve { label: "metra".into(), method: "metra".into(), runs: vec![run(1.0), run(1.2), run(0.9)] };
    let baseline = Baseline { label: "random policy".into(), level: Estimate::within(4.0, 3.0, 5.0) };
    let estimate = Estimate::within(20.0, 18.0, 23.0);
    let row = Row { label: "metra".into(), method: "metra".into(), estimate, runs: vec![18.0, 23.0] };
    let goal = Goal { start: [0.0; 2], goal: [3.0, 1.0], end: [2.0, 1.0], reached: true };
    let far = Goal { reached: false, goal: [-2.0, 2.0], ..goal };
    Ok(vec![
        skills("plane", "Plane", None, &trajectories)?,
        skills("maze", "Maze", Some(&maze), &trajectories)?,
        curves("environment steps", ["curves", "Coverage", "cells of 1 m"], &[curve], Some(&baseline))?,
        comparison("comparison", "Coverage", "cells of 1 m", &[row])?,
        distances("distances", &[[0.0, 0.1], [1.0, 0.9], [2.0, 2.2]])?,
        goals("goals", "Goals", Some(&maze), &[goal, far])?,
    ])
}

#[test]
fn all_figures_render_twice_the_same() {
    let figures = all().expect("renders");
    assert_eq!(all().expect("renders"), figures);
    let folder = tempfile::tempdir().expect("a folder");
    for figure in &figures {
        assert!(figure.png.starts_with(b"\x89PNG") && figure.png.len() > 4000, "{}", figure.name);
        assert!(figure.svg.starts_with("<svg") && figure.svg.trim_end().ends_with("</svg>"), "{}", figure.name);
        assert!(figure.svg.contains("<text"), "{} has text", figure.name);
        figure.write(folder.path()).expect("writes");
        assert!(folder.path().join(format!("{}.png", figure.name)).is_file());
    }
}
