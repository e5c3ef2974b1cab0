//! Settings about encodings, held against the archive, which decides.

use zarrio_codec::Compression;
use zarrio_model::config::{ChunkLength, Config, Shards};
use zarrio_model::{Source as _, VariableSchema};
use zarrio_region::ZarrSource;

use crate::failure::Failure;

/// A sentence for each setting that the archive does not follow.
///
/// # Errors
/// When the compression that is expected is none.
pub(in crate::commands) fn differences(
    archive: &ZarrSource,
    config: &Config,
) -> Result<Vec<String>, Failure> {
    let mut notes = Vec::new();
    let chunking: Vec<String> = config
        .chunking
        .iter()
        .filter_map(|(name, length)| chunks(archive, config, name, length))
        .collect();
    if !chunking.is_empty() {
        notes.push(format!(
            "the archive's chunks are kept, which differ from the setting: {}",
            chunking.join(", ")
        ));
    }
    if config.shards != Shards::None {
        notes.extend(shards(archive, &config.shards));
    }
    let packed = |v: &VariableSchema| v.attributes.get("scale_factor").is_some();
    if config.packing.enabled && !archive.schema().variables().any(packed) {
        notes.push("nothing is packed, because nothing in the archive is".to_owned());
    }
    if let Some(text) = config.compression.text() {
        let expected: Compression = text.parse().map_err(zarrio_region::RegionError::from)?;
        notes.extend(compression(archive, &expected));
    }
    Ok(notes)
}

/// `time is 100, not 50`
fn chunks(
    archive: &ZarrSource,
    config: &Config,
    name: &str,
    expected: ChunkLength,
) -> Option<String> {
    // Along it chunks may be longer than the archive is yet.
    let grows = name == config.time.dim || name == config.time.append_dim;
    let lengths = archive.schema().variables().filter_map(|variable| {
        // Coordinates have chunks of their own.
        let i = variable.dimensions.iter().position(|d| d == name)?;
        let chunks = match &variable.layout {
            layout if variable.dimensions.len() == 1 => return layout.chunks.as_ref().and(None),
            layout => layout.chunks.as_ref()?,
        };
        Some((*chunks.get(i)?, *variable.shape.get(i)?))
    });
    for (found, length) in lengths {
        let length = if grows { length.max(found) } else { length };
        let wanted = match expected {
            ChunkLength::Length(n) if grows => n.get(),
            ChunkLength::Length(n) => n.get().min(length),
            ChunkLength::Full => length,
            ChunkLength::Auto => return None,
        };
        if found.min(length) != wanted {
            return Some(format!("{name} is {found}, not {expected}"));
        }
    }
    None
}

/// What is said of shards that are not those of the archive.
fn shards(archive: &ZarrSource, expected: &Shards) -> Option<String> {
    let sharded = |v: &&VariableSchema| v.layout.shards.is_some();
    let variables = || archive.schema().variables();
    let found = variables().find(sharded);
    let other = match (found, expected) {
        (None, _) => "it has no shards".to_owned(),
        (Some(variable), Shards::Lengths(lengths)) => {
            let shape = variable.layout.shards.iter().flatten();
            let mut named = variable.dimensions.iter().zip(shape);
            let (name, found) = named.find(|(name, found)| {
                matches!(lengths.get(name), Some(ChunkLength::Length(n)) if n.get() != **found)
            })?;
            format!("along {name} they have {found}")
        }
        (Some(_), _) => return None,
    };
    Some(format!(
        "the archive's shards are kept, which differ from the setting: {other}"
    ))
}

/// `blosc zstd 1 shuffle`, as archives are described.
fn described(compression: &Compression) -> String {
    match compression {
        Compression::None => String::new(),
        // Its block size is none of an archive's description.
        Compression::Blosc { .. } => {
            let text = compression.to_string();
            let parts: Vec<&str> = text.split(':').take(4).collect();
            parts.join(" ")
        }
        other => other.to_string().replace(':', " "),
    }
}

fn compression(archive: &ZarrSource, expected: &Compression) -> Option<String> {
    let wanted = described(expected);
    let numbers = |v: &&VariableSchema| v.data_type.size().is_some() && v.dimensions.len() > 1;
    let other = archive
        .schema()
        .variables()
        .filter(numbers)
        .map(|variable| {
            // A checksum is no compression.
            let codecs = variable.layout.codecs.iter().map(String::as_str);
            let codecs: Vec<&str> = codecs.filter(|codec| *codec != "crc32c").collect();
            codecs.join(" + ")
        })
        .find(|codecs| *codecs != wanted)?;
    let other = if other.is_empty() { "none" } else { &other };
    Some(format!(
        "the archive's compression is kept, which differs from the setting: it is {other}, not {expected}"
    ))
}
