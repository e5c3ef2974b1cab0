//! `zarrio write-region`.

mod expected;
mod job;
mod outcome;
mod overlap;
mod place;
mod report;
mod summary;

use std::collections::HashMap;
use std::time::Instant;

use zarrio_model::config::Config;
use zarrio_region::{CancelToken, MatchOptions, OnDuplicate, OnUnmatched, WriteRules};

pub(super) use self::expected::differences;
pub(super) use self::job::Job;
use crate::args::{Duplicate, PlaceArgs, RuleArgs, Unmatched, WriteRegionArgs};
use crate::context::Context;
use crate::failure::Failure;
use crate::place::Place;
use crate::settings::{self, Flags};

use super::{archive, expire, inputs};

pub(crate) fn run(args: &WriteRegionArgs, context: &Context) -> Result<(), Failure> {
    let begun = Instant::now();
    let config = settings::load_available(context, Flags::write_region(args))?.config;
    let target = Place::parse(&args.archive)?;
    let files = inputs::expand(&args.files, &config)?;
    let token = CancelToken::default();
    archive::check_last(&target)?;
    let archive = archive::write(&target, &config, args.assume_locks, &token)?;
    for note in differences(&archive, &config)? {
        context.talk.note(&note);
    }
    let job = Job {
        name: &args.archive,
        options: MatchOptions {
            region: args.region.clone(),
            ..options(&config, &args.place)
        },
        rules: WriteRules {
            check_digest: args.check_digest,
            ..rules(args.resume, &args.rules)
        },
        append: None,
        workers: args.workers.map_or(1, usize::from),
        archive,
        config,
        gone: HashMap::new(),
        context,
        token,
        dry_run: args.dry_run,
        json: args.json,
    };
    job.run(files, begun)?;
    if !args.dry_run {
        expire::after_write(&target, &job.config, context);
    }
    Ok(())
}

/// How files are matched with the archive.
pub(super) fn options(config: &Config, args: &PlaceArgs) -> MatchOptions {
    MatchOptions {
        include: config.variables.include.clone(),
        exclude: config.variables.exclude.clone(),
        skip_unsupported: config.skip_unsupported,
        time_dimension: Some(config.time.dim.clone()),
        on_unmatched: match args.on_unmatched {
            Unmatched::Error => OnUnmatched::Error,
            Unmatched::Skip => OnUnmatched::Skip,
        },
        on_duplicate: match args.on_duplicate {
            Duplicate::Error => OnDuplicate::Error,
            Duplicate::First => OnDuplicate::First,
        },
        coord_tolerance: args.coord_tolerance,
        region: None,
        memory: config.memory,
        same_axes: false,
    }
}

/// What is done about regions that are on record already.
pub(super) fn rules(resume: bool, args: &RuleArgs) -> WriteRules {
    WriteRules {
        resume,
        check_digest: false,
        keep_others: args.no_overwrite,
        force: args.force,
    }
}
