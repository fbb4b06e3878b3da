//! Sentences say what is the case, and are understood.

use std::collections::BTreeSet;

use freeroam_envs::words::{Claim, Compass, Facts, Kind, Posture, Sentence, Split, Subject, Words};
use freeroam_envs::{EnvsError, GoalPlaces, LanesConfig, Spec, Stream, World, world};

use crate::every_world::{start, walk, worlds};

/// A place of a world, also of those whose observation hides it.
fn place(spec: &Spec, stream: &mut Stream) -> [f64; 2] {
    match GoalPlaces::new(spec) {
        Ok(places) => places.draw(stream),
        Err(_) => [0; 2].map(|_| stream.uniform(-spec.goal_range, spec.goal_range)),
    }
}

/// Observations of a world from a walk, with places spread over where goals may lie, and goals.
fn states(world: &World, count: usize, mut seen: impl FnMut(&Words, &[f32], [f64; 2], [f64; 2])) {
    let spec = world.spec();
    let words = Words::new(spec);
    let (mut lanes, mut batch) = start(world, LanesConfig { horizon: 50, ..LanesConfig::default() });
    let mut noise = Stream::new(6, "policy", 0);
    for _ in 0..count / 20 {
        walk(&mut lanes, &mut batch, &mut noise, 1, |_| ());
        for _ in 0..20 {
            let here = place(spec, &mut noise);
            spec.put_place(here, &mut batch.observation);
            // Some goals are where the body is.
            let goal = if noise.below(10) == 0 { here } else { place(spec, &mut noise) };
            seen(&words, &batch.observation, here, goal);
        }
    }
}

#[test]
fn what_is_said_of_a_state_is_understood_as_it_was_meant() {
    for world in worlds() {
        let id = &world.spec().id;
        let mut stream = Stream::new(0, "words", 0);
        states(&world, 400, |words, observation, place, goal| {
            let facts = words.facts_at(place, observation, Some(goal));
            let text = words.say(&facts, &mut stream);
            let understood = words.parse(&text).unwrap_or_else(|error| panic!("{id}: {error}"));
            assert_eq!(understood, Sentence::State(facts.clone()), "{id}: {text}");
            for split in [Split::All, Split::Train, Split::HeldOut] {
                let Some(text) = words.describe(&facts, split, &mut stream) else {
                    assert!(split == Split::HeldOut && Split::Train.has(&facts), "{id}");
                    continue;
                };
                let said = words.state(&text).unwrap_or_else(|error| panic!("{id}: {error}"));
                assert!(facts.include(&said) && !said.is_empty() && split.has(&said), "{id} {split:?}: {text}");
                assert!(text.len() < 400, "{text}");
            }
            let own = words.facts(observation, None);
            let text = words.say(&own, &mut stream);
            assert!(words.satisfies(&text, observation).expect("of the world"), "{id}: {text}");
        });
    }
}

#[test]
fn every_meaning_has_a_place_where_it_holds() {
    for world in worlds() {
        let (spec, words) = (world.spec(), Words::new(world.spec()));
        let mut stream = Stream::new(1, "words", 0);
        let mut places = 0;
        for facts in words.meanings(Split::All) {
            let is_place = |kind| matches!(kind, Kind::Room | Kind::Part | Kind::Bearing | Kind::Distance);
            if !facts.iter().all(|fact| is_place(fact.claim.kind())) {
                continue;
            }
            places += 1;
            for text in [Some(words.say(&facts, &mut stream)), words.ask(&facts, &mut stream)] {
                let text = text.expect("every place can be asked for");
                let place = words.goal_of(&text).unwrap_or_else(|error| panic!("{}: {error}", spec.id));
                let reached = words.facts_at(place, &vec![0.0; spec.observation.len()], None);
                assert!(reached.include(&facts), "{}: {text} {place:?}", spec.id);
                if let Some(layout) = &spec.layout {
                    assert!(layout.cell_of(place).is_some_and(|cell| layout.is_free(cell)), "{}: {text}", spec.id);
                }
            }
        }
        assert!(places > 5, "{}: {places}", spec.id);
    }
}

#[test]
fn a_goal_is_described_beside_the_body() {
    let world = world("PointMaze-Large-v0").expect("registered");
    let words = Words::new(world.spec());
    let facts = words.facts(&[0.0, 0.0], Some([36.0, 24.0]));
    let expected = [
        (Subject::Body, Claim::Room(Compass::SouthWest)),
        (Subject::Body, Claim::Part(Compass::SouthWest)),
        (Subject::Goal, Claim::Room(Compass::NorthEast)),
        (Subject::Goal, Claim::Part(Compass::NorthEast)),
        (Subject::Goal, Claim::Toward(Compass::NorthEast)),
    ];
    assert_eq!(facts, Facts::from_iter(expected));
    let goal = words.goal_of("the ball is in the south room, and the goal is in the top right room").expect("a place");
    assert!(goal[0] > 20.0 && goal[1] > 16.0, "{goal:?}: the goal's place, not the ball's");
}

