//! Memory for rows: zeroed, backed by the system only where it is written, and in huge pages where the system has them.
//!
//! Sampling reads rows at random, so with pages of 4 KiB a replay of a million transitions misses the processor's table
//! of pages at every draw.

use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};

use bytemuck::Pod;
use memmap2::MmapMut;

/// A slice of numbers in memory of its own.
#[derive(Debug)]
pub(crate) struct Column<T> {
    memory: MmapMut,
    numbers: PhantomData<T>,
}

impl<T: Pod> Column<T> {
    /// `length` zeros; `None` if the system refuses that much memory.
    pub(crate) fn zeroed(length: usize) -> Option<Self> {
        let memory = MmapMut::map_anon(length.checked_mul(size_of::<T>())?).ok()?;
        // Only a matter of speed: a kernel without huge pages refuses, and its small pages serve as well.
        #[cfg(target_os = "linux")]
        let _ = memory.advise(memmap2::Advice::HugePage);
        Some(Self { memory, numbers: PhantomData })
    }
}

impl<T: Pod> Deref for Column<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        bytemuck::cast_slice(&self.memory)
    }
}

impl<T: Pod> DerefMut for Column<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        bytemuck::cast_slice_mut(&mut self.memory)
    }
}
