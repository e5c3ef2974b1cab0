//! Names of objects and of the places that hold them.

use std::fmt;

use crate::{StoreError, StoreErrorKind};

/// How the names of our unfinished objects begin.
///
/// No key may contain a part with this beginning, and no listing shows one: a reader
/// never takes an unfinished object for a finished one.
pub const TEMPORARY_PREFIX: &str = ".zarrio-tmp-";

/// The longest part that common file systems take, in bytes.
const MAX_PART: usize = 255;
/// The longest key that common object stores take, in bytes.
const MAX_KEY: usize = 1024;

/// The name of an object: parts separated by `/`, as in `t2m/c/0/1`.
///
/// A key can be joined to any root without leaving it: no part is empty, `.` or `..`,
/// none contains NUL, and none begins with [`TEMPORARY_PREFIX`].
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key(String);

/// Where objects lie: the root, or what a directory is on a file system.
///
/// `a` is the place of `a/b` and `a/b/c`, not of `ab` and not of the object `a` itself.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Prefix(String);

impl Key {
    /// The key of this name.
    ///
    /// # Errors
    /// [`StoreErrorKind::InvalidKey`] when the text breaks one of the rules above, or a
    /// part is longer than 255 bytes, or the whole longer than 1024.
    pub fn new(text: impl Into<String>) -> Result<Self, StoreError> {
        let text = text.into();
        if text.is_empty() {
            return Err(invalid(&text, "it is empty"));
        }
        check(&text)?;
        Ok(Self(text))
    }

    /// The key as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The part after the last slash.
    #[must_use]
    pub fn name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or_default()
    }

    /// Where the object lies.
    #[must_use]
    pub fn parent(&self) -> Prefix {
        Prefix(
            self.0
                .rsplit_once('/')
                .map(|(parent, _)| parent.to_owned())
                .unwrap_or_default(),
        )
    }

    /// Whether the object lies in this place, at any depth.
    #[must_use]
    pub fn is_below(&self, prefix: &Prefix) -> bool {
        prefix.is_root()
            || self
                .0
                .strip_prefix(&prefix.0)
                .is_some_and(|rest| rest.starts_with('/'))
    }
}

impl Prefix {
    /// The place that holds everything.
    #[must_use]
    pub fn root() -> Self {
        Self::default()
    }

    /// The place of this name; a trailing slash is ignored, and nothing is the root.
    ///
    /// # Errors
    /// As [`Key::new`].
    pub fn new(text: impl Into<String>) -> Result<Self, StoreError> {
        let mut text = text.into();
        if text.ends_with('/') {
            text.pop();
        }
        if !text.is_empty() {
            check(&text)?;
        }
        Ok(Self(text))
    }

    /// The key of an object in this place; `name` may have several parts.
    ///
    /// # Errors
    /// As [`Key::new`].
    pub fn key(&self, name: &str) -> Result<Key, StoreError> {
        Key::new(self.joined(name))
    }

    /// The place of this name within this one.
    ///
    /// # Errors
    /// As [`Key::new`].
    pub fn join(&self, name: &str) -> Result<Self, StoreError> {
        Self::new(self.joined(name))
    }

    /// Whether this is the root.
    #[must_use]
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// The place as text, without a trailing slash; empty for the root.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn joined(&self, name: &str) -> String {
        if self.is_root() {
            name.to_owned()
        } else {
            format!("{}/{name}", self.0)
        }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn check(text: &str) -> Result<(), StoreError> {
    if text.len() > MAX_KEY {
        return Err(invalid(text, "it is longer than 1024 bytes"));
    }
    for part in text.split('/') {
        let fault = match part {
            "" => "a part of it is empty",
            "." | ".." => "a part of it is \".\" or \"..\"",
            _ if part.contains('\0') => "it contains NUL",
            _ if part.len() > MAX_PART => "a part of it is longer than 255 bytes",
            _ if part.starts_with(TEMPORARY_PREFIX) => "it would name an unfinished object",
            _ => continue,
        };
        return Err(invalid(text, fault));
    }
    Ok(())
}

fn invalid(text: &str, fault: &str) -> StoreError {
    StoreError::new(
        StoreErrorKind::InvalidKey,
        format!("{text:?}"),
        format!("cannot name an object: {fault}"),
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn keys_that_leave_the_root_are_refused() {
        for bad in [
            "",
            "/",
            "/a",
            "a/",
            "a//b",
            ".",
            "..",
            "a/../b",
            "a/.",
            "a\0b",
            ".zarrio-tmp-1/x",
        ] {
            let error = Key::new(bad).expect_err(bad);
            assert_eq!(error.kind(), StoreErrorKind::InvalidKey, "{bad:?}");
        }
        assert!(Key::new("x".repeat(256)).is_err());
        assert!(Key::new(["x"; 600].join("/")).is_err());
        for good in [
            "zarr.json",
            ".zattrs",
            "t2m/c/0/1",
            "a..b",
            "é/ü",
            ".zarrio/locks",
        ] {
            assert_eq!(Key::new(good).expect(good).as_str(), good);
        }
    }

    #[test]
    fn a_place_holds_what_lies_in_it() {
        let key = Key::new("ab/c/d").unwrap();
        assert!(key.is_below(&Prefix::root()));
        assert!(key.is_below(&Prefix::new("ab").unwrap()));
        assert!(key.is_below(&Prefix::new("ab/c/").unwrap()));
        assert!(!key.is_below(&Prefix::new("a").unwrap()));
        assert!(!key.is_below(&Prefix::new("ab/c/d").unwrap()));
        assert_eq!(key.parent().as_str(), "ab/c");
        assert_eq!(key.name(), "d");
        assert_eq!(Key::new("x").unwrap().parent(), Prefix::root());
        assert_eq!(
            Prefix::new("a/").unwrap().key("b/c").unwrap().as_str(),
            "a/b/c"
        );
        assert_eq!(Prefix::root().join("a").unwrap().as_str(), "a");
        assert!(Prefix::new("/").unwrap().is_root());
        assert!(Prefix::new("//").is_err());
    }

    proptest! {
        #[test]
        fn a_valid_key_stays_below_any_root(text in "[a-z./\\\\ ]{0,12}") {
            if let Ok(key) = Key::new(text) {
                let path = std::path::Path::new("/root").join(key.as_str());
                prop_assert!(path.starts_with("/root"));
                prop_assert!(path.components().all(|c| c != std::path::Component::ParentDir));
                prop_assert_eq!(key.parent().key(key.name()).unwrap(), key);
            }
        }
    }
}
