//! What a conversion will do, settled before anything is written.

use std::borrow::Cow;

use serde::{Serialize, Serializer};
use zarrio_chunking::FileSteps;
use zarrio_codec::{BloscCompressor, Compression, EncodingPlan, attribute_to_json};
use zarrio_model::config::{Config, ZarrFormat};
use zarrio_model::{
    AttributeValue, Attributes, ByteSize, NodePath, Region, Scalar, Source, VariableSchema, cf,
    check_name,
};

use crate::RegionError;
use crate::block::BlockPlan;
use crate::check;
use crate::chunks::{self, PlannedChunks};
use crate::hierarchy::relative;
use crate::limits::Limits;
use crate::packing::{Data, PackingPlan, Wanted, check_variables};
use crate::quantize::{ALL, Quantization};
use crate::selection::Selection;

/// A conversion, planned: printable, and equal for equal inputs.
#[derive(Debug, Clone, Serialize)]
pub struct ConvertPlan {
    /// The Zarr format of the output.
    #[serde(serialize_with = "as_number")]
    pub zarr_format: ZarrFormat,
    /// The group of the archive that becomes the dataset's root.
    #[serde(serialize_with = "as_text")]
    pub group: NodePath,
    /// Threads that decode and encode.
    pub jobs: u64,
    /// Bytes that all buffers together may have.
    pub memory: ByteSize,
    /// Groups, parents first.
    pub groups: Vec<GroupPlan>,
    /// Variables in the order of the source.
    pub variables: Vec<VariablePlan>,
    /// The chunks that were planned for an access pattern, the largest variables first.
    pub planned_chunks: Vec<PlannedChunks>,
    /// What the user should know.
    pub notes: Vec<String>,
    /// Whether an existing output is replaced.
    pub overwrite: bool,
    /// The `history` attribute as the source has it, for it alone differs between two
    /// runs of one command.
    #[serde(skip)]
    pub(crate) source_history: Option<String>,
    /// What tells apart outputs whose documents are equal; kept with the source's identity.
    #[serde(skip)]
    pub(crate) mark: Option<serde_json::Value>,
}

/// A group, planned.
#[derive(Debug, Clone, Serialize)]
pub struct GroupPlan {
    /// The path from the root of the dataset.
    #[serde(serialize_with = "as_text")]
    pub path: NodePath,
    /// The attributes.
    #[serde(skip)]
    pub attributes: Attributes,
}

/// A variable, planned.
#[derive(Debug, Clone, Serialize)]
pub struct VariablePlan {
    /// How it is kept.
    pub encoding: EncodingPlan,
    /// How its values become the encoding's integers, where they are packed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub packing: Option<PackingPlan>,
    /// The bits of the significand to which its values are rounded, where they are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kept_bits: Option<u32>,
    /// How its data are read and written; `None` where only its documents are, and regions
    /// bring the data later.
    pub blocks: Option<BlockPlan>,
    /// Whether what is written is only what unwritten elements read as, until regions bring
    /// the data.
    #[serde(skip)]
    pub(crate) placeholder: bool,
}

fn as_number<S: Serializer>(format: &ZarrFormat, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u8(format.number())
}

fn as_text<S: Serializer>(path: &NodePath, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(path.as_str())
}

impl ConvertPlan {
    pub(crate) fn new(
        source: &dyn Source,
        config: &Config,
        history: Option<&str>,
        data: &Data<'_>,
    ) -> Result<Self, RegionError> {
        Self::with_data(source, config, history, data, &FileSteps::Unknown, |_| true)
    }

