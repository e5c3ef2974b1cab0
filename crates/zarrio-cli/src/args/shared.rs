//! Options that several commands share.

use clap::Args;

use super::ReadingArgs;

/// What a new archive is like.
#[derive(Debug, Clone, Args)]
pub(crate) struct ArchiveArgs {
    /// Cuts dimensions into chunks of the given lengths, as in time:100,lat:50; -1 or full is
    /// the whole dimension, auto leaves it open; source keeps the source's chunks where no
    /// length is given. Default: planned for the access pattern
    #[arg(
        long,
        value_name = "DIM:N,...",
        allow_hyphen_values = true,
        help_heading = "What is written"
    )]
    pub(crate) chunking: Option<String>,

    /// Plans chunks for the access pattern also where --chunking gives some lengths, for the
    /// other dimensions. Default: only where it gives none; else the others keep the source's
    /// chunks
    #[arg(long, help_heading = "What is written")]
    pub(crate) intelligent_chunking: bool,

    /// Plans chunks for series at a place (temporal), maps (spatial) or both (balanced), or
    /// for a mixture such as temporal=0.7,spatial=0.3. Default: balanced
    #[arg(long, value_name = "PATTERN", help_heading = "What is written")]
    pub(crate) access_pattern: Option<String>,

    /// Plans the chunks that cost readers least (optimal), or those that the Python zarrio
    /// makes (classic). Default: optimal, and classic with a YAML or JSON --config
    #[arg(long, value_name = "STRATEGY", help_heading = "What is written")]
    pub(crate) chunk_strategy: Option<String>,

    /// Plans chunks of a size that suits a disk (local), a file server (server) or an object
    /// store (cloud): 16, 64 or 128 MiB. Default: --target-chunk-size decides
    #[arg(long, value_name = "WHERE", help_heading = "What is written")]
    pub(crate) storage: Option<String>,

    /// Plans chunks of about this size before compression where --chunking says nothing.
    /// Default: 50MiB, or what --storage says
    #[arg(long, value_name = "SIZE", help_heading = "What is written")]
    pub(crate) target_chunk_size: Option<String>,

    /// The same as a number of MiB, as the Python zarrio has it. Default: 50
    #[arg(
        long,
        value_name = "N",
        hide = true,
        conflicts_with = "target_chunk_size"
    )]
    pub(crate) target_chunk_size_mb: Option<String>,

    /// Keeps several chunks together in one object, in format 3: as the plan proposes where
    /// there are too many chunks (auto), or in shards of the given lengths, as in
    /// time:1000,lat:full. Default: none
    #[arg(
        long,
        value_name = "DIM:N,...",
        allow_hyphen_values = true,
        help_heading = "What is written"
    )]
    pub(crate) shards: Option<String>,

    /// Compresses chunks as METHOD[:...]: blosc:COMPRESSOR:LEVEL:SHUFFLE:BLOCKSIZE, zstd:LEVEL,
    /// gzip:LEVEL, zlib:LEVEL, bz2:LEVEL, pcodec:LEVEL or none. Default:
    /// blosc:zstd:1:shuffle:1MiB
    #[arg(long, value_name = "METHOD", help_heading = "What is written")]
    pub(crate) compression: Option<String>,

    /// Adds a checksum to every chunk, by which readers find damage: crc32c, in format 3.
    /// Default: none
    #[arg(long, value_name = "KIND", help_heading = "What is written")]
    pub(crate) checksum: Option<String>,

    /// Converts only these variables, and the coordinates and bounds that belong to them.
    /// Default: all
    #[arg(long, value_name = "NAME,...", help_heading = "What is written")]
    pub(crate) variables: Option<String>,

    /// Leaves these variables out. Default: none
    #[arg(long, value_name = "NAME,...", help_heading = "What is written")]
    pub(crate) drop_variables: Option<String>,

    /// Leaves out variables of types that Zarr cannot hold (compound, opaque, ragged), with a
    /// note for each. Default: they are an error
    #[arg(long, help_heading = "What is written")]
    pub(crate) skip_unsupported: bool,

    /// Sets global attributes from a JSON object, as in '{"title":"ERA5"}'. Default: those of
    /// the file alone
    #[arg(long, value_name = "JSON", help_heading = "What is written")]
    pub(crate) attrs: Option<String>,

    /// Writes the dataset into this group of the archive. Default: the root group
    #[arg(long, value_name = "PATH", help_heading = "What is written")]
    pub(crate) group: Option<String>,

    /// Writes this Zarr format, 2 or 3. Default: 3
    #[arg(long, value_name = "N", help_heading = "What is written")]
    pub(crate) zarr_format: Option<String>,

    /// Replaces an archive that is already at OUTPUT. Default: an existing output is an error, but
    /// ingest fills it
    #[arg(long, help_heading = "What is written")]
    pub(crate) overwrite: bool,
}

