//! `zarrio expire`, and the same after a write.

use std::time::Duration;

use zarrio_model::NodePath;
use zarrio_model::config::Config;
use zarrio_region::{CancelToken, Converter, ExpireReport, ExpireRules, RegionError};

use super::{archive, writer};
use crate::args::ExpireArgs;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::place::{self, Place, Use};
use crate::settings::{self, Flags};
use crate::signals::Watch;
use crate::{output, render};

pub(crate) fn run(args: &ExpireArgs, context: &Context) -> Result<(), Failure> {
    let config = settings::load_available(context, Flags::expire(args))?.config;
    let target = Place::parse(&args.archive)?;
    let Some(rules) = rules(&config, args.grace) else {
        return Err(Failure::usage(
            "no window is given: which groups are old?",
            "give --rolling-archive-hours, or set rolling_archive.retention_window",
        ));
    };
    archive::check_there(&target)?;
    let now = args.at.as_deref().map(moment).transpose()?;
    let rules = ExpireRules {
        now: now.unwrap_or(rules.now),
        ..rules
    };
    let token = CancelToken::default();
    let watch = Watch::start(context, &token)?;
    let done = expire(&target, &config, &rules, &token, args.dry_run);
    let report = done.map_err(|error| match error {
        Failure {
            exit: Exit::Interrupted,
            ..
        } => Failure::new(
            watch.exit(),
            RegionError::Interrupted,
            Some("run the same command again; it goes on where it was".into()),
        ),
        failure => failure,
    })?;
    if args.json {
        output::print_json(&report)?;
    } else if args.dry_run {
        output::print(&render::expiry(&args.archive, &report, true))?;
    } else {
        let text = render::expiry(&args.archive, &report, false);
        context.talk.result(text.trim_end());
    }
    failed(&report).map_or(Ok(()), Err)
}

/// Deletes old groups after something was written, where the settings say so. What goes wrong
/// is told, and no failure of the write.
pub(super) fn after_write(target: &Place, config: &Config, context: &Context) {
    let rolling = &config.rolling_archive;
    let Some(rules) =
        rules(config, Duration::ZERO).filter(|_| rolling.enabled && rolling.auto_cleanup)
    else {
        return;
    };
    let config = Config {
        group: NodePath::root(),
        ..config.clone()
    };
    match expire(target, &config, &rules, &CancelToken::default(), false) {
        Ok(report) => {
            if !report.deleted.is_empty() {
                let text = render::expiry(&target.to_string(), &report, false);
                context.talk.result(text.trim_end());
            }
            for (path, reason) in &report.failed {
                let message = &reason.message;
                context
                    .talk
                    .note(&format!("the old group /{path} was not deleted: {message}"));
            }
        }
        Err(failure) => {
            for problem in &failure.problems {
                let note = format!("old groups were not deleted: {:#}", problem.error);
                context.talk.note(&note);
            }
        }
    }
}

fn expire(
    target: &Place,
    config: &Config,
    rules: &ExpireRules,
    token: &CancelToken,
    dry_run: bool,
) -> Result<ExpireReport, Failure> {
    let how = Use {
        fsync: place::fsync(config),
        token: Some(token),
        ..Use::default()
    };
    let store = target.open(config, &how)?;
    let converter = Converter::new(config.clone())
        .writer(writer::name())
        .cancel(token.clone());
    let done = match dry_run {
        true => converter.plan_expire(&*store, rules),
        false => converter.expire(&*store, rules),
    };
    // What cannot be deleted stands in the report.
    done.map_err(|error| Failure::from(error).of_reading())
}

fn rules(config: &Config, grace: Duration) -> Option<ExpireRules> {
    let rolling = &config.rolling_archive;
    Some(ExpireRules {
        window: rolling.retention_window?.seconds(),
        keep: rolling.min_groups_to_keep as usize,
        attribute: rolling.time_reference_attr.clone(),
        grace,
        now: ExpireRules::now(),
    })
}

fn moment(text: &str) -> Result<i64, Failure> {
    ExpireRules::moment(text).ok_or_else(|| {
        Failure::usage(
            format!("--at: {text:?} is no moment"),
            "write it as 2024-01-02T00:00:00Z",
        )
    })
}

/// The failure of groups that could not be deleted; none where there is none.
fn failed(report: &ExpireReport) -> Option<Failure> {
    let temporary = report.failed.iter().all(|(_, reason)| reason.temporary);
    let causes: Vec<String> = report
        .failed
        .iter()
        .map(|(path, reason)| format!("group /{path} was not deleted: {}", reason.message))
        .collect();
    let (exit, hint) = match temporary {
        true => (
            Exit::Temporary,
            "run the same command again; it goes on where it was",
        ),
        false => (
            Exit::Failed,
            "see to what is told, such as owner and mode of the directories, then run the same command again; it goes on where it was",
        ),
    };
    (!causes.is_empty()).then(|| Failure::several(exit, causes, hint.into()))
}
