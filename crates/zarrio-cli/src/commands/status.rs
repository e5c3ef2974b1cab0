//! `zarrio status`.

use serde::Serialize;
use zarrio_model::Source as _;
use zarrio_region::{CancelToken, Status, ZarrSource};

use super::write_region;
use crate::args::StatusArgs;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::place::Place;
use crate::settings::{self, Flags};
use crate::{env, output, render};

/// What `--json` prints.
#[derive(Debug, Serialize)]
struct Json<'a> {
    archive: &'a str,
    group: &'a str,
    #[serde(flatten)]
    status: &'a Status,
}

pub(crate) fn run(args: &StatusArgs, context: &Context) -> Result<(), Failure> {
    let flags = Flags::of_archive(args.group.as_deref(), args.time_dim.as_deref());
    let config = settings::load(context, flags)?.config;
    let target = Place::parse(&args.archive)?;
    let archive = write_region::open(&target, &config, false, &CancelToken::default())?;
    if let Some(name) = &args.time_dim {
        check_dimension(&archive, name)?;
    }
    let status = Status::of(&archive, Some(&config.time.dim))?;
    if args.json {
        output::print_json(&Json {
            archive: &args.archive,
            group: config.group.as_str(),
            status: &status,
        })?;
    } else {
        output::print(&render::status(&args.archive, &status, env::columns()))?;
    }
    if args.require_complete && !status.complete {
        let message = format!("{} is not complete", args.archive);
        let hint = "write what is absent, or say with 'zarrio declare-gap' that there are no data";
        let error = anyhow::Error::msg(message);
        return Err(Failure::new(Exit::Unverified, error, Some(hint.into())));
    }
    Ok(())
}

/// Refuses the name of a dimension that no variable has.
pub(super) fn check_dimension(archive: &ZarrSource, name: &str) -> Result<(), Failure> {
    let mut variables = archive.schema().variables();
    if variables.any(|variable| variable.dimensions.iter().any(|d| d == name)) {
        return Ok(());
    }
    Err(Failure::usage(
        format!("--time-dim {name}: no variable has this dimension"),
        "'zarrio info' shows the dimensions of an archive",
    ))
}
