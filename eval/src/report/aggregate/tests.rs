use super::*;
use crate::report::PictureData;
use crate::report::run::tests::example;

fn runs() -> Vec<FinishedRun> {
    let run = |objective: &str, seed, cells| {
        let curve = |top: f64| (0..=10).map(|k| [1e5 * f64::from(k), top * f64::from(k) / 10.0]).collect();
        let tops = [(POLICY, cells), (QUEUE, 1.5 * cells), (TOTAL, 2.0 * cells)];
        let points = tops.map(|(key, top)| (key.to_owned(), curve(top))).into();
        FinishedRun { report: example(objective, seed, cells), curves: RunCurves { axis: "environment steps", points } }
    };
    let metra = [(2, 220.0), (0, 200.0), (1, 210.0)].map(|(seed, cells)| run("metra", seed, cells));
    let diayn = [(0, 30.0), (1, 80.0)].map(|(seed, cells)| run("diayn", seed, cells));
    metra.into_iter().chain(diayn).collect()
}

#[test]
fn groups_are_estimated_over_their_runs() {
    let report = AggregateReport::of(&runs(), &[]).expect("runs");
    assert_eq!(report.groups.len(), 2);
    let metra = &report.groups[1];
    assert_eq!((metra.objective.as_str(), metra.seeds.as_slice(), metra.learned), ("metra", &[0, 1, 2][..], 3));
    assert_eq!(metra.measures["coverage.policy"], Estimate::within(210.0, 200.0, 220.0));
    assert_eq!(report.groups[0].learned, 1);
    assert!(report.sentence().starts_with("Skills were learned in 4 of 5 runs; most policy coverage: metra in"));
    assert!(AggregateReport::of(&[], &[]).is_err());
}

#[test]
fn files_are_complete_and_pages_stand_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let runs = runs();
    AggregateReport::of(&runs, &[]).expect("runs").write(folder.path(), &runs).expect("writes");
    let page = std::fs::read_to_string(folder.path().join("report.html")).expect("written");
    assert!(page.matches("<figure>").count() == 4 && !page.contains("src=\"coverage"), "figures are inside the page");
    let text = std::fs::read_to_string(folder.path().join("report.md")).expect("written");
    for part in ["coverage_PointPlane-v0.png", "policy_curve_PointPlane-v0.png", "Fewest runs of a group: 2;"] {
        assert!(text.contains(part), "{part} is missing in {text}");
    }
    let figures = ["coverage_PointPlane-v0.png", "queue_curve_PointPlane-v0.svg", "total_curve_PointPlane-v0.svg"];
    for file in figures {
        assert!(folder.path().join("figures").join(file).is_file(), "{file}");
    }
    assert!(text.contains("| PointPlane-v0 | metra | 3 | 0, 1, 2 | 3 |"), "{text}");
    let report = AggregateReport::read(&folder.path().join("report.json")).expect("reads");
    assert_eq!(report, AggregateReport::of(&runs, &[]).expect("runs"));
}

#[test]
fn a_seed_counts_once_and_what_differs_is_named() {
    let mut runs = runs();
    for (run, agent, tau) in [(0, "ddpg", 0.1), (1, "sac", 0.2)] {
        runs[run].report.settings = format!("seed = {run}\nagent = \"{agent}\"\n[sac]\ntau = {tau}\n");
    }
    runs[2].report.settings.clear();
    let report = AggregateReport::of(&runs, &[]).expect("seeds of their own");
    assert_eq!((report.groups[0].differing.len(), report.groups[1].differing.len()), (0, 2));
    let text = report.document(&[]).markdown();
    assert!(text.contains("Runs of metra in PointPlane-v0 differ in `agent`, `sac.tau`."), "{text}");
    runs[1].report.seed = 2;
    let message = AggregateReport::of(&runs, &[]).expect_err("twice").to_string();
    assert!(message.contains("runs of metra in PointPlane-v0: seed 2 is there more than once"), "{message}");
}

#[test]
fn the_axis_says_which_steps_the_runs_count() {
    let mut runs = runs();
    let on_data = |run: &mut FinishedRun| run.curves.axis = "gradient steps";
    runs.iter_mut().filter(|run| run.report.objective == "diayn").for_each(on_data);
    let axis_of = |runs: &[FinishedRun]| {
        let pictures = AggregateReport::of(runs, &[]).expect("runs").pictures(runs).expect("draws");
        pictures.into_iter().find_map(|picture| match picture.data {
            PictureData::Figure(figure) if figure.name.starts_with("policy_curve") => Some(figure.svg),
            _ => None,
        })
    };
    let both = axis_of(&runs).expect("is drawn");
    assert!(both.contains("environment steps or gradient steps"), "{both}");
    let data = axis_of(&runs[3..]).expect("is drawn");
    assert!(data.contains("gradient steps") && !data.contains("environment"), "{data}");
}

#[test]
fn mazes_of_files_have_figures_in_the_folder() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut runs = runs();
    runs.iter_mut().for_each(|run| run.report.env = "PointMaze:mazes/my.txt".into());
    AggregateReport::of(&runs, &[]).expect("runs").write(folder.path(), &runs).expect("writes");
    for file in ["coverage_PointMaze-mazes-my-txt.png", "policy_curve_PointMaze-mazes-my-txt.png"] {
        assert!(folder.path().join("figures").join(file).is_file(), "{file}");
    }
}

#[test]
fn a_run_without_a_return_earned_nothing_where_others_did() {
    let mut runs = runs();
    assert!(!AggregateReport::of(&runs, &[]).expect("runs").groups[1].measures.contains_key("return.policy"));
    let earned = |value| Some(TaskReturn { policy: Estimate::exact(value), ..TaskReturn::NOTHING });
    (runs[0].report.task_return, runs[1].report.task_return) = (earned(30.0), earned(60.0));
    let groups = AggregateReport::of(&runs, &[]).expect("runs").groups;
    assert_eq!(groups[1].measures["return.policy"].value, 30.0, "of 0, 30 and 60");
    assert_eq!(groups[0].measures["return.policy"], Estimate::within(0.0, 0.0, 0.0));
    let mut expert = runs[0].clone();
    expert.report.task_return = earned(60.0);
    let shares = AggregateReport::of(&runs, &[expert]).expect("an expert").normalised;
    let of = |method: &str| shares.iter().find(|share| share.method == method).expect("a method").mean.value;
    assert_eq!((of("metra"), of("diayn")), (0.5, 0.0));
    for run in &mut runs {
        run.report.task_return = None;
    }
    let refused = AggregateReport::of(&runs, &runs[..1]).expect_err("nobody earned").to_string();
    assert!(refused.contains("rewards of metra in PointPlane-v0, seed 2 is empty"), "{refused}");
}

#[test]
fn finished_runs_are_read_from_their_files() {
    let folder = tempfile::tempdir().expect("a folder");
    let report = example("metra", 0, 200.0);
    report.write(folder.path(), &[]).expect("writes");
    let metrics = folder.path().join("metrics.jsonl");
    let line = "{\"step\":1,\"env_steps\":5,\"gradient_steps\":0,\"coverage/total\":3}\n";
    std::fs::write(&metrics, line).expect("writes");
    let read = || FinishedRun::read(&folder.path().join("report.json"), &metrics).expect("reads");
    assert_eq!((read().report, read().curves.points[TOTAL].as_slice()), (report, &[[5.0, 3.0]][..]));
    std::fs::remove_file(&metrics).expect("is there");
    assert!(read().curves.points[TOTAL].is_empty(), "of another world there are none");
}
