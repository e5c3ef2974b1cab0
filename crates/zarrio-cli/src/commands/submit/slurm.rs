//! Array jobs of Slurm.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use zarrio_region::format_ids;

use super::Work;
use super::shell::quoted;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output;
use crate::render::figures::{self, count};

/// A script and what comes before it.
struct Script {
    name: &'static str,
    text: String,
}

/// Writes the scripts and submits them, or prints them.
///
/// # Errors
/// When Slurm does not take them.
pub(super) fn submit(work: &Work<'_>, context: &Context) -> Result<(), Failure> {
    let before = work.args.before.as_ref().map(|command| Script {
        name: "before.sh",
        text: header(work, "before-%j", &[], command),
    });
    let (tasks, finalize) = (tasks(work), finalize(work));
    if work.args.dry_run {
        let scripts = before.iter().chain([&tasks, &finalize]);
        let shown = scripts.map(|script| {
            let file = work.directory.join(script.name);
            format!("# {}\n{}", file.display(), script.text)
        });
        return output::print(&shown.collect::<Vec<_>>().join("\n"));
    }
    let directory = &work.directory;
    fs::create_dir_all(directory).map_err(|error| written(directory, error))?;
    let first = match &before {
        Some(script) => Some(sbatch(directory, script, None)?),
        None => None,
    };
    let after = first.as_ref().map(|job| format!("afterok:{job}"));
    let array = sbatch(directory, &tasks, after)?;
    // Whatever becomes of the tasks: what is not done is found out by it.
    let last = sbatch(directory, &finalize, Some(format!("afterany:{array}")));
    let last = last.map_err(|mut failure| {
        if let Some(problem) = failure.problems.first_mut() {
            problem.hint = Some(format!("the tasks are submitted, as job {array}"));
        }
        failure
    })?;
    let mut jobs = format!("{} as job {array}", count(work.ids.len() as u64, "task"));
    if let Some(first) = &first {
        jobs.push_str(&format!(", after job {first}"));
    }
    output::print(&format!("{array}\n"))?;
    let (archive, directory) = (work.loaded.archive_name(), directory.display());
    let time = match work.longest() {
        Some(longest) if work.args.time.is_none() => format!(
            "\n  time:   that of the site, since there is no --time; a task takes up to about {}",
            figures::about(longest)
        ),
        _ => String::new(),
    };
    context.talk.result(&format!(
        "submitted {jobs}; job {last} says at the end what is done\n  \
         watch:  squeue --jobs {array},{last}\n          zarrio status {archive} --watch\n  \
         logs:   {directory}/{array}_*.log\n  \
         report: {directory}/finalize-{last}.log{time}",
    ));
    Ok(())
}

/// The script of the tasks.
fn tasks(work: &Work<'_>) -> Script {
    let mut array = format!("--array={}", format_ids(work.ids.iter().copied()));
    if let Some(limit) = work.args.array_limit {
        array.push_str(&format!("%{limit}"));
    }
    let mut options = vec![
        array,
        format!("--cpus-per-task={}", work.args.cpus),
        // Slurm's M is a MiB.
        format!("--mem={}M", work.memory().0.div_ceil(1 << 20)),
        "--requeue".to_owned(),
        "--open-mode=append".to_owned(),
    ];
    options.extend(work.args.time.iter().map(|time| format!("--time={time}")));
    let command = work.run_command();
    let body = format!(
        "{command}
code=$?
# What is temporary, or was killed, is queued again, which keeps what waits for it waiting.
if [ \"$code\" -eq 75 ] || [ \"$code\" -gt 128 ]; then
    if [ \"${{SLURM_RESTART_COUNT:-0}}\" -lt 3 ]; then
        scontrol requeue \"${{SLURM_ARRAY_JOB_ID}}_$SLURM_ARRAY_TASK_ID\" && sleep 60
    fi
fi
exit $code"
    );
    Script {
        name: "tasks.sh",
        text: header(work, "%A_%a", &options, &body),
    }
}

/// The script of the end.
fn finalize(work: &Work<'_>) -> Script {
    let options = [format!("--mem={}M", work.memory().0.div_ceil(1 << 20))];
    Script {
        name: "finalize.sh",
        text: header(work, "finalize-%j", &options, &work.finalize_command()),
    }
}

/// A whole script, with what all of them ask for.
fn header(work: &Work<'_>, log: &str, options: &[String], body: &str) -> String {
    let mut all = vec![
        "--job-name=zarrio".to_owned(),
        format!("--output={}/{log}.log", work.directory.display()),
    ];
    let partition = work.args.partition.iter();
    all.extend(partition.map(|name| format!("--partition={name}")));
    all.extend(options.iter().cloned());
    all.extend(work.args.engine_option.iter().cloned());
    let lines = all.iter().map(|option| match option.split_once('=') {
        Some((name, value)) => format!("#SBATCH {name}={}\n", quoted(value)),
        None => format!("#SBATCH {option}\n"),
    });
    format!("#!/bin/sh\n{}\n{body}\n", lines.collect::<String>())
}

/// Writes a script and submits it; gives the number of the job.
fn sbatch(directory: &Path, script: &Script, after: Option<String>) -> Result<String, Failure> {
    let file: PathBuf = directory.join(script.name);
    let put = || {
        fs::write(&file, &script.text)?;
        fs::set_permissions(&file, fs::Permissions::from_mode(0o700))
    };
    put().map_err(|error| written(&file, error))?;
    let mut command = Command::new("sbatch");
    command.arg("--parsable");
    if let Some(after) = after {
        // What waits for something that failed would wait for ever.
        command.args([
            &format!("--dependency={after}"),
            "--kill-on-invalid-dep=yes",
        ]);
    }
    let output = command.arg(&file).output().map_err(|error| {
        let (what, hint) = match error.kind() {
            io::ErrorKind::NotFound => (
                "there is no sbatch here",
                "run this where jobs are submitted to Slurm, or see the scripts with --dry-run",
            ),
            _ => ("sbatch cannot be started", "see the scripts with --dry-run"),
        };
        let error = anyhow::Error::new(error).context(what);
        Failure::new(Exit::Failed, error, Some(hint.into()))
    })?;
    let said = String::from_utf8_lossy(&output.stdout);
    // The number may have the name of the cluster behind it.
    let job = said.trim().split(';').next().unwrap_or_default();
    if output.status.success() && !job.is_empty() {
        return Ok(job.to_owned());
    }
    let complaint = String::from_utf8_lossy(&output.stderr);
    let message = format!(
        "Slurm does not take {}: {}",
        file.display(),
        complaint.trim()
    );
    Err(Failure::new(
        Exit::Failed,
        anyhow::Error::msg(message),
        Some("see the script, or give other options".into()),
    ))
}

fn written(file: &Path, error: io::Error) -> Failure {
    let what = format!("cannot write {}", file.display());
    let hint = "give another directory with --logs".to_owned();
    let error = anyhow::Error::new(error).context(what);
    Failure::new(Exit::Failed, error, Some(hint))
}
