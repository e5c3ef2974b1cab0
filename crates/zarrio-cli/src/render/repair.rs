//! What can be mended and what cannot, for people.

use zarrio_region::{Left, Mendable, RepairPlan};

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
            (false, 1) => format!("{archive}: {noun} is written anew\n"),
            (false, _) => format!("{archive}: {noun} are written anew\n"),
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
        text.push_str(&format!(
            "{archive}: {} cannot be mended\n",
            count(plan.left.len() as u64, "thing")
        ));
        text.push_str(&left(&plan.left));
    }
    text
}

/// What stays as it is.
fn left(left: &[Left]) -> String {
    let lines = left
        .iter()
        .map(|left| format!("{}: {}", left.what, left.reason));
    lines
        .map(|line| format!("  {}\n", printable(&line)))
        .collect()
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
