//! `zarrio repair`.

use serde::Serialize;
use zarrio_region::{Left, MatchOptions, Mendable, MendableDocument, RegionError, RepairReport};

use super::source::Recorded;
use super::{archive, inputs, watched};
use crate::args::RepairArgs;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::place::{self, Place, Use};
use crate::render::figures::count;
use crate::settings::{self, Flags};
use crate::{output, render};

/// The report of `--json`.
#[derive(Debug, Serialize)]
struct Json<'a> {
    archive: &'a str,
    group: &'a str,
    dry_run: bool,
    documents: &'a [MendableDocument],
    chunks: &'a [Mendable],
    mended: Vec<&'a String>,
    left: &'a [Left],
}

/// So often an archive is looked at, at most.
const ROUNDS: usize = 3;

pub(crate) fn run(args: &RepairArgs, context: &Context) -> Result<(), Failure> {
    let config = settings::load(context, Flags::repair(args))?.config;
    let target = Place::parse(&args.archive)?;
    let files = match args.files.is_empty() {
        true => Vec::new(),
        false => inputs::expand(&args.files, &config)?,
    };
    let how = Use {
        fsync: place::fsync(&config),
        assume_locks: args.assume_locks,
        token: None,
    };
    let archive = archive::open(&target, &config, &how)?;
    let sources = Recorded::new(&config).with(files)?;
    let matching = MatchOptions {
        time_dimension: Some(config.time.dim.clone()),
        coord_tolerance: args.coord_tolerance,
        memory: config.memory,
        ..MatchOptions::default()
    };
    let (documents, chunks, report) = watched::run(&config, context, |converter, _| {
        let converter = converter.clone().writer(super::writer::name());
        let (mut documents, mut chunks) = (Vec::new(), Vec::new());
        let mut all = RepairReport::default();
        for round in 1..=ROUNDS {
            let plan = converter.plan_repair(&archive, &sources, &matching, args.sources)?;
            if !args.json && round == 1 {
                plan.notes.iter().for_each(|note| context.talk.note(note));
            }
            if !args.json && (round == 1 || !plan.chunks.is_empty()) {
                output::print(&render::repair(&args.archive, &plan, args.dry_run))?;
            }
            documents.extend(plan.documents.iter().cloned());
            chunks.extend(plan.chunks.iter().cloned());
            if args.dry_run {
                all.left = plan.left;
                break;
            }
            // With labels that are mended, more may be seen.
            let (is_partial, planned) = (plan.is_partial, plan.left.clone());
            let report = converter.repair(&archive, plan, &sources, &matching)?;
            if let Some(text) = render::unmended(&args.archive, &planned, &report)
                && !args.json
            {
                output::print(&text)?;
            }
            let again = is_partial && !report.mended.is_empty();
            all.documents.extend(report.documents);
            all.mended.extend(report.mended);
            all.left = report.left;
            if !again {
                break;
            }
        }
        Ok::<_, Failure>((documents, chunks, all))
    })?;
    if args.json {
        output::print_json(&Json {
            archive: &args.archive,
            group: config.group.as_str(),
            dry_run: args.dry_run,
            documents: &documents,
            chunks: &chunks,
            mended: report.documents.iter().chain(&report.mended).collect(),
            left: &report.left,
        })?;
    }
    for (mended, what) in [(&report.documents, "document"), (&report.mended, "chunk")] {
        if !mended.is_empty() {
            let mended = count(mended.len() as u64, what);
            context
                .talk
                .result(&format!("mended {mended} of {}", args.archive));
        }
    }
    end(args, &report)
}

/// How the command ends.
///
/// # Errors
/// When something cannot be mended.
fn end(args: &RepairArgs, report: &RepairReport) -> Result<(), Failure> {
    let Some(first) = report.left.first() else {
        return Ok(());
    };
    let message = match report.left.len() as u64 {
        1 => format!("{} in {}: {}", first.what, args.archive, first.reason),
        n => format!("{} in {} cannot be mended", count(n, "thing"), args.archive),
    };
    Err(Failure::new(
        Exit::Unverified,
        anyhow::Error::new(RegionError::Archive { message }),
        Some("do what is told for each, then run 'zarrio verify'".into()),
    ))
}
