//! The exact state of lanes as bytes.

use serde::{Deserialize, Serialize};

use super::Lanes;
use crate::EnvsError;
use crate::slice::LaneState;

/// Layout number of [`Lanes::save`].
const FORMAT: u32 = 2;

/// What [`Lanes::save`] writes.
#[derive(Serialize, Deserialize)]
struct State {
    format: u32,
    world: String,
    diverged: u64,
    lanes: Vec<LaneState>,
}

impl Lanes {
    /// The exact state of all lanes: physics, streams, step counters, ended flags, current observations and goals.
    #[must_use]
    pub fn save(&self) -> Vec<u8> {
        let state = State {
            format: FORMAT,
            world: self.spec.id.clone(),
            diverged: self.diverged_total(),
            lanes: self.pool.iter().flat_map(|slice| (0..slice.len()).map(|index| slice.save(index))).collect(),
        };
        postcard::to_stdvec(&state).expect("the state is made of numbers, text and lists only")
    }

    /// Restores a state written by [`Lanes::save`] of the same world and number of lanes, with goals if and only if these
    /// lanes have them, for any number of threads: the lanes continue bit for bit.
    ///
    /// # Errors
    /// [`EnvsError::State`] when the bytes are not such a state. The lanes are unchanged, except when the state of
    /// single lanes is damaged: then all lanes need a reset.
    pub fn load(&mut self, bytes: &[u8]) -> Result<(), EnvsError> {
        let refuse = |reason: String| EnvsError::State { what: format!("the lanes of {}", self.spec.id), reason };
        let format = postcard::take_from_bytes::<u32>(bytes).map_err(|error| refuse(error.to_string()))?.0;
        if format != FORMAT {
            return Err(refuse(format!("it has format {format}, expected {FORMAT}")));
        }
        let state: State = postcard::from_bytes(bytes).map_err(|error| refuse(error.to_string()))?;
        if state.world != self.spec.id {
            return Err(refuse(format!("it is of {}", state.world)));
        }
        if state.lanes.len() != self.lanes {
            return Err(refuse(format!("it has {} lanes, expected {}", state.lanes.len(), self.lanes)));
        }
        let width = self.spec.observation.len();
        if let Some(lane) = state.lanes.iter().find(|lane| lane.observation.len() != width) {
            return Err(refuse(format!("its observations have {} numbers, expected {width}", lane.observation.len())));
        }
        let width = if self.goals.is_some() { width } else { 0 };
        if let Some(lane) = state.lanes.iter().find(|lane| lane.goal.len() != width) {
            return Err(refuse(format!("its goals have {} numbers, expected {width}", lane.goal.len())));
        }
        for slice in self.pool.iter_mut() {
            slice.diverged = if slice.first == 0 { state.diverged } else { 0 };
        }
        let loaded = self.pool.iter_mut().try_for_each(|slice| {
            let states = &state.lanes[slice.first..][..slice.len()];
            states.iter().enumerate().try_for_each(|(index, lane)| slice.load(index, lane))
        });
        if loaded.is_err() {
            self.pool.iter_mut().flat_map(|slice| &mut slice.lanes).for_each(|lane| lane.ended = true);
        }
        loaded
    }
}
