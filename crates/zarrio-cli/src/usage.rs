//! How a command line that cannot be understood is answered.

use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::diagnostics::{self, print, render};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output;

/// Flags of the Python zarrio that this version does not offer, by what they begin with.
const ABSENT: [(&str, &str); 1] = [("--datamesh", "Datamesh")];

/// Flags that other commands have.
const ELSEWHERE: [(&str, &str); 3] = [
    ("--time-dim", "names no time dimension"),
    ("--retries-on-missing", "does not read missing data again"),
    ("--missing-check-vars", "does not look for missing data"),
];

/// Answers what clap refuses, or `--help` and `--version`, which it reports in the same way.
pub(crate) fn end(error: &clap::Error) -> Exit {
    if !error.use_stderr() {
        let help = error.render().to_string();
        return output::print(&help).map_or_else(|failure| failure.exit, |()| Exit::Done);
    }
    match unavailable(error) {
        Some(failure) => print(&render(&failure)),
        None => print(&diagnostics::styled(&error.render().to_string())),
    }
    Exit::Usage
}

/// The answer to whoever comes from the Python zarrio.
fn unavailable(error: &clap::Error) -> Option<Failure> {
    let context = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.as_str()),
        _ => None,
    };
    match error.kind() {
        ErrorKind::UnknownArgument => {
            let typed = context(ContextKind::InvalidArg)?;
            let flag = typed.split('=').next().unwrap_or(typed);
            let of = |flags: &[(&str, &'static str)]| {
                let mut flags = flags.iter();
                Some(flags.find(|(begin, _)| flag.starts_with(begin))?.1)
            };
            let message = match (of(&ABSENT), of(&ELSEWHERE)) {
                (Some(feature), _) => format!(
                    "{flag} is not available in this version, which does not offer {feature} yet"
                ),
                (None, Some(why)) => format!("{flag} is no option of this command, which {why}"),
                (None, None) => return None,
            };
            Some(Failure::usage(
                message,
                "leave it out; the '--help' of the command lists what there is",
            ))
        }
        _ => None,
    }
}
