//! What becomes of labels that are not where they should be.

use std::ops::Range;

use super::axis::{Axis, AxisMatch, Fault};
use super::compare::Placed;
use super::disagreement::{Disagreement, Party, Unmatched};
use super::extent::extent;
use super::find::Found;
use super::labels::Labels;
use super::named::NamedRange;
use super::{MatchOptions, OnDuplicate, OnUnmatched, SkippedLabels};
use crate::placement::Placement;

/// How many labels an error names.
const SHOWN: usize = 3;

impl Axis<'_> {
    /// What the options make of what was found.
    pub(super) fn judge(
        &self,
        placed: Placed,
        source: &Labels,
        archive: &Labels,
        (part, within): (Option<&NamedRange>, Range<u64>),
        options: &MatchOptions,
    ) -> Result<AxisMatch, Fault> {
        let name = self.name;
        let mut found = AxisMatch::default();
        let doubled = |party, labels: &Labels, pairs: &[(u64, u64)]| Disagreement::Doubled {
            party,
            dimension: name.to_owned(),
            first: pairs
                .iter()
                .take(SHOWN)
                .map(|(a, b)| (labels.text(*a), *a.min(b), *a.max(b)))
                .collect(),
            count: pairs.len(),
            rounded: placed.rounded,
        };
        if !placed.doubled.is_empty() {
            return Err(doubled(Party::Archive, archive, &placed.doubled).into());
        }
        let Found {
            pairs,
            unmatched,
            doubled: twice,
        } = placed.found;
        if !unmatched.is_empty() {
            let texts = unmatched
                .iter()
                .take(SHOWN)
                .map(|i| source.text(*i))
                .collect();
            let report = Unmatched {
                dimension: name.to_owned(),
                places: source.coding().is_none() && source.is_real(),
                first: texts,
                count: unmatched.len(),
                of: source.len(),
                archive: extent(archive, within),
                nearest: nearest(source, unmatched[0], archive, placed.around),
            };
            if let Some(part) = part {
                return Err(Disagreement::RegionLabels {
                    part: part.clone(),
                    label: report.first.into_iter().next().unwrap_or_default(),
                    archive: report.archive,
                }
                .into());
            }
            if options.on_unmatched == OnUnmatched::Error {
                return Err(Disagreement::Unmatched(report).into());
            }
            if pairs.is_empty() {
                return Err(Disagreement::NothingLeft(report).into());
            }
            found.notes.push(format!("skipped: {report}"));
            found.skipped = Some(SkippedLabels {
                dimension: report.dimension,
                first: report.first,
                count: report.count,
                of: report.of,
            });
        }
        if !twice.is_empty() {
            if options.on_duplicate == OnDuplicate::Error {
                return Err(doubled(Party::File, source, &twice).into());
            }
            let count = twice.len();
            found.notes.push(format!(
                "{count} doubled labels along {name:?} were left out; the first of each was taken"
            ));
        }
        if source.len() == 0 {
            found
                .notes
                .push(format!("the file has no label along {name:?}"));
        }
        found.runs = Placement::runs_of(pairs);
        Ok(found)
    }
}

/// The nearest label of the archive to one that it does not have.
fn nearest(
    source: &Labels,
    position: u64,
    archive: &Labels,
    around: [Option<u64>; 2],
) -> Option<String> {
    let distance = |at: u64| {
        let (at, position) = (usize::try_from(at).ok()?, usize::try_from(position).ok()?);
        match (source.instant(position), archive.instant(at)) {
            (Some(a), Some(b)) => Some(a.checked_since(b)?.abs() as f64),
            _ => Some((source.real(position)? - archive.real(at)?).abs()),
        }
    };
    let candidates = around.into_iter().flatten();
    let known = candidates.filter_map(|at| Some((distance(at)?, at)));
    let (_, at) = known.min_by(|a, b| a.0.total_cmp(&b.0))?;
    Some(archive.text(at))
}
