//! What the programs say on standard output.

use std::io::{ErrorKind, Write};

use crate::EvalError;

/// Writes `text` to standard output. A reader that has gone, such as `head`, has read what it wanted: that is no error.
///
/// # Errors
/// [`EvalError::Io`] when it cannot be written for another reason, such as a full disk.
pub fn say(text: &str) -> Result<(), EvalError> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        written => written.map_err(EvalError::io("write", "standard output")),
    }
}
