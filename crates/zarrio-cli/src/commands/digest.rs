//! `zarrio digest`.

use std::sync::Arc;

use serde::Serialize;
use zarrio_region::{RegionError, VariableDigest, ZarrSource};
use zarrio_store::{FilesystemStore, FsyncMode};

use super::watched;
use crate::args::DigestArgs;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::settings::{self, Flags};
use crate::{location, output, render};

/// The report of `--json`.
#[derive(Debug, Serialize)]
struct Json<'a> {
    archive: &'a str,
    group: &'a str,
    variables: &'a [VariableDigest],
}

pub(crate) fn run(args: &DigestArgs, context: &Context) -> Result<(), Failure> {
    let config = settings::load(context, Flags::digest(args))?.config;
    let target = location::local(&args.archive)?;
    let store = FilesystemStore::open(&target, FsyncMode::Never)?;
    let archive = ZarrSource::open(Arc::new(store), &config.group)?;
    let digests = watched::run(&config, context, |converter, _| {
        let digests = converter.digest(&archive, &args.variables);
        digests.map_err(|error| match error {
            RegionError::Archive { .. } => Failure::new(
                Exit::Input,
                error,
                Some("'zarrio verify' names every chunk that cannot be read, and 'zarrio repair' mends them".into()),
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