    /// A plan that writes the data of some variables and the documents of all; `files` say how
    /// the rest comes, and `data` know the range of what no setting and no attribute tells.
    pub(crate) fn with_data(
        source: &dyn Source,
        config: &Config,
        history: Option<&str>,
        data: &Data<'_>,
        files: &FileSteps,
        has_data: impl Fn(&VariableSchema) -> bool,
    ) -> Result<Self, RegionError> {
        let schema = source.schema();
        let mut notes = schema.notes.clone();
        let selection = Selection::new(schema, config, &mut notes)?;
        let group = config.group.clone();
        check_names(&group, &selection)?;

        let compression = compression(config)?;
        let own_compression = compression_of_variables(source, config)?;
        let wanted = Wanted::new(source, config)?;
        let rounded = &config.quantization;
        let bits = rounded.keep_bits.iter().map(|(name, _)| name);
        let digits = rounded.significant_digits.iter().map(|(name, _)| name);
        let levels = rounded.keep_information.iter().map(|(name, _)| name);
        let levels = levels.filter(|name| *name != ALL);
        check_variables(source, "quantization", bits.chain(digits).chain(levels))?;
        check::check_names(config, source)?;
        let mut encodings = Vec::new();
        let chosen: Vec<&VariableSchema> = selection.variables().collect();
        let chunks = chunks::chunk_shapes(schema, &chosen, config, files)?;
        notes.extend(chunks::judged(schema, &chosen, &chunks.shapes, config));
        let shapes = chunks.shapes.into_iter().zip(chunks.shards);
        for (variable, (chunk_shape, shards)) in chosen.into_iter().zip(shapes) {
            check_scale(source, variable)?;
            let packing = match wanted.packs(variable)? {
                true => Some(PackingPlan::new(variable, config, data)?),
                false => None,
            };
            notes.extend(packing.iter().flat_map(|plan| plan.notes(variable)));
            let rounding = Quantization::wanted(source, variable, config, data, packing.is_some())?;
            let stored = match (&packing, &rounding) {
                (Some(_), Some(_)) => {
                    return Err(RegionError::Settings {
                        message: format!(
                            "variable {:?} cannot both be packed and keep some bits",
                            variable.path.as_str()
                        ),
                        hint: "ask for one of the two, or leave it out with --packing-exclude"
                            .into(),
                    });
                }
                (Some(plan), None) => Cow::Owned(plan.packing.schema(variable)),
                (None, Some(rounding)) => Cow::Owned(rounding.schema(variable)),
                (None, None) => Cow::Borrowed(variable),
            };
            let own = own_compression
                .iter()
                .find(|(path, _)| *path == variable.path);
            let encoding = EncodingPlan::new(
                &stored,
                chunk_shape,
                own.map_or(&compression, |(_, own)| own).clone(),
                config.zarr_format,
            )?
            .with_checksum(config.compression.checksum)?;
            let encoding = match shards {
                Some(shards) => encoding.with_shards(shards)?,
                None => encoding,
            };
            let fixed = packing.as_ref().and_then(|plan| plan.fixed_scale);
            let encoding = match fixed {
                Some(fixed) => encoding.with_fixed_scale(fixed, variable),
                None => encoding,
            };
            let kept_bits = rounding.map(|rounding| rounding.bits);
            encodings.push((variable, packing, kept_bits, encoding));
        }
        let written = || encodings.iter().map(|(.., encoding)| encoding);
        notes.extend(of_numcodecs(written(), config));
        notes.extend(unknown_to_python(written()));
        let limits = Limits::new(config).for_variables(
            encodings
                .iter()
                .map(|(variable, .., encoding)| (*variable, encoding.object_shape()))
                .filter(|(variable, _)| has_data(variable)),
        );
        let mut variables = Vec::with_capacity(encodings.len());
        for (variable, packing, kept_bits, encoding) in encodings {
            // What is changed passes through further buffers.
            let changed = packing.is_some() || kept_bits.is_some();
            let more = if changed { 2 } else { 0 };
            let blocks = has_data(variable)
                .then(|| {
                    let whole = Region::full(encoding.shape());
                    limits.blocks_or_copy(variable, &whole, encoding.object_shape(), more)
                })
                .transpose()?;
            notes.extend(
                blocks
                    .as_ref()
                    .and_then(|blocks| blocks.note(&variable.path)),
            );
            variables.push(VariablePlan {
                encoding,
                packing,
                kept_bits,
                blocks,
                placeholder: false,
            });
        }

        let mut groups: Vec<GroupPlan> = selection
            .groups()
            .map(|g| GroupPlan {
                path: g.path.clone(),
                attributes: g.attributes.clone(),
            })
            .collect();
        let source_history = match schema.root.attributes.get("history") {
            Some(AttributeValue::TextList(lines)) => Some(lines.join("\n")),
            Some(other) if !other.is_empty() => Some(match other.as_text() {
                Some(text) => text.to_owned(),
                None => attribute_to_json(other).to_string(),
            }),
            _ => None,
        };
        if let Some(root) = groups.first_mut() {
            extra_attributes(&mut root.attributes, config);
            if let Some(line) = history {
                let text = match &source_history {
                    Some(before) if !before.is_empty() => format!("{before}\n{line}"),
                    _ => line.to_owned(),
                };
                root.attributes.set("history", text);
            }
        }
        Ok(Self {
            zarr_format: config.zarr_format,
            group,
            jobs: limits.jobs,
            memory: ByteSize(limits.memory),
            groups,
            variables,
            planned_chunks: chunks.planned,
            notes,
            overwrite: config.overwrite,
            source_history,
            mark: None,
        })
    }

    /// The variables whose data are written.
    pub fn with_blocks(&self) -> impl Iterator<Item = (&VariablePlan, &BlockPlan)> {
        self.variables
            .iter()
            .filter_map(|variable| Some((variable, variable.blocks.as_ref()?)))
    }

    /// Chunks of all variables when all is written.
    #[must_use]
    pub fn num_chunks(&self) -> u64 {
        self.sum(EncodingPlan::num_chunks)
    }

    /// Objects of data that the archive has when all is written: chunks and shards.
    #[must_use]
    pub fn num_objects(&self) -> u64 {
        self.sum(EncodingPlan::num_objects)
    }

    fn sum(&self, count: impl Fn(&EncodingPlan) -> u64) -> u64 {
        let counts = self.variables.iter().map(|v| count(&v.encoding));
        counts.fold(0, u64::saturating_add)
    }

    /// Bytes of all variables before compression; text counts nothing.
    #[must_use]
    pub fn raw_bytes(&self) -> u64 {
        self.variables
            .iter()
            .map(VariablePlan::raw_bytes)
            .fold(0, u64::saturating_add)
    }
}

