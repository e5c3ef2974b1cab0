//! What is not as it should be, in sentences.

use zarrio_region::{Changed, Comparison, Finding, Label};

use super::date::date;
use super::figures::{count, grouped};
use super::number;

/// A sentence about something that was found.
pub(crate) fn finding(finding: &Finding) -> String {
    match finding {
        Finding::Structure { variable, reason } => {
            format!("{variable}: the array cannot be used: {reason}")
        }
        Finding::Document { object, reason } => format!(
            "the document {object}: {reason}; readers that do not use the consolidated metadata fail, or read something else"
        ),
        Finding::ChunkAbsent { variable, chunk } => {
            format!("{variable}, chunk {chunk}: it is not there, and records tell of data in it")
        }
        Finding::ChunkTorn {
            variable,
            chunk,
            reason,
        } => format!("{variable}, chunk {chunk}: {reason}"),
        Finding::Numbers {
            variable,
            file,
            differences,
        } => format!(
            "{variable}: what was written from {file} is not what is there: {}",
            changes(differences)
        ),
        Finding::Values { file, comparison } => values(file, comparison),
        Finding::Unmatched { file, messages } => {
            format!(
                "{file} cannot be found in the archive: {}",
                messages.join(": ")
            )
        }
        Finding::Outside {
            variable,
            elements,
            region,
            chunks,
            count: all,
        } => format!(
            "{variable}: data that no record tells of: {} in {}, {}",
            count(*elements, "value"),
            positions(region),
            names(chunks, *all)
        ),
        Finding::Unfinished {
            variable,
            file,
            writer,
            elements,
        } => format!(
            "{variable}: the writing of {file} by {writer} was not finished; {} may be of it or of what was before",
            count(*elements, "value")
        ),
        Finding::RecordDamaged { object, reason } => {
            format!("the record {object} cannot be read: {reason}")
        }
        Finding::RecordUnfitting {
            file,
            variable,
            reason,
        } => format!("the record of {file} about {variable} cannot be true: {reason}"),
        Finding::SourceChanged { recorded, now } => match recorded.size == now.size {
            true => format!("{} was written to after it had been read", recorded.path),
            false => format!(
                "{} is another file now: it had {}, and has {}",
                recorded.path,
                count(recorded.size, "byte"),
                count(now.size, "byte")
            ),
        },
    }
}

/// `missing is 3 and was 0, the digest is another`
fn changes(differences: &[Changed]) -> String {
    let texts: Vec<String> = differences
        .iter()
        .map(|changed| match changed.number {
            "digest" => "the digest is another".to_owned(),
            name => format!("{name} is {} and was {}", changed.found, changed.recorded),
        })
        .collect();
    texts.join(", ")
}

fn values(file: &str, found: &Comparison) -> String {
    let all = found.compared + found.unreadable;
    let mut text = format!("{}: ", found.variable);
    if found.wrong > 0 {
        text.push_str(&format!(
            "{} of {} {} not what {file} has",
            grouped(found.wrong),
            count(all, "value"),
            if found.wrong == 1 { "is" } else { "are" },
        ));
    } else {
        text.push_str(&format!(
            "{} of {} of {file} cannot be read",
            grouped(found.unreadable),
            count(all, "value"),
        ));
    }
    if let Some(error) = found.largest_error {
        text.push_str(&format!(", by up to {}", number::short(error)));
    }
    if found.missing_wrong > 0 {
        text.push_str(&format!(
            ", {} of them missing on one side",
            grouped(found.missing_wrong)
        ));
    }
    if let Some(first) = &found.first {
        text.push_str(&format!(
            "; first {}{} instead of {}",
            place(&first.position),
            first.found,
            first.expected
        ));
    }
    text.push_str(&format!("; {}", names(&found.chunks, found.wrong_chunks)));
    text
}

/// `at time 5 (2020-01-02 06:00), lat 1 (51): `; nothing for a scalar.
fn place(labels: &[Label]) -> String {
    if labels.is_empty() {
        return String::new();
    }
    let texts: Vec<String> = labels
        .iter()
        .map(|label| match &label.label {
            Some(text) => format!("{} {} ({})", label.dimension, label.position, date(text)),
            None => format!("{} {}", label.dimension, label.position),
        })
        .collect();
    format!("at {}: ", texts.join(", "))
}

/// `time=0:8, lat=0:3`
fn positions(region: &[(String, u64, u64)]) -> String {
    let texts: Vec<String> = region
        .iter()
        .map(|(name, start, end)| format!("{name}={start}:{end}"))
        .collect();
    match texts.is_empty() {
        true => "a scalar".into(),
        false => texts.join(", "),
    }
}

/// `chunk c/0`, `chunks c/0, c/1 and 7 more`
fn names(chunks: &[String], all: u64) -> String {
    let more = match all.saturating_sub(chunks.len() as u64) {
        0 => String::new(),
        rest => format!(" and {} more", grouped(rest)),
    };
    let noun = if all == 1 { "chunk" } else { "chunks" };
    format!("{noun} {}{more}", chunks.join(", "))
}
