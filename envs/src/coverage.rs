//! State coverage: how many cells of the plane were visited.

use std::collections::HashSet;
use std::hash::{BuildHasherDefault, Hasher};

use serde::{Deserialize, Serialize};

use crate::EnvsError;

/// Counts the distinct square cells `(floor(x / bin), floor(y / bin))` of visited positions.
///
/// Use bins of about the length of the body. Order and repetition of the positions do not matter, so counters of several
/// lanes or runs can be merged. Memory is about 9 to 18 bytes per distinct cell.
///
/// ```
/// use freeroam_envs::CellCounter;
/// let mut cells = CellCounter::new(1.0)?;
/// assert!(cells.insert(0.2, 0.9));
/// assert!(!cells.insert(0.7, 0.1)); // the same cell
/// assert!(cells.insert(-0.2, 0.9));
/// assert_eq!((cells.len(), cells.cells()), (2, vec![[-1, 0], [0, 0]]));
/// # Ok::<(), freeroam_envs::EnvsError>(())
/// ```
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(into = "Saved", try_from = "Saved")]
pub struct CellCounter {
    bin: f64,
    cells: HashSet<u64, BuildHasherDefault<CellHasher>>,
    // Consecutive positions mostly share a cell; this saves the look-up.
    last: Option<u64>,
}

impl CellCounter {
    /// An empty counter of cells with edge `bin`, metres.
    ///
    /// # Errors
    /// [`EnvsError::OutOfRange`] unless `bin` is positive and finite.
    pub fn new(bin: f64) -> Result<Self, EnvsError> {
        if !(bin.is_finite() && bin > 0.0) {
            return Err(EnvsError::OutOfRange {
                what: "the coverage bin",
                got: bin.to_string(),
                expected: "a positive edge in metres".into(),
            });
        }
        Ok(Self { bin, cells: HashSet::default(), last: None })
    }

    /// Counts the position `(x, y)`, metres; true if its cell is new. A position that is not finite is no place and is
    /// ignored.
    pub fn insert(&mut self, x: f64, y: f64) -> bool {
        if !(x.is_finite() && y.is_finite()) {
            return false;
        }
        let key = pack([(x / self.bin).floor() as i32, (y / self.bin).floor() as i32]);
        if self.last == Some(key) {
            return false;
        }
        self.last = Some(key);
        self.cells.insert(key)
    }

    /// Takes over the cells of `other`, which must have the same bin.
    ///
    /// # Errors
    /// [`EnvsError::OutOfRange`] if the bins differ.
    pub fn merge(&mut self, other: &Self) -> Result<(), EnvsError> {
        if self.bin.to_bits() != other.bin.to_bits() {
            return Err(EnvsError::OutOfRange {
                what: "the coverage bin of a merged counter",
                got: other.bin.to_string(),
                expected: self.bin.to_string(),
            });
        }
        self.cells.extend(&other.cells);
        Ok(())
    }

    /// Forgets every cell.
    pub fn clear(&mut self) {
        self.cells.clear();
        self.last = None;
    }

    /// Number of distinct cells.
    #[must_use]
    pub fn len(&self) -> usize {
        self.cells.len()
    }

    /// Whether nothing was counted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.cells.is_empty()
    }

    /// Edge of a cell, metres.
    #[must_use]
    pub fn bin(&self) -> f64 {
        self.bin
    }

    /// Whether `cell`, `[floor(x / bin), floor(y / bin)]`, was visited.
    #[must_use]
    pub fn contains(&self, cell: [i32; 2]) -> bool {
        self.cells.contains(&pack(cell))
    }

    /// The cells `[floor(x / bin), floor(y / bin)]` in ascending order.
    #[must_use]
    pub fn cells(&self) -> Vec<[i32; 2]> {
        let mut cells: Vec<[i32; 2]> = self.cells.iter().copied().map(unpack).collect();
        cells.sort_unstable();
        cells
    }
}

impl PartialEq for CellCounter {
    fn eq(&self, other: &Self) -> bool {
        self.bin == other.bin && self.cells == other.cells
    }
}

fn pack([x, y]: [i32; 2]) -> u64 {
    (u64::from(x.cast_unsigned()) << 32) | u64::from(y.cast_unsigned())
}

fn unpack(key: u64) -> [i32; 2] {
    [((key >> 32) as u32).cast_signed(), (key as u32).cast_signed()]
}

/// The saved form: sorted, so that equal counters save to equal bytes.
#[derive(Serialize, Deserialize)]
struct Saved {
    bin: f64,
    cells: Vec<[i32; 2]>,
}

impl From<CellCounter> for Saved {
    fn from(counter: CellCounter) -> Self {
        Self { bin: counter.bin, cells: counter.cells() }
    }
}

impl TryFrom<Saved> for CellCounter {
    type Error = EnvsError;

    fn try_from(saved: Saved) -> Result<Self, EnvsError> {
        let mut counter = Self::new(saved.bin)?;
        counter.cells.extend(saved.cells.into_iter().map(pack));
        Ok(counter)
    }
}

/// A multiplicative hash: the keys are grid cells and nobody chooses them to collide.
#[derive(Default)]
struct CellHasher(u64);

impl Hasher for CellHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }

    fn write_u64(&mut self, word: u64) {
        let mixed = (self.0 ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        // The product's high bits depend on every bit of the key; the hash table indexes with the low ones.
        self.0 = mixed ^ (mixed >> 32);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Stream;

    #[test]
    fn cells_are_floored_and_counted_once() {
        let mut counter = CellCounter::new(0.5).expect("valid");
        for (x, y) in [(0.0, 0.0), (0.49, 0.49), (0.5, 0.0), (-0.01, 0.0), (0.1, 0.1), (f64::NAN, 0.0)] {
            counter.insert(x, y);
        }
        assert_eq!(counter.cells(), [[-1, 0], [0, 0], [1, 0]]);
        assert!(counter.contains([1, 0]) && !counter.contains([0, 1]));
    }

    #[test]
    fn order_does_not_matter_and_saving_is_canonical() {
        let mut stream = Stream::new(0, "coverage", 0);
        let points: Vec<(f64, f64)> =
            (0..5000).map(|_| (stream.uniform(-40.0, 40.0), stream.uniform(-40.0, 40.0))).collect();
        let (mut forward, mut backward) =
            (CellCounter::new(1.0).expect("valid"), CellCounter::new(1.0).expect("valid"));
        for (x, y) in &points {
            forward.insert(*x, *y);
        }
        for (x, y) in points.iter().rev() {
            backward.insert(*x, *y);
        }
        let bytes = postcard::to_stdvec(&forward).expect("serialises");
        assert_eq!(bytes, postcard::to_stdvec(&backward).expect("serialises"));
        let back: CellCounter = postcard::from_bytes(&bytes).expect("deserialises");
        assert_eq!(back, forward);
        let mut merged = CellCounter::new(1.0).expect("valid");
        merged.merge(&forward).expect("same bin");
        assert_eq!(merged.len(), forward.len());
    }

    #[test]
    fn bad_bins_are_refused() {
        assert!(CellCounter::new(0.0).is_err() && CellCounter::new(f64::NAN).is_err());
        let (mut one, two) = (CellCounter::new(1.0).expect("valid"), CellCounter::new(2.0).expect("valid"));
        assert!(one.merge(&two).is_err());
    }
}