impl VariablePlan {
    /// Bytes of the whole variable before compression; text counts nothing.
    #[must_use]
    pub fn raw_bytes(&self) -> u64 {
        let elements = self
            .encoding
            .shape()
            .iter()
            .copied()
            .fold(1, u64::saturating_mul);
        elements.saturating_mul(self.encoding.data_type().size().unwrap_or(0) as u64)
    }
}

/// Every name of the output must be a node of a Zarr hierarchy.
fn check_names(group: &NodePath, selection: &Selection<'_>) -> Result<(), RegionError> {
    for name in group.as_str().split('/').filter(|name| !name.is_empty()) {
        check_name(name).map_err(|reason| RegionError::Settings {
            message: format!(
                "group {group:?} cannot be named so: {reason}",
                group = group.as_str()
            ),
            hint: "give another name with --group".into(),
        })?;
    }
    for path in selection
        .groups()
        .map(|g| &g.path)
        .chain(selection.variables().map(|v| &v.path))
    {
        if path.is_root() {
            continue;
        }
        check_name(path.name()).map_err(|reason| RegionError::Unsupported {
            message: format!(
                "{:?} cannot be the name of a Zarr node: {reason}",
                path.as_str()
            ),
            hint: format!(
                "leave it out with --drop-variables {}, or rename it in the source",
                within(selection, path)
            ),
        })?;
    }
    Ok(())
}

/// JSON has no number for a scale by which no value can be read, and xarray opens no archive
/// with a text for it.
fn check_scale(source: &dyn Source, variable: &VariableSchema) -> Result<(), RegionError> {
    for name in cf::PACKING {
        let value = variable.attributes.get(name).and_then(|v| v.get(0));
        let number = match value {
            Some(Scalar::Float32(number)) => f64::from(number),
            Some(Scalar::Float64(number)) => number,
            _ => continue,
        };
        if !number.is_finite() {
            let (file, path) = (source.file().path.display(), &variable.path);
            return Err(RegionError::Unsupported {
                message: format!(
                    "{file}: variable {:?}: its {name} is {number}, by which no value can be read",
                    path.as_str()
                ),
                hint: format!(
                    "mend the attribute in the file, or leave the variable out with --drop-variables {path}"
                ),
            });
        }
    }
    Ok(())
}

/// The variables that are a path, or lie below it, as they are named on the command line.
fn within(selection: &Selection<'_>, path: &NodePath) -> String {
    let paths = selection.variables().map(|variable| &variable.path);
    let below = paths.filter(|variable| *variable == path || relative(variable, path).is_some());
    let names: Vec<&str> = below.map(NodePath::as_str).collect();
    names.join(",")
}

/// The compression of the settings, or the default.
fn compression(config: &Config) -> Result<Compression, RegionError> {
    Ok(match config.compression.text() {
        Some(text) => text.parse()?,
        None => Compression::default(),
    })
}

/// The compression of variables that have one of their own.
fn compression_of_variables(
    source: &dyn Source,
    config: &Config,
) -> Result<Vec<(NodePath, Compression)>, RegionError> {
    let settings = &config.compression.variables;
    let names = settings.iter().map(|(name, _)| name);
    check_variables(source, "compression.variables", names)?;
    let mut found = Vec::new();
    for variable in source.schema().variables() {
        if let Some(text) = settings.of(&variable.path) {
            found.push((variable.path.clone(), text.parse()?));
        }
    }
    Ok(found)
}

/// A note about codecs that are no standard of format 3.
fn of_numcodecs<'e>(
    mut encodings: impl Iterator<Item = &'e EncodingPlan>,
    config: &Config,
) -> Option<String> {
    let found = encodings.find_map(|encoding| {
        let own = encoding.compression().is_of_numcodecs();
        let own = own.then(|| encoding.compression().to_string());
        own.or_else(|| {
            encoding
                .has_fixed_scale()
                .then(|| "fixedscaleoffset".to_owned())
        })
    })?;
    (config.zarr_format == ZarrFormat::V3).then(|| {
        format!(
            "{found} is no standard codec of format 3: zarr-python reads it by numcodecs, with a warning"
        )
    })
}

/// A note about codecs that archives are not read by in Python.
fn unknown_to_python<'e>(encodings: impl Iterator<Item = &'e EncodingPlan>) -> Option<String> {
    let mut compressions = encodings.map(EncodingPlan::compression);
    let is_snappy = |compression: &&Compression| {
        let compressor = BloscCompressor::Snappy;
        matches!(compression, Compression::Blosc { compressor: c, .. } if *c == compressor)
    };
    compressions.find(is_snappy).map(|compression| {
        format!(
            "{compression} is not read by zarr-python and xarray: the Blosc of numcodecs has no Snappy; they read blosc:lz4"
        )
    })
}

/// The attributes that the settings add to the root group.
fn extra_attributes(attributes: &mut Attributes, config: &Config) {
    for (name, value) in config.attrs.as_map() {
        attributes.set(name.as_str(), value);
    }
}
