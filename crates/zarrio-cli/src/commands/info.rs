//! `zarrio info`.

use zarrio_model::config::Config;
use zarrio_model::{NodePath, Source};
use zarrio_region::{ZarrSource, describe};

use super::source;
use crate::args::InfoArgs;
use crate::context::Context;
use crate::failure::Failure;
use crate::place::Place;
use crate::settings::{self, Flags};
use crate::{output, render};

pub(crate) fn run(args: &InfoArgs, context: &Context) -> Result<(), Failure> {
    let config = settings::load(context, Flags::info(args))?.config;
    let place = Place::parse(&args.path)?;
    let source = open(&place, &config)?;
    let description = describe(&*source)?;
    if args.json {
        output::print_json(&description)
    } else {
        let name = place.name();
        output::print(&render::description(&name, &description, args.attributes))
    }
}

/// A file is a NetCDF file, anything else a Zarr archive.
fn open(place: &Place, config: &Config) -> Result<Box<dyn Source>, Failure> {
    if source::is_file(place, config)? {
        return source::open(&place.to_path(), config);
    }
    let archive = ZarrSource::open(place.read(config)?, &NodePath::root())?;
    Ok(Box::new(archive.with_stored_bytes()?))
}
