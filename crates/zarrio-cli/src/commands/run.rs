//! `zarrio run`.

mod number;

use std::collections::HashMap;
use std::ops::Range;
use std::path::PathBuf;
use std::time::Instant;

use zarrio_region::CancelToken;

use super::archive;
use super::tasks::Loaded;
use super::write_region::{self, Job};
use crate::args::RunArgs;
use crate::context::Context;
use crate::failure::Failure;
use crate::settings::{self, Flags};

pub(crate) fn run(args: &RunArgs, context: &Context) -> Result<(), Failure> {
    let begun = Instant::now();
    let loaded = Loaded::read(&args.plan)?;
    let chosen = chosen(args, &loaded)?;
    let config = settings::load_available(context, Flags::run(args, &loaded.plan.group))?.config;
    let name = loaded.archive_name();
    let (mut files, mut lots): (Vec<PathBuf>, Vec<Range<usize>>) = (Vec::new(), Vec::new());
    let mut gone = HashMap::new();
    for task in loaded.plan.tasks.get(chosen).unwrap_or_default() {
        let start = files.len();
        for (path, file) in loaded.files(task).zip(&task.files) {
            // What is to be written whatever the records say has to be there.
            if !args.rules.force && !file.path.contains("://") && !path.exists() {
                gone.insert(path.clone(), file.record(&loaded.directory));
            }
            files.push(path);
        }
        lots.push(start..files.len());
    }
    if files.is_empty() {
        context.talk.result("there is no file to write");
        return Ok(());
    }
    let token = CancelToken::default();
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let job = Job {
        name: &name,
        options: loaded.plan.options.clone(),
        rules: write_region::rules(true, &args.rules),
        append: None,
        gone,
        workers: args.workers.map_or(cores, usize::from),
        archive: archive::write(&loaded.target()?, &config, args.assume_locks, &token)?,
        config,
        context,
        token,
        dry_run: args.dry_run,
        json: args.json,
    };
    job.run_lots(files, &lots, begun)
}

/// The tasks that are meant.
fn chosen(args: &RunArgs, loaded: &Loaded) -> Result<Range<usize>, Failure> {
    let all = loaded.plan.tasks.len();
    let count = loaded.count(args.stripes.task_count);
    let Some(text) = &args.task_id else {
        return match args.stripes.task_count {
            None => Ok(0..all),
            Some(count) => Err(Failure::usage(
                format!("--task-count {count} says how many there are, and not which is meant"),
                "give --task-id too, or leave it out for all tasks",
            )),
        };
    };
    let number = number::of(text)?;
    if number >= count {
        return Err(Failure::usage(
            match count {
                0 => format!("--task-id {text}: the plan has no task"),
                _ => format!("--task-id {text}: {number} is not within 0-{}", count - 1),
            },
            "tasks are numbered from 0; --task-count says into how many stripes they are put",
        ));
    }
    Ok(loaded.plan.stripe(number, count))
}
