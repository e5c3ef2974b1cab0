//! What can be mended and what cannot, for people.

use zarrio_region::{Left, Mendable, RepairPlan};

use super::figures::count;
use crate::diagnostics::printable;

/// So many chunks are listed.
const SHOWN: usize = 20;

/// What a repair is going to do.
pub(crate) fn repair(archive: &str, plan: &RepairPlan, dry_run: bool) -> String {
    let archive = printable(archive);
    let chunks = plan.chunks.len() as u64;
    let mut text = String::new();
    if chunks > 0 {
        let (noun, verb) = (
            count(chunks, "chunk"),
            if chunks == 1 { "is" } else { "are" },
        );
        text.push_str(&match dry_run {
            true => format!("{archive}: {noun} would be written anew\n"),
            false => format!("{archive}: {noun} {verb} written anew\n"),
        });
        for chunk in plan.chunks.iter().take(SHOWN) {
            text.push_str(&format!("  {}\n", printable(&mendable(chunk))));
        }
        if plan.chunks.len() > SHOWN {
            text.push_str(&format!("  and {} more\n", plan.chunks.len() - SHOWN));
        }
    } else if plan.left.is_empty() {
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