/// What of files is written into an archive that is there.
#[derive(Debug, Clone, Args)]
pub(crate) struct WrittenArgs {
    /// Which variables.
    #[command(flatten)]
    pub(crate) chosen: ChosenArgs,

    /// Expects the archive to have these chunk lengths. The archive's are used in any case,
    /// and a difference is a note. Default: nothing is expected
    #[arg(
        long,
        value_name = "DIM:N,...",
        allow_hyphen_values = true,
        help_heading = "What is written"
    )]
    pub(crate) chunking: Option<String>,

    /// Expects the archive to have this compression, in the same way. Default: nothing is
    /// expected
    #[arg(long, value_name = "METHOD", help_heading = "What is written")]
    pub(crate) compression: Option<String>,

    /// How values become packed ones.
    #[command(flatten)]
    pub(crate) rounding: RoundingArgs,
}

/// Which variables are written, and into which group.
#[derive(Debug, Clone, Args)]
pub(crate) struct ChosenArgs {
    /// Writes into this group of the archive. Default: the root group
    #[arg(long, value_name = "PATH", help_heading = "Where it goes")]
    pub(crate) group: Option<String>,

    /// Writes only these variables, with the coordinates that belong to them. Default: all
    #[arg(long, value_name = "NAME,...", help_heading = "What is written")]
    pub(crate) variables: Option<String>,

    /// Leaves these variables out, of the file and of the comparison. Default: none
    #[arg(long, value_name = "NAME,...", help_heading = "What is written")]
    pub(crate) drop_variables: Option<String>,

    /// Leaves out variables of types that Zarr cannot hold (compound, opaque, ragged), with a
    /// note for each. Default: they are an error
    #[arg(long, help_heading = "What is written")]
    pub(crate) skip_unsupported: bool,
}

/// What packing may do to values, in an archive that is there.
#[derive(Debug, Clone, Args)]
pub(crate) struct RoundingArgs {
    /// Rounds floating-point numbers to the steps of packed integers also in an archive that
    /// does not say that its values are rounded, as those that zarrio packed do. Default:
    /// there, a value that would be changed is an error
    #[arg(long, help_heading = "What is written")]
    pub(crate) packing: bool,

    /// Treats values beyond the range of a packed variable as an error before anything is
    /// written; or stores the nearest end of the range and says so (warn), or does not
    /// (ignore). Default: error
    #[arg(long, value_name = "WHAT", help_heading = "What is written")]
    pub(crate) packing_range_exceeded_action: Option<String>,
}

/// What is done about regions that are on record already.
#[derive(Debug, Clone, Args)]
pub(crate) struct RuleArgs {
    /// Refuses a file where another one was written before. Default: the later one decides
    /// what the archive holds
    #[arg(long, help_heading = "What is there already")]
    pub(crate) no_overwrite: bool,

    /// Writes a file again although another one was written over it later. Default: it is left
    /// alone, with a note
    #[arg(
        long,
        conflicts_with = "no_overwrite",
        help_heading = "What is there already"
    )]
    pub(crate) force: bool,
}

/// How a command reads and writes.
#[derive(Debug, Clone, Args)]
pub(crate) struct EffortArgs {
    /// How it reads.
    #[command(flatten)]
    pub(crate) reading: ReadingArgs,

    /// Copies a variable to a file without a name in DIR first, not compressed, where it would
    /// have to be read twice or more because its chunks lie across those of the archive. Give a
    /// directory on a fast disk with room for the largest variable. Default: it is read again
    #[arg(long, value_name = "DIR", help_heading = "How it is done")]
    pub(crate) scratch: Option<String>,

    /// Checks what is written by decoding it again before it is stored: none, sampled (one
    /// chunk in eight), encoded (every chunk); read-back reads every chunk from the store
    /// again instead. Default: sampled
    #[arg(long, value_name = "HOW", help_heading = "How it is done")]
    pub(crate) check: Option<String>,

    /// Reads these variables back after they are stored and compares them, or all of them
    /// (all). Default: none
    #[arg(long, value_name = "NAME,...", help_heading = "How it is done")]
    pub(crate) missing_check_vars: Option<String>,

    /// Writes a chunk again up to N times, with growing pauses, when the store is in temporary
    /// trouble or the chunk is not there as it was meant. Default: 0
    #[arg(long, value_name = "N", help_heading = "How it is done")]
    pub(crate) retries_on_missing: Option<String>,

    /// Makes every object durable before the command says that it is done, so that a power cut
    /// cannot lose it. Default: that is left to the operating system
    #[arg(long, help_heading = "How it is done")]
    pub(crate) fsync: bool,
}
