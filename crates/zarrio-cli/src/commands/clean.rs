//! `zarrio clean`.

use serde::Serialize;
use zarrio_region::{Cleaned, clean};
use zarrio_store::FsyncMode;

use super::{archive, writer};
use crate::args::CleanArgs;
use crate::context::Context;
use crate::failure::Failure;
use crate::output;
use crate::place::{Place, Use};
use crate::render::figures;
use crate::settings::{self, Flags};

/// The report of `--json`.
#[derive(Debug, Serialize)]
struct Json<'a> {
    archive: &'a str,
    group: &'a str,
    dry_run: bool,
    #[serde(flatten)]
    cleaned: &'a Cleaned,
}

pub(crate) fn run(args: &CleanArgs, context: &Context) -> Result<(), Failure> {
    let config = settings::load(context, Flags::of_archive(args.group.as_deref(), None))?.config;
    let target = Place::parse(&args.archive)?;
    let how = Use {
        fsync: FsyncMode::AtSync,
        ..Use::default()
    };
    let archive = archive::open(&target, &config, &how)?;
    let cleaned = clean(&archive, args.older_than, !args.dry_run, &writer::name())?;
    for object in &cleaned.unfinished {
        tracing::info!(target: "zarrio", object, "unfinished");
    }
    context.talk.result(&told(args, &cleaned));
    if args.json {
        return output::print_json(&Json {
            archive: &args.archive,
            group: config.group.as_str(),
            dry_run: args.dry_run,
            cleaned: &cleaned,
        });
    }
    Ok(())
}

fn told(args: &CleanArgs, cleaned: &Cleaned) -> String {
    let verb = if args.dry_run {
        "would remove"
    } else {
        "removed"
    };
    let unfinished = match cleaned.unfinished.len() as u64 {
        0 => "no unfinished object".to_owned(),
        count => format!(
            "{} of {}",
            figures::count(count, "unfinished object"),
            figures::bytes(cleaned.unfinished_bytes)
        ),
    };
    let mut text = format!("{verb} {unfinished} from {}", args.archive);
    if cleaned.kept > 0 {
        text.push_str(&format!(
            "; {} kept, which may still be at work",
            figures::grouped(cleaned.kept)
        ));
    }
    if cleaned.intents > 0 {
        let intents = figures::count(cleaned.intents as u64, "announcement");
        text.push_str(&format!(
            "\n  {verb} {intents} of writers that died, which tell nothing any more"
        ));
    }
    if cleaned.records > 0 {
        let verb = if args.dry_run { "would put" } else { "put" };
        text.push_str(&format!(
            "\n  {verb} {} into {}",
            figures::count(cleaned.records as u64, "record"),
            figures::count(cleaned.segments as u64, "object")
        ));
    }
    text
}
