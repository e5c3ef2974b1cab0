//! From the settings and the schema to chunk shapes.

use serde::{Serialize, Serializer};
use zarrio_chunking::{
    Array, COORDINATE_CHUNK, ChunkPlan, ChunkWarning, Dimension, FileSteps, Labelled, Method,
    Planning, Role, SizeBounds, check, plan, roles, shard_shape,
};
use zarrio_model::config::{ChunkLength, ChunkStrategy, Chunking, Config, Shards, ZarrFormat};
use zarrio_model::{DatasetSchema, NodePath, VariableSchema};

use crate::RegionError;
use crate::packing::Wanted;

/// What a text is taken to have: its pointer and its length.
const TEXT_BYTES: u64 = 16;

/// Chunks that were planned for an access pattern, and the variables that have them.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PlannedChunks {
    /// The variables; they have the same dimensions.
    #[serde(serialize_with = "as_texts")]
    pub variables: Vec<NodePath>,
    /// The plan with its reasons.
    pub plan: ChunkPlan,
}

fn as_texts<S: Serializer>(paths: &[NodePath], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(paths.iter().map(NodePath::as_str))
}

/// Chunk shapes of all variables.
pub(crate) struct Chunks {
    /// In the order of the variables.
    pub(crate) shapes: Vec<Vec<u64>>,
    /// The shards of those that have some.
    pub(crate) shards: Vec<Option<Vec<u64>>>,
    /// Those that were planned for an access pattern.
    pub(crate) planned: Vec<PlannedChunks>,
}

/// The chunk shapes that the settings ask for.
///
/// # Errors
/// When a dimension is named that no variable has, a variable is named to be packed that cannot
/// be, or the settings contradict each other.
pub(crate) fn chunk_shapes<'a>(
    schema: &'a DatasetSchema,
    variables: &[&'a VariableSchema],
    config: &'a Config,
    files: &FileSteps,
) -> Result<Chunks, RegionError> {
    let wanted = Wanted::of(schema, config);
    let stepped = |variable: &VariableSchema| config.packing.precision.of(&variable.path).is_some();
    let roles: Vec<Vec<Role>> = variables
        .iter()
        .map(|variable| dimension_roles(schema, variable, &config.time.dim))
        .collect();
    let extents: Vec<Vec<u64>> = variables
        .iter()
        .map(|variable| extents(schema, variable, config))
        .collect();
    let arrays: Vec<Array<'_>> = variables
        .iter()
        .zip(&roles)
        .zip(&extents)
        .map(|((variable, roles), extents)| {
            Ok(Array {
                dimensions: &variable.dimensions,
                shape: extents,
                roles,
                // How many bits a precision takes is known with the data alone.
                element_size: match wanted.packs(variable)? && !stepped(variable) {
                    true => u64::from(config.packing.bits.bits()) / 8,
                    false => variable
                        .data_type
                        .size()
                        .map_or(TEXT_BYTES, |size| size as u64),
                },
                source_chunks: variable.layout.chunks.as_deref(),
                coordinate: variable.is_dimension_coordinate(),
            })
        })
        .collect::<Result<_, RegionError>>()?;
    let wishes: Vec<_> = config.chunking.iter().collect();
    let planning = Planning {
        method: method(config)?,
        target: config.target_chunk_size,
        storage: config.storage,
        files: files.clone(),
    };
    let mut found = plan(&arrays, &wishes, &planning)?;
    for ((variable, extents), shape) in variables.iter().zip(&extents).zip(&mut found.shapes) {
        if let [chunk] = shape.as_mut_slice()
            && variable.is_dimension_coordinate()
            && (*extents != variable.shape || grows(schema, variable))
        {
            // An archive that grows does so by steps, and is to get no chunk for each of them.
            *chunk = (*chunk).max(COORDINATE_CHUNK);
        }
    }
    let named = |class: zarrio_chunking::ArrayPlan| PlannedChunks {
        variables: class
            .arrays
            .iter()
            .map(|&i| variables[i].path.clone())
            .collect(),
        plan: class.plan,
    };
    let shards = match &config.shards {
        Shards::None => vec![None; arrays.len()],
        _ if config.zarr_format == ZarrFormat::V2 => {
            return Err(RegionError::Settings {
                message: "format 2 has no shards".into(),
                hint: "write format 3 with --zarr-format 3, or leave --shards out".into(),
            });
        }
        Shards::Auto => found.shards,
        Shards::Lengths(lengths) => by_hand(variables, &arrays, &found.shapes, lengths)?,
    };
    let fixed_size = variables.iter().map(|v| v.data_type.size().is_some());
    let shards = shards.into_iter().zip(fixed_size);
    Ok(Chunks {
        // Texts are never in shards: see the codec's plan.
        shards: shards
            .map(|(shard, fixed)| shard.filter(|_| fixed))
            .collect(),
        shapes: found.shapes,
        planned: found.plans.into_iter().map(named).collect(),
    })
}

