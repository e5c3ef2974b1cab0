//! Rolling archives: groups that are older than a window are deleted.

mod find;
mod remove;
mod stamp;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::Serialize;
use zarrio_model::NodePath;
use zarrio_store::Store;

use crate::RegionError;
use crate::convert::Converter;
use crate::error::with_causes;
use crate::output::Output;
use find::{Dated, Groups, groups};
use remove::Doomed;

/// Which groups are deleted, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpireRules {
    /// How old a group may become, in seconds.
    pub window: u64,
    /// How many of the newest are kept however old they are.
    pub keep: usize,
    /// The attribute that has the time of a group whose name has none.
    pub attribute: String,
    /// How long data stay when their groups are no longer listed.
    pub grace: Duration,
    /// The time now, in seconds since 1970.
    pub now: i64,
}

/// A group with its time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ExpiredGroup {
    /// Its path.
    pub path: String,
    /// Its time, in UTC; none for a group whose deletion had been begun before.
    pub time: Option<String>,
}

/// What was deleted, or would be.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct ExpireReport {
    /// Groups that are older are deleted, in UTC.
    pub older_than: String,
    /// Those that were deleted, the oldest first.
    pub deleted: Vec<ExpiredGroup>,
    /// Those that are kept, the newest first.
    pub kept: Vec<ExpiredGroup>,
    /// Those that have no time.
    pub skipped: Vec<String>,
    /// Those that could not be deleted, and why.
    #[serde(skip)]
    pub failed: Vec<(String, Refusal)>,
    /// Old places that hold nothing.
    #[serde(skip)]
    empty: Vec<NodePath>,
}

/// Why a group was not deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// What went wrong.
    pub message: String,
    /// Whether it may go well the next time.
    pub temporary: bool,
}

impl ExpireRules {
    /// The time now, in seconds since 1970.
    #[must_use]
    pub fn now() -> i64 {
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        now.map_or(0, |now| i64::try_from(now.as_secs()).unwrap_or(i64::MAX))
    }

    /// A moment as it stands in the names of groups, in seconds since 1970.
    #[must_use]
    pub fn moment(text: &str) -> Option<i64> {
        stamp::parse(text)
    }
}

impl Converter<'_> {
    /// What [`expire`](Self::expire) would delete.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn plan_expire(
        &self,
        store: &dyn Store,
        rules: &ExpireRules,
    ) -> Result<ExpireReport, RegionError> {
        let found = groups(store, &self.config.group, &rules.attribute)?;
        Ok(judge(found, rules))
    }

    /// Deletes the groups that are older than the window, and finishes deletions that were
    /// begun.
    ///
    /// The newest ones are kept, and so are those that are newer, or hold others that are.
    /// Each group is taken out of the documents above it first, so that who opens the archive
    /// later finds all of it or nothing; then its documents are deleted, then its data.
    ///
    /// # Errors
    /// When the store fails, or the caller asked to stop. A group that is being written is left
    /// alone, and is among the failed ones of the report.
    pub fn expire(
        &self,
        store: &dyn Store,
        rules: &ExpireRules,
    ) -> Result<ExpireReport, RegionError> {
        let mut report = self.plan_expire(store, rules)?;
        let mut doomed = Vec::new();
        for group in std::mem::take(&mut report.deleted) {
            self.cancel.check()?;
            let path = NodePath::parse(&group.path);
            match Doomed::new(store, &path, &self.cancel) {
                Ok(found) => doomed.push((group, found)),
                Err(RegionError::Interrupted) => return Err(RegionError::Interrupted),
                Err(error) => report.fail(group, &error),
            }
        }
        if !doomed.is_empty() {
            // For readers that have one of them open.
            self.cancel.sleep(rules.grace)?;
        }
        for (group, found) in doomed {
            self.cancel.check()?;
            match found.delete() {
                Ok(()) => report.deleted.push(group),
                Err(error) => report.fail(group, &error),
            }
        }
        for path in std::mem::take(&mut report.empty) {
            let output = Output::new(store, &path)?;
            let failed = RegionError::store(format!("cannot delete {}", output.location()));
            if let Err(error) = store.remove_empty(output.place()).map_err(failed) {
                let group = ExpiredGroup {
                    path: path.to_string(),
                    time: None,
                };
                report.fail(group, &error);
            }
        }
        Ok(report)
    }
}

impl ExpireReport {
    fn fail(&mut self, group: ExpiredGroup, error: &RegionError) {
        let text = Refusal {
            message: with_causes(error),
            temporary: matches!(
                error,
                RegionError::Busy { .. } | RegionError::Overlap { .. }
            ) || error.is_worth_repeating(),
        };
        self.failed.push((group.path, text));
    }
}

/// Which groups go.
fn judge(found: Groups, rules: &ExpireRules) -> ExpireReport {
    let window = i64::try_from(rules.window).unwrap_or(i64::MAX);
    let cutoff = rules.now.saturating_sub(window);
    let mut dated = found.dated;
    dated.sort_by(|a, b| (b.time, a.path.as_str()).cmp(&(a.time, b.path.as_str())));
    let shown = |group: &Dated| ExpiredGroup {
        path: group.path.to_string(),
        time: Some(stamp::text(group.time)),
    };
    let mut report = ExpireReport {
        older_than: stamp::text(cutoff),
        deleted: found
            .begun
            .iter()
            .map(|path| ExpiredGroup {
                path: path.to_string(),
                time: None,
            })
            .collect(),
        skipped: found.undated.iter().map(ToString::to_string).collect(),
        empty: found
            .empty
            .into_iter()
            .filter_map(|(path, time)| (time < cutoff).then_some(path))
            .collect(),
        ..ExpireReport::default()
    };
    let mut old = Vec::new();
    for (place, group) in dated.iter().enumerate() {
        if place < rules.keep || group.latest() >= cutoff {
            report.kept.push(shown(group));
        } else {
            old.push(shown(group));
        }
    }
    report.deleted.extend(old.into_iter().rev());
    report
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ages(hours: &[i64], keep: usize, within: Option<i64>) -> (usize, usize) {
        let now = 1_700_000_000;
        let dated = hours.iter().map(|age| Dated {
            path: NodePath::parse(&format!("cycle/{age}")),
            time: now - age * 3600,
            within: within.map(|age| now - age * 3600),
        });
        let found = Groups {
            dated: dated.collect(),
            ..Groups::default()
        };
        let rules = ExpireRules {
            window: 24 * 3600,
            keep,
            attribute: "cycle_time".into(),
            grace: Duration::ZERO,
            now,
        };
        let report = judge(found, &rules);
        (report.deleted.len(), report.kept.len())
    }

    #[test]
    fn what_is_within_the_window_stays_and_so_do_the_newest() {
        // Only the one that is 200 hours old is older than a day.
        assert_eq!(ages(&[2, 8, 14, 20, 200], 1, None), (1, 4));
        assert_eq!(ages(&[2, 8, 14, 20, 200], 0, None), (1, 4));
        assert_eq!(ages(&[2, 8, 14, 20, 200], 5, None), (0, 5));
        assert_eq!(ages(&[100, 200, 300], 1, None), (2, 1));
        assert_eq!(ages(&[100, 200, 300], 0, None), (3, 0));
        assert_eq!(ages(&[24, 25], 0, None), (1, 1));
        assert_eq!(ages(&[100, 200], 0, Some(3)), (0, 2));
        assert_eq!(ages(&[-5], 0, None), (0, 1));
    }
}
