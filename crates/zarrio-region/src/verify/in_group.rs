//! A file in the group into which it was written.

use std::fmt;
use std::ops::Deref;

use zarrio_model::{
    DatasetSchema, GroupSchema, NodePath, Region, Source, SourceError, SourceIdentity, StoredPart,
};

use crate::hierarchy::relative;
use crate::ledger::Record;
use crate::zarr_source::ZarrSource;

/// The file of a record, with the names that its variables have in the dataset that is open: that
/// may be a group above the one into which the file was written.
#[derive(Debug)]
pub(crate) struct InGroup<S> {
    source: S,
    group: NodePath,
    /// The schema as the dataset has it; none where the file has the same names.
    schema: Option<DatasetSchema>,
}

impl<S: Deref<Target: Source>> InGroup<S> {
    pub(crate) fn new(source: S, archive: &ZarrSource, record: &Record) -> Self {
        let group = group_of(source.schema(), archive.schema(), record);
        let schema = (!group.is_root()).then(|| below(source.schema(), &group));
        Self {
            source,
            group,
            schema,
        }
    }

    /// What the file itself calls a variable; what is not below the group has no name in it.
    fn own(&self, variable: &NodePath) -> NodePath {
        relative(variable, &self.group).map_or_else(|| variable.clone(), NodePath::parse)
    }
}

/// The group in which the file has the most variables of its record. Where that are several, as of
/// a file whose groups repeat its names, it is the one in which the archive has the most of the
/// file's; of such the uppermost.
fn group_of(file: &DatasetSchema, archive: &DatasetSchema, record: &Record) -> NodePath {
    let variables = record.variables.iter().map(|v| NodePath::parse(&v.path));
    let variables: Vec<NodePath> = variables.collect();
    let Some(first) = variables.first() else {
        return NodePath::root();
    };
    let above = |group: &NodePath| (!group.is_root()).then(|| group.parent());
    let groups = std::iter::successors(Some(first.parent()), above);
    let found = |group: &NodePath| {
        let own = variables.iter().filter_map(|path| relative(path, group));
        own.filter(|name| file.variable(&NodePath::parse(name)).is_some())
            .count()
    };
    let groups: Vec<(usize, NodePath)> = groups.map(|group| (found(&group), group)).collect();
    let most = groups.iter().map(|(count, _)| *count).max().unwrap_or(0);
    let best = groups.into_iter().filter(|(count, _)| *count == most);
    let best: Vec<NodePath> = best.map(|(_, group)| group).collect();
    if let [only] = best.as_slice() {
        return only.clone();
    }
    if most == 0 {
        return NodePath::root();
    }
    let there = |group: &NodePath| {
        let names = file.variables().map(|v| v.path.below(group));
        names.filter(|p| archive.variable(p).is_some()).count()
    };
    // Of equals the last one is taken.
    best.into_iter().max_by_key(there).unwrap_or_default()
}

/// A dataset as a group of another one, which has nothing else.
fn below(schema: &DatasetSchema, group: &NodePath) -> DatasetSchema {
    let mut root = schema.root.clone();
    rename(&mut root, group);
    while !root.path.is_root() {
        root = GroupSchema {
            path: root.path.parent(),
            groups: vec![root],
            ..GroupSchema::default()
        };
    }
    DatasetSchema {
        format: schema.format.clone(),
        root,
        notes: schema.notes.clone(),
    }
}

fn rename(schema: &mut GroupSchema, group: &NodePath) {
    let variables = schema.variables.iter_mut().map(|v| &mut v.path);
    let unsupported = schema.unsupported.iter_mut().map(|v| &mut v.path);
    for path in variables.chain(unsupported).chain([&mut schema.path]) {
        *path = path.below(group);
    }
    for inner in &mut schema.groups {
        rename(inner, group);
    }
}

impl<S> Source for InGroup<S>
where
    S: Deref<Target: Source> + fmt::Debug + Send + Sync,
{
    fn schema(&self) -> &DatasetSchema {
        let own = || self.source.schema();
        self.schema.as_ref().unwrap_or_else(own)
    }

    fn identity(&self) -> &SourceIdentity {
        self.source.identity()
    }

    fn file(&self) -> &SourceIdentity {
        self.source.file()
    }

    fn read(
        &self,
        variable: &NodePath,
        region: &Region,
        out: &mut [u8],
    ) -> Result<(), SourceError> {
        self.source.read(&self.own(variable), region, out)
    }

    fn prefers_whole(&self, variable: &NodePath) -> bool {
        self.source.prefers_whole(&self.own(variable))
    }

    fn read_text(&self, variable: &NodePath, region: &Region) -> Result<Vec<String>, SourceError> {
        self.source.read_text(&self.own(variable), region)
    }

    fn stored_parts(
        &self,
        variable: &NodePath,
        region: &Region,
    ) -> Result<Option<Vec<StoredPart>>, SourceError> {
        self.source.stored_parts(&self.own(variable), region)
    }

    fn unwritten_value(&self, variable: &NodePath) -> Option<Vec<u8>> {
        self.source.unwritten_value(&self.own(variable))
    }

    fn check_unchanged(&self) -> Result<(), SourceError> {
        self.source.check_unchanged()
    }
}

#[cfg(test)]
mod tests {
    use zarrio_model::{DataType, NativeLayout, VariableSchema};

    use super::*;
    use crate::ledger::{FORM, Moment, RecordKind, VariableRecord};

    fn dataset(paths: &[&str]) -> DatasetSchema {
        let mut schema = DatasetSchema::default();
        for path in paths.iter().map(|path| NodePath::parse(path)) {
            let variable = VariableSchema {
                path: path.clone(),
                data_type: DataType::Int8,
                dimensions: Vec::new(),
                shape: Vec::new(),
                attributes: Default::default(),
                layout: NativeLayout::default(),
            };
            let group = GroupSchema {
                path: path.parent(),
                variables: vec![variable],
                ..GroupSchema::default()
            };
            match path.parent().is_root() {
                true => schema.root.variables.extend(group.variables),
                false => schema.root.groups.push(group),
            }
        }
        schema
    }

    fn record(path: &str) -> Record {
        Record {
            form: FORM,
            id: String::new(),
            kind: RecordKind::Region,
            order: 1,
            began: Moment::from_nanoseconds(1),
            finished: Moment::from_nanoseconds(1),
            source: None,
            selection: String::new(),
            reason: None,
            durable: true,
            check: String::new(),
            version: String::new(),
            writer: String::new(),
            parts: 1,
            announced: None,
            extents: Vec::new(),
            variables: vec![VariableRecord::nothing(path)],
        }
    }

    #[test]
    fn files_lie_in_the_group_where_their_names_are() {
        let check = |file: &[&str], archive: &[&str], recorded: &str, expected: &str| {
            let found = group_of(&dataset(file), &dataset(archive), &record(recorded));
            assert_eq!(found.as_str(), expected, "{file:?} {archive:?} {recorded}");
        };
        check(&["t"], &["t"], "t", "");
        check(&["t"], &["a/b/t"], "a/b/t", "a/b");
        check(&["b/t"], &["a/b/t"], "a/b/t", "a");
        check(&["other"], &["a/b/t"], "a/b/t", "");
        // A file whose groups repeat its names.
        let file = ["t", "a/t"];
        check(&file, &file, "a/t", "");
        let archive = ["a/t", "a/a/t"];
        check(&file, &archive, "a/t", "a");
        check(&file, &archive, "a/a/t", "a");
    }
}
