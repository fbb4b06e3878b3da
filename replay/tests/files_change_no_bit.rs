//! What is written is read back with the same bits, compressed or not; what others write is read as they mean it.

use std::fs::File;
use std::io::Write;
use std::path::Path;

use freeroam_replay::dataset::{Compression, DatasetError, exorl, ogbench};
use proptest::prelude::*;
use zip::write::SimpleFileOptions;

use crate::trajectories::{bits, datasets, small};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn ogbench_gives_back_what_it_got(dataset in datasets(1), deflate in any::<bool>()) {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("data.npz");
        let compression = if deflate { Compression::Deflate } else { Compression::Stored };
        ogbench::write(&dataset, &path, compression)?;
        prop_assert_eq!(bits(&ogbench::read(&path)?), bits(&dataset));
        prop_assert_eq!(std::fs::read_dir(folder.path())?.count(), 1, "nothing but the file is left");
    }
}

#[test]
fn equal_data_gives_equal_bytes() {
    let folder = tempfile::tempdir().expect("temporary folder");
    let bytes = |name: &str| {
        let path = folder.path().join(name);
        ogbench::write(&small(), &path, Compression::Deflate).expect("writes");
        std::fs::read(path).expect("reads")
    };
    assert_eq!(bytes("one.npz"), bytes("two.npz"));
}

#[test]
fn the_validation_file_is_where_ogbench_looks() {
    let path = ogbench::validation_path(Path::new("data/pointmaze-large-navigate-v0.npz"));
    assert_eq!(path, Path::new("data/pointmaze-large-navigate-v0-val.npz"));
}

/// An archive with arrays of float32, or of other numbers given as bytes.
pub(crate) fn archive(path: &Path, arrays: &[(&str, &str, &str, Vec<u8>)]) {
    let mut zip = zip::ZipWriter::new(File::create(path).expect("creates"));
    for (name, dtype, shape, bytes) in arrays {
        zip.start_file(format!("{name}.npy"), SimpleFileOptions::default()).expect("starts");
        let header = format!("{{'descr': '{dtype}', 'fortran_order': False, 'shape': {shape}, }}\n");
        zip.write_all(b"\x93NUMPY\x01\x00").expect("writes");
        zip.write_all(&(header.len() as u16).to_le_bytes()).expect("writes");
        zip.write_all(header.as_bytes()).expect("writes");
        zip.write_all(bytes).expect("writes");
    }
    zip.finish().expect("finishes");
}

