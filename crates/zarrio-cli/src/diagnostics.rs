//! How errors, notes and results are said on standard error.
//!
//! ```text
//! error: what went wrong
//!   caused by: why
//!
//! hint: what to do
//! ```

use std::io::Write as _;

use anstyle::{AnsiColor, Style};
use indicatif::ProgressBar;

use crate::args::LogFormat;
use crate::failure::{Failure, Problem};
use crate::progress;

const ERROR: Style = AnsiColor::Red.on_default().bold();
const NOTE: Style = AnsiColor::Yellow.on_default().bold();
const HINT: Style = AnsiColor::Cyan.on_default().bold();

/// Where a command talks to whoever runs it.
///
/// In JSON mode every line on standard error is one JSON object, so what is a sentence for
/// people becomes a log event.
#[derive(Debug, Clone)]
pub(crate) struct Talk {
    /// Nothing but errors.
    pub(crate) quiet: bool,
    /// People or a program.
    pub(crate) format: LogFormat,
    /// Has to step aside while a line is printed.
    pub(crate) bar: ProgressBar,
}

impl Talk {
    /// A talk beside a bar that is not drawn yet.
    pub(crate) fn new(quiet: bool, format: LogFormat) -> Self {
        Self {
            quiet,
            format,
            bar: progress::hidden_bar(),
        }
    }

    /// What was done, at default verbosity.
    pub(crate) fn result(&self, text: &str) {
        match (self.quiet, self.format) {
            (true, _) => {}
            (false, LogFormat::Json) => tracing::info!(target: "zarrio", "{text}"),
            (false, LogFormat::Text) => self.lines(&format!("{}\n", printable(text))),
        }
    }

    /// Something that the user should know.
    pub(crate) fn note(&self, text: &str) {
        match (self.quiet, self.format) {
            (true, _) => {}
            (false, LogFormat::Json) => tracing::warn!(target: "zarrio", "{text}"),
            (false, LogFormat::Text) => {
                self.lines(&format!("{NOTE}note:{NOTE:#} {}\n", printable(text)));
            }
        }
    }

    /// Why the command failed.
    pub(crate) fn failure(&self, failure: &Failure) {
        match self.format {
            LogFormat::Text => self.lines(&render(failure)),
            LogFormat::Json => {
                for problem in &failure.problems {
                    let messages = messages(problem);
                    let (message, causes) = split(&messages);
                    let causes = causes.join("; ");
                    let hint = problem.hint.as_deref();
                    let exit_code = failure.exit.code();
                    tracing::error!(target: "zarrio", exit_code, causes, hint, "{message}");
                }
            }
        }
    }

    fn lines(&self, text: &str) {
        self.bar.suspend(|| print(text));
    }
}

/// Prints to standard error. That this fails has nobody left to be told.
pub(crate) fn print(text: &str) {
    let _ = anstream::stderr().lock().write_all(text.as_bytes());
}

/// The text for people of a failure.
///
/// Of several problems each has its remedy next to it.
pub(crate) fn render(failure: &Failure) -> String {
    let mut text = String::new();
    let (gap, indent) = match failure.problems.as_slice() {
        [_] => ("\n", ""),
        _ => ("", "  "),
    };
    for problem in &failure.problems {
        let messages = messages(problem);
        let (message, causes) = split(&messages);
        text.push_str(&format!("{ERROR}error:{ERROR:#} {message}\n"));
        for cause in causes {
            text.push_str(&format!("  caused by: {cause}\n"));
        }
        if let Some(hint) = &problem.hint {
            let hint = printable(hint);
            text.push_str(&format!("{gap}{indent}{HINT}hint:{HINT:#} {hint}\n"));
        }
    }
    text
}

/// What clap says about a command line, in the form of all other errors.
pub(crate) fn styled(text: &str) -> String {
    text.replacen("error:", &format!("{ERROR}error:{ERROR:#}"), 1)
        .replace("\n  tip:", &format!("\n{HINT}hint:{HINT:#}"))
}

/// The message and its causes, without those that an outer one already contains.
pub(crate) fn messages(problem: &Problem) -> Vec<String> {
    let mut messages: Vec<String> = Vec::new();
    for error in problem.error.chain() {
        let message = printable(&error.to_string());
        if !messages.iter().any(|said| repeats(said, &message)) {
            messages.push(message);
        }
    }
    messages
}

/// Whether a message says nothing new, apart from the file and variable that both begin with.
fn repeats(said: &str, message: &str) -> bool {
    let shared = said
        .char_indices()
        .zip(message.chars())
        .take_while(|((_, a), b)| a == b);
    let end = shared.last().map_or(0, |((i, c), _)| i + c.len_utf8());
    let start = said[..end].rfind(": ").map_or(0, |i| i + 2);
    said.contains(&message[start..])
}

fn split(messages: &[String]) -> (&str, &[String]) {
    match messages {
        [first, causes @ ..] => (first, causes),
        [] => ("unknown error", &[]),
    }
}

/// The text without control characters: names come from files that anybody may have made,
/// and must not move the cursor.
pub(crate) fn printable(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() && c != '\n' {
            shown.extend(c.escape_default());
        } else {
            shown.push(c);
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use anyhow::anyhow;

    use super::*;
    use crate::exit::Exit;

    #[test]
    fn causes_follow_once_and_hints_come_last() {
        let error = anyhow!("disk is full")
            .context("cannot write t2m: disk is full")
            .context("failed");
        let failure = Failure::new(Exit::Failed, error, Some("free some space".into()));
        let text = anstream::adapter::strip_str(&render(&failure)).to_string();
        assert_eq!(
            text,
            "error: failed\n  caused by: cannot write t2m: disk is full\n\nhint: free some space\n"
        );
    }

    #[test]
    fn a_cause_is_not_told_twice() {
        assert!(repeats(
            "a.nc: x: zfp: unknown; C says: no filter",
            "a.nc: x: no filter"
        ));
        assert!(repeats("a: b", "b"));
        assert!(!repeats("a.nc: cannot be read", "a.nc: no permission"));
        assert!(!repeats("", "b"));
    }

    #[test]
    fn names_cannot_move_the_cursor() {
        let failure = Failure::new(Exit::Input, anyhow!("variable \u{1b}[2J"), None);
        assert!(
            !anstream::adapter::strip_str(&render(&failure))
                .to_string()
                .contains('\u{1b}')
        );
        assert_eq!(printable("\u{1b}[2J\ta"), "\\u{1b}[2J\\ta");
    }
}
