//! `zarrio submit`.

mod shell;
mod slurm;

use std::path::PathBuf;

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
    settings: String,
    /// Where scripts and logs go, absolute.
    directory: PathBuf,
}

pub(crate) fn run(args: &SubmitArgs, context: &Context) -> Result<(), Failure> {
    let loaded = Loaded::read(&args.plan)?;
    let tasks = loaded.plan.tasks.len() as u64;
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
        None => loaded.file.with_extension(match args.engine {
            Engine::Slurm => "slurm",
        }),
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
fn global(context: &Context) -> Result<String, Failure> {
    let mut text = String::new();
    if let Some(file) = &context.config {
        let file = absolute(file)?;
        text.push_str(&format!(" --config {}", quoted(&file.to_string_lossy())));
    }
    for option in &context.storage_options {
        text.push_str(&format!(" --storage-option {}", quoted(option)));
    }
    Ok(text)
}

impl Work<'_> {
    /// The memory that a task is given.
    fn memory(&self) -> ByteSize {
        self.args.mem.unwrap_or_else(|| {
            let tasks = self.loaded.plan.tasks.iter();
            let thread = tasks.map(|task| task.memory).max().unwrap_or(0);
            let threads = thread.saturating_mul(self.args.cpus.into());
            let buffers = threads.saturating_add(threads / 3);
            ByteSize(
                buffers
                    .saturating_add(PROGRAM_MEMORY)
                    .next_multiple_of(1 << 20),
            )
        })
    }

    /// The command of a task whose number `number` says, as a shell has it.
    fn run_command(&self, number: &str) -> String {
        let mut command = format!(
            "{} run {} --task-id {number} --task-count {} --workers 1 --jobs {} --memory {}{}",
            self.program,
            quoted(&self.loaded.file.to_string_lossy()),
            self.count,
            self.args.cpus,
            self.buffers(),
            self.settings,
        );
        for option in &self.args.run_options {
            command.push(' ');
            command.push_str(&quoted(option));
        }
        command
    }

    /// The command that looks at what was done.
    fn finalize_command(&self) -> String {
        format!(
            "{} finalize {} --task-count {} --jobs 1 --memory {}{}",
            self.program,
            quoted(&self.loaded.file.to_string_lossy()),
            self.count,
            self.buffers(),
            self.settings,
        )
    }

    /// What of the memory buffers may have, as a setting.
    fn buffers(&self) -> String {
        format!("{}MiB", ((self.memory().0 / 4 * 3) >> 20).max(1))
    }
}
