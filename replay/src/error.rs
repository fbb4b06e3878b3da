//! What can go wrong with a replay.

/// Errors of this crate. Each names the value, where it came from and what was expected.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// There is no transition to sample.
    #[error("cannot sample from an empty replay; push a transition first")]
    Empty,
    /// A buffer has the wrong length.
    #[error("buffer `{buffer}` has {got} elements, expected {expected}")]
    Length {
        /// The field of [`Transitions`](crate::Transitions).
        buffer: &'static str,
        /// Its length.
        got: usize,
        /// The length needed.
        expected: usize,
    },
    /// A setting is outside its range.
    #[error("{what} is {got}, expected {expected}")]
    OutOfRange {
        /// The setting.
        what: &'static str,
        /// Its value.
        got: String,
        /// The accepted range.
        expected: String,
    },
    /// A pushed observation is not the successor that the same lane announced one push before.
    #[error(
        "observation {index} of lane {lane} is {got}, expected {expected} from the lane's last next_observation; mark \
         the end of an episode with `terminated`, `truncated` or `skip`, or call `close_episodes`"
    )]
    Discontinuity {
        /// The lane.
        lane: usize,
        /// The position in the lane's observation.
        index: usize,
        /// The value pushed.
        got: f32,
        /// The value stored.
        expected: f32,
    },
    /// A pushed frame is not the one that the same lane announced one push before.
    #[error(
        "the frame of lane {lane} is another one than the lane's last next_frames, first at byte {byte}; mark the end of \
         an episode with `terminated`, `truncated` or `skip`, or call `close_episodes`"
    )]
    OtherFrame {
        /// The lane.
        lane: usize,
        /// The position in the lane's frame.
        byte: usize,
    },
    /// No stored episode is as long as the segment asked for.
    #[error("a segment of {length} transitions does not fit: the longest stored episode has {longest}")]
    NoSegment {
        /// The length asked for, in transitions.
        length: usize,
        /// The longest run of transitions of one episode.
        longest: usize,
    },
    /// The replay does not fit in memory.
    #[error("a replay of {rows} rows of {row_bytes} bytes does not fit in memory; lower its capacity")]
    Memory {
        /// Rows of all lanes.
        rows: usize,
        /// Bytes of a row.
        row_bytes: usize,
    },
    /// A snapshot is not usable.
    #[error("cannot load the replay snapshot: {reason}")]
    Snapshot {
        /// What is wrong with it.
        reason: String,
    },
    /// Reading or writing a snapshot failed.
    #[error("replay snapshot: {0}")]
    Io(#[from] std::io::Error),
}
