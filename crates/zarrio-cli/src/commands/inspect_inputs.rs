//! `zarrio inspect-inputs`.

use serde::Serialize;
use zarrio_region::{DriftInspector, DriftReport, RegionError, TemplateBuilder, TemplateOptions};

use super::{inputs, source};
use crate::args::InspectInputsArgs;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::settings::{self, Flags};
use crate::{diagnostics, output, render};

/// The report of `--json`.
#[derive(Debug, Serialize)]
struct Json<'a> {
    agrees: bool,
    #[serde(flatten)]
    report: &'a DriftReport,
    /// Files that cannot be read, and why.
    unreadable: Vec<Unreadable>,
}

#[derive(Debug, Serialize)]
struct Unreadable {
    file: String,
    messages: Vec<String>,
}

pub(crate) fn run(args: &InspectInputsArgs, context: &Context) -> Result<(), Failure> {
    let config = settings::load_available(context, Flags::inspect_inputs(args))?.config;
    let files = inputs::expand(&args.files, &config)?;
    let mut readable = files.iter();
    let mut unreadable: Vec<(String, Failure)> = Vec::new();
    // The first that can be read is what the others are held against.
    let first = loop {
        let Some(file) = readable.next() else {
            return Err(unreadable.pop().map_or_else(
                || Failure::usage("there is no file", "name one"),
                |(_, f)| f,
            ));
        };
        match source::open(file, &config) {
            Ok(source) => break source,
            Err(failure) => unreadable.push((file.display().to_string(), failure)),
        }
    };
    for (_, failure) in &unreadable {
        context.talk.failure(failure);
    }
    let builder = TemplateBuilder::new(&*first, &config, TemplateOptions::default());
    let builder = builder.map_err(|error| {
        Failure::from(error).of_file(&first.identity().path, "held against others")
    })?;
    let mut inspector = DriftInspector::new(builder, &*first);
    for file in readable {
        let looked = source::open(file, &config).and_then(|source| {
            inspector
                .add(&*source)
                .map_err(|error: RegionError| Failure::from(error))
        });
        if let Err(failure) = looked {
            context.talk.failure(&failure);
            unreadable.push((file.display().to_string(), failure));
        }
    }
    let report = inspector.finish()?;
    if args.json {
        let unreadable = unreadable.iter().map(|(file, failure)| Unreadable {
            file: file.clone(),
            messages: failure
                .problems
                .iter()
                .flat_map(diagnostics::messages)
                .collect(),
        });
        output::print_json(&Json {
            agrees: report.agrees(),
            report: &report,
            unreadable: unreadable.collect(),
        })?;
    } else {
        output::print(&render::drift(&report))?;
    }
    end(&report, unreadable.len(), files.len())
}

fn end(report: &DriftReport, unreadable: usize, files: usize) -> Result<(), Failure> {
    let failure = |exit, message: String, hint: &str| {
        Err(Failure::new(
            exit,
            anyhow::Error::msg(message),
            Some(hint.to_owned()),
        ))
    };
    if unreadable > 0 {
        return failure(
            Exit::Input,
            format!("{unreadable} of {files} files cannot be read"),
            "fetch them again, or leave them out",
        );
    }
    if !report.lost.is_empty() {
        return failure(
            Exit::Mismatch,
            "labels are lost, so that nobody can tell where what they label belongs".into(),
            "'zarrio repair' with the name of that archive and --dry-run says whether a file has them; where none has, write the archive again, or leave it out",
        );
    }
    if report.differences.is_empty() && !report.agrees() {
        return failure(
            Exit::Mismatch,
            "labels occur more than once, so that files would be written over each other or refused".into(),
            "leave out files whose times others have; of one that has a label twice, write-region takes the first with --on-duplicate first",
        );
    }
    if !report.agrees() {
        return failure(
            Exit::Mismatch,
            "the files cannot all be parts of one archive as they are".into(),
            "leave out what differs with --drop-variables, or the files that differ",
        );
    }
    Ok(())
}
