//! Puts the layers over each other.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::read::Reading;
use super::setting::entries;
use super::table::KEYS;
use super::tree::SyntaxError;
use super::{
    ChunkStrategy, Config, ConfigError, Origin, PartialConfig, Problem, Warning, environment, json,
};
#[cfg(feature = "files")]
use super::{toml, yaml};

/// The layers of a configuration, to be resolved into one.
#[derive(Debug, Clone, Default)]
pub struct Layers {
    files: Vec<(PathBuf, String)>,
    environment: Vec<(String, String)>,
    flags: PartialConfig,
}

/// A configuration, and where every value of it comes from.
#[derive(Debug, Clone, PartialEq)]
pub struct Resolved {
    /// The configuration.
    pub config: Config,
    /// What the user should know about it.
    pub warnings: Vec<Warning>,
    pub(super) origins: BTreeMap<String, Origin>,
}

impl Layers {
    /// Only the defaults.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the text of a configuration file, over those that were added before.
    ///
    /// The extension of the path says what it is: `.toml`, `.yml`, `.yaml` or `.json`. Without
    /// the feature `files` of this crate all but the last are a problem of
    /// [`resolve`](Self::resolve).
    #[must_use]
    pub fn file(mut self, path: impl Into<PathBuf>, text: impl Into<String>) -> Self {
        self.files.push((path.into(), text.into()));
        self
    }

    /// Adds environment variables; all that do not begin with `ZARRIO_` are passed over.
    #[must_use]
    pub fn environment<K, V>(mut self, pairs: impl IntoIterator<Item = (K, V)>) -> Self
    where
        K: Into<String>,
        V: Into<String>,
    {
        self.environment
            .extend(pairs.into_iter().map(|(k, v)| (k.into(), v.into())));
        self
    }

    /// Adds what the flags of the command line say, and nothing that they leave open.
    #[must_use]
    pub fn flags(mut self, flags: PartialConfig) -> Self {
        self.flags = self.flags.overlay(flags);
        self
    }

    /// Reads all layers and puts them over each other and over the defaults.
    ///
    /// # Errors
    /// Every problem of every layer.
    pub fn resolve(self) -> Result<Resolved, ConfigError> {
        let mut readings: Vec<Reading> = self
            .files
            .iter()
            .map(|(path, text)| read_file(path, text))
            .collect();
        readings.push(environment::read(&self.environment));
        readings.push(flag_reading(self.flags));

        let mut merged = PartialConfig::default();
        let mut origins = BTreeMap::new();
        let (mut problems, mut warnings) = (Vec::new(), Vec::new());
        for reading in readings {
            problems.extend(reading.problems);
            for key in KEYS {
                if let Err(message) = (key.check)(&reading.partial) {
                    let origin = origin_of(&reading.origins, key.path);
                    problems.push(Problem {
                        key: key.path.into(),
                        origin,
                        message,
                        remedy: None,
                    });
                }
            }
            warnings.extend(reading.warnings);
            origins.extend(reading.origins);
            merged = merged.overlay(reading.partial);
        }
        let mut config = Config::default();
        if let (Some(storage), None) = (merged.storage, merged.target_chunk_size) {
            config.target_chunk_size = storage.target_chunk_size();
            let origin = origin_of(&origins, "storage");
            origins.insert("target_chunk_size".to_owned(), origin);
        }
        merged.apply(&mut config);
        let mut resolved = Resolved {
            config,
            warnings,
            origins,
        };
        resolved.check(&mut problems);
        if problems.is_empty() {
            Ok(resolved)
        } else {
            Err(ConfigError { problems })
        }
    }
}

impl Resolved {
    /// Where the value of a key comes from; for an entry of a table, such as `chunking.time`,
    /// where that entry does.
    #[must_use]
    pub fn provenance(&self, key: &str) -> Origin {
        origin_of(&self.origins, key)
    }

