use super::*;

pub(crate) fn example(objective: &str, seed: u64, cells: f64) -> RunReport {
    let coverage = Coverage {
        policy: Estimate::within(cells, cells - 12.0, cells + 12.0),
        queue: Some(Estimate::exact(320.0)),
        total: Some(Estimate::exact(480.0)),
        random_policy: Estimate::within(41.0, 38.0, 45.0),
        untrained_policy: Estimate::within(12.0, 10.0, 14.0),
        reachable_fraction: None,
    };
    RunReport {
        env: "PointPlane-v0".into(),
        objective: objective.into(),
        pretrained: String::new(),
        seed,
        env_steps: 1_000_000,
        gradient_steps: 31_250,
        time: Time { wall_s: 754.3 },
        skills: true,
        coverage,
        task_return: None,
        gauges: Vec::new(),
        goals: Some(Goals {
            success: Estimate::within(0.85, 0.7, 0.95),
            final_distance: Estimate::within(0.92, 0.71, 1.15),
            random_final_distance: Estimate::within(9.8, 8.4, 11.3),
            untrained_final_distance: Estimate::within(10.4, 9.0, 11.9),
        }),
        tasks: None,
        prompts: Vec::new(),
        words: None,
        data: String::new(),
        distance: Some(Distance { spearman: Estimate::exact(0.96), pearson: Estimate::exact(0.9512) }),
        learned: coverage.shows_learning(),
        protocol: Protocol {
            rollouts: 48,
            steps: 200,
            repeats: 8,
            bin_m: 1.0,
            skill_law: "uniform directions in 2 dimensions".into(),
            goals: 20,
            goal_law: "uniform in a square of 30 m around the start".into(),
            goal_radius_m: 1.0,
            bootstrap_reps: 2000,
        },
        settings: "seed = 3\n".into(),
    }
}

#[test]
fn the_text_of_a_known_report() {
    let report = example("metra", 3, 212.0);
    let expected = include_str!("../../../tests/golden/report.md");
    assert_eq!(report.document(&[]).markdown(), expected);
}

#[test]
fn beating_random_actions_alone_is_not_learning() {
    let mut report = example("diayn", 0, 212.0);
    report.coverage.untrained_policy = Estimate::within(190.0, 180.0, 205.0);
    assert!(!report.coverage.shows_learning());
    report.learned = false;
    assert!(report.sentence().starts_with("No skills were learned: policy coverage 212 [200, 224] cells against"));
}

#[test]
fn one_measurement_shows_no_learning() {
    for measured in 0..3 {
        let mut report = example("metra", 0, 212.0);
        let Coverage { policy, random_policy, untrained_policy, .. } = &mut report.coverage;
        let once = [policy, random_policy, untrained_policy].into_iter().nth(measured).expect("three");
        *once = Estimate::exact(once.value);
        assert!(!report.coverage.shows_learning(), "{measured}");
    }
    let mut report = example("metra", 0, 212.0);
    (report.coverage.policy, report.protocol.repeats, report.learned) = (Estimate::exact(212.0), 1, false);
    let sentence = report.sentence();
    assert!(sentence.starts_with("One measurement cannot say whether skills were learned: policy coverage 212 cells"));
    assert!(report.document(&[]).markdown().contains("There is one such measurement, and so no interval."));
}

#[test]
fn another_world_says_nothing_of_the_trainings_cells() {
    let mut report = example("rnd", 0, 212.0);
    (report.coverage.queue, report.coverage.total, report.skills) = (None, None, false);
    report.data = "data.npz".into();
    let text = report.document(&[]).markdown();
    assert!(!text.contains("total coverage") && !text.contains("in all of the training"), "{text}");
    assert!(text.contains("without a step in the world."), "{text}");
    let json = serde_json::to_value(&report).expect("plain fields");
    assert!(json["coverage"].get("total").is_none());
    assert_eq!(serde_json::from_value::<RunReport>(json).expect("reads"), report);
}

#[test]
fn a_report_without_skills_says_so() {
    let mut report = example("rnd", 0, 212.0);
    (report.skills, report.learned, report.goals, report.protocol.goals) = (false, false, None, 0);
    let [policy, random_policy, untrained_policy] = [80.0, 20.0, 10.0].map(Estimate::exact);
    report.task_return = Some(TaskReturn { policy, random_policy, untrained_policy });
    let sentence = report.sentence();
    assert!(sentence.starts_with("There are no skills: policy coverage 212"), "{sentence}");
    assert!(
        sentence.ends_with("480 cells in all of the training; return 80 against 20 of a random policy."),
        "{sentence}"
    );
    let text = report.document(&[]).markdown();
    for part in
        ["| return (sum of the world's rewards) | 80 | 20 | 10 |", "Goals: none were tried", "Skills: there are none"]
    {
        assert!(text.contains(part), "`{part}` is missing in {text}");
    }
    assert!(!text.contains("goals reached"));
}

#[test]
fn a_written_report_reads_back() {
    let folder = tempfile::tempdir().expect("a folder");
    let report = example("metra", 3, 212.0);
    report.write(&folder.path().join("report"), &[]).expect("writes");
    let path = folder.path().join("report/report.json");
    assert_eq!(RunReport::read(&path).expect("reads"), report);
    let json: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(&path).expect("reads")).expect("JSON");
    assert_eq!(json["coverage"]["policy"]["low"], 200.0);
    assert_eq!(json["coverage"]["total"], serde_json::json!({ "value": 480.0 }));
    assert_eq!(json["time"]["wall_s"], 754.3);
    std::fs::write(&path, "{}").expect("writes");
    let error = RunReport::read(&path).expect_err("no report").to_string();
    assert!(error.contains("report.json, line 1: missing field `env`"), "{error}");
}

#[test]
fn durations_have_two_units() {
    assert_eq!([0.25, 61.0, 7260.0].map(duration), ["0.2 s", "1 min 1 s", "2 h 1 min"]);
}
