//! `zarrio ingest`.

use std::collections::HashMap;
use std::time::Instant;

use zarrio_model::config::Config;
use zarrio_region::{CancelToken, RegionError, ZarrSource};

use super::write_region::{self, Job};
use super::{archive, create_template, inputs};
use crate::args::{CreateTemplateArgs, IngestArgs};
use crate::context::Context;
use crate::failure::Failure;
use crate::place::Place;
use crate::settings::{self, Flags};

pub(crate) fn run(args: &IngestArgs, context: &Context) -> Result<(), Failure> {
    let begun = Instant::now();
    let config = settings::load_available(context, Flags::ingest(args))?.config;
    let (patterns, name) = split(args)?;
    let target = Place::parse(&name)?;
    target.check_output()?;
    let files = inputs::expand(patterns, &config)?;
    if config.overwrite || !is_there(&target, &config)? {
        let template = template(args, &name);
        // Its report would be a second document beside that of the regions.
        let report = args.json && args.dry_run;
        create_template::make(&template, &config, &files, &name, report, context)?;
        if args.dry_run {
            return Ok(());
        }
    }
    let token = CancelToken::default();
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let job = Job {
        name: &name,
        options: write_region::options(&config, &args.place),
        rules: write_region::rules(true, &args.rules),
        append: None,
        workers: args.workers.map_or(cores, usize::from),
        archive: archive::write(&target, &config, args.assume_locks, &token)?,
        config,
        gone: HashMap::new(),
        context,
        token,
        dry_run: args.dry_run,
        json: args.json,
    };
    job.run(files, begun)
}

/// The patterns of files and the archive.
fn split(args: &IngestArgs) -> Result<(&[String], String), Failure> {
    match args.paths.split_last() {
        Some((archive, patterns)) if !patterns.is_empty() => Ok((patterns, archive.clone())),
        _ => Err(Failure::usage(
            "an archive is missing: the last path is the archive, and all before it are files",
            "write zarrio ingest FILE ARCHIVE",
        )),
    }
}

/// Whether the group of the archive that the settings name is there and finished.
fn is_there(target: &Place, config: &Config) -> Result<bool, Failure> {
    if target.path().is_some_and(|path| !path.is_dir()) {
        return Ok(false);
    }
    match ZarrSource::open(target.read(config)?, &config.group) {
        Ok(_) => Ok(true),
        // What else may be there, the making of the template says.
        Err(RegionError::Archive { .. }) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// The template that the files have in common.
fn template(args: &IngestArgs, name: &str) -> CreateTemplateArgs {
    CreateTemplateArgs {
        paths: vec![name.to_owned()],
        from_files: Vec::new(),
        template: args.template.clone(),
        time_dim: args.place.time_dim.clone(),
        archive: args.archive.clone(),
        packing: args.packing.clone(),
        metadata_only: false,
        compute: false,
        effort: args.effort.clone(),
        dry_run: args.dry_run,
        json: args.json,
    }
}
