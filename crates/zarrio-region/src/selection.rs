//! Which variables of a source are converted.

use std::collections::HashSet;

use zarrio_model::config::Config;
use zarrio_model::{DatasetSchema, GroupSchema, NodePath, VariableSchema, cf, check_name};

use crate::RegionError;
use crate::hierarchy::relative;

/// The variables that are kept, with their groups.
#[derive(Debug)]
pub(crate) struct Selection<'s> {
    schema: &'s DatasetSchema,
    kept: HashSet<&'s NodePath>,
    /// Groups that hold nothing that is kept, and cannot be groups of an archive.
    nameless: Vec<&'s NodePath>,
}

impl<'s> Selection<'s> {
    /// Applies `variables.include` and `variables.exclude`, and decides about variables of
    /// types that cannot be carried.
    pub(crate) fn new(
        schema: &'s DatasetSchema,
        config: &Config,
        notes: &mut Vec<String>,
    ) -> Result<Self, RegionError> {
        let all: Vec<&NodePath> = schema.variables().map(|v| &v.path).collect();
        let unsupported: Vec<_> = schema.groups().flat_map(|g| &g.unsupported).collect();
        let include = config.variables.include.as_deref();
        let exclude = config.variables.exclude.as_slice();
        for name in include.unwrap_or_default().iter().chain(exclude) {
            let mut known = all
                .iter()
                .copied()
                .chain(unsupported.iter().map(|u| &u.path));
            if !known.any(|path| path.is_named(name)) {
                return Err(unknown_variable(name, &all));
            }
        }

        let excluded = |path: &NodePath| exclude.iter().any(|name| path.is_named(name));
        let included = |path: &NodePath| {
            include.is_none_or(|list| list.iter().any(|name| path.is_named(name)))
        };
        let mut kept: HashSet<&NodePath> =
            all.iter().copied().filter(|path| included(path)).collect();
        if include.is_some() {
            add_companions(schema, &mut kept);
        }
        kept.retain(|path| !excluded(path));

        for variable in unsupported {
            if !included(&variable.path) || excluded(&variable.path) {
                continue;
            }
            let path = &variable.path;
            let text = format!(
                "variable {:?} is {}: {}",
                path.as_str(),
                variable.declared_type,
                variable.reason
            );
            if !config.skip_unsupported {
                return Err(RegionError::Unsupported {
                    message: text,
                    hint: format!(
                        "leave it out with --drop-variables {path}, or all such variables with --skip-unsupported"
                    ),
                });
            }
            notes.push(format!("{text}; it was left out"));
        }

        let mut nameless = Vec::new();
        for path in schema.groups().map(|group| &group.path) {
            let is_needed = kept
                .iter()
                .any(|variable| relative(variable, path).is_some());
            if is_needed || path.is_root() {
                continue;
            }
            if let Err(reason) = check_name(path.name()) {
                notes.push(format!(
                    "group {:?}, of which no variable is kept, was left out: it cannot be the name of a Zarr node: {reason}",
                    path.as_str()
                ));
                nameless.push(path);
            }
        }

        let selection = Self {
            schema,
            kept,
            nameless,
        };
        selection.note_lost_dimensions(notes);
        Ok(selection)
    }

    /// The groups of the dataset, parents first.
    pub(crate) fn groups(&self) -> impl Iterator<Item = &'s GroupSchema> {
        self.schema.groups().filter(|group| {
            let path = &group.path;
            let mut nameless = self.nameless.iter();
            !nameless.any(|above| path == *above || relative(path, above).is_some())
        })
    }

    /// The variables that are kept, in the order of the source.
    pub(crate) fn variables(&self) -> impl Iterator<Item = &'s VariableSchema> {
        self.schema
            .variables()
            .filter(|variable| self.kept.contains(&variable.path))
    }

    /// Zarr knows dimensions only as those of arrays.
    fn note_lost_dimensions(&self, notes: &mut Vec<String>) {
        let mut lost = Vec::new();
        for group in self.groups() {
            let below = |path: &NodePath| relative(path, &group.path).is_some();
            let variables: Vec<_> = self.variables().filter(|v| below(&v.path)).collect();
            for dimension in &group.dimensions {
                if !variables
                    .iter()
                    .any(|v| v.dimensions.contains(&dimension.name))
                {
                    let path = group.path.join(&dimension.name);
                    lost.push(format!("{path} ({})", dimension.length));
                }
            }
        }
        if !lost.is_empty() {
            notes.push(format!(
                "dimensions that no array has, such as lengths of texts, are not kept: {}",
                first_of(&lost, 8)
            ));
        }
    }
}

/// Adds to the kept variables the coordinates of their dimensions and what their attributes
/// name, until nothing is missing.
fn add_companions<'s>(schema: &'s DatasetSchema, kept: &mut HashSet<&'s NodePath>) {
    let mut open: Vec<&NodePath> = kept.iter().copied().collect();
    while let Some(path) = open.pop() {
        let Some(variable) = schema.variable(path) else {
            continue;
        };
        let listed = cf::NAMING
            .iter()
            .filter_map(|name| variable.attributes.text(name));
        let names = listed
            .flat_map(str::split_whitespace)
            .map(|name| name.trim_end_matches(':'))
            .chain(variable.dimensions.iter().map(String::as_str));
        for name in names {
            if let Some(found) = schema.in_scope(&path.parent(), name, |_| true)
                && kept.insert(&found.path)
            {
                open.push(&found.path);
            }
        }
    }
}

fn unknown_variable(name: &str, all: &[&NodePath]) -> RegionError {
    let names: Vec<&str> = all.iter().map(|path| path.as_str()).collect();
    let shown = first_of(&names, 20);
    RegionError::Settings {
        message: format!("there is no variable {name:?} in the source"),
        hint: format!("the variables are {shown}"),
    }
}

/// The first few of some names, and how many more there are.
fn first_of<T: AsRef<str>>(names: &[T], most: usize) -> String {
    let shown: Vec<&str> = names.iter().take(most).map(AsRef::as_ref).collect();
    match names.len().saturating_sub(most) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}
