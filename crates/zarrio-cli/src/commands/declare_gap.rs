//! `zarrio declare-gap`.

use serde::Serialize;
use zarrio_region::{CancelToken, Converter, GapReport, GapRequest};

use super::{archive, status, writer};
use crate::args::DeclareGapArgs;
use crate::context::Context;
use crate::failure::Failure;
use crate::place::Place;
use crate::settings::{self, Flags};
use crate::{output, render};

/// The report of `--json`.
#[derive(Debug, Serialize)]
struct Json<'a> {
    archive: &'a str,
    group: &'a str,
    #[serde(flatten)]
    report: &'a GapReport,
}

pub(crate) fn run(args: &DeclareGapArgs, context: &Context) -> Result<(), Failure> {
    let flags = Flags::of_archive(args.group.as_deref(), args.time_dim.as_deref());
    let config = settings::load(context, flags)?.config;
    if args.reason.trim().is_empty() {
        return Err(Failure::usage(
            "--reason is empty",
            "say why there are no data, as in --reason 'station closed'",
        ));
    }
    let target = Place::parse(&args.archive)?;
    let archive = archive::write(&target, &config, false, &CancelToken::default())?;
    if let Some(name) = &args.time_dim {
        status::check_dimension(&archive, name)?;
    }
    let request = GapRequest {
        region: args.region.clone().unwrap_or_default(),
        dates: (args.from.clone(), args.to.clone()),
        time_dimension: config.time.dim.clone(),
        variables: args.variables.clone(),
        reason: args.reason.clone(),
    };
    let group = config.group.clone();
    let report = Converter::new(config)
        .writer(writer::name())
        .declare_gap(&archive, &request)?;
    if args.json {
        return output::print_json(&Json {
            archive: &args.archive,
            group: group.as_str(),
            report: &report,
        });
    }
    context.talk.result(&render::gap(&args.archive, &report));
    Ok(())
}
