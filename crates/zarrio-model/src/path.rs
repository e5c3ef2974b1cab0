//! Names of groups and variables.

use std::fmt;

/// The path of a group or variable from the root of its dataset: `forecast/t2m`.
///
/// The root group is the empty path.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct NodePath(String);

impl NodePath {
    /// The root group.
    #[must_use]
    pub fn root() -> Self {
        Self::default()
    }

    /// The path that a text with `/` between names describes; leading, trailing and doubled
    /// slashes are ignored.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        Self(
            text.split('/')
                .filter(|part| !part.is_empty())
                .collect::<Vec<_>>()
                .join("/"),
        )
    }

    /// The path of a child.
    #[must_use]
    pub fn join(&self, name: &str) -> Self {
        if self.0.is_empty() {
            Self(name.to_owned())
        } else {
            Self(format!("{}/{name}", self.0))
        }
    }

    /// This path below another.
    #[must_use]
    pub fn below(&self, group: &Self) -> Self {
        if self.is_root() {
            group.clone()
        } else {
            group.join(&self.0)
        }
    }

    /// Whether this is the root.
    #[must_use]
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// The path as text, without a leading slash.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The last name; empty for the root.
    #[must_use]
    pub fn name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or_default()
    }

    /// Whether a name in settings means this: it is the whole path or the last name.
    #[must_use]
    pub fn is_named(&self, name: &str) -> bool {
        name == self.as_str() || name == self.name()
    }

    /// This path and those of the groups that contain it, the root last.
    pub fn upwards(&self) -> impl Iterator<Item = Self> + use<> {
        std::iter::successors(Some(self.clone()), |path| {
            (!path.is_root()).then(|| path.parent())
        })
    }

    /// The path of the containing group; the root is its own parent.
    #[must_use]
    pub fn parent(&self) -> Self {
        Self(
            self.0
                .rsplit_once('/')
                .map(|(parent, _)| parent.to_owned())
                .unwrap_or_default(),
        )
    }
}

impl fmt::Display for NodePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What xarray calls an array without a name. Its two underscores break the rule of format 3,
/// but such files are common, and every reader opens such archives.
const UNNAMED: &str = "__xarray_dataarray_variable__";

/// Why a name cannot be a node of a Zarr hierarchy; `Ok` when it can.
///
/// Zarr format 3, "Node names": not empty, not only dots, no `/`, no leading `__`. A name
/// that begins with our private prefix `.zarrio` would collide with our own objects, and
/// one that begins with `.z` or is `zarr.json` with Zarr's documents.
///
/// # Errors
/// The reason, as a lower-case fragment.
pub fn check_name(name: &str) -> Result<(), &'static str> {
    if name.is_empty() {
        Err("it is empty")
    } else if name.chars().all(|c| c == '.') {
        Err("it consists of dots")
    } else if name.contains(['/', '\\', '\0']) {
        Err("it contains a slash, a backslash or NUL")
    } else if name.starts_with("__") && name != UNNAMED {
        Err("names that begin with two underscores are reserved by Zarr")
    } else if name.starts_with(".z") || name == "zarr.json" {
        Err("Zarr keeps its metadata under this name")
    } else if name.len() > 200 {
        Err("it is longer than 200 bytes")
    } else {
        Ok(())
    }
}
