//! What is recommended, and the configuration file that says so.

use serde::Serialize;
use zarrio_model::config::{AccessMix, AccessPattern, ChunkStrategy, Config, Storage, ZarrFormat};
use zarrio_model::{ByteSize, NodePath};
use zarrio_region::{Analysis, Measured, PlannedChunks};

use super::packing::PackingChoice;
use crate::diagnostics::printable;
use crate::failure::Failure;

/// The codec that is recommended where nothing was measured: small enough and fast.
const CODEC: &str = "blosc:zstd:1:shuffle:1MiB";

/// The choices that make a configuration.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Advice {
    /// What readers do.
    #[serde(serialize_with = "text")]
    pub(super) access_pattern: AccessMix,
    /// Where the archive is kept.
    pub(super) storage: Option<Storage>,
    /// The size of a chunk.
    pub(super) target_chunk_size: ByteSize,
    /// The codec in one text.
    pub(super) compression: String,
    /// What is packed.
    #[serde(flatten)]
    pub(super) packing: PackingChoice,
}

fn text<S: serde::Serializer>(mix: &AccessMix, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(mix)
}

impl Advice {
    /// What the settings say, and what was measured to be best.
    pub(super) fn new(config: &Config, analysis: &Analysis, measured: Option<&Measured>) -> Self {
        let given = config.compression.text();
        let best = || measured.and_then(best_codec).map(str::to_owned);
        // A map is all that there is where there is no time.
        let access_pattern = match (&analysis.time, config.access_pattern.only()) {
            (None, Some(AccessPattern::Temporal)) => AccessPattern::Spatial.into(),
            _ => config.access_pattern.clone(),
        };
        Self {
            access_pattern,
            storage: config.storage,
            target_chunk_size: config.target_chunk_size,
            compression: given.or_else(best).unwrap_or_else(|| CODEC.to_owned()),
            packing: PackingChoice::of(&config.packing),
        }
    }

    /// The plans for what was chosen.
    ///
    /// # Errors
    /// When the settings do not fit the dataset.
    pub(super) fn plans(
        &self,
        analysis: &Analysis,
        config: &Config,
    ) -> Result<Vec<PlannedChunks>, Failure> {
        let chosen = Config {
            access_pattern: self.access_pattern.clone(),
            chunk_strategy: ChunkStrategy::Optimal,
            storage: self.storage,
            target_chunk_size: self.target_chunk_size,
            ..config.clone()
        };
        Ok(analysis.replan(&chosen)?)
    }

    /// A commented file that gives a configuration with these choices.
    ///
    /// # Errors
    /// As [`plans`](Self::plans).
    pub(super) fn toml(
        &self,
        name: &str,
        analysis: &Analysis,
        config: &Config,
    ) -> Result<String, Failure> {
        let mut text = format!(
            "# Recommended by zarrio analyze for {}.\n# Use it with --config, for convert and create-template.\n\n",
            comment(name)
        );
        text.push_str("# What chunks are planned for: series at a place, maps, or both.\n");
        text.push_str(&format!("access_pattern = \"{}\"\n", self.access_pattern));
        text.push_str("# The chunks that cost such readers least.\nchunk_strategy = \"optimal\"\n");
        if let Some(storage) = self.storage {
            text.push_str(&format!(
                "# Where the archive is kept.\nstorage = \"{storage}\"\n"
            ));
        }
        text.push_str(&format!(
            "# Size that chunks should have before compression.\ntarget_chunk_size = \"{}\"\n",
            String::from(self.target_chunk_size)
        ));
        let plans = self.plans(analysis, config)?;
        let many = plans.iter().any(|p| p.plan.shards.is_some());
        if many && config.zarr_format == ZarrFormat::V3 {
            text.push_str(
                "# Several chunks in each object, where there would be too many objects.\n",
            );
            text.push_str("shards = \"auto\"\n");
        }
        for planned in plans.iter().filter(|p| !p.plan.is_small()).take(SHOWN) {
            let names: Vec<&str> = planned.variables.iter().map(NodePath::as_str).collect();
            text.push_str(&format!("#\n# {}\n", comment(&names.join(", "))));
            for line in planned.plan.to_string().lines() {
                text.push_str(format!("#   {}", comment(line)).trim_end());
                text.push('\n');
            }
        }
        text.push_str(&format!(
            "\n# How chunks are compressed.\n[compression]\nmethod = \"{}\"\n",
            self.compression
        ));
        text.push_str(&self.packing.section(analysis));
        Ok(text)
    }
}

/// So many plans are told in a file.
const SHOWN: usize = 5;

/// The codec with the best ratio among those that decompress at least half as fast as the
/// fastest of them; one that does not make anything smaller is none.
pub(super) fn best_codec(measured: &Measured) -> Option<&str> {
    let useful = || measured.codecs.iter().filter(|codec| codec.ratio > 1.02);
    let fastest = useful().map(|codec| codec.decompress).fold(0.0, f64::max);
    let best = useful()
        .filter(|codec| codec.decompress * 2.0 >= fastest)
        .max_by(|a, b| a.ratio.total_cmp(&b.ratio));
    best.map(|codec| codec.method.as_str())
}

/// A text that stays within its comment.
pub(super) fn comment(text: &str) -> String {
    printable(text).replace('\n', " ")
}
