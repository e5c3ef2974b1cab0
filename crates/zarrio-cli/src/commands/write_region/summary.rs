//! What people and the log are told about the files.

use std::path::Path;
use std::time::{Duration, Instant};

use zarrio_region::{Standing, WriteReport};

use super::Job;
use super::outcome::{Outcome, Work};
use super::report::Sums;
use crate::context::Context;
use crate::render::{self, Place, figures};

/// The least time that makes a speed.
const LEAST_TIME: Duration = Duration::from_millis(100);

/// Of a file that has only what the archive holds.
const NOTHING: &str = "nothing to write, the archive holds all of it";

/// Says what became of a file. Of the only one, the end of the command says it.
pub(super) fn tell(outcome: &Outcome, files: usize, context: &Context) {
    let file = &outcome.file;
    let (report, place) = match &outcome.work {
        Ok(Work::Written { report, place }) => (report, place),
        Ok(Work::Skipped(standing)) => return skip(file, standing, context),
        Ok(Work::Planned { .. }) => return,
        Err(failure) if files > 1 => return context.talk.failure(failure),
        Err(_) => return,
    };
    for note in &report.notes {
        context.talk.note(&about(file, note));
    }
    if report.standing != Standing::Open {
        return skip(file, &report.standing, context);
    }
    tracing::info!(
        target: "zarrio",
        file = %file.display(),
        place = %place,
        variables = report.variables.len(),
        bytes_in = report.source_bytes,
        bytes_raw = report.raw_bytes,
        bytes_out = report.stored_bytes,
        seconds = report.elapsed.as_secs_f64(),
        "written"
    );
    if context.for_people() && files > 1 {
        context.talk.result(&line(outcome, report, place));
    }
}

/// Says why a file was left alone.
fn skip(file: &Path, standing: &Standing, context: &Context) {
    match standing {
        Standing::Superseded(other) => context.talk.note(&about(
            file,
            &format!(
                "left alone, because {other} was written over it later; --force writes it again"
            ),
        )),
        Standing::Torn(other) => context.talk.note(&about(
            file,
            &format!(
                "left alone, because {other} was written over a part of it later; a run of it with --force was stopped before, and the rest may be of several files: run it with --force, which writes over {other} too, and then, with --force, all files that were written over it since: 'zarrio log' tells which"
            ),
        )),
        _ => tracing::info!(target: "zarrio", file = %file.display(), "skipped"),
    }
}

/// Something about a file.
pub(super) fn about(file: &Path, note: &str) -> String {
    let file = file.display().to_string();
    if note.contains(&file) {
        note.to_owned()
    } else {
        format!("{file}: {note}")
    }
}

/// `2020-01.nc: 2020-01-01 to 2020-01-31 23:00 (time=0:744), 2 variables in 8 chunks, 1 of
/// them shared, in 0.3 s`
fn line(outcome: &Outcome, report: &WriteReport, place: &Place) -> String {
    let file = outcome.file.display();
    if report.variables.is_empty() {
        return format!("{file}: {NOTHING}");
    }
    let sums = Sums::of(std::slice::from_ref(outcome));
    format!(
        "{file}: {place}, {} in {}, in {}",
        variables(report),
        chunks(&sums),
        figures::duration(report.elapsed)
    )
}

fn variables(report: &WriteReport) -> String {
    figures::count(report.variables.len() as u64, "variable")
}

/// `8 chunks, 1 of them shared`
fn chunks(sums: &Sums) -> String {
    let chunks = figures::count(sums.chunks, "chunk");
    match sums.shared_chunks {
        0 => chunks,
        shared => format!("{chunks}, {} of them shared", figures::grouped(shared)),
    }
}

/// `3 files are on record already, 1 file was written over later`
fn skipped(sums: &Sums) -> String {
    let part = |count: usize, one: &str, many: &str| {
        let verb = if count == 1 { one } else { many };
        (count > 0).then(|| format!("{} {verb}", figures::count(count as u64, "file")))
    };
    let parts = [
        part(
            sums.on_record,
            "is on record already",
            "are on record already",
        ),
        part(
            sums.superseded,
            "was written over later",
            "were written over later",
        ),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// Says what all files came to.
pub(super) fn total(job: &Job<'_>, outcomes: &[Outcome], begun: Instant) {
    let context = job.context;
    let (sums, elapsed) = (Sums::of(outcomes), begun.elapsed());
    let requests = job.archive.requests();
    tracing::info!(
        target: "zarrio",
        archive = job.name,
        files = outcomes.len(),
        done = sums.done,
        bytes_raw = sums.raw_bytes,
        bytes_out = sums.stored_bytes,
        seconds = elapsed.as_secs_f64(),
        mb_per_second = figures::megabytes_per_second(sums.raw_bytes, elapsed),
        requests = requests.map(tracing::field::display),
        "done"
    );
    if !context.for_people() || sums.done == 0 {
        return;
    }
    let mut archive = job.name.to_owned();
    if !job.config.group.is_root() {
        archive.push_str(&format!(", group /{}", job.config.group));
    }
    let skipped = skipped(&sums);
    if sums.done == sums.on_record + sums.superseded {
        return context
            .talk
            .result(&format!("nothing to write to {archive}: {skipped}"));
    }
    let (what, mut text) = match outcomes {
        [
            Outcome {
                file,
                work: Ok(Work::Written { report, place }),
            },
        ] => {
            let file = file.display();
            if report.variables.is_empty() {
                return context.talk.result(&format!("{file}: {NOTHING}"));
            }
            let what = format!("{} in {}", variables(report), chunks(&sums));
            (what, format!("wrote {file} to {archive}: {place}\n"))
        }
        _ => {
            let written = sums.done - sums.on_record - sums.superseded;
            let files = figures::count(written as u64, "file");
            let skipped = match skipped.as_str() {
                "" => String::new(),
                skipped => format!("; {skipped}"),
            };
            (
                chunks(&sums),
                format!("wrote {files} to {archive}{skipped}\n"),
            )
        }
    };
    text.push_str(&format!(
        "  {what}; data {}, stored {}, in {}",
        figures::bytes(sums.raw_bytes),
        figures::bytes(sums.stored_bytes),
        figures::duration(elapsed)
    ));
    if elapsed >= LEAST_TIME {
        text.push_str(&format!(", {}", figures::speed(sums.raw_bytes, elapsed)));
    }
    if let [
        Outcome {
            work: Ok(Work::Written { report, .. }),
            ..
        },
    ] = outcomes
    {
        text.push_str(&render::packed(&report.variables));
    }
    text.push_str(&render::requests(requests));
    context.talk.result(&text);
}
