//! `zarrio append`.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::Instant;

use zarrio_model::config::Config;
use zarrio_region::{AppendRules, CancelToken, OnOverlap, WriteRules, first_time};

use super::write_region::{Job, differences, options};
use super::{archive, expire, inputs, source};
use crate::args::{AppendArgs, Duplicate, OverlapChoice, PlaceArgs, Unmatched};
use crate::context::Context;
use crate::failure::Failure;
use crate::place::Place;
use crate::settings::{self, Flags};

pub(crate) fn run(args: &AppendArgs, context: &Context) -> Result<(), Failure> {
    let begun = Instant::now();
    let config = settings::load_available(context, Flags::append(args))?.config;
    let target = Place::parse(&args.archive)?;
    let files = inputs::expand(&args.files, &config)?;
    let token = CancelToken::default();
    archive::check_last(&target)?;
    let archive = archive::write(&target, &config, args.assume_locks, &token)?;
    for note in differences(&archive, &config)? {
        context.talk.note(&note);
    }
    let rules = AppendRules {
        dimension: config.time.append_dim.clone(),
        overlap: match args.overlap {
            OverlapChoice::Error => OnOverlap::Error,
            OverlapChoice::Keep => OnOverlap::Keep,
            OverlapChoice::Replace => OnOverlap::Replace,
            OverlapChoice::ReplaceIfNewer => OnOverlap::ReplaceIfNewer,
        },
        allow_gaps: args.allow_gaps,
    };
    let place = PlaceArgs {
        on_unmatched: Unmatched::Error,
        on_duplicate: Duplicate::Error,
        coord_tolerance: args.coord_tolerance,
        time_dim: None,
    };
    let files = in_order(files, &config);
    let job = Job {
        name: &args.archive,
        options: zarrio_region::MatchOptions {
            time_dimension: Some(config.time.append_dim.clone()),
            ..options(&config, &place)
        },
        rules: WriteRules {
            resume: args.resume,
            ..WriteRules::default()
        },
        append: Some(rules),
        // The end of an archive is one place.
        workers: 1,
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

/// The files in the order of their first times; those that do not tell stand where they were,
/// behind the others, and fail when it is their turn.
fn in_order(files: Vec<PathBuf>, config: &Config) -> Vec<PathBuf> {
    if files.len() < 2 {
        return files;
    }
    let time = |file: &Path| {
        let source = source::open(file, config).ok()?;
        first_time(&*source, &config.time.append_dim)
    };
    let mut keyed: Vec<_> = files.into_iter().map(|file| (time(&file), file)).collect();
    keyed.sort_by_key(|(time, _)| (time.is_none(), *time));
    keyed.into_iter().map(|(_, file)| file).collect()
}
