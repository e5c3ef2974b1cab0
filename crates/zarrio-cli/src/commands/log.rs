//! `zarrio log`.

use serde::Serialize;
use zarrio_region::{CancelToken, Log};

use super::archive;
use crate::args::LogArgs;
use crate::context::Context;
use crate::failure::Failure;
use crate::place::Place;
use crate::settings::{self, Flags};
use crate::{output, render};

/// What `--json` prints.
#[derive(Debug, Serialize)]
struct Json<'a> {
    archive: &'a str,
    group: &'a str,
    #[serde(flatten)]
    log: &'a Log,
}

pub(crate) fn run(args: &LogArgs, context: &Context) -> Result<(), Failure> {
    let flags = Flags::of_archive(args.group.as_deref(), None);
    let config = settings::load(context, flags)?.config;
    let target = Place::parse(&args.archive)?;
    let archive = archive::write(&target, &config, false, &CancelToken::default())?;
    let log = Log::of(&archive)?;
    for (object, reason) in &log.damaged {
        let note = format!("the record {object} is damaged: {reason}");
        context.talk.note(&note);
    }
    if args.json {
        return output::print_json(&Json {
            archive: &args.archive,
            group: config.group.as_str(),
            log: &log,
        });
    }
    output::print(&render::log(&log))
}
