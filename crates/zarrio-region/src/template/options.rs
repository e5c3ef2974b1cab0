//! What can be chosen of a template beyond the configuration.

/// Objects of an archive that are allowed where nobody says otherwise.
pub const MAX_OBJECTS: u64 = 1_000_000;

/// What can be chosen of a template beyond the configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateOptions {
    /// Missing values for variables that have none, by path or name: what is unwritten reads
    /// as the value, and the value means missing (`_FillValue`).
    pub fill: Vec<(String, String)>,
    /// Writes missing values everywhere, in place of metadata only.
    pub compute: bool,
    /// How many objects the archive may have when all is written.
    pub max_objects: u64,
}

impl Default for TemplateOptions {
    fn default() -> Self {
        Self {
            fill: Vec::new(),
            compute: false,
            max_objects: MAX_OBJECTS,
        }
    }
}
