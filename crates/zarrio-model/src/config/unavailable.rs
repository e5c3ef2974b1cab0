//! Settings that are valid, but that this version cannot carry out yet.

use std::fmt;

use super::{Config, VariableChoice};

/// A setting that asks for something that this version does not offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unavailable {
    /// The key that asks for it.
    pub key: &'static str,
    /// What is asked for.
    pub feature: &'static str,
}

impl fmt::Display for Unavailable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}: this version does not offer {} yet",
            self.key, self.feature
        )
    }
}

/// A setting, what it asks for, and when it does.
type Entry = (&'static str, &'static str, fn(&Config) -> bool);

/// An entry goes when its feature comes.
const TABLE: [Entry; 5] = [
    ("packing.enabled", "packing", |config| {
        config.packing.enabled
    }),
    ("rolling_archive.enabled", "rolling archives", |config| {
        config.rolling_archive.enabled
    }),
    (
        "missing_data.retries_on_missing",
        "retries on missing data",
        |config| config.missing_data.retries_on_missing > 0,
    ),
    (
        "missing_data.missing_check_vars",
        "the check for missing data",
        |config| {
            matches!(
                config.missing_data.missing_check_vars,
                Some(VariableChoice::Names(_))
            )
        },
    ),
    ("intelligent_chunking", "planned chunking", |config| {
        config.intelligent_chunking
    }),
];

/// Why `missing_check_vars = "all"` is no refusal but a warning: every file that the Python
/// tool writes says so, whether its user cared or not. Goes with the entry above.
pub(super) const NO_CHECK: &str = "this version does not read data back yet";

impl Config {
    /// What this configuration asks for and this version does not offer.
    #[must_use]
    pub fn unavailable(&self) -> Vec<Unavailable> {
        let asked = TABLE.iter().filter(|(_, _, asks)| asks(self));
        asked
            .map(|&(key, feature, _)| Unavailable { key, feature })
            .collect()
    }
}
