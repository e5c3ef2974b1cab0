//! What `extend` tells people.

use zarrio_region::{Grown, TimeRange};

use super::date::dates;
use super::figures::count;

/// `extended a.zarr by 24 steps: 2024-01-01 to 2024-01-01 23:00 (time=744:768)`
pub(crate) fn extension(
    archive: &str,
    grown: &Grown,
    time: Option<&TimeRange>,
    dry_run: bool,
) -> String {
    let Grown {
        dimension,
        from,
        to,
        ..
    } = grown;
    let time = time.map_or_else(|| "all".to_owned(), dates);
    if from == to {
        return format!("{archive} reaches as far already: {time} ({dimension}=0:{to})");
    }
    let steps = count(to - from, "step");
    let verb = if dry_run {
        "would be extended"
    } else {
        "extended"
    };
    match dry_run {
        true => format!("{archive} {verb} by {steps}: {time} ({dimension}={from}:{to})"),
        false => format!("{verb} {archive} by {steps}: {time} ({dimension}={from}:{to})"),
    }
}
