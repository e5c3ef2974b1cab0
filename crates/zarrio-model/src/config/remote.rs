//! How object stores are talked to.

use std::fmt;

use super::ByVariable;
use super::setting::{Fault, Setting};
use super::tree::{Node, Value};

/// How requests to object stores and web servers are made.
#[derive(Debug, Clone, PartialEq)]
pub struct RemoteConfig {
    /// Options of the provider: endpoint, region, credentials …
    pub options: StorageOptions,
    /// How often a request is made again that failed for a reason that may pass.
    pub retries: u32,
    /// How many seconds one request may take.
    pub timeout: f64,
    /// The longest pause between two tries, in seconds.
    pub max_backoff: f64,
    /// How many requests may be under way at once.
    pub max_concurrent_requests: u32,
    /// The directory for copies of files at URLs; empty where they are read in place.
    pub cache_dir: String,
}

impl Default for RemoteConfig {
    fn default() -> Self {
        Self {
            options: StorageOptions::default(),
            retries: 10,
            timeout: 60.0,
            max_backoff: 15.0,
            max_concurrent_requests: 64,
            cache_dir: String::new(),
        }
    }
}

/// Options of object stores by their names. Those that may be secrets are never shown.
#[derive(Clone, PartialEq, Default)]
pub struct StorageOptions(ByVariable<String>);

/// What stands for a value that is not shown.
const HIDDEN: &str = "(hidden)";

impl StorageOptions {
    /// Names and values in the order in which they were given.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name, value.as_str()))
    }

    fn shown(&self) -> impl Iterator<Item = (&str, &str)> {
        self.iter().map(|(name, value)| match Self::is_open(name) {
            true => (name, value),
            false => (name, HIDDEN),
        })
    }

    /// Whether an option of this name certainly is no secret: what is not known may be one.
    #[must_use]
    pub fn is_open(name: &str) -> bool {
        const OPEN: [&str; 8] = [
            "endpoint",
            "endpoint_url",
            "region",
            "account_name",
            "bucket",
            "skip_signature",
            "virtual_hosted_style_request",
            "use_emulator",
        ];
        let name = name.to_ascii_lowercase().replace('-', "_");
        OPEN.iter().any(|open| {
            name.strip_suffix(open)
                .is_some_and(|prefix| prefix.is_empty() || prefix.ends_with('_'))
        })
    }
}

impl fmt::Debug for StorageOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.shown()).finish()
    }
}

impl FromIterator<(String, String)> for StorageOptions {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(entries: I) -> Self {
        Self(entries.into_iter().collect())
    }
}

impl Setting for StorageOptions {
    fn read(node: &Node) -> Result<Self, Vec<Fault>> {
        ByVariable::read(node).map(Self)
    }

    fn write(&self) -> Value {
        let shown = self
            .shown()
            .map(|(name, value)| (name.to_owned(), value.to_owned()));
        shown.collect::<ByVariable<String>>().write()
    }

    fn merge(self, higher: Self) -> Self {
        Self(self.0.merge(higher.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_known_to_be_no_secret_is_shown() {
        let options: StorageOptions = [
            ("endpoint", "http://here"),
            ("AWS_REGION", "eu"),
            ("secret_access_key", "S1"),
            ("sas", "S2"),
            ("new-option", "S3"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into_iter()
        .collect();
        let shown = format!("{options:?} {:?}", options.write());
        assert!(
            shown.contains("http://here") && shown.contains("\"eu\""),
            "{shown}"
        );
        for secret in ["S1", "S2", "S3"] {
            assert!(!shown.contains(secret), "{shown}");
        }
    }
}
