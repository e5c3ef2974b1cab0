//! From the command line, the file and the environment to one configuration.

mod packing;
mod rolling;
mod tasks;

use std::fmt::Display;
use std::path::Path;
use std::str::FromStr;

use zarrio_model::config::{Layers, Origin, PartialConfig, Problem, Resolved, parse_names};
use zarrio_model::{ByteSize, NodePath};

use crate::args::{
    AnalyzeArgs, AppendArgs, ArchiveArgs, ChosenArgs, ConvertArgs, CreateTemplateArgs, DigestArgs,
    EffortArgs, ExtendArgs, InfoArgs, IngestArgs, InspectInputsArgs, ReadingArgs, RepairArgs,
    RoundingArgs, TemplateArgs, VerifyArgs, WriteRegionArgs, WrittenArgs,
};
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::{self, Failure};
use crate::{diagnostics, env};

/// What flags say, and what is wrong with them.
#[derive(Debug, Default)]
pub(crate) struct Flags {
    partial: PartialConfig,
    problems: Vec<Problem>,
}

impl Flags {
    /// The flags of `convert`.
    pub(crate) fn convert(args: &ConvertArgs) -> Self {
        Self::read(|read| {
            let partial = read.archive(&args.archive);
            let partial = read.packing(partial, &args.packing);
            let partial = read.rolling(partial, &args.rolling);
            read.effort(partial, &args.effort)
        })
    }

    /// The flags of `create-template`.
    pub(crate) fn create_template(args: &CreateTemplateArgs) -> Self {
        Self::read(|read| {
            let partial = read.archive(&args.archive);
            let partial = read.packing(partial, &args.packing);
            let partial = read.effort(partial, &args.effort);
            read.template(partial, &args.template, args.time_dim.as_deref())
        })
    }

    /// The flags of `analyze`.
    pub(crate) fn analyze(args: &AnalyzeArgs) -> Self {
        Self::read(|read| PartialConfig {
            access_pattern: read.text("--access-pattern", args.access_pattern.as_deref()),
            storage: read.text("--storage", args.storage.as_deref()),
            target_chunk_size: read.size(
                args.target_chunk_size.as_deref(),
                args.target_chunk_size_mb.as_deref(),
            ),
            time_dim: args.time_dim.clone(),
            reader: read.text("--reader", args.reader.as_deref()),
            ..read.names(args.variables.as_deref(), args.drop_variables.as_deref())
        })
    }

    /// The flags of `write-region`.
    pub(crate) fn write_region(args: &WriteRegionArgs) -> Self {
        Self::read(|read| {
            let partial = PartialConfig {
                time_dim: args.place.time_dim.clone(),
                ..read.written(&args.written)
            };
            let partial = read.rolling(partial, &args.rolling);
            read.effort(partial, &args.effort)
        })
    }

    /// The flags of `append`.
    pub(crate) fn append(args: &AppendArgs) -> Self {
        Self::read(|read| {
            let partial = PartialConfig {
                time_append_dim: args.append_dim.clone().or_else(|| args.time_dim.clone()),
                ..read.written(&args.written)
            };
            let partial = read.rolling(partial, &args.rolling);
            read.effort(partial, &args.effort)
        })
    }

    /// The flags of `extend`.
    pub(crate) fn extend(args: &ExtendArgs) -> Self {
        Self::read(|read| PartialConfig {
            group: args.group.as_deref().map(NodePath::parse),
            time_append_dim: args.append_dim.clone().or_else(|| args.time_dim.clone()),
            time_global_end: read.text("--global-end", Some(&args.global_end)),
            time_freq: read.text("--freq", args.freq.as_deref()),
            fsync: args.fsync.then_some(true),
            ..PartialConfig::default()
        })
    }

    /// The flags of `inspect-inputs`.
    pub(crate) fn inspect_inputs(args: &InspectInputsArgs) -> Self {
        Self::read(|read| PartialConfig {
            skip_unsupported: args.skip_unsupported.then_some(true),
            time_dim: args.time_dim.clone(),
            reader: read.text("--reader", args.reader.as_deref()),
            ..read.names(args.variables.as_deref(), args.drop_variables.as_deref())
        })
    }

