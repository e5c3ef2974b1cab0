//! Tries codecs and chunks out on real data.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::Serialize;
use zarrio_chunking::{Read, Role};
use zarrio_codec::{Compression, EncodingPlan, StoredArray};
use zarrio_model::config::{
    AccessPattern, ChunkStrategy, Chunking, CompressionConfig, Config, ZarrFormat,
};
use zarrio_model::{ByteSize, NodePath, Region, Source, VariableSchema};
use zarrio_store::{FilesystemStore, FsyncMode, Store};

use super::crop::Crop;
use crate::chunks::dimension_roles;
use crate::limits::Limits;
use crate::pipeline::pool;
use crate::selection::Selection;
use crate::{CancelToken, Converter, RegionError, ZarrSource};

/// Bytes of the sample from which archives are made.
const SAMPLE: u64 = 16 << 20;
/// Bytes of it that codecs are tried on.
const CODEC_SAMPLE: u64 = 8 << 20;
/// Chunks that a small archive has about.
const CHUNKS: u64 = 64;
/// A trial is repeated at most so often, and the best time counts.
const REPEATS: usize = 5;
/// The codecs that are tried.
const CODECS: [&str; 6] = [
    "none",
    "blosc:lz4:5",
    "blosc:zstd:1",
    "blosc:zstd:5",
    "zstd:3",
    "gzip:5",
];

/// What was measured on a sample.
#[derive(Debug, Clone, Serialize)]
pub struct Measured {
    /// The variable that the sample is of.
    pub variable: String,
    /// The shape of the sample.
    pub shape: Vec<u64>,
    /// Bytes of the sample.
    pub bytes: u64,
    /// The codecs.
    pub codecs: Vec<CodecTrial>,
    /// The chunks.
    pub layouts: Vec<LayoutTrial>,
    /// Whether the time was up before all was tried.
    pub cut_short: bool,
}

/// A codec, tried.
#[derive(Debug, Clone, Serialize)]
pub struct CodecTrial {
    /// The codec in one text.
    pub method: String,
    /// How many times smaller it makes the sample.
    pub ratio: f64,
    /// Bytes before compression that one thread compresses in a second.
    pub compress: f64,
    /// Bytes before compression that one thread decompresses in a second.
    pub decompress: f64,
}

/// Chunks, tried in an archive.
#[derive(Debug, Clone, Serialize)]
pub struct LayoutTrial {
    /// Where the chunk lengths come from.
    pub name: String,
    /// The chunk lengths.
    pub chunks: Vec<u64>,
    /// Chunks of the archive.
    pub num_chunks: u64,
    /// Bytes of the archive.
    pub stored_bytes: u64,
    /// Seconds in which it was written.
    pub write: f64,
    /// Seconds for a series at a point.
    pub series: f64,
    /// Seconds for a map at an instant.
    pub map: f64,
    /// Seconds for a region over a period.
    pub region: f64,
}

/// What is being tried, for progress.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trial<'a> {
    /// What it is.
    pub name: &'a str,
    /// How many were tried before.
    pub done: usize,
    /// How many there are.
    pub of: usize,
}

