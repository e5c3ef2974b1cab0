//! `zarrio plan`.

mod document;
mod look;

use std::time::Duration;

use zarrio_model::config::Config;
use zarrio_region::{CancelToken, Pace, Standing, Task, TaskPlan, TaskPlanner, TaskSize};

use self::document::Target;
use super::tasks::all_done;
use super::{archive, inputs, source, write_region};
use crate::args::PlanArgs;
use crate::context::Context;
use crate::failure::Failure;
use crate::place::Place;
use crate::render::figures::{self, count, grouped};
use crate::settings::{self, Flags};

pub(crate) fn run(args: &PlanArgs, context: &Context) -> Result<(), Failure> {
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
    tell(args, &config, &plan, pace, all - files.len(), name, context);
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

/// Says what was planned.
fn tell(
    args: &PlanArgs,
    config: &Config,
    plan: &TaskPlan,
    pace: Pace,
    left_out: usize,
    archive: &str,
    context: &Context,
) {
    let sum = |of: fn(&Task) -> u64| plan.tasks.iter().map(of).fold(0, u64::saturating_add);
    let files = sum(|task| task.files.len() as u64);
    let (bytes, objects) = (sum(|task| task.bytes), sum(|task| task.objects));
    let memory = plan.tasks.iter().map(|task| task.memory).max();
    let seconds = plan.tasks.iter().map(|task| task.seconds).max();
    tracing::info!(
        target: "zarrio",
        archive,
        files,
        tasks = plan.tasks.len(),
        bytes_raw = bytes,
        objects,
        memory,
        seconds,
        "planned"
    );
    if !context.for_people() {
        return;
    }
    let mut archive = archive.to_owned();
    if !config.group.is_root() {
        archive.push_str(&format!(", group /{}", config.group));
    }
    let mut text = format!(
        "planned {} in {} for {archive}",
        count(files, "file"),
        count(plan.tasks.len() as u64, "task")
    );
    if left_out > 0 {
        let verb = if left_out == 1 { "is" } else { "are" };
        let left_out = count(left_out as u64, "file");
        text.push_str(&format!("; {left_out} {verb} on record already"));
    }
    if let Some(memory) = memory {
        text.push_str(&format!(
            "\n  data {} in {} chunks; a thread uses up to {}",
            figures::bytes(bytes),
            grouped(objects),
            figures::bytes(memory)
        ));
    }
    if let Some(seconds) = seconds {
        text.push_str(&format!(
            "\n  a task takes up to about {} ({}, {})",
            figures::about(seconds),
            figures::speed(pace.bytes_per_second, Duration::from_secs(1)),
            match pace.measured {
                true => "as on record",
                false => "assumed",
            }
        ));
    }
    if args.output.as_os_str() != "-" && files > 0 {
        let plan = args.output.display();
        text.push_str(&format!(
            "\n  run them all with 'zarrio run {plan}', or one with --task-id N"
        ));
    }
    context.talk.result(&text);
}
