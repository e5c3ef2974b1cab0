//! What can be mended and what cannot, for people.

use zarrio_region::{Left, Mendable, RepairPlan, RepairReport};

use super::figures::count;
use crate::diagnostics::printable;

/// So many chunks are listed.
const SHOWN: usize = 20;

/// What a repair is going to do.
pub(crate) fn repair(archive: &str, plan: &RepairPlan, dry_run: bool) -> String {
    let archive = printable(archive);
    let (documents, chunks) = (plan.documents.len(), plan.chunks.len());
    let mut text = String::new();
    let head = |number: usize, what| {
        let noun = count(number as u64, what);
        match (dry_run, number) {
            (true, _) => format!("{archive}: {noun} would be written anew\n"),
            (false, 1) => format!("{archive}: {noun} is to be written anew\n"),
            (false, _) => format!("{archive}: {noun} are to be written anew\n"),
        }
    };
    if documents > 0 {
        text.push_str(&head(documents, "document"));
        for document in &plan.documents {
            let line = format!("{}: {}", document.object, document.reason);
            text.push_str(&format!("  {}\n", printable(&line)));
        }
    }
    if chunks > 0 {
        text.push_str(&head(chunks, "chunk"));
        for chunk in plan.chunks.iter().take(SHOWN) {
            text.push_str(&format!("  {}\n", printable(&mendable(chunk))));
        }
        if plan.chunks.len() > SHOWN {
            text.push_str(&format!("  and {} more\n", plan.chunks.len() - SHOWN));
        }
    }
    if documents + chunks + plan.left.len() == 0 {
        text.push_str(&format!("{archive}: nothing is to be mended\n"));
    }
    if !plan.left.is_empty() {
        text.push_str(&left(&archive, plan.left.iter(), "cannot be mended"));
    }
    text
}

/// What turned out to stay as it is when it was to be mended; nothing where all was mended.
pub(crate) fn unmended(archive: &str, planned: &[Left], report: &RepairReport) -> Option<String> {
    let more = report.left.iter().filter(|left| !planned.contains(left));
    let more: Vec<&Left> = more.collect();
    let text = || {
        left(
            &printable(archive),
            more.iter().copied(),
            "could not be mended",
        )
    };
    (!more.is_empty()).then(text)
}

/// What stays as it is.
fn left<'l>(archive: &str, all: impl ExactSizeIterator<Item = &'l Left>, what: &str) -> String {
    let mut text = format!("{archive}: {} {what}\n", count(all.len() as u64, "thing"));
    for left in all {
        let line = format!("{}: {}", left.what, left.reason);
        text.push_str(&format!("  {}\n", printable(&line)));
    }
    text
}

fn mendable(chunk: &Mendable) -> String {
    format!(
        "{}, chunk {}: {}; from {}",
        chunk.variable,
        chunk.chunk,
        chunk.reason,
        chunk.files.join(", ")
    )
}
