//! How a command line that cannot be understood is answered.

use std::ffi::OsString;

use clap::ValueEnum as _;
use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::args::LogFormat;
use crate::diagnostics::{self, Talk, print, render};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::{logging, output};

/// The remedy where nothing more is known.
const HELP: &str = "the '--help' of the command lists what there is";

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
    match (format(std::env::args_os().skip(1)), unavailable(error)) {
        (LogFormat::Text, Some(failure)) => print(&render(&failure)),
        (LogFormat::Text, None) => print(&diagnostics::styled(&error.render().to_string())),
        (LogFormat::Json, failure) => {
            let talk = Talk::new(false, LogFormat::Json);
            // What is wrong with the environment is told once the command line is right.
            let _ = logging::start(0, &talk);
            talk.failure(&failure.unwrap_or_else(|| told(error)));
        }
    }
    Exit::Usage
}

/// For whom standard error is, in a command line that cannot be understood as a whole.
fn format(arguments: impl Iterator<Item = OsString>) -> LogFormat {
    const FLAG: &str = "--log-format";
    let mut found = LogFormat::default();
    let mut arguments = arguments.map(|argument| argument.to_string_lossy().into_owned());
    while let Some(argument) = arguments.next().filter(|argument| argument != "--") {
        let value = match argument.strip_prefix(FLAG) {
            Some("") => arguments.next(),
            Some(rest) => rest.strip_prefix('=').map(str::to_owned),
            None => None,
        };
        let value = value.and_then(|value| LogFormat::from_str(&value, false).ok());
        found = value.unwrap_or(found);
    }
    found
}

/// What clap says, without what only people need: how the command is written.
fn told(error: &clap::Error) -> Failure {
    let text = error.render().to_string();
    let message = match error.kind() {
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => "a command is missing".to_owned(),
        _ => {
            let lines = text.lines().map(str::trim);
            let first: Vec<&str> = lines.take_while(|line| !line.is_empty()).collect();
            let first = first.join(" ");
            first.strip_prefix("error: ").unwrap_or(&first).to_owned()
        }
    };
    let tips: Vec<&str> = text
        .lines()
        .filter_map(|line| line.strip_prefix("  tip: "))
        .collect();
    match tips.is_empty() {
        true => Failure::usage(message, HELP),
        false => Failure::usage(message, tips.join("; ")),
    }
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
            Some(Failure::usage(message, format!("leave it out; {HELP}")))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_format_is_found_in_what_was_typed() {
        let check = |line: &str, expected| {
            let arguments = line.split(' ').map(OsString::from);
            assert_eq!(format(arguments), expected, "{line}");
        };
        check("convert a.nc", LogFormat::Text);
        check("--log-format json convert a.nc", LogFormat::Json);
        check(
            "convert a.nc --log-format=json --chunkin 3",
            LogFormat::Json,
        );
        check("convert --log-format", LogFormat::Text);
        check("convert --log-format yaml", LogFormat::Text);
        check("convert --log-formats=json", LogFormat::Text);
        check("submit plan.json -- --log-format json", LogFormat::Text);
    }
}
