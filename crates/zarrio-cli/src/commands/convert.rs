//! `zarrio convert`.

mod history;
mod report;
mod usage;

use std::path::Path;

use zarrio_model::config::{Config, ReaderChoice};
use zarrio_netcdf::{NetcdfSource, OpenOptions, Reader};
use zarrio_region::{Converter, RegionError};
use zarrio_store::{FilesystemStore, FsyncMode};

use crate::args::ConvertArgs;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::progress::Progress;
use crate::settings::{self, Flags};
use crate::signals::Watch;
use crate::{location, output, render};

pub(crate) fn run(args: &ConvertArgs, context: &Context) -> Result<(), Failure> {
    let config = settings::load_available(context, Flags::convert(args))?.config;
    let (input, target) = (
        location::local(&args.input)?,
        location::local(&args.output)?,
    );
    location::check_output(&target)?;
    let history = history::line(&input, &target)?;

    let source = NetcdfSource::open(
        &input,
        &OpenOptions {
            reader: reader(config.reader),
        },
    )?;
    let converter = Converter::new(config.clone()).history(history);
    if args.dry_run {
        let plan = converter.plan(&source)?;
        return if args.json {
            output::print_json(&plan)
        } else {
            output::print(&render::plan(&args.input, &args.output, &plan))?;
            plan.notes.iter().for_each(|note| context.talk.note(note));
            Ok(())
        };
    }
    tracing::info!(target: "zarrio", input = %args.input, output = %args.output, "converting");
    let report = write(&converter, &source, &target, &config, context)?;
    report::tell(args, &config, &report, context);
    if args.json {
        output::print_json(&report::Json::new(args, &config, &report))
    } else {
        Ok(())
    }
}

/// Converts under the eyes of the user, who may stop it.
fn write(
    converter: &Converter<'_>,
    source: &NetcdfSource,
    target: &Path,
    config: &Config,
    context: &Context,
) -> Result<zarrio_region::ConvertReport, Failure> {
    let fsync = if config.fsync {
        FsyncMode::AtSync
    } else {
        FsyncMode::Never
    };
    let store = FilesystemStore::open(target, fsync)?;
    let watch = Watch::start(context.talk.clone()).map_err(|error| {
        let error = anyhow::Error::new(error).context("cannot handle signals");
        Failure::new(Exit::Failed, error, None)
    })?;
    let progress = Progress::start(context);
    let converted = converter
        .clone()
        .observer(&progress)
        .cancel(watch.token())
        .convert(source, &store);
    progress.finish();
    converted.map_err(|error| match error {
        RegionError::Interrupted => Failure::new(
            watch.exit(),
            anyhow::Error::msg(format!("stopped before {} was complete", target.display())),
            Some("run the same command again; it starts afresh".into()),
        ),
        error => error.into(),
    })
}

/// The reader of the settings as that of the NetCDF crate.
pub(super) fn reader(choice: ReaderChoice) -> Reader {
    match choice {
        ReaderChoice::Auto => Reader::Auto,
        ReaderChoice::Rust => Reader::Rust,
        ReaderChoice::C => Reader::C,
    }
}
