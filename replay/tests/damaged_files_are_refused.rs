//! A file that is cut short or altered is refused with its name, or read as it was; it never ends the program. Messages
//! name the array, what it has and what was expected.

use std::path::Path;

use freeroam_replay::dataset::{Compression, Dataset, DatasetError, exorl, ogbench};

use crate::files_change_no_bit::{archive, floats};
use crate::trajectories::{bits, small};

/// Cuts a file short and alters bytes all over it; what is still read must be what was written, unless it `may_differ`.
pub(crate) fn damage(path: &Path, may_differ: bool, read: impl Fn() -> Result<Dataset, DatasetError>) {
    let whole = std::fs::read(path).expect("reads");
    let expected = bits(&read().expect("it is whole"));
    let attempt = |bytes: &[u8], what: String| {
        std::fs::write(path, bytes).expect("writes");
        match read() {
            Ok(dataset) => assert!(may_differ || bits(&dataset) == expected, "{what} changed the data unnoticed"),
            Err(error) => assert!(error.to_string().contains("part") || error.to_string().contains("data"), "{error}"),
        }
    };
    for cut in (0..whole.len()).step_by(37) {
        attempt(&whole[..cut], format!("a cut at {cut}"));
    }
    // Every byte of the ends, where the sizes and places of everything else are.
    let ends = (0..16).chain(whole.len() - 32..whole.len());
    for at in ends.chain((16..whole.len() - 32).step_by(7)) {
        let mut bytes = whole.clone();
        bytes[at] ^= 1 << (at % 8);
        attempt(&bytes, format!("byte {at}"));
    }
    std::fs::write(path, whole).expect("writes");
}

#[test]
fn npz() {
    let folder = tempfile::tempdir().expect("temporary folder");
    let path = folder.path().join("data.npz");
    for compression in [Compression::Stored, Compression::Deflate] {
        ogbench::write(&small(), &path, compression).expect("writes");
        // The names of arrays stand twice in an archive and have no checksum: an altered one is another extra column.
        damage(&path, true, || ogbench::read(&path));
    }
}

fn message(result: Result<Dataset, DatasetError>) -> String {
    let error = result.expect_err("it must be refused").to_string();
    error.split_once("data.npz").map(|(before, after)| format!("{before}FILE{after}")).unwrap_or(error)
}

#[test]
fn ogbench_says_what_is_wrong() {
    let folder = tempfile::tempdir().expect("temporary folder");
    let path = folder.path().join("data.npz");
    let read = |changes: &[(&str, &str, &str, Vec<u8>)]| {
        let mut arrays = vec![
            ("observations", "<f4", "(2, 1)", floats(&[0.0, 1.0])),
            ("actions", "<f4", "(2, 1)", floats(&[0.0, 1.0])),
            ("terminals", "|b1", "(2,)", vec![0, 1]),
        ];
        for change in changes {
            arrays.retain(|(name, ..)| *name != change.0);
            arrays.push(change.clone());
        }
        archive(&path, &arrays);
        let text = message(ogbench::read(&path));
        text.split_once("FILE").map_or(text.clone(), |(_, after)| after.to_owned())
    };
    let shape = |change: (&'static str, &'static str, &'static str, Vec<u8>)| read(&[change]);
    assert_eq!(shape(("actions", "<f4", "(1, 1)", floats(&[0.0]))), " has shape (1, 1), expected (2,) or (2, n)");
    assert_eq!(
        shape(("observations", "<c8", "(2, 1)", vec![0; 16])),
        " has dtype <c8, expected bool, an integer type, float32 or float64"
    );
    assert_eq!(
        shape(("terminals", "|b1", "(2,)", vec![1, 0])),
        ": element 1 is 0, expected 1: the last trajectory ends there"
    );
    assert_eq!(shape(("terminals", "|u1", "(2,)", vec![2, 1])), ": element 0 is 2, expected 0 or 1");
    assert!(shape(("valids", "|b1", "(2,)", vec![1, 0])).contains("it has an array `valids`"));
    let infinite = 1e300_f64.to_le_bytes();
    let text = shape(("qpos", "<f8", "(2,)", [infinite, infinite].concat()));
    assert!(text.contains("element 0 is 1") && text.ends_with("expected a number in the range of float32"), "{text}");

    archive(&path, &[("observations", "<f4", "(2, 1)", floats(&[0.0, 1.0]))]);
    assert!(message(ogbench::read(&path)).ends_with("FILE has no array `terminals`, it has observations"));
    archive(&path, &[("terminals", "<f4", "(99999999999, 999999)", vec![0; 8])]);
    assert!(message(ogbench::read(&path)).contains("it has 8 bytes of numbers"));
    std::fs::write(&path, "no archive").expect("writes");
    assert!(message(ogbench::read(&path)).starts_with("cannot read"));
    let absent = message(ogbench::read(&folder.path().join("absent").join("data.npz")));
    assert!(absent.contains("No such file"), "{absent}");
}

#[test]
fn exorl_says_what_is_wrong() {
    let folder = tempfile::tempdir().expect("temporary folder");
    assert!(message(exorl::read(folder.path())).ends_with("there is no file that ends in .npz"));
    let episode = |name: &str, width: usize, extra: &str| {
        let arrays = [
            ("observation", "<f4", &*format!("(2, {width})"), floats(&vec![0.0; 2 * width])),
            ("action", "<f4", "(2, 1)", floats(&[0.0; 2])),
            ("reward", "<f4", "(2, 1)", floats(&[0.0; 2])),
            ("discount", "<f4", "(2, 1)", floats(&[1.0; 2])),
            (extra, "<f4", "(2, 1)", floats(&[1.0; 2])),
        ];
        archive(&folder.path().join(name), &arrays);
    };
    episode("a.npz", 2, "skill");
    episode("data.npz", 3, "skill");
    let text = message(exorl::read(folder.path()));
    assert!(text.ends_with("FILE has shape (2, 3), expected (2, 2), as in the files before"), "{text}");
    episode("data.npz", 2, "physics");
    let text = message(exorl::read(folder.path()));
    assert!(text.ends_with("array `skill` is not in all of the files"), "{text}");
}