#[test]
fn splits_share_all_words_and_no_combination() {
    for world in worlds() {
        let (id, words) = (&world.spec().id, Words::new(world.spec()));
        let meanings = |split| words.meanings(split).collect::<BTreeSet<Facts>>();
        let (train, held_out) = (meanings(Split::Train), meanings(Split::HeldOut));
        assert!(train.is_disjoint(&held_out), "{id}");
        assert_eq!(train.len() + held_out.len(), meanings(Split::All).len(), "{id}");
        let share = held_out.len() as f64 / (train.len() + held_out.len()) as f64;
        assert!((0.05..0.5).contains(&share), "{id}: {share}");
        // A part of all sentences has all of their words.
        let mut stream = Stream::new(2, "words", 0);
        let mut said = |split| {
            let mut seen = BTreeSet::new();
            let mut sentences = BTreeSet::new();
            for _ in 0..(2000 / train.len()).clamp(1, 10) {
                for facts in words.meanings(split) {
                    let text = words.say(&facts, &mut stream);
                    assert!(split.has(&words.state(&text).expect("of the grammar")), "{id} {split:?}: {text}");
                    seen.extend(text.split([' ', ',', ';']).filter(|word| !word.is_empty()).map(str::to_owned));
                    sentences.insert(text);
                }
            }
            (seen, sentences)
        };
        let ((train, train_said), (held_out, held_out_said)) = (said(Split::Train), said(Split::HeldOut));
        assert!(train_said.is_disjoint(&held_out_said), "{id}");
        assert!(held_out.is_subset(&train), "{id}: {:?}", held_out.difference(&train));
        assert!(train.iter().all(|word| words.vocabulary().contains(word)), "{id}");
        assert!(train_said.len() > 200, "{id}: {} sentences", train_said.len());
        let enumerated = words.sentences(Split::Train).take(1000).collect::<BTreeSet<_>>();
        assert!(enumerated.len() == 1000, "{id}: {} of 1000 are distinct", enumerated.len());
    }
}

#[test]
fn wordings_are_all_there_and_all_mean_the_same() {
    let words = Words::new(world("Ant-v0").expect("registered").spec());
    let facts = Facts::from_iter([(Subject::Body, Claim::Posture(Posture::UpsideDown))]);
    let all = words.wordings(facts.clone()).collect::<BTreeSet<_>>();
    // Four beginnings, three adverbs and none, three words.
    assert_eq!(all.len(), 4 * 3 * 3);
    assert!(all.contains("now the ant is plainly turned over"));
    assert!(all.iter().all(|text| words.state(text).expect("of the grammar") == facts));
}

#[test]
fn the_stream_fixes_the_words() {
    for world in worlds() {
        let words = Words::new(world.spec());
        let text = |seed| {
            let mut stream = Stream::new(seed, "words", 0);
            let facts = words.imagine(&mut stream);
            (0..10).map(|_| words.say(&facts, &mut stream)).collect::<Vec<_>>()
        };
        assert_eq!(text(0), text(0));
        assert_ne!(text(0), text(1), "{}", world.spec().id);
    }
}

#[test]
fn instructions_lead_where_they_say() {
    let large = world("PointMaze-Large-v0").expect("registered");
    let words = Words::new(large.spec());
    let room = |place| words.facts_at(place, &[0.0, 0.0], None).get(Subject::Body, Kind::Room);
    let end = words.follow("Go two rooms east, then one room north.", [0.0, 0.0]).expect("a way");
    assert_eq!(room(end), Some(Claim::Room(Compass::East)));
    assert!(words.followed("go two rooms east", [0.0, 0.0], [36.0, 0.0]).expect("a way"));
    assert!(!words.followed("go two rooms east", [0.0, 0.0], [20.0, 0.0]).expect("a way"));
    let error = words.follow("go one room west", [0.0, 0.0]).expect_err("the maze ends there").to_string();
    assert!(error.ends_with("it leads out of the maze from where it begins"), "{error}");
    let end = words.follow("go to the north-east room", [0.0, 0.0]).expect("a place");
    assert_eq!(room(end), Some(Claim::Room(Compass::NorthEast)));
    let ant = Words::new(world("Ant-v0").expect("registered").spec());
    let end = ant.follow("travel ten metres to the south-west", [1.0, 1.0]).expect("a way");
    assert!(end.iter().all(|x| (x - (1.0 - 50_f64.sqrt())).abs() < 1e-9), "{end:?}");
    for world in worlds() {
        let (spec, words) = (world.spec(), Words::new(world.spec()));
        let mut stream = Stream::new(4, "words", 0);
        let mut told = BTreeSet::new();
        for _ in 0..100 {
            let from = place(spec, &mut stream);
            for split in [Split::Train, Split::HeldOut] {
                let Some(text) = words.instruct(from, split, &mut stream) else { continue };
                let end = words.follow(&text, from).unwrap_or_else(|error| panic!("{}: {error}", spec.id));
                assert!(words.followed(&text, from, end).expect("a way"), "{}: {text}", spec.id);
                let Sentence::Way(legs) = words.parse(&text).expect("of the grammar") else { panic!("{text}") };
                assert!(split.has_way(&legs), "{} {split:?}: {text}", spec.id);
                told.insert(text);
            }
        }
        assert!(told.len() > 40, "{}: {}", spec.id, told.len());
    }
}

