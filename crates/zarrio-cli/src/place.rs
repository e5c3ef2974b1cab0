//! Where an archive is: in a directory, or at a URL of an object store.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use zarrio_model::config::{Config, RemoteConfig};
use zarrio_region::CancelToken;
use zarrio_store::{
    Address, FilesystemStore, FsyncMode, Prefix, RemoteOptions, RemoteStore, Store,
};

use crate::failure::Failure;
use crate::location;

/// The place of an archive.
#[derive(Debug, Clone)]
pub(crate) enum Place {
    /// A directory.
    Local(PathBuf),
    /// An object store or a web server.
    Remote(Address),
}

/// How the store of an archive is used.
#[derive(Debug, Clone, Default)]
pub(crate) struct Use<'t> {
    /// When what is written is to be on disk.
    pub(crate) fsync: FsyncMode,
    /// Whether locks are believed in.
    pub(crate) assume_locks: bool,
    /// What ends waits.
    pub(crate) token: Option<&'t CancelToken>,
}

impl Place {
    /// The place that an argument means.
    ///
    /// # Errors
    /// When it is a URL that can be none.
    pub(crate) fn parse(text: &str) -> Result<Self, Failure> {
        match Address::parse(text) {
            Ok(Some(address)) => Ok(Self::Remote(address)),
            Ok(None) => location::local(text).map(Self::Local),
            Err(error) => Err(Failure::usage(
                error.to_string(),
                "write s3://BUCKET/PATH, gs://BUCKET/PATH or az://CONTAINER/PATH",
            )),
        }
    }

    /// The place that an argument means which names an input.
    ///
    /// # Errors
    /// When it is a URL that can be none.
    pub(crate) fn parse_input(text: &str) -> Result<Self, Failure> {
        match Address::parse(text) {
            Ok(Some(address)) => Ok(Self::Remote(address)),
            Ok(None) => location::local(text).map(Self::Local),
            Err(error) => Err(Failure::usage(
                error.to_string(),
                "write s3://BUCKET/PATH, gs://BUCKET/PATH, az://CONTAINER/PATH or https://HOST/PATH",
            )),
        }
    }

    /// Opens the store there.
    ///
    /// # Errors
    /// When it cannot be.
    pub(crate) fn open(&self, config: &Config, how: &Use<'_>) -> Result<Arc<dyn Store>, Failure> {
        match self {
            Self::Local(path) => {
                let mut store = FilesystemStore::open(path, how.fsync)?;
                if let Some(token) = how.token.cloned() {
                    store = store.stop_when(move || token.is_cancelled());
                }
                if how.assume_locks {
                    store = store.assume_locks();
                }
                Ok(Arc::new(store))
            }
            Self::Remote(address) => {
                let mut store = RemoteStore::open(address.clone(), &options(&config.remote))?;
                if let Some(token) = how.token.cloned() {
                    store = store.stop_when(move || token.is_cancelled());
                }
                Ok(Arc::new(store))
            }
        }
    }

