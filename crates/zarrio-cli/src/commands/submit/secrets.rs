//! What must not stand in scripts and manifests.

use zarrio_model::config::StorageOptions;

use crate::args::{Engine, SubmitArgs};
use crate::context::Context;
use crate::failure::Failure;

const OPTION: &str = "--storage-option";

/// Refuses options of object stores that may be secrets: they would be written where others can
/// read them, and every engine has a better way.
///
/// # Errors
/// When there is one.
pub(super) fn check(args: &SubmitArgs, context: &Context) -> Result<(), Failure> {
    let mut options: Vec<&str> = context.storage_options.iter().map(String::as_str).collect();
    let mut words = args.run_options.iter();
    while let Some(word) = words.next() {
        match word.strip_prefix(OPTION) {
            Some("") => options.extend(words.next().map(String::as_str)),
            Some(rest) => options.extend(rest.strip_prefix('=')),
            None => {}
        }
    }
    let names = options.iter().filter_map(|option| option.split_once('='));
    let Some((name, _)) = { names }.find(|(name, _)| !StorageOptions::is_open(name)) else {
        return Ok(());
    };
    let hint = match args.engine {
        Engine::Slurm => {
            "put it into the environment, as AWS_SECRET_ACCESS_KEY for example: Slurm gives that to the tasks"
        }
        Engine::Kubernetes => {
            "put it into a secret of the cluster, as AWS_SECRET_ACCESS_KEY for example, and name that with --secret"
        }
    };
    Err(Failure::usage(
        format!("{OPTION} {name}: it may be a secret, and would stand in what is submitted"),
        hint,
    ))
}
