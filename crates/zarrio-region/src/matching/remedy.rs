//! What to do about a disagreement.

use zarrio_model::NodePath;

use super::disagreement::{Disagreement, Party};

impl Disagreement {
    /// What to do about it, where there is something.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let list = |names: &[NodePath]| {
            let names: Vec<&str> = names.iter().map(NodePath::as_str).collect();
            names.join(",")
        };
        Some(match self {
            Self::Unknown { all: true, .. } => {
                "check that this is the right archive: it has none of the file's data".into()
            }
            Self::Unknown { names, .. } => {
                let them = if names.len() == 1 { "it" } else { "them" };
                format!("leave {them} out with --drop-variables {}", list(names))
            }
            Self::Missing { names } => format!(
                "write the others with --drop-variables {}, or with --variables and their names",
                list(names)
            ),
            // Another grid is not to be passed over; a scalar may be.
            Self::Values {
                variable,
                coordinate,
                partial,
                index,
                ..
            } if !coordinate || index.is_empty() => {
                let keep = format!("keep the archive's values with --drop-variables {variable}");
                match partial {
                    true => format!("{keep}, or write the file's by giving its place with --region"),
                    false => keep,
                }
            }
            Self::Unmatched(labels) if labels.count == labels.of => {
                "check that this is the right archive: it has none of the labels along this dimension"
                    .into()
            }
            // To leave out places is to leave holes in the data of every time.
            Self::Unmatched(labels) if labels.places => format!(
                "compare the labels of {:?} on both sides with 'zarrio info': the file is on another grid, or reaches beyond the archive; where they differ by rounding only, give --coord-tolerance",
                labels.dimension
            ),
            Self::Unmatched(_) => {
                "write the others with --on-unmatched skip; a label is never moved to the nearest one"
                    .into()
            }
            Self::Doubled {
                party: Party::File, ..
            } => "take the first of each with --on-duplicate first".into(),
            Self::Lost { .. } => {
                "'zarrio repair' with the name of the archive and --dry-run says whether a file has them, and what to do where none has"
                    .into()
            }
            Self::Coarse { .. } => {
                "store the labels as float64 or integers, or in a unit in which they are whole numbers"
                    .into()
            }
            Self::Tolerance { .. } => "give a smaller --coord-tolerance".into(),
            Self::Length {
                dimension,
                source_has,
                archive_has,
                ..
            } => {
                let count = source_has.min(archive_has);
                format!("say where it goes, such as --region {dimension}=0:{count}")
            }
            Self::RegionLength {
                part,
                start,
                source_has,
                ..
            } => {
                let end = start.saturating_add(*source_has);
                format!("give --region {}={start}:{end}", part.dimension)
            }
            Self::RegionLabels { part, .. } => format!(
                "leave {} out of --region, so that the labels decide",
                part.dimension
            ),
            _ => return None,
        })
    }
}