    /// Opens the store to be read only.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub(crate) fn read(&self, config: &Config) -> Result<Arc<dyn Store>, Failure> {
        self.open(config, &Use::default())
    }

    /// The directory, where it is one.
    pub(crate) fn path(&self) -> Option<&Path> {
        match self {
            Self::Local(path) => Some(path),
            Self::Remote(_) => None,
        }
    }

    /// The directory or the URL, as inputs are named.
    pub(crate) fn to_path(&self) -> PathBuf {
        match self {
            Self::Local(path) => path.clone(),
            Self::Remote(address) => PathBuf::from(address.to_string()),
        }
    }

    /// Makes sure that an archive can come to be here.
    ///
    /// # Errors
    /// When it, or what it lies in, is a file, or a server that can be read only.
    pub(crate) fn check_output(&self) -> Result<(), Failure> {
        match self {
            Self::Local(path) => location::check_output(path),
            Self::Remote(address) if address.is_read_only() => Err(Failure::usage(
                format!("{address}: a web server can be read only"),
                "give a directory, or a URL of an object store",
            )),
            Self::Remote(_) => Ok(()),
        }
    }

    /// Makes sure that a new archive is not made within another one, whose consolidated metadata
    /// would not tell of it, nor know that what was there is gone.
    ///
    /// # Errors
    /// When it would be.
    pub(crate) fn check_alone(&self, config: &Config) -> Result<(), Failure> {
        let above = match self {
            Self::Local(path) => location::archive_above(path)
                .map(|(archive, rest)| (Self::Local(archive), rest.display().to_string())),
            Self::Remote(address) => {
                above(address, config).map(|(archive, rest)| (Self::Remote(archive), rest))
            }
        };
        above.map_or(Ok(()), |(archive, rest)| {
            Err(Failure::usage(
                format!("{self} lies in the archive {archive}"),
                format!("give the archive and '--group {rest}', or an output beside it"),
            ))
        })
    }

    /// Makes sure that this output and an input do not lie within each other.
    ///
    /// # Errors
    /// When they do.
    pub(crate) fn check_apart(&self, input: &Self) -> Result<(), Failure> {
        match (input, self) {
            (Self::Local(input), Self::Local(output)) => location::check_apart(input, output),
            (Self::Remote(a), Self::Remote(b)) if a.is_within(b) || b.is_within(a) => {
                Err(location::within(a, b))
            }
            _ => Ok(()),
        }
    }

    /// Its last name, for people.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Local(path) => location::name(path),
            Self::Remote(address) => address.name().to_owned(),
        }
    }
}

/// So many places above an output are looked at, at most.
const MOST_ABOVE: usize = 16;

/// The archive that a place lies in, and the way from there, as far as that can be seen: what
/// lies above an output may be nothing that its owner may look at. What is an archive already is
/// asked for those right above it alone.
fn above(place: &Address, config: &Config) -> Option<(Address, String)> {
    let mut options = options(&config.remote);
    options.retries = 0;
    let (mut levels, mut names) = (vec![place.clone()], Vec::new());
    while let Some((above, name)) = levels.last()?.split().filter(|_| names.len() < MOST_ABOVE) {
        names.insert(0, name);
        levels.push(above);
    }
    // Of one connection.
    let store = RemoteStore::open(levels.last()?.clone(), &options).ok()?;
    let is_node = |names: &[String]| {
        let place = Prefix::new(names.join("/")).ok()?;
        for name in location::NODE_DOCUMENTS {
            match store.exists(&place.key(name).ok()?) {
                Ok(true) => return Some(true),
                // Whoever does not answer now is not asked for all that lies above.
                Err(error) if error.is_transient() => return None,
                Ok(false) | Err(_) => {}
            }
        }
        Some(false)
    };
    let mut archive = None;
    for (above, i) in levels.into_iter().skip(1).zip((0..names.len()).rev()) {
        match is_node(&names[..i]) {
            Some(true) if archive.is_none() && i + 1 < names.len() && is_node(&names)? => break,
            Some(true) => archive = Some((above, names[i..].join("/"))),
            Some(false) if archive.is_none() => {}
            Some(false) | None => break,
        }
    }
    archive
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Local(path) => path.display().fmt(f),
            Self::Remote(address) => address.fmt(f),
        }
    }
}

/// When what is written is to be on disk, by the settings.
pub(crate) fn fsync(config: &Config) -> FsyncMode {
    match config.fsync {
        true => FsyncMode::AtSync,
        false => FsyncMode::Never,
    }
}

/// How servers are talked to, by the settings.
pub(crate) fn options(config: &RemoteConfig) -> RemoteOptions {
    let given = config.options.iter();
    RemoteOptions {
        given: given
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect(),
        retries: config.retries as usize,
        timeout: Duration::from_secs_f64(config.timeout),
        max_backoff: Duration::from_secs_f64(config.max_backoff),
        max_concurrent_requests: config.max_concurrent_requests as usize,
    }
}
