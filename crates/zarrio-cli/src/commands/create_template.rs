//! `zarrio create-template`.

mod report;

use std::path::{Path, PathBuf};

use zarrio_model::config::Config;
use zarrio_region::{Converter, MAX_OBJECTS, TemplateBuilder, TemplateOptions};

use super::{history, inputs, source, writer, writing};
use crate::args::CreateTemplateArgs;
use crate::context::Context;
use crate::failure::Failure;
use crate::place::Place;
use crate::settings::{self, Flags};
use crate::{output, render};

pub(crate) fn run(args: &CreateTemplateArgs, context: &Context) -> Result<(), Failure> {
    let config = settings::load_available(context, Flags::create_template(args))?.config;
    let (templates, name) = split(args)?;
    Place::parse(&name)?.check_output()?;
    let files = inputs::expand(&templates, &config)?;
    make(args, &config, &files, &name, args.json, context)
}

/// Makes the template that files have in common.
pub(super) fn make(
    args: &CreateTemplateArgs,
    config: &Config,
    files: &[PathBuf],
    name: &str,
    json: bool,
    context: &Context,
) -> Result<(), Failure> {
    let target = Place::parse(name)?;
    target.check_alone(config)?;
    let options = options(args)?;
    let history = history::line("create-template", files, &target)?;
    let (first, others) = first_of(files)?;

    tracing::debug!(target: "zarrio", files = files.len(), "reading templates");
    let source = source::open(first, config)?;
    let mut builder = TemplateBuilder::new(&*source, config, options)?;
    for file in others {
        // Closed again before the next one is opened.
        builder.add(&*source::open(file, config)?)?;
    }
    let template = builder.build()?;
    let converter = Converter::new(config.clone())
        .history(history)
        .writer(writer::name());
    let input = report::inputs(files);
    let plan = converter.plan_template(&template)?;
    if args.dry_run {
        let store = target.read(config)?;
        if converter.check_output(&plan.archive, &template, &*store)? {
            writing::note_done(&target, context);
        }
        return if json {
            output::print_json(&plan)
        } else {
            output::print(&render::template(&input, name, &plan))?;
            let notes = &plan.archive.notes;
            notes.iter().for_each(|note| context.talk.note(note));
            Ok(())
        };
    }
    tracing::info!(target: "zarrio", %input, output = name, "creating a template");
    let (report, requests) =
        writing::run(converter, &target, config, context, |converter, store| {
            converter.create_template(&template, store)
        })?;
    source.check_unchanged()?;
    report::tell(&input, name, config, &plan, &report, requests, context);
    if json {
        output::print_json(&report::Json::new(
            &input, name, config, &plan, &report, requests,
        ))
    } else {
        Ok(())
    }
}

/// The templates and the output.
fn split(args: &CreateTemplateArgs) -> Result<(Vec<String>, String), Failure> {
    let mut templates = args.paths.clone();
    let output = templates.pop();
    templates.extend_from_slice(&args.from_files);
    match output {
        Some(output) if !templates.is_empty() => Ok((templates, output)),
        _ => Err(Failure::usage(
            "an output is missing: the last path is the archive, and the others are its templates",
            "write zarrio create-template TEMPLATE OUTPUT",
        )),
    }
}

fn first_of(files: &[PathBuf]) -> Result<(&Path, &[PathBuf]), Failure> {
    match files {
        [first, others @ ..] => Ok((first, others)),
        [] => Err(Failure::usage("there is no template", "name a NetCDF file")),
    }
}

fn options(args: &CreateTemplateArgs) -> Result<TemplateOptions, Failure> {
    let pair = |text: &String| {
        let (name, value) = text.split_once('=').filter(|(name, _)| !name.is_empty())?;
        Some((name.to_owned(), value.to_owned()))
    };
    let mut fill = Vec::new();
    for text in &args.template.fill {
        fill.push(pair(text).ok_or_else(|| {
            Failure::usage(
                format!("--fill: {text:?} is not of the form NAME=VALUE"),
                "write for example --fill quality=-1",
            )
        })?);
    }
    Ok(TemplateOptions {
        fill,
        compute: args.compute,
        max_objects: args.template.max_objects.unwrap_or(MAX_OBJECTS),
    })
}
