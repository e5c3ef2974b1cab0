//! Where a value comes from.

use std::fmt;
use std::path::PathBuf;

use serde::{Serialize, Serializer};

/// The layers of a configuration, lowest first: a higher one wins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Layer {
    /// What zarrio brings with it.
    Default,
    /// A configuration file.
    File,
    /// The environment.
    Environment,
    /// The command line.
    Flag,
}

/// The very place in a layer.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Origin {
    /// What zarrio brings with it.
    Default,
    /// A configuration file.
    File {
        /// The path as it was given.
        path: PathBuf,
        /// The line, counted from 1, where it is known.
        line: Option<usize>,
    },
    /// An environment variable.
    Environment {
        /// Its name.
        variable: String,
    },
    /// A flag of the command line.
    Flag {
        /// Its name with the dashes.
        name: String,
    },
}

impl Origin {
    /// The layer to which the place belongs.
    #[must_use]
    pub const fn layer(&self) -> Layer {
        match self {
            Self::Default => Layer::Default,
            Self::File { .. } => Layer::File,
            Self::Environment { .. } => Layer::Environment,
            Self::Flag { .. } => Layer::Flag,
        }
    }
}

impl fmt::Display for Origin {
    /// `default`, `zarrio.toml:3`, `ZARRIO_JOBS`, `--jobs`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.pad("default"),
            Self::File {
                path,
                line: Some(line),
            } => write!(f, "{}:{line}", path.display()),
            Self::File { path, line: None } => write!(f, "{}", path.display()),
            Self::Environment { variable } => f.pad(variable),
            Self::Flag { name } => f.pad(name),
        }
    }
}

impl Serialize for Origin {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
