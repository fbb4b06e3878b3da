//! A loaded replay samples the same bits as the saved one and goes on like it; a damaged snapshot is refused.

use std::io::Read;

use freeroam_replay::{Batch, Replay, ReplayError, Stream};

use crate::script::{Event, Script};

fn script(steps: usize) -> Script {
    let mut script = Script::new(5, 700);
    let mut stream = Stream::new(2, "script", 0);
    for _ in 0..steps {
        let events = [(); 5]
            .map(|()| [Event::Go, Event::Go, Event::Go, Event::Go, Event::Truncate, Event::Skip][stream.below(6)]);
        script.step(&events);
    }
    script
}

fn saved(replay: &Replay) -> Vec<u8> {
    let mut bytes = Vec::new();
    replay.save(&mut bytes).expect("a vector takes all");
    bytes
}

#[test]
fn before_and_after_the_rings_are_full() {
    for steps in [0, 1, 30, 100, 1000] {
        let mut script = script(steps);
        let mut bytes = saved(&script.replay);
        let size = bytes.len();
        bytes.extend(b"what follows");
        let mut reader = &bytes[..];
        let loaded = Replay::load(&mut reader).expect("it was saved whole");
        assert_eq!(reader, b"what follows");
        assert_eq!(saved(&loaded), bytes[..size]);
        assert_eq!((loaded.len(), loaded.pushed()), (script.replay.len(), script.replay.pushed()));
        if steps == 0 {
            continue;
        }
        let (stream, mut batch) = (Stream::new(9, "replay", 0), Batch::with_stacks(300, 3));
        let mut samples = |replay: &Replay| {
            let mut stream = stream.clone();
            let mut all = Vec::new();
            replay.sample(&mut stream, &mut batch).expect("not empty");
            all.push(batch.clone());
            replay.sample_future(&mut stream, 0.9, &mut batch).expect("not empty");
            all.push(batch.clone());
            all
        };
        assert_eq!(samples(&script.replay), samples(&loaded));
        let mut twin = Script { replay: loaded, episodes: script.episodes.clone() };
        for step in 0..300 {
            let events = [if step % 7 == 0 { Event::Terminate } else { Event::Go }; 5];
            script.step(&events);
            twin.step(&events);
        }
        assert_eq!(saved(&script.replay), saved(&twin.replay));
    }
}

#[test]
fn only_filled_rows_are_written() {
    assert!(saved(&script(30).replay).len() < saved(&script(1000).replay).len() / 3);
}

#[test]
fn every_cut_is_refused() {
    let bytes = saved(&script(40).replay);
    for cut in (0..bytes.len()).step_by(7).chain([bytes.len() - 1]) {
        match Replay::load(&mut &bytes[..cut]) {
            Err(ReplayError::Snapshot { reason }) => assert!(reason.contains("ends within"), "{reason}"),
            other => panic!("cut at {cut}: {other:?}"),
        }
    }
}

#[test]
fn every_altered_byte_is_refused() {
    let bytes = saved(&script(40).replay);
    for at in (0..200).chain((200..bytes.len()).step_by(11)).chain([bytes.len() - 1]) {
        let mut bytes = bytes.clone();
        bytes[at] ^= 0x10;
        match Replay::load(&mut &bytes[..]) {
            Err(ReplayError::Snapshot { .. }) => {}
            other => panic!("byte {at}: {other:?}"),
        }
    }
}

#[test]
fn reasons_are_told() {
    let reason = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut bytes = saved(&script(40).replay);
        change(&mut bytes);
        Replay::load(&mut &bytes[..]).expect_err("it is damaged").to_string()
    };
    assert!(reason(&|bytes| bytes[0] = b'x').contains("it starts with"));
    assert!(reason(&|bytes| bytes[8] = 9).contains("version 9, expected 2"));
    assert!(reason(&|bytes| bytes[20] = 1).contains("header has checksum"));
    assert!(reason(&|bytes| *bytes.last_mut().expect("not empty") ^= 1).contains("content has checksum"));
}

#[test]
fn a_failing_reader_is_told_apart() {
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
            Err(std::io::Error::other("the disk is gone"))
        }
    }
    assert!(matches!(Replay::load(&mut Broken), Err(ReplayError::Io(_))));
}
