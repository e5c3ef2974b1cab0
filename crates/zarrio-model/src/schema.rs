//! What a dataset contains, whatever it is stored in.

use crate::{Attributes, DataType, NodePath, cf};

/// A named length.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dimension {
    /// The name, unique in its group.
    pub name: String,
    /// The present length.
    pub length: u64,
    /// Whether the source lets it grow.
    pub unlimited: bool,
}

/// How the elements of a variable lie in their file or archive.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct NativeLayout {
    /// The chunk shape; `None` for contiguous data.
    pub chunks: Option<Vec<u64>>,
    /// The shape of a stored object, where it holds several chunks (Zarr sharding).
    pub shards: Option<Vec<u64>>,
    /// The codecs or filters in the order in which they are applied, for people:
    /// `shuffle`, `deflate 4`.
    pub codecs: Vec<String>,
    /// The type of the file where it differs from the carried one: `char`, `enum sky_t`.
    pub declared_type: Option<String>,
    /// Bytes that the data take where they are stored, where the reader knows.
    pub stored_bytes: Option<u64>,
}

impl NativeLayout {
    /// The shape of what is decoded at once: a shard, where there are shards, or a chunk.
    #[must_use]
    pub fn unit(&self) -> Option<&[u64]> {
        self.shards.as_deref().or(self.chunks.as_deref())
    }
}

/// An array of a dataset.
#[derive(Debug, Clone, PartialEq)]
pub struct VariableSchema {
    /// The path from the root of the dataset.
    pub path: NodePath,
    /// The type that [`Source`](crate::Source) delivers.
    pub data_type: DataType,
    /// Names of the dimensions, slowest first; empty for a scalar.
    pub dimensions: Vec<String>,
    /// Lengths of the dimensions.
    pub shape: Vec<u64>,
    /// The attributes as they are stored, CF encoding attributes included.
    pub attributes: Attributes,
    /// How the data lie where they come from.
    pub layout: NativeLayout,
}

impl VariableSchema {
    /// The name within the group.
    #[must_use]
    pub fn name(&self) -> &str {
        self.path.name()
    }

    /// The number of elements, saturating at `u64::MAX`.
    #[must_use]
    pub fn num_elements(&self) -> u64 {
        self.shape.iter().copied().fold(1, u64::saturating_mul)
    }

    /// The uncompressed size in bytes; `None` for text.
    #[must_use]
    pub fn raw_bytes(&self) -> Option<u64> {
        Some(
            self.num_elements()
                .saturating_mul(self.data_type.size()? as u64),
        )
    }

    /// The uncompressed size of several variables in bytes, without text; at most `u64::MAX`.
    pub fn raw_bytes_of<'a>(variables: impl IntoIterator<Item = &'a Self>) -> u64 {
        let bytes = variables.into_iter().filter_map(Self::raw_bytes);
        bytes.fold(0, u64::saturating_add)
    }

    /// Whether this is a coordinate variable: one dimension, of its own name (CF 1.2).
    #[must_use]
    pub fn is_dimension_coordinate(&self) -> bool {
        matches!(self.dimensions.as_slice(), [only] if only == self.name())
    }

    /// Whether attributes say that its numbers are packed (CF 8.1).
    #[must_use]
    pub fn is_packed(&self) -> bool {
        cf::PACKING
            .iter()
            .any(|name| self.attributes.get(name).is_some())
    }
}

/// A variable of a type that cannot be carried, listed so that a caller can leave it out
/// knowingly.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnsupportedVariable {
    /// The path from the root of the dataset.
    pub path: NodePath,
    /// The type as the file declares it: `compound`, `opaque 16`.
    pub declared_type: String,
    /// Why it cannot be read, a lower-case fragment.
    pub reason: String,
}

/// A group: dimensions, variables and groups of its own.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct GroupSchema {
    /// The path from the root of the dataset.
    pub path: NodePath,
    /// Dimensions that this group declares; a child sees those of its parents too.
    pub dimensions: Vec<Dimension>,
    /// Variables in the order of the file.
    pub variables: Vec<VariableSchema>,
    /// Variables that cannot be read.
    pub unsupported: Vec<UnsupportedVariable>,
    /// The group's attributes.
    pub attributes: Attributes,
    /// Groups within.
    pub groups: Vec<GroupSchema>,
}

impl GroupSchema {
    /// This group and all below it, parents first.
    pub fn walk(&self) -> impl Iterator<Item = &GroupSchema> {
        // A list instead of nested iterators, so that the depth of a file's groups costs
        // nothing at each step.
        let mut waiting = vec![self];
        std::iter::from_fn(move || {
            let group = waiting.pop()?;
            waiting.extend(group.groups.iter().rev());
            Some(group)
        })
    }

    /// The variable of this name in this very group.
    #[must_use]
    pub fn variable(&self, name: &str) -> Option<&VariableSchema> {
        self.variables
            .iter()
            .find(|variable| variable.name() == name)
    }
}

/// A whole dataset.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DatasetSchema {
    /// The format, for people: `NetCDF-4`, `NetCDF classic (CDF-2)`, `Zarr format 3`.
    pub format: String,
    /// The root group.
    pub root: GroupSchema,
    /// What the reader left out or had to change, one sentence each.
    pub notes: Vec<String>,
}

impl DatasetSchema {
    /// Every group, parents first.
    pub fn groups(&self) -> impl Iterator<Item = &GroupSchema> {
        self.root.walk()
    }

    /// Every variable of every group.
    pub fn variables(&self) -> impl Iterator<Item = &VariableSchema> {
        self.groups().flat_map(|group| &group.variables)
    }

    /// The group at a path.
    #[must_use]
    pub fn group(&self, path: &NodePath) -> Option<&GroupSchema> {
        self.groups().find(|group| group.path == *path)
    }

    /// The variable at a path.
    #[must_use]
    pub fn variable(&self, path: &NodePath) -> Option<&VariableSchema> {
        self.group(&path.parent())?.variable(path.name())
    }

    /// The variable that a name means in a group: there or in the nearest group above that has
    /// one which fits (CF 2.7.1).
    pub fn in_scope(
        &self,
        group: &NodePath,
        name: &str,
        fits: impl Fn(&VariableSchema) -> bool,
    ) -> Option<&VariableSchema> {
        let found = |group: NodePath| self.variable(&group.join(name)).filter(|v| fits(v));
        group.upwards().find_map(found)
    }

    /// The dimension of a variable that has a name, with the nearest group that declares it.
    #[must_use]
    pub fn declared(&self, variable: &NodePath, name: &str) -> Option<(&GroupSchema, &Dimension)> {
        variable.parent().upwards().find_map(|group| {
            let group = self.group(&group)?;
            let dimension = group.dimensions.iter().find(|d| d.name == name)?;
            Some((group, dimension))
        })
    }
}
