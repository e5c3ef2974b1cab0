//! `zarrio config`.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write as _};
use std::path::Path;

use zarrio_model::config::{Config, ShownSetting};

use crate::args::{ConfigArgs, ConfigCommand, InitArgs};
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output;
use crate::settings::{self, Flags};

/// Comments with origins begin here at the latest.
const COMMENT_COLUMN: usize = 44;

pub(crate) fn run(args: &ConfigArgs, context: &Context) -> Result<(), Failure> {
    match &args.command {
        ConfigCommand::Show => {
            let resolved = settings::load(context, Flags::default())?;
            output::print(&table(&resolved.show()))
        }
        ConfigCommand::Init(args) => init(args, context),
    }
}

/// TOML that gives the same configuration, with the origin of each value behind it.
fn table(settings: &[ShownSetting]) -> String {
    let mut text = String::new();
    let widest = settings
        .iter()
        .map(|s| line(s).chars().count())
        .filter(|n| *n < COMMENT_COLUMN);
    let column = widest.max().unwrap_or(0);
    let mut section = "";
    // In TOML, what belongs to no table stands before the first one.
    let (inner, top): (Vec<_>, Vec<_>) = settings.iter().partition(|s| s.key.contains('.'));
    for setting in top.into_iter().chain(inner) {
        let head = setting.key.split_once('.').map_or("", |(head, _)| head);
        if head != section {
            text.push_str(&format!("\n[{head}]\n"));
            section = head;
        }
        let line = line(setting);
        text.push_str(&match setting.value {
            Some(_) => format!("{line:column$}  # {}\n", setting.origin),
            None => format!("{line}\n"),
        });
    }
    text
}

fn line(setting: &ShownSetting) -> String {
    let name = setting
        .key
        .split_once('.')
        .map_or(setting.key.as_str(), |(_, name)| name);
    match &setting.value {
        Some(value) => format!("{name} = {value}"),
        None => format!("# {name} is not set"),
    }
}

fn init(args: &InitArgs, context: &Context) -> Result<(), Failure> {
    if args.file == Path::new("-") {
        return output::print(Config::default_toml());
    }
    let file = args.file.display();
    let mut options = OpenOptions::new();
    let written = options
        .write(true)
        .create_new(true)
        .open(&args.file)
        .and_then(|mut file| file.write_all(Config::default_toml().as_bytes()));
    written.map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => Failure::usage(
            format!("{file} exists already"),
            "give another name, or remove the file first",
        ),
        _ => {
            let error = anyhow::Error::new(error).context(format!("cannot write {file}"));
            Failure::new(Exit::Failed, error, None)
        }
    })?;
    context
        .talk
        .result(&format!("wrote {file}; use it with --config {file}"));
    Ok(())
}
