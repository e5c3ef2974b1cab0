//! Why a file's data cannot be placed.

use std::fmt;
use std::path::PathBuf;

use thiserror::Error;

use super::disagreement::Disagreement;

/// A file that does not match an archive, with everything that was found at once.
#[derive(Debug, Clone, PartialEq, Error)]
pub struct MatchError {
    /// The file.
    pub file: PathBuf,
    /// What does not match; at least one.
    pub disagreements: Vec<Disagreement>,
}

impl MatchError {
    /// What to do, where there is something; one remedy for each kind of disagreement.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        // Nothing else matters in an archive of other things.
        let told = match self.disagreements.as_slice() {
            [other @ Disagreement::Unknown { all: true, .. }, ..] => std::slice::from_ref(other),
            all => all,
        };
        let mut hints: Vec<String> = Vec::new();
        for hint in told.iter().filter_map(Disagreement::hint) {
            if !hints.contains(&hint) {
                hints.push(hint);
            }
        }
        (!hints.is_empty()).then(|| hints.join("; "))
    }
}

impl fmt::Display for MatchError {
    /// One line, or a line for each of several.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let file = self.file.display();
        if let [only] = self.disagreements.as_slice() {
            return write!(f, "{file}: {only}");
        }
        let count = self.disagreements.len();
        write!(f, "{file}: does not match the archive in {count} respects")?;
        for disagreement in &self.disagreements {
            write!(f, "\n- {disagreement}")?;
        }
        Ok(())
    }
}
