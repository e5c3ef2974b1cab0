//! The command-line program of zarrio: arguments, settings, progress, output and exit codes.
//!
//! Everything that the program does, it does through the library crates; here is only what a
//! process has and a library must not have: the command line, the environment, standard
//! output and error, signals, and the log. [`main`] is the whole interface. Programs that
//! want the conversion itself use `zarrio_region::Converter`.
//!
//! ```no_run
//! fn main() -> std::process::ExitCode {
//!     zarrio_cli::main()
//! }
//! ```

mod args;
mod commands;
mod context;
mod diagnostics;
mod env;
mod exit;
mod failure;
mod location;
mod logging;
mod output;
mod panics;
mod place;
mod progress;
mod render;
mod settings;
mod signals;
mod threads;
mod usage;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

use clap::{CommandFactory as _, Parser as _};

use args::Args;
use context::Context;
use exit::Exit;

/// Runs the program with the arguments and the environment of this process.
#[must_use]
pub fn main() -> ExitCode {
    panics::install_hook();
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(error) => return usage::end(&error).into(),
    };
    // The hook has said what happened.
    let run = AssertUnwindSafe(|| run(&args));
    catch_unwind(run).unwrap_or(Exit::Failed).into()
}

fn run(args: &Args) -> Exit {
    let context = Context::new(&args.global);
    let done = logging::start(context.verbose, &context.talk).and_then(|()| {
        threads::keep_few();
        commands::run(&args.command, &context)
    });
    match done {
        Ok(()) => Exit::Done,
        Err(failure) => {
            context.talk.failure(&failure);
            failure.exit
        }
    }
}

/// The definition of the command line, for documentation and tests.
#[must_use]
pub fn command() -> clap::Command {
    Args::command()
}