    /// What no layer can see alone.
    fn check(&mut self, problems: &mut Vec<Problem>) {
        let mut problem = |key: &str, message: &str, remedy: &str| {
            problems.push(Problem {
                key: key.to_owned(),
                origin: origin_of(&self.origins, key),
                message: message.to_owned(),
                remedy: Some(remedy.to_owned()),
            });
        };
        let rolling = &self.config.rolling_archive;
        if rolling.enabled && rolling.retention_window.is_none() {
            let key = "rolling_archive.enabled";
            problem(
                key,
                "no retention window is given",
                "set rolling_archive.retention_window",
            );
        }
        let time = &self.config.time;
        if let (Some(start), Some(end)) = (&time.global_start, &time.global_end)
            && end.is_before(start)
        {
            let message = format!("{end} lies before time.global_start, {start}");
            problem("time.global_end", &message, "exchange the two");
        }
        if self.config.chunk_strategy == ChunkStrategy::Classic
            && self.config.access_pattern.only().is_none()
        {
            problem(
                "access_pattern",
                "the classic strategy plans for one pattern only",
                "name one pattern, or set chunk_strategy to optimal",
            );
        }
        if self.config.chunking.keeps_source() && self.config.intelligent_chunking == Some(true) {
            let key = "intelligent_chunking".to_owned();
            let origin = origin_of(&self.origins, &key);
            self.warnings.push(Warning::Overruled {
                key,
                by: "chunking",
                origin,
            });
        }
        if self.config.compression.method.is_some() {
            for key in [
                "compression.cname",
                "compression.clevel",
                "compression.shuffle",
            ] {
                if let Some(origin) = self.origins.get(key) {
                    self.warnings.push(Warning::Overruled {
                        key: key.to_owned(),
                        by: "compression.method",
                        origin: origin.clone(),
                    });
                }
            }
        }
    }
}

fn origin_of(origins: &BTreeMap<String, Origin>, key: &str) -> Origin {
    let entry = |(name, _): &(&String, &Origin)| {
        name.strip_prefix(key)
            .is_some_and(|rest| rest.starts_with('.'))
    };
    // A whole table comes from the highest layer that has a part in it.
    let exact = origins.get(key);
    let inside = || origins.iter().filter(entry).map(|(_, origin)| origin);
    let highest = || inside().max_by_key(|origin| origin.layer());
    exact.or_else(highest).cloned().unwrap_or(Origin::Default)
}

fn read_file(path: &Path, text: &str) -> Reading {
    let place = |line| Origin::File {
        path: path.to_owned(),
        line,
    };
    let extension = path.extension().and_then(|extension| extension.to_str());
    // Editors of some systems put a byte order mark first.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let lower = extension.map(str::to_ascii_lowercase);
    let (tree, of_python_tool) = match lower.as_deref() {
        #[cfg(feature = "files")]
        Some("toml") => (toml::parse(text), false),
        #[cfg(feature = "files")]
        Some("yml" | "yaml") => (yaml::parse(text), true),
        #[cfg(not(feature = "files"))]
        Some("toml" | "yml" | "yaml") => (Err(unread()), false),
        Some("json") => (json::parse(text), true),
        _ => {
            let message = "a configuration file ends in .toml, .yml, .yaml or .json";
            return failed(
                vec![SyntaxError {
                    line: None,
                    message: message.to_owned(),
                }],
                &place,
            );
        }
    };
    match tree {
        Err(errors) => failed(errors, &place),
        Ok(tree) => {
            let mut reading = Reading::file(&tree, &place);
            // A file that was carried over gives the chunks that it always gave.
            if of_python_tool && reading.partial.chunk_strategy.is_none() {
                reading.partial.chunk_strategy = Some(ChunkStrategy::Classic);
                reading
                    .origins
                    .insert("chunk_strategy".to_owned(), place(None));
            }
            reading
        }
    }
}

/// Why a file is not read where its parser was left out.
#[cfg(not(feature = "files"))]
fn unread() -> Vec<SyntaxError> {
    let message = "this program reads configuration files of JSON only: it is built without the feature files of zarrio-model";
    vec![SyntaxError {
        line: None,
        message: message.to_owned(),
    }]
}

fn failed(errors: Vec<SyntaxError>, place: &dyn Fn(Option<usize>) -> Origin) -> Reading {
    let problem = |error: SyntaxError| Problem {
        key: String::new(),
        origin: place(error.line),
        message: error.message,
        remedy: None,
    };
    Reading {
        problems: errors.into_iter().map(problem).collect(),
        ..Reading::default()
    }
}

fn flag_reading(flags: PartialConfig) -> Reading {
    let mut origins = BTreeMap::new();
    for key in KEYS {
        let Some(value) = (key.get)(&flags) else {
            continue;
        };
        let name = key.flag.unwrap_or("command line").to_owned();
        let origin = Origin::Flag { name };
        match entries(&value) {
            None => drop(origins.insert(key.path.to_owned(), origin)),
            Some(names) => {
                origins.extend(names.map(|name| (format!("{}.{name}", key.path), origin.clone())));
            }
        }
    }
    Reading {
        partial: flags,
        origins,
        ..Reading::default()
    }
}