/// Tries codecs and chunks out on a sample of the largest variable of a source, with small
/// archives in `directory`, which exists and stays empty in the end. What does not fit into
/// `budget` is left out; one trial may exceed it.
///
/// Nothing where the source has no values to try.
///
/// # Errors
/// When the source cannot be read, or an archive not be written, or the caller asked to stop.
pub fn measure(
    source: &dyn Source,
    config: &Config,
    directory: &Path,
    budget: Duration,
    cancel: &CancelToken,
    progress: &dyn Fn(Trial<'_>),
) -> Result<Option<Measured>, RegionError> {
    let started = Instant::now();
    let config = Config {
        skip_unsupported: true,
        ..config.clone()
    };
    let selection = Selection::new(source.schema(), &config, &mut Vec::new())?;
    let variables: Vec<&VariableSchema> = selection.variables().collect();
    let crop = pool(Limits::new(&config).jobs)?
        .install(|| Crop::of_largest(source, &variables, SAMPLE))?;
    let Some(crop) = crop else {
        return Ok(None);
    };
    let Some(variable) = crop.variable() else {
        return Ok(None);
    };
    let original = variables.iter().find(|v| v.name() == variable.name());
    let roles = original.map_or_else(Vec::new, |v| {
        dimension_roles(source.schema(), v, &config.time.dim)
    });
    let layouts = layouts(variable, &config);
    let of = CODECS.len() + layouts.len();
    let mut measured = Measured {
        variable: variable.path.to_string(),
        shape: variable.shape.clone(),
        bytes: crop.bytes().len() as u64,
        codecs: Vec::new(),
        layouts: Vec::new(),
        cut_short: false,
    };
    let mut done = 0;
    let mut next = |name: &str| {
        cancel.check()?;
        progress(Trial { name, done, of });
        done += 1;
        Ok::<(), RegionError>(())
    };
    // Codecs get the first part of the time, and each a part of that.
    let each = budget / 3 / CODECS.len() as u32;
    for method in CODECS {
        if started.elapsed() > budget / 3 && !measured.codecs.is_empty() {
            measured.cut_short = true;
            break;
        }
        next(method)?;
        measured
            .codecs
            .push(try_codec(method, variable, crop.bytes(), each)?);
    }
    let each = budget / 2 / layouts.len().max(1) as u32;
    for (name, layout) in layouts {
        if started.elapsed() > budget && !measured.layouts.is_empty() {
            measured.cut_short = true;
            break;
        }
        next(&name)?;
        let place = directory.join("sample.zarr");
        let converter = Converter::new(layout).cancel(cancel.clone());
        let tried = try_layout(name, &crop, &converter, &roles, &place, each);
        // What stays behind goes with the directory.
        let _ = std::fs::remove_dir_all(&place);
        measured.layouts.push(tried?);
    }
    Ok(Some(measured))
}

/// The chunks that are tried: the source's, and those of each pattern by each strategy, for
/// a target that cuts the sample as an archive is cut.
fn layouts(variable: &VariableSchema, config: &Config) -> Vec<(String, Config)> {
    let raw = variable.raw_bytes().unwrap_or(1);
    let base = Config {
        group: NodePath::root(),
        overwrite: true,
        variables: zarrio_model::config::VariableSelection::default(),
        chunking: Chunking::new(),
        compression: CompressionConfig::default(),
        intelligent_chunking: Some(true),
        target_chunk_size: ByteSize((raw / CHUNKS).max(16 << 10)),
        ..config.clone()
    };
    let mut found = Vec::new();
    if variable.layout.chunks.is_some() {
        let mut kept = Chunking::new();
        for (name, chunk) in variable
            .dimensions
            .iter()
            .zip(variable.layout.chunks.iter().flatten())
        {
            if let Some(length) = zarrio_model::config::ChunkLength::of(*chunk) {
                kept.set(name.as_str(), length);
            }
        }
        let config = Config {
            chunking: kept,
            ..base.clone()
        };
        found.push(("source".to_owned(), config));
    }
    for strategy in [ChunkStrategy::Optimal, ChunkStrategy::Classic] {
        for pattern in AccessPattern::ALL {
            let config = Config {
                chunk_strategy: strategy,
                access_pattern: (*pattern).into(),
                ..base.clone()
            };
            found.push((format!("{strategy} {pattern}"), config));
        }
    }
    found
}

fn try_codec(
    method: &str,
    variable: &VariableSchema,
    bytes: &[u8],
    budget: Duration,
) -> Result<CodecTrial, RegionError> {
    let size = variable.data_type.size().unwrap_or(1);
    let elements = bytes.len().min(CODEC_SAMPLE as usize) / size;
    let chunk = bytes.get(..elements * size).unwrap_or_default();
    // One chunk in a row: codecs see bytes and no shape.
    let row = VariableSchema {
        dimensions: vec!["sample".into()],
        shape: vec![elements as u64],
        ..variable.clone()
    };
    let compression: Compression = method.parse()?;
    let plan = EncodingPlan::new(&row, row.shape.clone(), compression, ZarrFormat::V3)?;
    let array = StoredArray::new(&plan)?;
    let encoded = array.encode(chunk)?;
    let compress = best(budget / 2, || array.encode(chunk).map(|_| ()))?;
    let decompress = best(budget / 2, || array.decode(&encoded).map(|_| ()))?;
    Ok(CodecTrial {
        method: method.to_owned(),
        ratio: chunk.len() as f64 / encoded.len().max(1) as f64,
        compress: chunk.len() as f64 / compress,
        decompress: chunk.len() as f64 / decompress,
    })
}

fn try_layout(
    name: String,
    crop: &Crop,
    converter: &Converter<'_>,
    roles: &[Role],
    place: &Path,
    budget: Duration,
) -> Result<LayoutTrial, RegionError> {
    let open = RegionError::store("cannot write a small archive for the measurement");
    let store = FilesystemStore::open(place, FsyncMode::Never).map_err(open)?;
    let begun = Instant::now();
    let report = converter.convert(crop, &store)?;
    let write = begun.elapsed().as_secs_f64();
    let store: Arc<dyn Store> = Arc::new(store);
    let archive = ZarrSource::open(store, &NodePath::root())?;
    let written = archive.schema().variables().next();
    let Some(variable) = written else {
        return Err(RegionError::Unsupported {
            message: "the sample has no variable".into(),
            hint: "leave out --run-tests".into(),
        });
    };
    let chunks = variable.layout.chunks.clone().unwrap_or_default();
    let pool = pool(Limits::new(&converter.config).jobs)?;
    let seconds = Read::ALL.map(|read| {
        let region = wanted(read, roles, &variable.shape);
        let size = variable.data_type.size().unwrap_or(1);
        let mut out = vec![0; region.num_elements() as usize * size];
        best(budget / 3, || {
            pool.install(|| archive.read(&variable.path, &region, &mut out))
        })
    });
    let [series, map, region] = seconds;
    Ok(LayoutTrial {
        name,
        num_chunks: report.variables.iter().map(|v| v.chunks).sum(),
        chunks,
        stored_bytes: report.stored_bytes,
        write,
        series: series?,
        map: map?,
        region: region?,
    })
}

/// What a read wants, from the middle of an array.
fn wanted(read: Read, roles: &[Role], shape: &[u64]) -> Region {
    let one = |(d, length): (usize, &u64)| {
        let role = roles.get(d).copied().unwrap_or(Role::Other);
        let extent = read.extent(role, *length).min(*length);
        let start = (length - extent) / 2;
        start..start + extent
    };
    Region::new(shape.iter().enumerate().map(one).collect())
}

/// The shortest of some runs, in seconds.
fn best<E>(budget: Duration, mut run: impl FnMut() -> Result<(), E>) -> Result<f64, E> {
    let started = Instant::now();
    let mut shortest = f64::INFINITY;
    for _ in 0..REPEATS {
        let begun = Instant::now();
        run()?;
        shortest = shortest.min(begun.elapsed().as_secs_f64());
        if started.elapsed() > budget {
            break;
        }
    }
    // A clock may stand still for a moment.
    Ok(shortest.max(1e-9))
}
