//! `zarrio info`.

use std::path::Path;
use std::sync::Arc;

use zarrio_model::config::Config;
use zarrio_model::{NodePath, Source};
use zarrio_region::{ZarrSource, describe};
use zarrio_store::{FilesystemStore, FsyncMode};

use super::source;
use crate::args::InfoArgs;
use crate::context::Context;
use crate::failure::Failure;
use crate::settings::{self, Flags};
use crate::{location, output, render};

pub(crate) fn run(args: &InfoArgs, context: &Context) -> Result<(), Failure> {
    let config = settings::load(context, Flags::info(args))?.config;
    let path = location::local(&args.path)?;
    let source = open(&path, &config)?;
    let description = describe(&*source)?;
    if args.json {
        output::print_json(&description)
    } else {
        let name = location::name(&path);
        output::print(&render::description(&name, &description, args.attributes))
    }
}

/// A directory is a Zarr archive, anything else a NetCDF file.
fn open(path: &Path, config: &Config) -> Result<Box<dyn Source>, Failure> {
    if path.is_dir() {
        let store = Arc::new(FilesystemStore::open(path, FsyncMode::Never)?);
        let archive = ZarrSource::open(store, &NodePath::root())?;
        return Ok(Box::new(archive.with_stored_bytes()?));
    }
    source::open(path, config)
}
