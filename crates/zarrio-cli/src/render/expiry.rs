//! What `expire` tells people.

use zarrio_region::{ExpireReport, ExpiredGroup};

use super::figures::count;

/// So many groups that stay are named.
const NAMED: usize = 3;

/// Which groups were deleted, and how many stay.
pub(crate) fn expiry(archive: &str, report: &ExpireReport, dry_run: bool) -> String {
    let groups = count(report.deleted.len() as u64, "group");
    let verb = if dry_run { "would delete" } else { "deleted" };
    let limit = &report.older_than;
    let mut text = match report.deleted.len() {
        0 => format!("{archive} has no group to delete that is older than {limit}\n"),
        _ => format!("{verb} {groups} of {archive}, older than {limit}\n"),
    };
    for group in &report.deleted {
        text.push_str(&match &group.time {
            Some(time) => format!("  /{}  {time}\n", group.path),
            None => format!("  /{}  begun before\n", group.path),
        });
    }
    if !report.kept.is_empty() {
        text.push_str(&format!("kept: {}\n", some(&report.kept)));
    }
    if !report.skipped.is_empty() {
        let names: Vec<String> = report
            .skipped
            .iter()
            .map(|path| format!("/{path}"))
            .collect();
        text.push_str(&format!("without a time, and kept: {}\n", names.join(", ")));
    }
    text
}

fn some(groups: &[ExpiredGroup]) -> String {
    let names = groups
        .iter()
        .take(NAMED)
        .map(|group| format!("/{}", group.path));
    let names = names.collect::<Vec<_>>().join(", ");
    match groups.len().saturating_sub(NAMED) {
        0 => names,
        rest => format!("{names} and {rest} more"),
    }
}
