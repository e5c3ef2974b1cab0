//! Which variables of a file belong to which of an archive.

use std::collections::HashSet;

use zarrio_model::config::Config;
use zarrio_model::{NodePath, Source, UnsupportedVariable, VariableSchema};

use super::MatchOptions;
use super::attributes::check_meaning;
use super::disagreement::Disagreement;
use super::geometry::check_geometry;
use super::held::Pair;
use super::side::Side;
use crate::RegionError;
use crate::selection::Selection;

/// The variables that both sides have.
#[derive(Debug, Default)]
pub(super) struct Pairs<'a> {
    /// Those that can be written or compared, in the order of the file.
    pub(super) matched: Vec<Pair<'a>>,
    /// All that are selected.
    pub(super) selected: HashSet<&'a NodePath>,
    /// Those of another kind, unit or calendar.
    pub(super) refused: HashSet<&'a NodePath>,
    pub(super) disagreements: Vec<Disagreement>,
    pub(super) notes: Vec<String>,
}

pub(super) fn is_named(names: &[String], path: &NodePath) -> bool {
    names.iter().any(|name| path.is_named(name))
}

impl<'a> Pairs<'a> {
    /// Selects the variables of a file and compares what their metadata say.
    pub(super) fn new(
        source: &Side<'a>,
        archive: &Side<'a>,
        options: &MatchOptions,
    ) -> Result<Self, RegionError> {
        let mut pairs = Self::default();
        let config = selection_config(source.source, archive.source, options);
        // Its notes tell what a new archive would lose; this one is there already.
        let selection = Selection::new(source.source.schema(), &config, &mut Vec::new())?;
        pairs.notes = left_out(source.source, options);
        let mut unknown = Vec::new();
        for from in selection.variables() {
            pairs.selected.insert(&from.path);
            let Some(to) = archive.source.schema().variable(&from.path) else {
                match unwritable(archive.source, &from.path) {
                    Some(disagreement) => pairs.disagreements.push(disagreement),
                    None => unknown.push(from.path.clone()),
                }
                continue;
            };
            if from.dimensions != to.dimensions {
                pairs.disagreements.push(Disagreement::Dimensions {
                    variable: from.path.clone(),
                    source_has: from.dimensions.clone(),
                    archive_has: to.dimensions.clone(),
                });
                continue;
            }
            let geometry = check_geometry(source, from, to);
            pairs.disagreements.extend(geometry);
            match check_meaning(source, from, archive, to) {
                Ok(times) => pairs.matched.push(Pair { from, to, times }),
                Err(disagreement) => {
                    pairs.refused.insert(&from.path);
                    pairs.disagreements.push(disagreement);
                }
            }
        }
        if !unknown.is_empty() {
            let mut selected = pairs.selected.iter();
            let unknown = Disagreement::Unknown {
                all: selected.all(|path| source.is_coordinate(path) || unknown.contains(path)),
                names: unknown,
            };
            pairs.disagreements.insert(0, unknown);
        }
        Ok(pairs)
    }
}

/// The variables of types that cannot be carried, which the options allow to pass over.
fn left_out(source: &dyn Source, options: &MatchOptions) -> Vec<String> {
    let include = options.include.as_deref();
    let all = source.schema().groups().flat_map(|g| &g.unsupported);
    let wanted = all.filter(|variable| {
        include.is_none_or(|names| is_named(names, &variable.path))
            && !is_named(&options.exclude, &variable.path)
    });
    let note = |variable: &UnsupportedVariable| {
        let (path, declared) = (variable.path.as_str(), &variable.declared_type);
        let reason = &variable.reason;
        format!("variable {path:?} is {declared}: {reason}; it was left out")
    };
    wanted.map(note).collect()
}

/// The variables of an archive that a file should have: all where nothing is said.
pub(super) fn missing<'a>(
    source: &'a dyn Source,
    archive: &'a dyn Source,
    options: &'a MatchOptions,
) -> impl Iterator<Item = &'a VariableSchema> {
    let unsupported = |path: &NodePath| {
        let mut all = source.schema().groups().flat_map(|g| &g.unsupported);
        all.any(|variable| variable.path == *path)
    };
    archive.schema().variables().filter(move |variable| {
        let path = &variable.path;
        options.include.is_none()
            && !is_named(&options.exclude, path)
            && source.schema().variable(path).is_none()
            && !unsupported(path)
    })
}

/// The settings of a selection. What only the archive has may be excluded too.
fn selection_config(source: &dyn Source, archive: &dyn Source, options: &MatchOptions) -> Config {
    let has = |side: &dyn Source, name: &String| {
        let schema = side.schema();
        let unsupported = schema.groups().flat_map(|group| &group.unsupported);
        let mut paths = schema
            .variables()
            .map(|v| &v.path)
            .chain(unsupported.map(|u| &u.path));
        paths.any(|path| is_named(std::slice::from_ref(name), path))
    };
    let mut config = Config {
        skip_unsupported: options.skip_unsupported,
        ..Config::default()
    };
    config.variables.include = options.include.clone();
    let exclude = options.exclude.iter();
    config.variables.exclude = exclude
        .filter(|name| has(source, name) || !has(archive, name))
        .cloned()
        .collect();
    config
}

fn unwritable(archive: &dyn Source, path: &NodePath) -> Option<Disagreement> {
    let mut unsupported = archive.schema().groups().flat_map(|g| &g.unsupported);
    let found = unsupported.find(|variable| variable.path == *path)?;
    Some(Disagreement::Unwritable {
        variable: path.clone(),
        declared: found.declared_type.clone(),
        reason: found.reason.clone(),
    })
}