    /// The flags of `ingest`.
    pub(crate) fn ingest(args: &IngestArgs) -> Self {
        Self::read(|read| {
            let partial = read.archive(&args.archive);
            let partial = read.packing(partial, &args.packing);
            let partial = read.effort(partial, &args.effort);
            let time_dim = args.place.time_dim.as_deref();
            read.template(partial, &args.template, time_dim)
        })
    }

    /// The flags of `verify`.
    pub(crate) fn verify(args: &VerifyArgs) -> Self {
        Self::read(|read| {
            let partial = PartialConfig {
                group: args.group.as_deref().map(NodePath::parse),
                time_dim: args.place.time_dim.clone(),
                skip_unsupported: args.skip_unsupported.then_some(true),
                ..read.names(args.variables.as_deref(), args.drop_variables.as_deref())
            };
            read.reading(partial, &args.reading)
        })
    }

    /// The flags of `repair`.
    pub(crate) fn repair(args: &RepairArgs) -> Self {
        Self::read(|read| {
            let partial = PartialConfig {
                group: args.group.as_deref().map(NodePath::parse),
                time_dim: args.time_dim.clone(),
                fsync: args.fsync.then_some(true),
                ..PartialConfig::default()
            };
            read.reading(partial, &args.reading)
        })
    }

    /// The flags of `digest`.
    pub(crate) fn digest(args: &DigestArgs) -> Self {
        Self::read(|read| {
            let partial = PartialConfig {
                group: args.group.as_deref().map(NodePath::parse),
                ..PartialConfig::default()
            };
            read.reading(partial, &args.reading)
        })
    }

    fn read(flags: impl FnOnce(&mut Reader<'_>) -> PartialConfig) -> Self {
        let mut problems = Vec::new();
        let partial = flags(&mut Reader {
            problems: &mut problems,
        });
        Self { partial, problems }
    }

    /// Adds options of object stores.
    fn storage_options(&mut self, given: &[String]) {
        let mut options = Vec::new();
        for text in given {
            match text.split_once('=').filter(|(name, _)| !name.is_empty()) {
                Some((name, value)) => options.push((name.to_owned(), value.to_owned())),
                // The text is not repeated: it may be a secret.
                None => self.problems.push(Problem {
                    key: String::new(),
                    origin: Origin::Flag {
                        name: "--storage-option".to_owned(),
                    },
                    message: "what is given is not of the form NAME=VALUE".to_owned(),
                    remedy: None,
                }),
            }
        }
        if !options.is_empty() {
            self.partial.remote_options = Some(options.into_iter().collect());
        }
    }

    /// The flags of commands that look at an archive: its group, and along what it grows.
    pub(crate) fn of_archive(group: Option<&str>, time_dim: Option<&str>) -> Self {
        Self::read(|_| PartialConfig {
            group: group.map(NodePath::parse),
            time_dim: time_dim.map(str::to_owned),
            ..PartialConfig::default()
        })
    }

    /// The flags of `info`.
    pub(crate) fn info(args: &InfoArgs) -> Self {
        Self::read(|read| PartialConfig {
            group: args.group.as_deref().map(NodePath::parse),
            reader: read.text("--reader", args.reader.as_deref()),
            ..PartialConfig::default()
        })
    }
}

/// Reads the texts of flags and keeps what is wrong with them.
struct Reader<'p> {
    problems: &'p mut Vec<Problem>,
}

