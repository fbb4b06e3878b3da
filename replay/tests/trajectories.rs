//! Data sets of any bits and any lengths.

use std::collections::BTreeMap;

use freeroam_replay::dataset::{Columns, Dataset, Rows};
use proptest::prelude::*;

/// A number of any bits: NaN with its payload, infinities, zeros of both signs, subnormal numbers.
fn number() -> impl Strategy<Value = f32> {
    prop_oneof![
        4 => any::<u32>().prop_map(f32::from_bits),
        1 => Just(-0.0_f32),
        1 => Just(f32::from_bits(0x7fa0_0001)),
        1 => Just(f32::INFINITY),
    ]
}

fn column(rows: usize) -> impl Strategy<Value = Rows> {
    (1_usize..4).prop_flat_map(move |width| {
        prop::collection::vec(number(), rows * width).prop_map(move |values| Rows { width, values })
    })
}

/// Data sets whose episodes have `least` rows or more.
pub(crate) fn datasets(least: usize) -> impl Strategy<Value = Dataset> {
    prop::collection::vec(least..7, 1..5).prop_flat_map(|lengths| {
        let rows = lengths.iter().sum();
        let starts = lengths.iter().scan(0, |next, length| {
            *next += length;
            Some(*next - length)
        });
        let starts: Vec<usize> = starts.collect();
        let flags = || prop::collection::vec(prop::bool::weighted(0.2), rows);
        let extras = prop::collection::btree_map("[a-z]{1,3}", column(rows), 0..3);
        let rewards = prop::option::of(prop::collection::vec(number(), rows));
        (column(rows), column(rows), rewards, flags(), flags(), extras).prop_map(
            move |(observations, actions, rewards, terminated, truncated, extras)| {
                let starts = starts.clone();
                Dataset::new(Columns { observations, actions, rewards, terminated, truncated, starts, extras })
                    .expect("the columns fit")
            },
        )
    })
}

/// What two data sets must have in common to be the same bit for bit.
#[derive(Debug, PartialEq)]
pub(crate) struct Bits {
    columns: BTreeMap<String, (usize, Vec<u32>)>,
    terminated: Vec<bool>,
    truncated: Vec<bool>,
    starts: Vec<usize>,
}

pub(crate) fn bits(dataset: &Dataset) -> Bits {
    let Columns { observations, actions, rewards, terminated, truncated, starts, extras } = dataset.columns().clone();
    let mut columns = extras;
    columns.insert("observations".to_owned(), observations);
    columns.insert("actions".to_owned(), actions);
    if let Some(values) = rewards {
        columns.insert("rewards".to_owned(), Rows { width: 1, values });
    }
    let bits = |rows: Rows| (rows.width, rows.values.iter().map(|number| number.to_bits()).collect());
    let columns = columns.into_iter().map(|(name, rows)| (name, bits(rows))).collect();
    Bits { columns, terminated, truncated, starts }
}

/// Three episodes of 3, 1 and 2 transitions with every kind of column.
pub(crate) fn small() -> Dataset {
    let rows = |width: usize| Rows { width, values: (0..9 * width).map(|number| number as f32 / 4.0).collect() };
    let at = |marked: &[usize]| (0..9).map(|row| marked.contains(&row)).collect::<Vec<_>>();
    Dataset::new(Columns {
        observations: rows(3),
        actions: rows(2),
        rewards: Some(rows(1).values),
        terminated: at(&[2]),
        truncated: at(&[4, 7]),
        starts: vec![0, 4, 6],
        extras: BTreeMap::from([("qpos".to_owned(), rows(2)), ("tasks".to_owned(), rows(1))]),
    })
    .expect("the columns fit")
}
