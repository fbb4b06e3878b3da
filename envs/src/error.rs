//! What can go wrong with a world.

/// Errors of this crate. Each names the value, where it came from and what was expected.
#[derive(Debug, thiserror::Error)]
pub enum EnvsError {
    /// The registry has no such id.
    #[error("unknown env `{id}`; did you mean `{nearest}`? (`train --list` shows all)")]
    UnknownEnv {
        /// The id asked for.
        id: String,
        /// The registered id closest to it.
        nearest: String,
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
    /// A buffer has the wrong length.
    #[error("{what} has {got} elements, expected {expected}")]
    Length {
        /// The buffer.
        what: &'static str,
        /// Its length.
        got: usize,
        /// The length needed.
        expected: usize,
    },
    /// An action is not a number.
    #[error("action {index} of lane {lane} is {value}, expected a finite number")]
    NonFiniteAction {
        /// The lane.
        lane: usize,
        /// The position in the lane's action.
        index: usize,
        /// The value given.
        value: f32,
    },
    /// A lane was stepped or moved although its episode has ended and it has not been reset.
    #[error("the episode of lane {lane} has ended; reset the lane first")]
    NeedsReset {
        /// The lane.
        lane: usize,
    },
    /// A lane was asked for an episode of a task that it does not have.
    #[error("lane {lane} cannot take task {task}: {reason}")]
    Task {
        /// The lane.
        lane: usize,
        /// The index of the task.
        task: usize,
        /// Why not.
        reason: String,
    },
    /// A thread that steps lanes panicked or could not be started.
    #[error("the lanes have stopped: {reason}")]
    Worker {
        /// The panic's message or the system's.
        reason: String,
    },
    /// A saved state does not fit.
    #[error("cannot restore the state of {what}: {reason}")]
    State {
        /// What was being restored.
        what: String,
        /// Why it does not fit.
        reason: String,
    },
    /// A maze is not sound.
    #[error("maze `{name}`: {reason}")]
    Maze {
        /// The maze, or the file it comes from.
        name: String,
        /// What is wrong, and where.
        reason: String,
    },
    /// A robot file is not usable.
    #[error("robot `{name}`: {reason}")]
    Robot {
        /// The robot.
        name: String,
        /// What is missing or unsupported.
        reason: String,
    },
    /// A sentence has a word that the language of the world has not.
    #[error("unknown word `{word}` in `{sentence}`; did you mean `{nearest}`?")]
    UnknownWord {
        /// The word.
        word: String,
        /// Where it stands.
        sentence: String,
        /// The known word closest to it.
        nearest: String,
    },
    /// Words make no sentence, or one that cannot be used so.
    #[error("cannot make use of `{sentence}`: {reason}")]
    Sentence {
        /// The words.
        sentence: String,
        /// Why not.
        reason: String,
    },
}
