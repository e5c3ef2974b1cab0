//! `zarrio submit`.

mod kubernetes;
mod secrets;
mod shell;
mod slurm;

use std::path::{Path, PathBuf};

use zarrio_model::ByteSize;
use zarrio_region::parse_ids;

use self::shell::quoted;
use super::tasks::{Loaded, absolute};
use crate::args::{Engine, SubmitArgs};
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;

/// More tasks than this are put into stripes: as many as engines take by default.
const MOST_TASKS: u64 = 1000;
/// The number of a task, for a shell that Slurm starts.
const NUMBER: &str = "\"$SLURM_ARRAY_TASK_ID\"";
/// What the program needs beside its buffers.
const PROGRAM_MEMORY: u64 = 256 << 20;

/// What is submitted, whatever the engine.
#[derive(Debug)]
struct Work<'a> {
    args: &'a SubmitArgs,
    loaded: Loaded,
    /// Into how many parts the plan is cut.
    count: u64,
    /// The numbers of those that are submitted.
    ids: Vec<u64>,
    /// How zarrio is started, for a shell.
    program: String,
    /// The settings that this command was given, for all that it starts.
    settings: Vec<String>,
    /// Where scripts and logs go, absolute.
    directory: PathBuf,
}

/// Whether numbers may be those of tasks, while stripes would be submitted.
fn is_ambiguous(has_numbers: bool, task_count: Option<u64>, tasks: u64) -> bool {
    has_numbers && task_count.is_none() && tasks > MOST_TASKS
}

pub(crate) fn run(args: &SubmitArgs, context: &Context) -> Result<(), Failure> {
    check(args)?;
    secrets::check(args, context)?;
    let loaded = Loaded::read(&args.plan)?;
    let tasks = loaded.plan.tasks.len() as u64;
    if is_ambiguous(args.array.is_some(), args.stripes.task_count, tasks) {
        return Err(Failure::usage(
            format!("--array counts stripes where a plan has more than {MOST_TASKS} tasks"),
            format!(
                "give the same --task-count, such as {MOST_TASKS}, to this and to 'zarrio status --pending-ids'"
            ),
        ));
    }
    let count = loaded.count(args.stripes.task_count.or(Some(tasks.min(MOST_TASKS))));
    let ids = match &args.array {
        None => (0..count).collect(),
        Some(text) => parse_ids(text, count).map_err(|reason| {
            let hint = "give numbers as 'zarrio status --pending-ids' prints them: 3,7-9";
            Failure::usage(format!("--array: {reason}"), hint)
        })?,
    };
    if ids.is_empty() {
        context.talk.result("there is no task to submit");
        return Ok(());
    }
    let program = match &args.program {
        Some(command) => command.clone(),
        None => this_program()?,
    };
    let directory = match &args.logs {
        Some(directory) => absolute(directory)?,
        None => loaded.file.with_extension("slurm"),
    };
    let work = Work {
        args,
        loaded,
        count,
        ids,
        program,
        settings: global(context)?,
        directory,
    };
    match args.engine {
        Engine::Slurm => slurm::submit(&work, context),
        Engine::Kubernetes => kubernetes::submit(&work, context),
    }
}

/// Refuses options that the engine does not have.
fn check(args: &SubmitArgs) -> Result<(), Failure> {
    let (engine, others) = match args.engine {
        Engine::Slurm => (
            "slurm",
            vec![
                ("--image", args.image.is_some()),
                ("--namespace", args.namespace.is_some()),
                ("--volume", !args.volume.is_empty()),
                ("--secret", !args.secret.is_empty()),
                ("--plan-path", args.plan_path.is_some()),
            ],
        ),
        Engine::Kubernetes => (
            "kubernetes",
            vec![
                ("--array", args.array.is_some()),
                ("--partition", args.partition.is_some()),
                ("--time", args.time.is_some()),
                ("--engine-option", !args.engine_option.is_empty()),
                ("--before", args.before.is_some()),
                ("--program", args.program.is_some()),
                ("--logs", args.logs.is_some()),
            ],
        ),
    };
    match others.iter().find(|(_, given)| *given) {
        None => Ok(()),
        Some(("--array", _)) => Err(Failure::usage(
            "--array means nothing to --engine kubernetes: an Indexed Job has all numbers",
            "submit all of them, what is done ends at once; or plan the rest with 'zarrio plan --pending'",
        )),
        Some((name, _)) => Err(Failure::usage(
            format!("{name} means nothing to --engine {engine}"),
            "leave it out",
        )),
    }
}

