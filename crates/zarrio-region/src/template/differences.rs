//! Where files that should be parts of one archive are not alike.

use std::fmt;

use zarrio_model::config::Config;

use super::builder::listed;
use crate::RegionError;

/// Something in which files differ from the first one.
#[derive(Debug, Clone, PartialEq)]
struct Difference {
    /// What differs: `units of variable "t2m"`.
    what: String,
    /// What the first file says.
    ours: String,
    /// What the others say.
    theirs: String,
    /// The others.
    files: Vec<String>,
    /// The global attribute that it is.
    global: Option<String>,
}

/// All of them, in the order in which they were found.
#[derive(Debug, Clone, Default)]
pub(crate) struct Differences {
    first: String,
    all: Vec<Difference>,
}

impl Differences {
    /// Takes down that `theirs` is what `file` says and `ours` what `first` says.
    pub(crate) fn add(
        &mut self,
        first: &str,
        file: &str,
        what: &What<'_>,
        ours: String,
        theirs: String,
    ) {
        first.clone_into(&mut self.first);
        let text = what.to_string();
        let known = self
            .all
            .iter_mut()
            .find(|d| d.what == text && d.ours == ours && d.theirs == theirs);
        match known {
            Some(difference) => difference.files.push(file.to_owned()),
            None => self.all.push(Difference {
                what: text,
                ours,
                theirs,
                files: vec![file.to_owned()],
                global: match what {
                    What::GlobalAttribute(name) => Some((*name).to_owned()),
                    _ => None,
                },
            }),
        }
    }

    /// An error that lists them; nothing when there are none. An attribute that the settings
    /// set need not agree.
    pub(crate) fn check(&self, config: &Config) -> Result<(), RegionError> {
        let set = config.attrs.as_map();
        let counted = self.all.iter().filter(|difference| {
            !difference
                .global
                .as_ref()
                .is_some_and(|name| set.contains_key(name))
        });
        let problems: Vec<(String, bool)> = counted
            .map(|d| {
                let text = format!(
                    "{} is {} in {}, but {} in {}",
                    d.what,
                    d.ours,
                    self.first,
                    d.theirs,
                    listed(&d.files)
                );
                (text, d.global.is_some())
            })
            .collect();
        if problems.is_empty() {
            return Ok(());
        }
        let hint = if problems.iter().all(|(_, global)| *global) {
            "set the archive's own with --attrs"
        } else {
            "leave variables out with --drop-variables, or make the template from the files that agree"
        };
        Err(RegionError::FilesDiffer {
            differences: problems.into_iter().map(|(text, _)| text).collect(),
            hint: hint.into(),
        })
    }
}

/// Something that files say.
#[derive(Debug, Clone)]
pub(crate) enum What<'a> {
    /// Whether there is a variable.
    Variable(&'a str),
    /// A property of a variable: `the type`.
    Property(&'static str, &'a str),
    /// The length of a dimension of a variable.
    Length(&'a str, &'a str),
    /// An attribute of a variable.
    Attribute(&'a str, &'a str),
    /// An attribute of the root group.
    GlobalAttribute(&'a str),
    /// An attribute of another group.
    GroupAttribute(&'a str, &'a str),
    /// An element of a variable.
    Value(&'a str, String),
}

impl fmt::Display for What<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Variable(path) => write!(f, "variable {path:?}"),
            Self::Property(what, path) => write!(f, "{what} of variable {path:?}"),
            Self::Length(path, dimension) => {
                write!(f, "the length of {dimension:?} of variable {path:?}")
            }
            Self::Attribute(path, name) => write!(f, "attribute {name:?} of variable {path:?}"),
            Self::GlobalAttribute(name) => write!(f, "global attribute {name:?}"),
            Self::GroupAttribute(group, name) => {
                write!(f, "attribute {name:?} of group {group:?}")
            }
            Self::Value(path, index) => write!(f, "{path}{index}"),
        }
    }
}
