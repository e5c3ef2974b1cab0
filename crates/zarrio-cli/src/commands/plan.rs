//! `zarrio plan`.

mod document;
mod look;

use std::path::Path;
use std::time::Duration;

use serde::Serialize;
use zarrio_model::config::Config;
use zarrio_region::{CancelToken, Pace, Standing, Task, TaskPlan, TaskPlanner, TaskSize};

use self::document::Target;
use super::tasks::all_done;
use super::{archive, inputs, source, write_region};
use crate::args::PlanArgs;
use crate::context::Context;
use crate::failure::Failure;
use crate::output;
use crate::place::Place;
use crate::render::figures::{self, count, grouped};
use crate::settings::{self, Flags};

/// What was planned, which is the report of `--json`.
#[derive(Debug, Serialize)]
struct Summary<'a> {
    archive: &'a str,
    group: &'a str,
    plan: &'a Path,
    files: u64,
    /// Files that were left out.
    on_record: u64,
    tasks: u64,
    raw_bytes: u64,
    objects: u64,
    /// Bytes that a thread uses for the largest task.
    memory: Option<u64>,
    /// How long the longest task takes, about.
    seconds: Option<u64>,
    bytes_per_second: u64,
    /// Whether that pace is on record.
    measured: bool,
}

pub(crate) fn run(args: &PlanArgs, context: &Context) -> Result<(), Failure> {
    if args.json && args.output.as_os_str() == "-" {
        return Err(Failure::usage(
            "--json and the plan cannot both go to standard output",
            "write the plan to a file with --output, or leave --json out",
        ));
    }
    let config = settings::load(context, Flags::plan(args))?.config;
    let (patterns, name) = split(args)?;
    let target = Target::new(args)?;
    let place = Place::parse(name)?;
    let mut files = inputs::expand(patterns, &config)?;
    inputs::add_lists(&mut files, &args.list)?;
    archive::check_last(&place)?;
    let archive = archive::write(&place, &config, false, &CancelToken::default())?;
    let options = write_region::options(&config, &args.place);
    let all = files.len();
    if args.pending {
        let (done, selection) = (all_done(&archive)?, archive.selection(&options));
        files.retain(|file| {
            let record = source::record(file, &config);
            let standing = record.map(|record| done.standing(&record, &selection));
            standing.unwrap_or_default() == Standing::Open
        });
    }
    let planner = TaskPlanner::new(&archive, &options);
    let spotted = look::at_all(&files, &planner, args, &config, context)?;
    let mut named = Vec::with_capacity(files.len());
    for (file, spotted) in files.iter().zip(spotted) {
        named.push((target.relative(file)?, spotted));
    }
    let pace = Pace::of(&archive)?;
    let plan = TaskPlan {
        dimension: planner.dimension().map(str::to_owned),
        tasks: planner.tasks(named, size(args), pace),
        ..TaskPlan::new(
            target.archive(&place, name)?,
            config.group.as_str().to_owned(),
            options.clone(),
        )
    };
    target.write(&plan)?;
    let summary = Summary::new(args, &config, name, &plan, pace, all - files.len());
    tracing::info!(
        target: "zarrio",
        archive = summary.archive,
        files = summary.files,
        tasks = summary.tasks,
        bytes_raw = summary.raw_bytes,
        objects = summary.objects,
        memory = summary.memory,
        seconds = summary.seconds,
        "planned"
    );
    if args.json {
        return output::print_json(&summary);
    }
    if context.for_people() {
        context.talk.result(&summary.text());
    }
    Ok(())
}

/// The patterns of files and the archive.
fn split(args: &PlanArgs) -> Result<(&[String], &str), Failure> {
    match args.paths.split_last() {
        Some((archive, patterns)) if !patterns.is_empty() || !args.list.is_empty() => {
            Ok((patterns, archive))
        }
        _ => Err(Failure::usage(
            "an archive is missing: the last path is the archive, and all before it are files",
            "write zarrio plan FILE ARCHIVE --output PLAN",
        )),
    }
}

fn size(args: &PlanArgs) -> TaskSize {
    match (args.tasks, args.bytes_per_task) {
        (Some(tasks), _) => TaskSize::Tasks(tasks),
        (_, Some(bytes)) => TaskSize::Bytes(bytes.0),
        _ => args.files_per_task.map_or(TaskSize::Least, TaskSize::Files),
    }
}

impl<'a> Summary<'a> {
    fn new(
        args: &'a PlanArgs,
        config: &'a Config,
        archive: &'a str,
        plan: &TaskPlan,
        pace: Pace,
        on_record: usize,
    ) -> Self {
        let sum = |of: fn(&Task) -> u64| plan.tasks.iter().map(of).fold(0, u64::saturating_add);
        Self {
            archive,
            group: config.group.as_str(),
            plan: &args.output,
            files: sum(|task| task.files.len() as u64),
            on_record: on_record as u64,
            tasks: plan.tasks.len() as u64,
            raw_bytes: sum(|task| task.bytes),
            objects: sum(|task| task.objects),
            memory: plan.tasks.iter().map(|task| task.memory).max(),
            seconds: plan.tasks.iter().map(|task| task.seconds).max(),
            bytes_per_second: pace.bytes_per_second,
            measured: pace.measured,
        }
    }

    /// What was planned, for people.
    fn text(&self) -> String {
        let mut archive = self.archive.to_owned();
        if !self.group.is_empty() {
            archive.push_str(&format!(", group /{}", self.group));
        }
        let mut text = format!(
            "planned {} in {} for {archive}",
            count(self.files, "file"),
            count(self.tasks, "task")
        );
        if self.on_record > 0 {
            let verb = if self.on_record == 1 { "is" } else { "are" };
            let left_out = count(self.on_record, "file");
            text.push_str(&format!("; {left_out} {verb} on record already"));
        }
        if let Some(memory) = self.memory {
            text.push_str(&format!(
                "\n  data {} in {} chunks; a thread uses up to {}",
                figures::bytes(self.raw_bytes),
                grouped(self.objects),
                figures::bytes(memory)
            ));
        }
        if let Some(seconds) = self.seconds {
            text.push_str(&format!(
                "\n  a task takes up to about {} ({}, {})",
                figures::about(seconds),
                figures::speed(self.bytes_per_second, Duration::from_secs(1)),
                match self.measured {
                    true => "as on record",
                    false => "assumed",
                }
            ));
        }
        if self.plan.as_os_str() != "-" && self.files > 0 {
            let plan = self.plan.display();
            text.push_str(&format!(
                "\n  run them all with 'zarrio run {plan}', or one with --task-id N"
            ));
        }
        text
    }
}
