//! `zarrio extend`.

use serde::Serialize;
use zarrio_region::{
    CancelToken, Converter, ExtendRules, Grown, TimeRange, ZarrSource, dimension_coordinate,
    time_range,
};

use zarrio_model::NodePath;

use super::{archive, writer};
use crate::args::ExtendArgs;
use crate::context::Context;
use crate::failure::Failure;
use crate::place::Place;
use crate::settings::{self, Flags};
use crate::{output, render};

/// The report of `--json`.
#[derive(Debug, Serialize)]
struct Json<'a> {
    archive: &'a str,
    dry_run: bool,
    #[serde(flatten)]
    grown: &'a Grown,
    time: &'a Option<TimeRange>,
}

pub(crate) fn run(args: &ExtendArgs, context: &Context) -> Result<(), Failure> {
    let config = settings::load_available(context, Flags::extend(args))?.config;
    let target = Place::parse(&args.archive)?;
    let token = CancelToken::default();
    let archive = archive::write(&target, &config, args.assume_locks, &token)?;
    let Some(end) = config.time.global_end.clone() else {
        return Err(Failure::usage(
            "--global-end is missing",
            "give the date up to which the archive is to reach",
        ));
    };
    let rules = ExtendRules {
        dimension: config.time.append_dim.clone(),
        end,
        step: config.time.freq,
    };
    let converter = Converter::new(config).writer(writer::name());
    let (grown, longer) = match args.dry_run {
        true => converter.plan_extend(&archive, &rules)?,
        false => converter.extend(&archive, &rules)?,
    };
    let time = labels(&longer, &grown)?;
    if args.json {
        let archive = &args.archive;
        return output::print_json(&Json {
            archive,
            dry_run: args.dry_run,
            grown: &grown,
            time: &time,
        });
    }
    let text = render::extension(&args.archive, &grown, time.as_ref(), args.dry_run);
    if args.dry_run {
        output::print(&format!("{text}\n"))
    } else {
        context.talk.result(&text);
        Ok(())
    }
}

/// The times that the archive got, or all where it got none.
fn labels(archive: &ZarrSource, grown: &Grown) -> Result<Option<TimeRange>, Failure> {
    let name = &grown.dimension;
    let coordinate = dimension_coordinate(archive, &NodePath::root().join(name), name);
    let Some(coordinate) = coordinate else {
        return Ok(None);
    };
    let from = if grown.to > grown.from { grown.from } else { 0 };
    Ok(time_range(archive, coordinate, from..grown.to)?)
}
