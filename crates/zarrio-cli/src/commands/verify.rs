//! `zarrio verify`.

use serde::Serialize;
use zarrio_model::config::Config;
use zarrio_region::{Finding, MatchOptions, Verification, VerifyOptions};

use super::source::Recorded;
use super::{archive, inputs, source, watched, write_region};
use crate::args::VerifyArgs;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::place::Place;
use crate::settings::{self, Flags};
use crate::{location, output, render};

/// The report of `--json`.
#[derive(Debug, Serialize)]
struct Json<'a> {
    archive: &'a str,
    group: &'a str,
    clean: bool,
    #[serde(flatten)]
    report: &'a Verification,
}

pub(crate) fn run(args: &VerifyArgs, context: &Context) -> Result<(), Failure> {
    let config = settings::load(context, Flags::verify(args))?.config;
    let target = Place::parse(&args.archive)?;
    let files = match args.files.is_empty() {
        true => Vec::new(),
        false => inputs::expand(&args.files, &config)?,
    };
    let archive = archive::read(&target, &config)?;
    let options = VerifyOptions {
        quick: args.quick,
        sample: args.sample,
        max_duration: args.max_duration,
        sources: args.sources,
    };
    let matching = matching(args, &config);
    let mut unread: Vec<Failure> = Vec::new();
    let report = watched::run(&config, context, |converter, progress| {
        let mut verifier = converter.verifier(&archive, options)?;
        if files.is_empty() {
            verifier.archive(&Recorded::new(&config), &matching)?;
            return Ok(verifier.finish());
        }
        for (i, file) in files.iter().enumerate() {
            let name = location::name(file);
            progress.next_file(&match files.len() {
                1 => name,
                count => format!("{} of {count}, {name}", i + 1),
            });
            let compared = source::open(file, &config)
                .and_then(|source| Ok(verifier.file(&*source, &matching)?));
            match compared {
                // The others are compared all the same.
                Err(failure) if failure.exit == Exit::Input => unread.push(failure),
                compared => compared?,
            }
        }
        Ok(verifier.finish())
    })?;
    if args.json {
        output::print_json(&Json {
            archive: &args.archive,
            group: config.group.as_str(),
            clean: report.is_clean(),
            report: &report,
        })?;
    } else {
        for note in &report.notes {
            context.talk.note(note);
        }
        // Where nothing could be read there is nothing to tell but why.
        if unread.is_empty() || !report.files.is_empty() {
            output::print(&render::verification(&args.archive, &report, args.quick))?;
        }
    }
    end(args, &report, unread, context)
}

/// How files are matched with the archive.
fn matching(args: &VerifyArgs, config: &Config) -> MatchOptions {
    MatchOptions {
        region: args.region.clone(),
        ..write_region::options(config, &args.place)
    }
}

/// How the command ends.
///
/// # Errors
/// When something is not as it should be.
fn end(
    args: &VerifyArgs,
    report: &Verification,
    mut unread: Vec<Failure>,
    context: &Context,
) -> Result<(), Failure> {
    let message = match report.findings.len() {
        0 => {
            let last = unread.pop();
            unread
                .iter()
                .for_each(|failure| context.talk.failure(failure));
            return last.map_or(Ok(()), Err);
        }
        1 => format!("1 thing in {} is not as it should be", args.archive),
        n => format!("{n} things in {} are not as they should be", args.archive),
    };
    unread
        .iter()
        .for_each(|failure| context.talk.failure(failure));
    Err(Failure::new(
        Exit::Unverified,
        anyhow::Error::msg(message),
        Some(hint(args, report)),
    ))
}

/// What to do about what was found.
fn hint(args: &VerifyArgs, report: &Verification) -> String {
    let is_unmatched = |finding: &Finding| matches!(finding, Finding::Unmatched { .. });
    let is_new = |finding: &Finding| match finding {
        Finding::Values { file, .. } => {
            let mut files = report.files.iter();
            files.any(|compared| compared.file == *file && !compared.is_recorded)
        }
        _ => false,
    };
    if report.findings.iter().all(is_unmatched) {
        return "give the options with which the files were written, or leave these out; what never was is written by 'zarrio write-region', or by 'zarrio append' where it lies behind the end".into();
    }
    // No record tells of such files, and nothing can be mended by them.
    if report.findings.iter().all(|f| is_unmatched(f) || is_new(f)) {
        let mut files = report.files.iter();
        return match files.any(|file| !file.is_recorded && !file.is_placed) {
            true => "its labels, which are doubled or none, tell 'zarrio write-region' no places for it: make the archive anew, from all its files, where it is to have what they have now".into(),
            false => "'zarrio write-region' with the same options writes a file that the archive has no record of, as it is now".into(),
        };
    }
    format!(
        "'zarrio repair {} --dry-run' says what can be mended, and from which files",
        args.archive
    )
}