#[test]
fn similarity_is_that_of_what_is_said() {
    let words = Words::new(world("PointMaze-Large-v0").expect("registered").spec());
    let alike = |one, other| words.similarity(one, other).expect("two sentences");
    assert_eq!(alike("the ball is in the north room", "now the ball is somewhere in the upper room"), 1.0);
    assert_eq!(alike("go to the north room", "the ball is in the north room"), 1.0);
    let (near, far) = ("the ball is in the north-east room", "the ball is in the south-west room");
    assert!(alike("the ball is in the north room", near) > alike("the ball is in the north room", far));
    assert_eq!(alike("the ball is in the north room", "the goal is in the north room"), 0.0, "another subject");
}

#[test]
fn what_is_not_understood_is_said() {
    let maze = world("PointMaze-Large-v0").expect("registered");
    let words = Words::new(maze.spec());
    let error = words.parse("the ball is in the nroth room").expect_err("a slip");
    assert!(matches!(&error, EnvsError::UnknownWord { word, nearest, .. } if word == "nroth" && nearest == "north"));
    let message = error.to_string();
    assert_eq!(message, "unknown word `nroth` in `the ball is in the nroth room`; did you mean `north`?");
    let refused = |text: &str| words.goal_of(text).expect_err(text).to_string();
    let cases = [
        ("the ant is in the north room", "unknown word `ant`"),
        ("", "there are no words"),
        ("the ball is", "it says nothing"),
        ("room north", "no sentence begins with `room`"),
        ("the ball is in the north side of the room", "`side` does not fit after `the ball is in the north`"),
        ("the ball is in the north", "it ends too early"),
        ("the ball is in the north room and in the south room", "two things that cannot both be true"),
        ("go two rooms west", "where it leads depends on where it begins"),
        ("go to the north room and then go one room east", "it mixes a way to go with"),
        ("the goal is to the north of the ball", "it names no room"),
        ("the ball is somewhere", "it names no room"),
        ("the ball is beside the ball", "the body cannot be beside itself"),
    ];
    for (text, reason) in cases {
        let message = refused(text);
        assert!(message.contains(reason), "{text}: {message}");
    }
    let walled = Words::new(world("PointMaze-UMaze-v0").expect("registered").spec());
    let message = walled.goal_of("go to the middle room").expect_err("a wall").to_string();
    assert_eq!(message, "cannot make use of `go to the middle room`: that room is all wall");
    // Spellings that people use.
    assert!(words.goal_of("The ball is in the Northeast room.").is_ok());
    assert!(words.goal_of("the ball is near the south wall of the middle room").is_ok());
    assert!(words.goal_of("in the north room").is_ok());
}

#[test]
fn a_hidden_place_is_not_spoken_of_unless_it_is_given() {
    let mut spec = Spec::clone(world("Ant-v0").expect("registered").spec());
    spec.position.clear();
    let (words, observation) = (Words::new(&spec), [1.0; 29]);
    let goal = Some([10.0, 0.0]);
    let is_hidden = |facts: &Facts| {
        facts.iter().all(|fact| fact.claim.kind() != Kind::Toward) && facts.get(Subject::Body, Kind::Distance).is_none()
    };
    assert!(is_hidden(&words.facts(&observation, goal)) && !is_hidden(&words.facts_at([0.0, 0.0], &observation, goal)));
    assert!(words.satisfies("the ant is running to the north-east", &observation).expect("motion is shown"));
    let error = words.satisfies("the ant is at the origin", &observation).expect_err("the place is not").to_string();
    assert!(error.ends_with("it speaks of a place, which the observation does not show"), "{error}");
}
