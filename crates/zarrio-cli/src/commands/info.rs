//! `zarrio info`.

use zarrio_model::Source;
use zarrio_model::config::Config;
use zarrio_region::describe;

use super::{archive, source};
use crate::args::InfoArgs;
use crate::context::Context;
use crate::failure::Failure;
use crate::place::Place;
use crate::settings::{self, Flags};
use crate::{output, render};

pub(crate) fn run(args: &InfoArgs, context: &Context) -> Result<(), Failure> {
    let config = settings::load(context, Flags::info(args))?.config;
    let place = Place::parse(&args.path)?;
    let is_file = source::is_file(&place, &config)?;
    if is_file && args.group.is_some() {
        return Err(Failure::usage(
            format!("--group: {place} is a file, and no archive"),
            "leave it out: all groups of a file are shown",
        ));
    }
    let source = match is_file {
        true => source::open(&place.to_path(), &config)?,
        false => archive(&place, &config)?,
    };
    let description = describe(&*source)?;
    if args.json {
        output::print_json(&description)
    } else {
        let mut name = place.name();
        if !is_file && !config.group.is_root() {
            name = format!("{name}/{}", config.group.as_str());
        }
        output::print(&render::description(&name, &description, args.attributes))
    }
}

/// A group of a Zarr archive with the sizes of its chunks.
fn archive(place: &Place, config: &Config) -> Result<Box<dyn Source>, Failure> {
    let archive = archive::read(place, config)?;
    Ok(Box::new(archive.with_stored_bytes()?))
}
