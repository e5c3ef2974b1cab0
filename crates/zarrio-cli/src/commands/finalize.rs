//! `zarrio finalize`.

use serde::Serialize;
use zarrio_region::{CancelToken, MatchOptions, Verification, VerifyOptions, format_ids};

use super::source::Recorded;
use super::tasks::Loaded;
use super::{archive, watched};
use crate::args::FinalizeArgs;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::render::figures::count;
use crate::settings::{self, Flags};
use crate::{output, render};

/// The report of `--json`.
#[derive(Debug, Serialize)]
struct Json<'a> {
    archive: &'a str,
    group: &'a str,
    /// Whether every task is done.
    complete: bool,
    tasks: u64,
    /// The numbers of those that are not done: `3,7-9`.
    unfinished: &'a str,
    /// Whether nothing was found.
    clean: bool,
    #[serde(flatten)]
    report: &'a Verification,
}

pub(crate) fn run(args: &FinalizeArgs, context: &Context) -> Result<(), Failure> {
    let loaded = Loaded::read(&args.plan)?;
    let flags = Flags::finalize(args, &loaded.plan.group);
    let config = settings::load(context, flags)?.config;
    let (name, target) = (loaded.archive_name(), loaded.target()?);
    let token = CancelToken::default();
    let archive = archive::write(&target, &config, false, &token)?;
    let tasks = loaded.count(args.stripes.task_count);
    let unfinished = loaded.unfinished(&archive, tasks)?;
    let options = VerifyOptions {
        quick: !args.full,
        ..VerifyOptions::default()
    };
    let matching = MatchOptions {
        memory: config.memory,
        ..loaded.plan.options.clone()
    };
    let report = watched::run(&config, context, |converter, _| {
        let mut verifier = converter.verifier(&archive, options)?;
        verifier.archive(&Recorded::new(&config), &matching)?;
        Ok(verifier.finish())
    })?;
    let ids = format_ids(unfinished.iter().copied());
    let done = tasks - unfinished.len() as u64;
    if args.json {
        output::print_json(&Json {
            archive: &name,
            group: &loaded.plan.group,
            complete: unfinished.is_empty(),
            tasks,
            unfinished: &ids,
            clean: report.is_clean(),
            report: &report,
        })?;
    } else {
        report.notes.iter().for_each(|note| context.talk.note(note));
        let mut text = render::verification(&name, &report, !args.full);
        text.push_str(&match tasks {
            1 => format!("{done} of 1 task is done\n"),
            n => format!("{done} of {} are done\n", count(n, "task")),
        });
        if !unfinished.is_empty() {
            text.push_str(&format!("not done: {ids}\n"));
        }
        output::print(&text)?;
    }
    end(args, &unfinished, &report, &name)
}

/// How the command ends.
fn end(
    args: &FinalizeArgs,
    unfinished: &[u64],
    report: &Verification,
    archive: &str,
) -> Result<(), Failure> {
    let mut causes = Vec::new();
    if !report.is_clean() {
        causes.push(match report.findings.len() {
            1 => format!("1 thing in {archive} is not as it should be"),
            n => format!("{n} things in {archive} are not as they should be"),
        });
    }
    if !unfinished.is_empty() {
        let verb = if unfinished.len() == 1 { "is" } else { "are" };
        let tasks = count(unfinished.len() as u64, "task");
        causes.push(format!("{tasks} {verb} not done"));
    }
    let hint = match unfinished.is_empty() {
        true => format!(
            "'zarrio repair {archive} --dry-run' says what can be mended, and from which files"
        ),
        false => format!(
            "run them again, after a look at why they failed: 'zarrio run {}' does what is left",
            args.plan.display()
        ),
    };
    match causes.is_empty() {
        true => Ok(()),
        false => Err(Failure::several(Exit::Unverified, causes, hint)),
    }
}
