//! Minari's files keep every bit and refuse what is damaged; spaces and ids are checked.

use std::fs::File;
use std::path::Path;

use arrow_ipc::writer::FileWriter;
use freeroam_replay::dataset::minari::{Bounds, Description, folder, read, write};
use freeroam_replay::dataset::{Columns, Dataset};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use proptest::prelude::*;

use crate::damaged_files_are_refused::damage;
use crate::trajectories::{bits, datasets, small};

fn named(id: &str) -> Description {
    Description { id: id.to_owned(), ..Description::default() }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn parquet_gives_back_what_it_got(dataset in datasets(2)) {
        let root = tempfile::tempdir()?;
        let path = write(&dataset, root.path(), &named("space/deep/name-v3"))?;
        let mut columns = dataset.into_columns();
        // Minari has no data without rewards.
        let rows = columns.terminated.len();
        columns.rewards.get_or_insert_with(|| vec![0.0; rows]);
        prop_assert_eq!(bits(&read(&path)?), bits(&Dataset::new(columns)?));
    }
}

/// Rewrites the files of a data set as Arrow files.
fn as_arrow(path: &Path, episodes: usize) {
    for episode in 0..episodes {
        let folder = path.join("data").join(episode.to_string());
        let parquet = folder.join("part-0.parquet");
        let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(&parquet).expect("opens")).expect("reads");
        let batches: Vec<_> = reader.build().expect("reads").collect::<Result<_, _>>().expect("reads");
        let file = File::create(folder.join("part-0.arrow")).expect("creates");
        let mut writer = FileWriter::try_new(file, batches[0].schema_ref()).expect("writes");
        batches.iter().for_each(|batch| writer.write(batch).expect("writes"));
        writer.finish().expect("writes");
        std::fs::remove_file(parquet).expect("removes");
    }
    let metadata = path.join("data/metadata.json");
    let text = std::fs::read_to_string(&metadata).expect("reads").replace("parquet", "arrow");
    std::fs::write(metadata, text).expect("writes");
}

#[test]
fn arrow_files_are_read_as_parquet_files_are() {
    let root = tempfile::tempdir().expect("temporary folder");
    let path = write(&small(), root.path(), &named("arrow-v0")).expect("writes");
    as_arrow(&path, 3);
    assert_eq!(bits(&read(&path).expect("reads")), bits(&small()));
    damage(&path.join("data/0/part-0.arrow"), true, || read(&path));
}

#[test]
fn a_damaged_file_is_refused() {
    let root = tempfile::tempdir().expect("temporary folder");
    let path = write(&small(), root.path(), &named("damaged-v0")).expect("writes");
    // Parquet as Minari writes it has no checksums: an altered number cannot be told from another.
    damage(&path.join("data/0/part-0.parquet"), true, || read(&path));
    let metadata = path.join("data/metadata.json");
    let text = std::fs::read_to_string(&metadata).expect("reads");
    for (from, to, expected) in [
        ("\"parquet\"", "\"hdf5\"", "its data_format is \"hdf5\", expected \"parquet\" or \"arrow\""),
        ("\"total_episodes\":3", "\"total_episodes\":4", "data/3: No such file"),
        ("\"total_episodes\":3", "\"total_episodes\":0", "it has no episode"),
        ("\"total_episodes\":3", "\"total_episodes\":NaN", "its total_episodes is null"),
        ("{", "", "metadata.json: "),
    ] {
        assert!(text.contains(from), "{text}");
        std::fs::write(&metadata, text.replacen(from, to, 1)).expect("writes");
        let error = read(&path).expect_err("it must be refused").to_string();
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn what_cannot_be_written_is_refused() {
    let root = tempfile::tempdir().expect("temporary folder");
    let refused = |dataset: &Dataset, description: &Description| {
        write(dataset, root.path(), description).expect_err("it must be refused").to_string()
    };
    for id in
        ["", "name", "name-v", "name-vx", "-v0", "/name-v0", "a/name-v0", "a//b/name-v0", "../name-v0", "na me-v0"]
    {
        assert!(refused(&small(), &named(id)).starts_with(&format!("column `id`: `{id}`")), "{id}");
    }
    assert_eq!(folder(Path::new("root"), "ab/name-v0").expect("an id"), Path::new("root/ab/name-v0"));
    let space = Some(Bounds { low: vec![-1.0; 3], high: vec![1.0; 3] });
    let error = refused(&small(), &Description { action_space: space, ..named("name-v0") });
    assert!(error.starts_with("column `action_space`: 3 least and 3 greatest numbers, expected 2 each"), "{error}");

    let mut columns = small().into_columns();
    columns.starts.push(8);
    let error = refused(&Dataset::new(columns).expect("fits"), &named("name-v0"));
    assert!(error.starts_with("column `starts`: episode 3 has 0 transitions, expected 1 to 131071"), "{error}");
    let mut empty = Columns::default();
    (empty.observations.width, empty.actions.width) = (1, 1);
    assert!(refused(&Dataset::new(empty).expect("fits"), &named("name-v0")).contains("no episode"));

    write(&small(), root.path(), &named("name-v0")).expect("writes");
    assert!(refused(&small(), &named("name-v0")).contains("it exists; choose another id or delete it"));
    assert_eq!(std::fs::read_dir(root.path()).expect("reads").count(), 1, "nothing else is left");
}
