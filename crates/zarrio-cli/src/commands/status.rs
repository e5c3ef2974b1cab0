//! `zarrio status`.

use std::io::{self, IsTerminal as _};
use std::path::Path;
use std::thread;
use std::time::Duration;

use chrono::Local;
use serde::Serialize;
use zarrio_model::Source as _;
use zarrio_model::config::Config;
use zarrio_region::{CancelToken, Converter, RegionError, Status, ZarrSource, format_ids};

use super::archive;
use super::tasks::Loaded;
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
    if let Some(plan) = &args.pending_ids {
        return pending(plan, args.stripes.task_count, context);
    }
    if args.stripes.task_count.is_some() {
        return Err(Failure::usage(
            "--task-count counts the tasks of a plan",
            "give the plan with --pending-ids",
        ));
    }
    let name = args.archive.as_deref().unwrap_or_default();
    let flags = Flags::of_archive(args.group.as_deref(), args.time_dim.as_deref());
    let config = settings::load(context, flags)?.config;
    let target = Place::parse(name)?;
    let archive = archive::write(&target, &config, false, &CancelToken::default())?;
    if let Some(name) = &args.time_dim {
        check_dimension(&archive, name)?;
    }
    let mut status = look(&archive, &config)?;
    if let Some(seconds) = args.watch {
        status = watch(name, &config, seconds, &archive, status)?;
    } else if args.json {
        output::print_json(&Json {
            archive: name,
            group: config.group.as_str(),
            status: &status,
        })?;
    } else {
        output::print(&render::status(name, &status, env::columns()))?;
    }
    if args.require_complete && !status.complete {
        let message = format!("{name} is not complete");
        let hint = "write what is absent, or say with 'zarrio declare-gap' that there are no data";
        let error = anyhow::Error::msg(message);
        return Err(Failure::new(Exit::Unverified, error, Some(hint.into())));
    }
    Ok(())
}

/// Shows the status again and again until all is there.
fn watch(
    name: &str,
    config: &Config,
    seconds: u32,
    archive: &ZarrSource,
    mut status: Status,
) -> Result<Status, Failure> {
    // Home, and everything below it away: the next picture stands where this one was.
    let before = match io::stdout().is_terminal() {
        true => "\x1b[H\x1b[2J",
        false => "",
    };
    loop {
        let time = Local::now().format("%Y-%m-%d %H:%M:%S");
        let shown = render::status(name, &status, env::columns());
        let read = output::print_to_reader(&format!("{before}{time}\n{shown}"))?;
        if status.complete || !read {
            return Ok(status);
        }
        thread::sleep(Duration::from_secs(seconds.into()));
        // Another process may have made it longer.
        status = look(&archive.reopen()?, config)?;
    }
}

fn look(archive: &ZarrSource, config: &Config) -> Result<Status, RegionError> {
    Converter::new(config.clone()).status(archive, Some(&config.time.dim))
}

/// Prints the numbers of tasks that are not done.
fn pending(plan: &Path, stripes: Option<u64>, context: &Context) -> Result<(), Failure> {
    let loaded = Loaded::read(plan)?;
    let flags = Flags::of_archive(Some(&loaded.plan.group), None);
    let config = settings::load(context, flags)?.config;
    let token = CancelToken::default();
    let archive = archive::write(&loaded.target()?, &config, false, &token)?;
    let unfinished = loaded.unfinished(&archive, loaded.count(stripes))?;
    match unfinished.is_empty() {
        true => Ok(()),
        false => output::print(&format!("{}\n", format_ids(unfinished))),
    }
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