/// Shards of lengths that were given by hand. Coordinates have long chunks already.
fn by_hand(
    variables: &[&VariableSchema],
    arrays: &[Array<'_>],
    shapes: &[Vec<u64>],
    lengths: &Chunking,
) -> Result<Vec<Option<Vec<u64>>>, RegionError> {
    let named = |name: &str| {
        arrays
            .iter()
            .any(|a| a.dimensions.iter().any(|d| d == name))
    };
    if let Some((name, _)) = lengths.iter().find(|(name, _)| !named(name)) {
        return Err(RegionError::Settings {
            message: format!("--shards: there is no dimension {name:?}"),
            hint: "name dimensions that the variables have".into(),
        });
    }
    let each = variables.iter().zip(arrays).zip(shapes);
    each.map(|((variable, array), chunks)| {
        if array.coordinate {
            return Ok(None);
        }
        shard_shape(array.dimensions, array.shape, chunks, lengths).map_err(|error| {
            RegionError::Settings {
                message: format!("shards of {:?}: {error}", variable.path.as_str()),
                hint: "give shards of whole chunks with --shards, or chunks of other lengths with --chunking".into(),
            }
        })
    })
    .collect()
}

/// Whether a coordinate is one along which its source grows: its chunks may tell, where those are
/// longer than it is yet.
fn grows(schema: &DatasetSchema, coordinate: &VariableSchema) -> bool {
    let chunks = coordinate.layout.chunks.iter().flatten();
    let mut lengths = chunks.zip(&coordinate.shape);
    let declared = schema.declared(&coordinate.path, coordinate.name());
    declared.is_some_and(|(_, dimension)| dimension.unlimited)
        || lengths.any(|(chunk, length)| chunk > length)
}

/// How lengths are found that are not given by hand: planned where that is asked for, or
/// where nothing is given at all.
fn method(config: &Config) -> Result<Method, RegionError> {
    let asked = config.intelligent_chunking;
    let planned = asked.unwrap_or_else(|| config.chunking.is_open());
    if !planned || config.chunking.keeps_source() {
        return Ok(Method::Source);
    }
    match (config.chunk_strategy, config.access_pattern.only()) {
        (ChunkStrategy::Optimal, _) => Ok(Method::Optimal(config.access_pattern.clone())),
        (ChunkStrategy::Classic, Some(pattern)) => Ok(Method::Classic(pattern)),
        (ChunkStrategy::Classic, None) => Err(RegionError::Settings {
            message: "the classic chunk strategy plans for one access pattern only".into(),
            hint: "name one pattern, or take the strategy optimal".into(),
        }),
    }
}

/// The roles of a variable's dimensions, by the coordinates that its group and those above
/// have. A dimension that the settings call time is time.
pub(crate) fn dimension_roles(
    schema: &DatasetSchema,
    variable: &VariableSchema,
    time: &str,
) -> Vec<Role> {
    let mut labelled = Vec::new();
    for group in variable.path.parent().upwards() {
        let members = schema.groups().filter(|g| g.path == group);
        for coordinate in members.flat_map(|g| &g.variables) {
            labelled.push(Labelled {
                name: coordinate.name(),
                dimensions: &coordinate.dimensions,
                attributes: &coordinate.attributes,
            });
        }
    }
    let names: Vec<&str> = variable.dimensions.iter().map(String::as_str).collect();
    let found = roles(&names, &labelled);
    let settled = |(name, role): (&&str, Role)| if *name == time { Role::Time } else { role };
    names.iter().zip(found).map(settled).collect()
}

/// The lengths for which a variable's chunks are made: its own, and along time at least that of
/// a chunk that was asked for, because an archive grows, and its chunks stay what they were.
fn extents(schema: &DatasetSchema, variable: &VariableSchema, config: &Config) -> Vec<u64> {
    let roles = dimension_roles(schema, variable, &config.time.dim);
    let each = variable.dimensions.iter().zip(&variable.shape).zip(roles);
    each.map(|((name, &length), role)| {
        let grows = role == Role::Time || *name == config.time.append_dim;
        match config.chunking.get(name) {
            Some(ChunkLength::Length(asked)) if grows => length.max(asked.get()),
            _ => length,
        }
    })
    .collect()
}

/// What is to be said about lengths that were given by hand, by the largest variable that has
/// them. Nothing matters where all of it is no larger than a chunk may be.
pub(crate) fn judged(
    schema: &DatasetSchema,
    variables: &[&VariableSchema],
    shapes: &[Vec<u64>],
    config: &Config,
) -> Vec<String> {
    let given: Vec<(&str, u64)> = config
        .chunking
        .iter()
        .filter_map(|(name, length)| match length {
            ChunkLength::Length(n) => Some((name, n.get())),
            ChunkLength::Full | ChunkLength::Auto => None,
        })
        .collect();
    let has_given = |v: &&VariableSchema| {
        v.dimensions
            .iter()
            .any(|d| given.iter().any(|(name, _)| name == d))
    };
    let raw = |variable: &VariableSchema, extents: &[u64]| {
        let size = variable.data_type.size().unwrap_or(0) as u64;
        extents.iter().copied().fold(size, u64::saturating_mul)
    };
    let candidates = variables.iter().copied().zip(shapes);
    let largest = candidates
        .filter(|(variable, _)| !variable.is_dimension_coordinate() && has_given(variable))
        .map(|(variable, shape)| (variable, shape, extents(schema, variable, config)))
        .max_by_key(|(variable, _, extents)| raw(variable, extents));
    let Some((variable, shape, extents)) = largest else {
        return Vec::new();
    };
    let bounds = SizeBounds::around(config.target_chunk_size.0);
    if raw(variable, &extents) <= bounds.most {
        return Vec::new();
    }
    let lengths = variable.dimensions.iter().zip(&extents).zip(shape);
    let mut chunks = Vec::new();
    let mut dimensions = Vec::new();
    for ((name, &length), &chunk) in lengths {
        // As it was given, which may be longer than what it became.
        let asked = given.iter().find(|(given, _)| given == name);
        chunks.push((name.as_str(), asked.map_or(chunk, |(_, asked)| *asked)));
        dimensions.push(Dimension::new(name, length, Role::Other));
    }
    let element_size = variable.data_type.size().unwrap_or(1) as u64;
    let warnings = check(&chunks, &dimensions, element_size, bounds).warnings;
    let told = |warning: &ChunkWarning| {
        format!(
            "chunks of {}: {warning}; {}",
            variable.path,
            warning.remedy()
        )
    };
    warnings.iter().map(told).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use zarrio_model::{AttributeValue, Attributes, DataType};

    /// The chunks of a variable that is named `t`, planned for one of the settings.
    fn planned(attributes: &[(&str, AttributeValue)], config: &Config) -> Vec<u64> {
        let mut schema = DatasetSchema::default();
        let mut own = Attributes::default();
        for (name, value) in attributes {
            own.set(*name, value.clone());
        }
        schema.root.variables.push(VariableSchema {
            path: NodePath::parse("t"),
            data_type: DataType::Float32,
            dimensions: vec!["time".into(), "x".into()],
            shape: vec![5000, 5000],
            attributes: own,
            layout: Default::default(),
        });
        let variables: Vec<&VariableSchema> = schema.variables().collect();
        let files = FileSteps::Unknown;
        let chunks = chunk_shapes(&schema, &variables, config, &files).unwrap();
        chunks.shapes[0].clone()
    }

    #[test]
    fn chunks_are_planned_for_integers_where_there_will_be_some() {
        let plain = Config {
            intelligent_chunking: Some(true),
            ..Config::default()
        };
        let mut packed = plain.clone();
        packed.packing.enabled = true;
        let mut precise = plain.clone();
        precise.packing.precision = "t=0.01".parse().unwrap();
        let [whole, half] = [&plain, &packed].map(|config| planned(&[], config));
        assert_ne!(whole, half);
        assert_eq!(planned(&[], &precise), whole);

        let mut excluded = packed.clone();
        excluded.packing.exclude.push("/t".into());
        assert_eq!(planned(&[], &excluded), half);
        excluded.packing.exclude.push("t".into());
        assert_eq!(planned(&[], &excluded), whole);
        for attribute in [
            ("scale_factor", AttributeValue::Float32(vec![0.1])),
            ("flag_values", AttributeValue::Float32(vec![1.0, 2.0])),
            ("units", "days since 2000-01-01".into()),
        ] {
            assert_eq!(planned(&[attribute], &packed), whole);
        }
    }
}