impl Reader<'_> {
    /// What a new archive is like.
    fn archive(&mut self, args: &ArchiveArgs) -> PartialConfig {
        let given = |flag: bool| flag.then_some(true);
        PartialConfig {
            chunking: self.text("--chunking", args.chunking.as_deref()),
            intelligent_chunking: given(args.intelligent_chunking),
            access_pattern: self.text("--access-pattern", args.access_pattern.as_deref()),
            chunk_strategy: self.text("--chunk-strategy", args.chunk_strategy.as_deref()),
            storage: self.text("--storage", args.storage.as_deref()),
            target_chunk_size: self.size(
                args.target_chunk_size.as_deref(),
                args.target_chunk_size_mb.as_deref(),
            ),
            shards: self.text("--shards", args.shards.as_deref()),
            compression_method: args.compression.clone(),
            compression_checksum: self.text("--checksum", args.checksum.as_deref()),
            attrs: self.text("--attrs", args.attrs.as_deref()),
            group: args.group.as_deref().map(NodePath::parse),
            zarr_format: self.text("--zarr-format", args.zarr_format.as_deref()),
            overwrite: given(args.overwrite),
            skip_unsupported: given(args.skip_unsupported),
            ..self.names(args.variables.as_deref(), args.drop_variables.as_deref())
        }
    }

    /// What of files goes into an archive that is there.
    fn written(&mut self, args: &WrittenArgs) -> PartialConfig {
        let partial = PartialConfig {
            chunking: self.text("--chunking", args.chunking.as_deref()),
            compression_method: args.compression.clone(),
            ..self.chosen(&args.chosen)
        };
        self.rounding(partial, &args.rounding)
    }

    /// Which variables are written, and into which group.
    fn chosen(&mut self, args: &ChosenArgs) -> PartialConfig {
        PartialConfig {
            group: args.group.as_deref().map(NodePath::parse),
            skip_unsupported: args.skip_unsupported.then_some(true),
            ..self.names(args.variables.as_deref(), args.drop_variables.as_deref())
        }
    }

    /// What packing may do to values.
    fn rounding(&mut self, partial: PartialConfig, args: &RoundingArgs) -> PartialConfig {
        PartialConfig {
            packing_enabled: args.packing.then_some(true),
            packing_range_exceeded_action: self
                .region_action(args.packing_range_exceeded_action.as_deref()),
            ..partial
        }
    }

    /// Which variables are looked at.
    fn names(&mut self, include: Option<&str>, exclude: Option<&str>) -> PartialConfig {
        PartialConfig {
            variables_include: self.with("--variables", include, parse_names),
            variables_exclude: self.with("--drop-variables", exclude, parse_names),
            ..PartialConfig::default()
        }
    }

    /// The time axis of an archive for many files, over what is known already.
    fn template(
        &mut self,
        partial: PartialConfig,
        args: &TemplateArgs,
        time_dim: Option<&str>,
    ) -> PartialConfig {
        PartialConfig {
            time_dim: time_dim.map(str::to_owned),
            time_global_start: self.text("--global-start", args.global_start.as_deref()),
            time_global_end: self.text("--global-end", args.global_end.as_deref()),
            time_freq: self.text("--freq", args.freq.as_deref()),
            ..partial
        }
    }

    /// How a command reads and writes, over what is known already.
    fn effort(&mut self, partial: PartialConfig, args: &EffortArgs) -> PartialConfig {
        PartialConfig {
            check: self.text("--check", args.check.as_deref()),
            missing_data_missing_check_vars: self
                .text("--missing-check-vars", args.missing_check_vars.as_deref()),
            missing_data_retries_on_missing: self
                .text("--retries-on-missing", args.retries_on_missing.as_deref()),
            fsync: args.fsync.then_some(true),
            scratch: args.scratch.clone(),
            ..self.reading(partial, &args.reading)
        }
    }

    /// The size of chunks, by either of its two flags.
    fn size(&mut self, size: Option<&str>, mebi: Option<&str>) -> Option<ByteSize> {
        let size = self.text("--target-chunk-size", size);
        let mebi = self.with("--target-chunk-size-mb", mebi, mebibytes);
        size.or(mebi.flatten())
    }

    /// How a command reads that writes nothing, over what is known already.
    fn reading(&mut self, partial: PartialConfig, args: &ReadingArgs) -> PartialConfig {
        PartialConfig {
            reader: self.text("--reader", args.reader.as_deref()),
            jobs: self.text("--jobs", args.jobs.as_deref()),
            memory: self.text("--memory", args.memory.as_deref()),
            ..partial
        }
    }

    fn text<T: FromStr<Err: Display>>(&mut self, flag: &str, text: Option<&str>) -> Option<T> {
        self.with(flag, text, T::from_str)
    }

    fn with<T, E: Display>(
        &mut self,
        flag: &str,
        text: Option<&str>,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        parse(text?)
            .map_err(|error| {
                self.problems.push(Problem {
                    key: String::new(),
                    origin: Origin::Flag {
                        name: flag.to_owned(),
                    },
                    message: error.to_string(),
                    remedy: None,
                });
            })
            .ok()
    }
}

