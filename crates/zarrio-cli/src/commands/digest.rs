//! `zarrio digest`.

use serde::Serialize;
use zarrio_region::{RegionError, VariableDigest};

use super::{archive, watched};
use crate::args::DigestArgs;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::place::Place;
use crate::settings::{self, Flags};
use crate::{output, render};

/// The report of `--json`.
#[derive(Debug, Serialize)]
struct Json<'a> {
    archive: &'a str,
    group: &'a str,
    variables: &'a [VariableDigest],
}

pub(crate) fn run(args: &DigestArgs, context: &Context) -> Result<(), Failure> {
    let config = settings::load(context, Flags::digest(args))?.config;
    let target = Place::parse(&args.archive)?;
    let archive = archive::read(&target, &config)?;
    let digests = watched::run(&config, context, |converter, _| {
        let digests = converter.digest(&archive, &args.variables);
        digests.map_err(|error| match error {
            RegionError::Archive { .. } => Failure::new(
                Exit::Input,
                error,
                Some("'zarrio verify' names every chunk that cannot be read, and 'zarrio repair' mends those that are damaged; where permission is denied, check owner and mode".into()),
            ),
            error => error.into(),
        })
    })?;
    if args.json {
        return output::print_json(&Json {
            archive: &args.archive,
            group: config.group.as_str(),
            variables: &digests,
        });
    }
    output::print(&render::digests(&digests))
}
