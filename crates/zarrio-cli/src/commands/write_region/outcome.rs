//! What became of the files, and with which code the command ends.

use std::path::{Path, PathBuf};

use zarrio_region::{Standing, WritePlan, WriteReport};

use crate::exit::Exit;
use crate::failure::{Failure, Problem};
use crate::location;
use crate::render::Place;
use crate::render::figures::count;

/// So many names of files stand in one sentence.
const SHOWN: usize = 5;

/// A file and what became of it.
#[derive(Debug)]
pub(super) struct Outcome {
    pub(super) file: PathBuf,
    pub(super) work: Result<Work, Failure>,
}

/// What was done with a file.
#[derive(Debug)]
pub(super) enum Work {
    /// Nothing is to be done, as far as can be told without opening it.
    Skipped(Standing),
    Written {
        report: WriteReport,
        place: Place,
    },
    Planned {
        plan: WritePlan,
        place: Place,
    },
}

/// The end of a command that was stopped at a file.
pub(super) fn stopped(file: &Path, done: &[Outcome], exit: Exit) -> Failure {
    let written = done.iter().filter(|outcome| outcome.work.is_ok()).count();
    let message = match written {
        0 => format!("stopped before {} was written", file.display()),
        n => format!(
            "stopped before {} was written; {} {} written",
            file.display(),
            count(n as u64, "file"),
            if n == 1 { "is" } else { "are" }
        ),
    };
    Failure::new(
        exit,
        anyhow::Error::msg(message),
        Some("run the same command again; what is written already gets the same bytes".into()),
    )
}

/// The failure of a file that comes behind one that could not be appended for the time being.
pub(super) fn not_tried(file: &Path, first: &Path) -> Failure {
    let message = format!(
        "{} was not tried, because {}, which comes before it, has to wait",
        file.display(),
        first.display()
    );
    Failure::new(Exit::Temporary, anyhow::Error::msg(message), None)
}

/// How the command ends.
///
/// # Errors
/// When a file failed: with its own code where no file is done, else with the code for some.
pub(super) fn end(outcomes: Vec<Outcome>, archive: &str, dry_run: bool) -> Result<(), Failure> {
    let (files, all) = (outcomes.len(), outcomes.len() as u64);
    let mut failed: Vec<(PathBuf, Failure)> = Vec::new();
    for Outcome { file, work } in outcomes {
        failed.extend(work.err().map(|failure| (file, failure)));
    }
    let exits: Vec<Exit> = failed.iter().map(|(_, failure)| failure.exit).collect();
    let Some(exit) = exit_of(&exits, files) else {
        return Ok(());
    };
    if let (1, Some((_, failure))) = (files, failed.pop_if(|_| files == 1)) {
        return Err(failure);
    }
    let names: Vec<String> = failed.iter().map(|(f, _)| location::name(f)).collect();
    let shown = names[..names.len().min(SHOWN)].join(", ");
    let more = match names.len().saturating_sub(SHOWN) {
        0 => String::new(),
        rest => format!(" and {rest} more"),
    };
    let message = format!(
        "{} of {} failed: {shown}{more}",
        names.len(),
        count(all, "file")
    );
    let hint = if exit == Exit::Temporary {
        "run the same command again; what is written already gets the same bytes".to_owned()
    } else {
        format!("the others are written to {archive}; write these again when the cause is gone")
    };
    Err(Failure {
        exit,
        problems: vec![Problem {
            error: anyhow::Error::msg(message),
            hint: (!dry_run && (exit == Exit::Temporary || names.len() < files)).then_some(hint),
        }],
    })
}

/// The code of a command some of whose files failed; none when none did.
fn exit_of(failed: &[Exit], files: usize) -> Option<Exit> {
    let first = *failed.first()?;
    let permanent = failed.iter().copied().find(|e| *e != Exit::Temporary);
    Some(match permanent {
        None => Exit::Temporary,
        Some(_) if failed.len() < files => Exit::Partly,
        Some(_) if failed.iter().all(|exit| *exit == first) => first,
        Some(permanent) => permanent,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_code_for_many_files() {
        let check = |failed: &[Exit], files, exit| assert_eq!(exit_of(failed, files), exit);
        check(&[], 3, None);
        check(&[Exit::Input], 1, Some(Exit::Input));
        check(&[Exit::Mismatch; 3], 3, Some(Exit::Mismatch));
        check(&[Exit::Mismatch], 3, Some(Exit::Partly));
        check(&[Exit::Temporary], 3, Some(Exit::Temporary));
        check(&[Exit::Temporary; 3], 3, Some(Exit::Temporary));
        check(&[Exit::Temporary, Exit::Input], 3, Some(Exit::Partly));
        check(&[Exit::Temporary, Exit::Input], 2, Some(Exit::Input));
    }

    #[test]
    fn every_failure_names_its_file() {
        let file = Path::new("data/a.nc");
        let check = |message: &str, expected: &str| {
            let failure = Failure::new(Exit::Failed, anyhow::Error::msg(message.to_owned()), None);
            let named = failure.of_file(file, "written");
            assert_eq!(named.problems[0].error.to_string(), expected);
        };
        check("disk full", "data/a.nc cannot be written");
        check("data/a.nc: is cut", "data/a.nc: is cut");
    }
}