/// The path of this program, for a shell.
fn this_program() -> Result<String, Failure> {
    let path = std::env::current_exe().map_err(|error| {
        let error = anyhow::Error::new(error).context("cannot tell where this program is");
        let hint = "give the command that starts it with --program".to_owned();
        Failure::new(Exit::Failed, error, Some(hint))
    })?;
    Ok(quoted(&path.to_string_lossy()))
}

/// The global options that shape what is done.
fn global(context: &Context) -> Result<Vec<String>, Failure> {
    let mut words = Vec::new();
    if let Some(file) = &context.config {
        let file = absolute(file)?.to_string_lossy().into_owned();
        words.extend(["--config".to_owned(), file]);
    }
    if let Some(directory) = &context.cache_dir {
        let directory = absolute(Path::new(directory))?
            .to_string_lossy()
            .into_owned();
        words.extend(["--cache-dir".to_owned(), directory]);
    }
    for option in &context.storage_options {
        words.extend(["--storage-option".to_owned(), option.clone()]);
    }
    Ok(words)
}

impl Work<'_> {
    /// The memory that a task is given.
    fn memory(&self) -> ByteSize {
        self.args.mem.unwrap_or_else(|| {
            let tasks = self.loaded.plan.tasks.iter();
            let thread = tasks.map(|task| task.memory).max().unwrap_or(0);
            let threads = thread.saturating_mul(self.args.cpus.into());
            let buffers = threads.saturating_add(threads / 3);
            let all = buffers.saturating_add(PROGRAM_MEMORY);
            ByteSize(all.checked_next_multiple_of(1 << 20).unwrap_or(all))
        })
    }

    /// About how many seconds the longest of what is submitted takes, where the plan tells.
    fn longest(&self) -> Option<u64> {
        let tasks = &self.loaded.plan.tasks;
        let seconds = |id: &u64| {
            let stripe = self.loaded.plan.stripe(*id, self.count);
            let stripe = tasks.get(stripe).unwrap_or_default().iter();
            stripe.map(|task| task.seconds).fold(0, u64::saturating_add)
        };
        let longest = self.ids.iter().map(seconds).max();
        longest.filter(|longest| *longest > 0)
    }

    /// The words by which a task is run, of the plan at a place.
    fn arguments(&self, plan: &str, number: &str) -> Vec<String> {
        let mut words: Vec<String> = [
            "run",
            plan,
            "--task-id",
            number,
            "--task-count",
            &self.count.to_string(),
            "--workers",
            "1",
            "--jobs",
            &self.args.cpus.to_string(),
            "--memory",
            &self.buffers(),
        ]
        .map(str::to_owned)
        .into();
        words.extend(self.settings.iter().cloned());
        words.extend(self.args.run_options.iter().cloned());
        words
    }

    /// The command of a task, as a shell has it.
    fn run_command(&self) -> String {
        let plan = self.loaded.file.to_string_lossy();
        let words = self.arguments(&plan, NUMBER);
        let words = words.iter().map(|word| match word.as_str() {
            NUMBER => NUMBER.to_owned(),
            word => quoted(word),
        });
        format!("{} {}", self.program, words.collect::<Vec<_>>().join(" "))
    }

    /// The command that looks at what was done.
    fn finalize_command(&self) -> String {
        format!(
            "{} finalize {} --task-count {} --jobs 1 --memory {}{}",
            self.program,
            quoted(&self.loaded.file.to_string_lossy()),
            self.count,
            self.buffers(),
            self.settings
                .iter()
                .map(|word| format!(" {}", quoted(word)))
                .collect::<String>(),
        )
    }

    /// What of the memory buffers may have, as a setting.
    fn buffers(&self) -> String {
        format!("{}MiB", ((self.memory().0 / 4 * 3) >> 20).max(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_tasks_are_not_taken_for_those_of_stripes() {
        assert!(is_ambiguous(true, None, MOST_TASKS + 1));
        assert!(!is_ambiguous(true, None, MOST_TASKS));
        assert!(!is_ambiguous(true, Some(1000), MOST_TASKS + 1));
        assert!(!is_ambiguous(false, None, MOST_TASKS + 1));
    }
}
