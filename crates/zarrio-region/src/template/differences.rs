//! Where files that should be parts of one archive are not alike.

use std::collections::BTreeSet;
use std::fmt;

use super::builder::listed;
use super::drift::Drift;
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
}

/// All of them, in the order in which they were found.
#[derive(Debug, Clone, Default)]
pub(crate) struct Differences {
    first: String,
    all: Vec<Difference>,
    described: BTreeSet<String>,
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
            }),
        }
    }

    /// Takes down that an attribute differs that changes the meaning of no value.
    pub(crate) fn describe(&mut self, attribute: &str) {
        self.described.insert(attribute.to_owned());
    }

    /// The attributes that differ and change the meaning of no value.
    pub(crate) fn described(&self) -> Vec<&str> {
        self.described.iter().map(String::as_str).collect()
    }

    /// All of them.
    pub(crate) fn list(&self) -> Vec<Drift> {
        let drift = |d: &Difference| Drift {
            what: d.what.clone(),
            first: d.ours.clone(),
            others: d.theirs.clone(),
            files: d.files.clone(),
        };
        self.all.iter().map(drift).collect()
    }

    /// An error that lists them; nothing when there are none.
    pub(crate) fn check(&self) -> Result<(), RegionError> {
        if self.all.is_empty() {
            return Ok(());
        }
        let told = self.all.iter().map(|d| {
            let files = listed(&d.files);
            format!(
                "{} is {} in {}, but {} in {files}",
                d.what, d.ours, self.first, d.theirs
            )
        });
        Err(RegionError::FilesDiffer {
            differences: told.collect(),
            hint: "leave variables out with --drop-variables, or make the template from the files that agree".into(),
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
    /// An attribute of a group, by its name.
    GroupAttribute(&'a str),
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
            Self::GroupAttribute(name) => write!(f, "attribute {name:?} of a group"),
            Self::Value(path, index) => write!(f, "{path}{index}"),
        }
    }
}
