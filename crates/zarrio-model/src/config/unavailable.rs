//! Settings that are valid, but that this version cannot carry out yet.

use std::fmt;

use super::Config;

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
const TABLE: [Entry; 1] = [("rolling_archive.enabled", "rolling archives", |config| {
    config.rolling_archive.enabled
})];

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