/// The size that the Python zarrio counts in MB and means as MiB; 0 leaves it open.
fn mebibytes(text: &str) -> Result<Option<ByteSize>, String> {
    let number = text.trim().parse::<u64>().ok();
    let bytes = number.and_then(|n| n.checked_mul(1 << 20));
    bytes
        .map(|bytes| (bytes > 0).then_some(ByteSize(bytes)))
        .ok_or_else(|| format!("{text:?} is no whole number of MiB; write for example 50"))
}

/// Resolves all layers, says what the user should know about them, and refuses what this
/// version does not offer.
///
/// # Errors
/// Every problem of every layer.
pub(crate) fn load(context: &Context, flags: Flags) -> Result<Resolved, Failure> {
    let resolved = resolve(context, flags)?;
    for warning in &resolved.warnings {
        context.talk.note(&warning.to_string());
    }
    Ok(resolved)
}

/// The same, where settings are going to be acted on.
///
/// # Errors
/// As [`load`], and when a flag says how something is done that is not asked for.
pub(crate) fn load_available(context: &Context, flags: Flags) -> Result<Resolved, Failure> {
    let packing = packing::of_flags(&flags);
    let resolved = load(context, flags)?;
    if !resolved.config.packing.asks()
        && let Some(flag) = packing
    {
        return Err(packing::of_no_use(flag));
    }
    Ok(resolved)
}

fn resolve(context: &Context, mut flags: Flags) -> Result<Resolved, Failure> {
    flags.storage_options(&context.storage_options);
    if let Some(directory) = &context.cache_dir {
        flags.partial.remote_cache_dir = Some(directory.clone());
    }
    let mut layers = Layers::new();
    if let Some(path) = &context.config {
        layers = layers.file(path, file_text(path)?);
    }
    let resolved = layers
        .environment(env::settings())
        .flags(flags.partial)
        .resolve();
    match resolved {
        Ok(resolved) if flags.problems.is_empty() => Ok(resolved),
        Ok(_) => Err(invalid(flags.problems)),
        Err(error) => Err(invalid(error.problems.into_iter().chain(flags.problems))),
    }
}

fn file_text(path: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(path).map_err(|error| {
        let what = format!("cannot read the configuration file {}", path.display());
        let hint = "give another file with --config; 'zarrio config init' writes one to start from";
        Failure::new(
            Exit::Usage,
            anyhow::Error::new(error).context(what),
            Some(hint.into()),
        )
    })
}

fn invalid(problems: impl IntoIterator<Item = Problem>) -> Failure {
    let problem = |problem: Problem| failure::Problem {
        error: anyhow::Error::msg(diagnostics::printable(&shown(&problem))),
        hint: problem.remedy,
    };
    Failure {
        exit: Exit::Usage,
        problems: problems.into_iter().map(problem).collect(),
    }
}

/// A flag or a variable names its key already; a file does not.
fn shown(problem: &Problem) -> String {
    let Problem {
        key,
        origin,
        message,
        ..
    } = problem;
    match origin {
        Origin::File { .. } if !key.is_empty() => format!("{origin}: {key}: {message}"),
        Origin::Default => format!("{key}: {message}"),
        _ => format!("{origin}: {message}"),
    }
}
