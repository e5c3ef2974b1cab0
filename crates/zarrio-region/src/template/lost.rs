//! Labels of inputs that are lost.

use std::fmt;

use serde::Serialize;
use zarrio_model::{Source, SourceError, VariableSchema};

use super::builder::listed;
use crate::RegionError;
use crate::matching::{Disagreement, absent_labels};

/// Labels of an input, an archive, of which nothing is stored: all of them read as one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LostLabels {
    /// The input.
    pub file: String,
    /// The variable that has the labels.
    pub coordinate: String,
    /// The first position of the first stretch without labels.
    pub start: u64,
    /// The position after its last one.
    pub end: u64,
    /// How many stretches there are besides.
    pub others: usize,
}

impl fmt::Display for LostLabels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lost = Disagreement::Lost {
            dimension: self.coordinate.clone(),
            first: self.start..self.end,
            others: self.others,
        };
        write!(f, "{}: {lost}", self.file)
    }
}

/// What is lost of the labels that an input has in common with the variables of a template.
pub(super) fn of(
    source: &dyn Source,
    kept: &[&VariableSchema],
) -> Result<Vec<LostLabels>, SourceError> {
    let mut lost = Vec::new();
    let own = kept
        .iter()
        .filter_map(|v| source.schema().variable(&v.path));
    for labels in own.filter(|variable| variable.is_dimension_coordinate()) {
        let gone = absent_labels(source, labels)?;
        if let Some(first) = gone.first() {
            lost.push(LostLabels {
                file: source.identity().path.display().to_string(),
                coordinate: labels.path.to_string(),
                start: first.start,
                end: first.end,
                others: gone.len() - 1,
            });
        }
    }
    Ok(lost)
}

/// Fails where there are any.
pub(super) fn check(lost: &[LostLabels]) -> Result<(), RegionError> {
    if lost.is_empty() {
        return Ok(());
    }
    let told: Vec<String> = lost.iter().map(ToString::to_string).collect();
    Err(RegionError::Labels {
        message: listed(&told),
        hint: "'zarrio repair' with the name of that archive and --dry-run says whether a file has them; where none has, write the archive again, or leave it out".into(),
    })
}
