//! `zarrio analyze`.

mod advice;
mod ask;
mod packing;

use std::fs::OpenOptions;
use std::io::{ErrorKind, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use zarrio_model::config::Config;
use zarrio_model::{NodePath, Source};
use zarrio_region::{Analysis, Analyzer, CancelToken, Measured, Trial, ZarrSource, measure};
use zarrio_store::{FilesystemStore, FsyncMode};

use self::advice::Advice;
use super::{inputs, source};
use crate::args::{AnalyzeArgs, ProgressMode};
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::settings::{self, Flags};
use crate::signals::Watch;
use crate::{location, output, render};

/// Seconds for measurements.
const BUDGET: u32 = 20;

/// Everything, for programs.
#[derive(Debug, Serialize)]
struct Json<'a> {
    #[serde(flatten)]
    analysis: &'a Analysis,
    predictions: Option<Vec<render::Prediction>>,
    measured: Option<&'a Measured>,
    recommended: &'a Advice,
}

pub(crate) fn run(args: &AnalyzeArgs, context: &Context) -> Result<(), Failure> {
    let config = settings::load(context, Flags::analyze(args))?.config;
    if args.interactive {
        ask::check_terminal()?;
    }
    if let Some(file) = &args.output {
        check_new(file)?;
    }
    let files = inputs::expand(&args.inputs, &config)?;
    let Some((first, others)) = files.split_first() else {
        return Err(Failure::usage("there is no input", "name a NetCDF file"));
    };
    let source = open(first, &config)?;
    let mut analyzer = Analyzer::new(&*source, &config)?;
    analyzer.sample(&*source);
    for (i, file) in others.iter().enumerate() {
        // Closed again before the next one is opened.
        let source = open(file, &config)?;
        analyzer.add(&*source)?;
        // Beside the first file one in the middle and the last.
        if [others.len() / 2, others.len()].contains(&(i + 1)) {
            analyzer.sample(&*source);
        }
        source.check_unchanged()?;
    }
    let analysis = analyzer.finish()?;
    let measured = if args.run_tests {
        let seconds = args.budget.unwrap_or(BUDGET);
        tried(&*source, &config, seconds, context)?
    } else {
        None
    };
    source.check_unchanged()?;

    let mut advice = Advice::new(&config, &analysis, measured.as_ref());
    let name = report_name(&files);
    if args.json {
        output::print_json(&Json {
            analysis: &analysis,
            predictions: args.test_performance.then(|| render::predict(&analysis)),
            measured: measured.as_ref(),
            recommended: &advice,
        })?;
    } else {
        let mut text = render::analysis(&name, &analysis, &config);
        if args.test_performance {
            text.push_str(&render::predictions(&analysis));
        }
        if let Some(measured) = &measured {
            text.push_str(&render::trials(measured));
        }
        output::print(&text)?;
        analysis
            .notes
            .iter()
            .for_each(|note| context.talk.note(note));
        if args.run_tests && measured.is_none() {
            context
                .talk
                .note("there are no values to try codecs and chunks on");
        }
    }
    let mut file = args.output.clone();
    if args.interactive {
        file = ask::all(&mut advice, &analysis, &config, file)?;
    }
    match file {
        Some(file) => write(&file, &advice.toml(&name, &analysis, &config)?, context),
        None => Ok(()),
    }
}

/// A directory is a Zarr archive, anything else a NetCDF file.
fn open(path: &Path, config: &Config) -> Result<Box<dyn Source>, Failure> {
    if path.is_dir() {
        let store = Arc::new(FilesystemStore::open(path, FsyncMode::Never)?);
        return Ok(Box::new(ZarrSource::open(store, &NodePath::root())?));
    }
    source::open(path, config)
}

fn report_name(files: &[PathBuf]) -> String {
    let first = files
        .first()
        .map(|file| location::name(file))
        .unwrap_or_default();
    match files.len() {
        0 | 1 => first,
        all => format!("{first}, the first of {all} files"),
    }
}

/// Measures in a directory that is gone in the end.
fn tried(
    source: &dyn Source,
    config: &Config,
    seconds: u32,
    context: &Context,
) -> Result<Option<Measured>, Failure> {
    let directory = tempfile::Builder::new().prefix("zarrio-analyze-").tempdir();
    let directory = directory.map_err(|error| {
        let error = anyhow::Error::new(error).context("cannot make a directory for small archives");
        let hint = "set TMPDIR to a directory that can be written, or leave out --run-tests";
        Failure::new(Exit::Failed, error, Some(hint.into()))
    })?;
    let terminal = std::io::stderr().is_terminal() && context.progress == ProgressMode::Auto;
    let told = terminal || context.progress == ProgressMode::Always;
    let progress = |trial: Trial<'_>| {
        tracing::debug!(target: "zarrio", name = trial.name, "trying");
        if told {
            let Trial { name, done, of } = trial;
            context
                .talk
                .result(&format!("trying {name} ({} of {of})", done + 1));
        }
    };
    let budget = Duration::from_secs(seconds.into());
    let token = CancelToken::default();
    let watch = Watch::start(context, &token)?;
    let measured = measure(source, config, directory.path(), budget, &token, &progress);
    match measured {
        Err(_) if token.is_cancelled() => {
            let error = anyhow::Error::msg("stopped before all was tried");
            Err(Failure::new(watch.exit(), error, None))
        }
        measured => Ok(measured?),
    }
}

fn check_new(file: &Path) -> Result<(), Failure> {
    if file.symlink_metadata().is_ok() {
        return Err(exists(file));
    }
    let known = file
        .extension()
        .is_some_and(|e| e.eq_ignore_ascii_case("toml"));
    if known {
        return Ok(());
    }
    Err(Failure::usage(
        format!("{}: a configuration is written as TOML", file.display()),
        "give a name that ends in .toml",
    ))
}

fn exists(file: &Path) -> Failure {
    Failure::usage(
        format!("{} exists already", file.display()),
        "give another name, or remove the file first",
    )
}

fn write(file: &Path, text: &str, context: &Context) -> Result<(), Failure> {
    let mut options = OpenOptions::new();
    let created = options.write(true).create_new(true).open(file);
    let written = created.and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => exists(file),
        _ => {
            let what = format!("cannot write {}", file.display());
            Failure::new(Exit::Failed, anyhow::Error::new(error).context(what), None)
        }
    })?;
    let file = file.display();
    context
        .talk
        .result(&format!("wrote {file}; use it with --config {file}"));
    Ok(())
}