pub(crate) fn floats(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

#[test]
fn masks_say_where_values_end_and_terminals_where_trajectories_do() {
    let folder = tempfile::tempdir().expect("temporary folder");
    let path = folder.path().join("data.npz");
    let mut arrays = vec![
        ("observations", "<f4", "(5, 1)", floats(&[0.0, 1.0, 2.0, 3.0, 4.0])),
        ("actions", "<f8", "(5,)", (0..5).flat_map(|number| f64::from(number).to_le_bytes()).collect()),
        ("terminals", "|b1", "(5,)", vec![0, 0, 1, 0, 1]),
        ("button_states", "<i8", "(5, 1)", (0..5).flat_map(i64::to_le_bytes).collect()),
    ];
    archive(&path, &arrays);
    let dataset = ogbench::read(&path).expect("reads");
    assert_eq!((dataset.episode(0), dataset.episode(1), dataset.transitions()), (0..3, 3..5, 3));
    assert_eq!(dataset.columns().rewards, None);
    assert_eq!(dataset.columns().terminated, [false; 5]);
    assert_eq!(dataset.columns().truncated, [false, true, false, true, false]);
    assert_eq!(dataset.columns().actions.values, [0.0, 1.0, 2.0, 3.0, 4.0]);
    assert_eq!(dataset.columns().extras["button_states"].values, [0.0, 1.0, 2.0, 3.0, 4.0]);

    arrays.push(("masks", "<f4", "(5,)", floats(&[0.0, 1.0, 1.0, 0.0, 1.0])));
    archive(&path, &arrays);
    let dataset = ogbench::read(&path).expect("reads");
    assert_eq!(dataset.columns().starts, [0, 3]);
    assert_eq!(dataset.columns().terminated, [true, false, false, true, false]);
    assert_eq!(dataset.columns().truncated, [false, true, false, false, false]);
}

#[test]
fn exorl_moves_up_by_the_dummy_row() {
    let folder = tempfile::tempdir().expect("temporary folder");
    for (name, discount) in [("b.npz", 1.0), ("a.npz", 0.0)] {
        let arrays = [
            ("observation", "<f4", "(3, 2)", floats(&[0.0, 0.5, 1.0, 1.5, 2.0, 2.5])),
            ("action", "<f4", "(3, 1)", floats(&[-0.0, 10.0, 20.0])),
            ("reward", "<f4", "(3, 1)", floats(&[0.0, 1.0, 2.0])),
            ("discount", "<f4", "(3, 1)", floats(&[1.0, 1.0, discount])),
            ("skill", "<f4", "(3, 1)", floats(&[7.0, 8.0, 9.0])),
        ];
        archive(&folder.path().join(name), &arrays);
    }
    std::fs::write(folder.path().join("notes.txt"), "no episode").expect("writes");
    let dataset = exorl::read(folder.path()).expect("reads");
    let columns = dataset.columns();
    assert_eq!((dataset.episodes(), dataset.transitions()), (2, 4));
    assert_eq!(columns.observations.values[..6], [0.0, 0.5, 1.0, 1.5, 2.0, 2.5]);
    assert_eq!(columns.actions.values, [10.0, 20.0, 0.0, 10.0, 20.0, 0.0]);
    assert_eq!(columns.rewards.as_deref(), Some(&[1.0, 2.0, 0.0, 1.0, 2.0, 0.0][..]));
    assert_eq!(columns.terminated, [false, true, false, false, false, false]);
    assert_eq!(columns.truncated, [false, false, false, false, true, false]);
    assert_eq!(columns.extras.keys().collect::<Vec<_>>(), ["skill"]);
    assert_eq!(columns.extras["skill"].values, [7.0, 8.0, 9.0, 7.0, 8.0, 9.0]);
    assert_eq!(exorl::read(&folder.path().join("b.npz")).expect("reads").episodes(), 1);
}

#[test]
fn exorl_keeps_discounts_that_say_more() {
    let folder = tempfile::tempdir().expect("temporary folder");
    let path = folder.path().join("episode.npz");
    let column = |numbers: &[f32]| floats(numbers);
    let arrays = [
        ("observation", "<f4", "(2, 1)", column(&[0.0, 1.0])),
        ("action", "<f4", "(2, 1)", column(&[0.0, 1.0])),
        ("reward", "<f4", "(2, 1)", column(&[0.0, 1.0])),
        ("discount", "<f4", "(2, 1)", column(&[1.0, 0.9])),
    ];
    archive(&path, &arrays);
    let dataset = exorl::read(&path).expect("reads");
    assert_eq!(dataset.columns().extras["discounts"].values, [0.9, 1.0]);
    assert_eq!(dataset.columns().truncated, [true, false]);
}

#[test]
fn pictures_stand_for_observations_whatever_the_pieces() {
    let dataset = small();
    let rows = dataset.rows();
    let picture = |row: usize| (0..2 * 5 * 3).map(move |at| (31 * row + at) as u8);
    let folder = tempfile::tempdir().expect("temporary folder");
    let mut files = Vec::new();
    for piece in [1, 4, rows, 100] {
        let path = folder.path().join(format!("{piece}.npz"));
        let mut next = 0;
        let draw = |rows: std::ops::Range<usize>, bytes: &mut [u8]| -> Result<(), DatasetError> {
            assert!(rows.start == next && rows.len() <= piece);
            next = rows.end;
            bytes.iter_mut().zip(rows.flat_map(picture)).for_each(|(to, byte)| *to = byte);
            Ok(())
        };
        ogbench::write_visual(&dataset, [2, 5], piece, draw, &path, Compression::Stored).expect("writes");
        files.push(std::fs::read(&path).expect("reads"));
    }
    assert!(files.iter().all(|file| *file == files[0]));
    let all: Vec<u8> = (0..rows).flat_map(picture).collect();
    assert!(files[0].windows(all.len()).any(|bytes| bytes == all), "the pictures lie one after the other");
    let refused = ogbench::read(&folder.path().join("4.npz")).expect_err("pictures").to_string();
    assert!(refused.contains("(9, 2, 5, 3)"), "{refused}");
}
