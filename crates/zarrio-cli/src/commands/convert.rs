//! `zarrio convert`.

mod report;
mod usage;

use zarrio_region::Converter;

use super::{expire, history, inputs, source, writer, writing};
use crate::args::ConvertArgs;
use crate::context::Context;
use crate::failure::Failure;
use crate::place::Place;
use crate::settings::{self, Flags};
use crate::{output, render};

pub(crate) fn run(args: &ConvertArgs, context: &Context) -> Result<(), Failure> {
    let config = settings::load_available(context, Flags::convert(args))?.config;
    let (input, target) = (inputs::one(&args.input)?, Place::parse(&args.output)?);
    target.check_output()?;
    target.check_apart(&Place::parse_input(&args.input)?)?;
    target.check_alone(&config)?;
    let history = history::line("convert", std::slice::from_ref(&input), &target)?;

    let source = source::open(&input, &config)?;
    let converter = Converter::new(config.clone())
        .history(history)
        .writer(writer::name());
    if args.dry_run {
        let plan = converter.plan(&*source)?;
        let store = target.read(&config)?;
        if converter.check_output(&plan, &*source, &*store)? {
            writing::note_done(&target, context);
        }
        return if args.json {
            output::print_json(&plan)
        } else {
            output::print(&render::plan(&args.input, &args.output, &plan))?;
            plan.notes.iter().for_each(|note| context.talk.note(note));
            Ok(())
        };
    }
    tracing::info!(target: "zarrio", input = %args.input, output = %args.output, "converting");
    let (report, requests) =
        writing::run(converter, &target, &config, context, |converter, store| {
            converter.convert(&*source, store)
        })?;
    report::tell(args, &config, &report, requests, context);
    expire::after_write(&target, &config, context);
    if args.json {
        output::print_json(&report::Json::new(args, &config, &report, requests))
    } else {
        Ok(())
    }
}
