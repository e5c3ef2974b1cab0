//! What the commands do, with the libraries' help.

mod analyze;
mod append;
mod archive;
mod clean;
mod config;
mod convert;
mod create_template;
mod declare_gap;
mod digest;
mod expire;
mod extend;
mod finalize;
mod history;
mod info;
mod ingest;
mod inputs;
mod inspect_inputs;
mod log;
mod plan;
mod repair;
mod run;
mod source;
mod status;
mod submit;
mod tasks;
mod verify;
mod watched;
mod write_region;
mod writer;
mod writing;

use crate::args::Command;
use crate::context::Context;
use crate::failure::Failure;

/// Runs a command.
///
/// # Errors
/// Whatever keeps it from what it was asked for.
pub(crate) fn run(command: &Command, context: &Context) -> Result<(), Failure> {
    match command {
        Command::Convert(args) => convert::run(args, context),
        Command::CreateTemplate(args) => create_template::run(args, context),
        Command::WriteRegion(args) => write_region::run(args, context),
        Command::Append(args) => append::run(args, context),
        Command::Expire(args) => expire::run(args, context),
        Command::Extend(args) => extend::run(args, context),
        Command::Ingest(args) => ingest::run(args, context),
        Command::InspectInputs(args) => inspect_inputs::run(args, context),
        Command::Clean(args) => clean::run(args, context),
        Command::Plan(args) => plan::run(args, context),
        Command::Run(args) => run::run(args, context),
        Command::Submit(args) => submit::run(args, context),
        Command::Finalize(args) => finalize::run(args, context),
        Command::Status(args) => status::run(args, context).map_err(Failure::of_reading),
        Command::Log(args) => log::run(args, context).map_err(Failure::of_reading),
        Command::DeclareGap(args) => declare_gap::run(args, context),
        Command::Info(args) => info::run(args, context).map_err(Failure::of_reading),
        Command::Analyze(args) => analyze::run(args, context),
        Command::Verify(args) => verify::run(args, context).map_err(Failure::of_reading),
        Command::Digest(args) => digest::run(args, context).map_err(Failure::of_reading),
        Command::Repair(args) => repair::run(args, context),
        Command::Config(args) => config::run(args, context),
    }
}
