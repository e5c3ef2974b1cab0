//! Standard output: results that another program may read, and nothing else.

use std::io::{self, Write as _};

use serde::Serialize;

use crate::exit::Exit;
use crate::failure::Failure;

/// Prints a text.
///
/// # Errors
/// When standard output cannot be written. A reader that has gone away is no error: it has
/// seen what it wanted.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    print_to_reader(text).map(|_| ())
}

/// The same, and whether there is still somebody who reads.
///
/// # Errors
/// As [`print`].
pub(crate) fn print_to_reader(text: &str) -> Result<bool, Failure> {
    let mut stdout = io::stdout().lock();
    match stdout
        .write_all(text.as_bytes())
        .and_then(|()| stdout.flush())
    {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            let error = anyhow::Error::new(error).context("cannot write to standard output");
            Err(Failure::new(Exit::Failed, error, None))
        }
        written => Ok(written.is_ok()),
    }
}

/// Prints a value as JSON.
///
/// # Errors
/// As [`print`].
pub(crate) fn print_json(value: &impl Serialize) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(value)
        .map_err(|error| Failure::new(Exit::Failed, error, None))?;
    print(&format!("{text}\n"))
}
