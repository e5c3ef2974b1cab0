//! The number of a task, given or taken from the engine that started this process.

use crate::env;
use crate::failure::Failure;

/// The variables in which engines tell the number, and the first of their numbers.
const ENGINES: [(&str, &str, u64); 10] = [
    ("SLURM_ARRAY_TASK_ID", "Slurm", 0),
    ("PBS_ARRAY_INDEX", "PBS", 0),
    ("PBS_ARRAYID", "Torque", 0),
    ("LSB_JOBINDEX", "LSF", 1),
    ("SGE_TASK_ID", "Grid Engine", 1),
    ("JOB_COMPLETION_INDEX", "Kubernetes", 0),
    ("AWS_BATCH_JOB_ARRAY_INDEX", "AWS Batch", 0),
    ("BATCH_TASK_INDEX", "Google Batch", 0),
    ("CLOUD_RUN_TASK_INDEX", "Cloud Run", 0),
    ("PARALLEL_SEQ", "GNU parallel", 1),
];

/// The number that a text means: itself, `env:NAME`, or `auto`.
///
/// # Errors
/// When it means none.
pub(super) fn of(text: &str) -> Result<u64, Failure> {
    number(text, &env::read)
}

fn number(text: &str, read: &dyn Fn(&str) -> Option<String>) -> Result<u64, Failure> {
    match text.split_once(':') {
        None if text == "auto" => automatic(read),
        Some(("env", name)) if !name.is_empty() => {
            let value = read(name).ok_or_else(|| {
                Failure::usage(
                    format!("--task-id {text}: there is no variable {name}"),
                    "it is set where an engine has started the command",
                )
            })?;
            parse(&value).ok_or_else(|| {
                Failure::usage(
                    format!("--task-id {text}: {name} is {value:?}, which is no number of a task"),
                    "tasks are numbered from 0",
                )
            })
        }
        _ => parse(text).ok_or_else(|| {
            Failure::usage(
                format!("--task-id {text}: that is no number of a task"),
                "write a number from 0 on, env:NAME for that in a variable, or auto",
            )
        }),
    }
}

/// The number of the only engine that tells one.
fn automatic(read: &dyn Fn(&str) -> Option<String>) -> Result<u64, Failure> {
    let mut told = Vec::new();
    for (name, engine, first) in ENGINES {
        // Outside of arrays LSF says 0 and Grid Engine "undefined".
        let value = read(name).and_then(|value| parse(&value)?.checked_sub(first));
        told.extend(value.map(|value| (name, engine, value)));
    }
    match told.as_slice() {
        [(_, _, value)] => Ok(*value),
        [] => Err(Failure::usage(
            "--task-id auto: no engine tells the number of a task",
            format!(
                "give the number, or the variable that has it as env:NAME; known are {}",
                ENGINES.map(|(name, ..)| name).join(", ")
            ),
        )),
        several => {
            let names: Vec<String> = several
                .iter()
                .map(|(name, engine, _)| format!("{name} of {engine}"))
                .collect();
            Err(Failure::usage(
                format!(
                    "--task-id auto: several engines tell a number: {}",
                    names.join(", ")
                ),
                "name the one that is meant, as in --task-id env:SLURM_ARRAY_TASK_ID",
            ))
        }
    }
}

fn parse(text: &str) -> Option<u64> {
    let text = text.trim();
    // A sign is no digit.
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, environment: &[(&str, &str)], expected: Option<u64>) {
        let read = |name: &str| {
            let mut known = environment.iter();
            let found = known.find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        assert_eq!(number(text, &read).ok(), expected, "{text} {environment:?}");
    }

    #[test]
    fn numbers() {
        check("7", &[], Some(7));
        check("env:N", &[("N", " 3 ")], Some(3));
        for wrong in ["", "-1", "+1", "x", "env:", "env:N", "Auto", "1.0"] {
            check(wrong, &[], None);
        }
        check("env:N", &[("N", "many")], None);
    }

    #[test]
    fn engines_tell_the_number_and_where_they_begin() {
        check("auto", &[("SLURM_ARRAY_TASK_ID", "4")], Some(4));
        check("auto", &[("JOB_COMPLETION_INDEX", "0")], Some(0));
        check("auto", &[("LSB_JOBINDEX", "1")], Some(0));
        check("auto", &[("SGE_TASK_ID", "3")], Some(2));
        check("auto", &[("PARALLEL_SEQ", "1")], Some(0));
        // Not in an array.
        check("auto", &[("LSB_JOBINDEX", "0")], None);
        check("auto", &[("SGE_TASK_ID", "undefined")], None);
        check("auto", &[], None);
        let nested = [("SLURM_ARRAY_TASK_ID", "4"), ("PARALLEL_SEQ", "1")];
        check("auto", &nested, None);
        check("env:PARALLEL_SEQ", &nested, Some(1));
    }
}
