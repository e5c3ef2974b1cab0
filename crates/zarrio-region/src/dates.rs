//! The dates of positions, for people.

use std::collections::HashMap;

use zarrio_model::NodePath;

use crate::axis::dimension_coordinate;
use crate::describe::TimeRange;
use crate::time_range::TimeLabels;
use crate::zarr_source::ZarrSource;

/// The labels of an archive's axes; each coordinate is read once.
pub(crate) struct Dates<'a> {
    archive: &'a ZarrSource,
    /// By the path of the coordinate; none where it has no dates.
    labels: HashMap<NodePath, Option<TimeLabels>>,
}

impl<'a> Dates<'a> {
    pub(crate) fn new(archive: &'a ZarrSource) -> Self {
        Self {
            archive,
            labels: HashMap::new(),
        }
    }

    /// The labels at both ends of a range of positions along a dimension of a variable.
    pub(crate) fn range(
        &mut self,
        variable: &str,
        dimension: &str,
        (start, end): (u64, u64),
    ) -> Option<TimeRange> {
        self.labels(variable, dimension)?.range(start..end)
    }

    /// The labels of a dimension of a variable, where they are times and can be read: an
    /// archive where they cannot has positions all the same.
    pub(crate) fn labels(&mut self, variable: &str, dimension: &str) -> Option<&TimeLabels> {
        let archive = self.archive;
        let coordinate = dimension_coordinate(archive, &NodePath::parse(variable), dimension)?;
        let labels = self.labels.entry(coordinate.path.clone());
        let read = || TimeLabels::read(archive, coordinate).ok().flatten();
        labels.or_insert_with(read).as_ref()
    }
}
