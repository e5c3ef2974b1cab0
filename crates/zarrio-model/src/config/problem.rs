//! What can be wrong with a configuration.

use std::fmt;

use thiserror::Error;

use super::Origin;

/// One thing that is wrong, where it stands, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The key with dots, such as `packing.bits`; empty when a whole text cannot be read.
    pub key: String,
    /// Where it stands.
    pub origin: Origin,
    /// What is wrong, a lower-case fragment.
    pub message: String,
    /// What to do, where the message does not say it.
    pub remedy: Option<String>,
}

impl fmt::Display for Problem {
    /// `zarrio.toml:3: packing.bits: expected 8, 16 or 32, got the number 12`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.origin)?;
        if !self.key.is_empty() {
            write!(f, "{}: ", self.key)?;
        }
        f.write_str(&self.message)
    }
}

/// Everything that is wrong with a configuration, in the order of the layers.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("invalid configuration\n{}", lines(problems))]
pub struct ConfigError {
    /// The problems; never empty.
    pub problems: Vec<Problem>,
}

fn lines(problems: &[Problem]) -> String {
    let line = |problem: &Problem| match &problem.remedy {
        Some(remedy) => format!("  {problem}; {remedy}"),
        None => format!("  {problem}"),
    };
    problems.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// Something that is taken, but that the user should know.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Warning {
    /// A key of the Python tool that has no meaning here.
    Ignored {
        /// The key.
        key: String,
        /// Where it stands.
        origin: Origin,
        /// Why it has none.
        reason: &'static str,
    },
    /// A name that was replaced by another.
    Deprecated {
        /// The old name.
        name: String,
        /// The name to use.
        instead: String,
        /// Where it stands.
        origin: Origin,
    },
    /// A variable whose name begins like ours but that means nothing.
    UnknownVariable {
        /// The variable.
        name: String,
        /// What was probably meant.
        suggestion: Option<String>,
    },
    /// A setting that another one makes meaningless.
    Overruled {
        /// The key that has no effect.
        key: String,
        /// The key that decides.
        by: &'static str,
        /// Where the first one stands.
        origin: Origin,
    },
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ignored {
                key,
                origin,
                reason,
            } => {
                write!(f, "{origin}: {key} has no effect: {reason}")
            }
            Self::Deprecated {
                name,
                instead,
                origin,
            } if origin.layer() == super::Layer::Environment => {
                write!(f, "{name} is deprecated; use {instead}")
            }
            Self::Deprecated {
                name,
                instead,
                origin,
            } => {
                write!(f, "{origin}: {name} is deprecated; use {instead}")
            }
            Self::UnknownVariable { name, suggestion } => {
                write!(
                    f,
                    "the environment variable {name} is not known and has no effect"
                )?;
                match suggestion {
                    Some(suggestion) => write!(f, "; did you mean {suggestion}?"),
                    None => Ok(()),
                }
            }
            Self::Overruled { key, by, origin } => {
                write!(f, "{origin}: {key} has no effect because {by} is given")
            }
        }
    }
}
