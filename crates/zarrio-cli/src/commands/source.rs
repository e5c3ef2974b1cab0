//! Opening inputs.

mod remote;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use zarrio_model::config::{Config, ReaderChoice};
use zarrio_model::{Source, SourceError, SourceErrorKind};
use zarrio_netcdf::RemoteFile as _;
use zarrio_netcdf::{NetcdfSource, OpenOptions, Reader};
use zarrio_region::{SourceRecord, Sources, ZarrInput};
use zarrio_store::{Address, FilesystemStore, FsyncMode};

use self::remote::Remote;
use crate::failure::Failure;
use crate::place::Place;

/// Opens a NetCDF file, on a disk or at a URL, by the reader of the settings, or the Zarr archive
/// that a directory is.
///
/// # Errors
/// When it cannot be read.
pub(super) fn open(path: &Path, config: &Config) -> Result<Box<dyn Source>, Failure> {
    if is_archive(path) {
        let store = FilesystemStore::open(path, FsyncMode::Never)?;
        return Ok(Box::new(ZarrInput::open(Arc::new(store), path)?));
    }
    Ok(Box::new(try_open(path, config)?))
}

/// Whether a place is that of a file, and not of an archive.
pub(super) fn is_file(place: &Place, config: &Config) -> Result<bool, Failure> {
    match place {
        Place::Local(path) => Ok(!path.is_dir()),
        // A web server may show the names in a directory as a page.
        Place::Remote(address) if address.name().ends_with(".zarr") => Ok(false),
        Place::Remote(address) => Ok(Remote::find(address, config)?.is_some()),
    }
}

/// What the ledger would say of an input as it is now; none where it cannot be looked at.
pub(super) fn record(path: &Path, config: &Config) -> Option<SourceRecord> {
    match address(path) {
        Some(address) => {
            let file = Remote::open(&address, config).ok()?;
            Some(SourceRecord::new(file.identity()))
        }
        None => SourceRecord::of_file(path),
    }
}

/// The URL that stands for a path.
fn address(path: &Path) -> Option<Address> {
    Address::parse(path.to_str()?).ok()?
}

fn try_open(path: &Path, config: &Config) -> Result<NetcdfSource, SourceError> {
    let reader = match config.reader {
        ReaderChoice::Auto => Reader::Auto,
        ReaderChoice::Rust => Reader::Rust,
        ReaderChoice::C => Reader::C,
    };
    let options = OpenOptions { reader };
    match address(path) {
        Some(address) => NetcdfSource::open_remote(Remote::open(&address, config)?, &options),
        None => NetcdfSource::open(path, &options),
    }
}

/// Whether a directory is a node of a Zarr hierarchy.
fn is_archive(path: &Path) -> bool {
    ["zarr.json", ".zgroup", ".zarray"]
        .iter()
        .any(|name| path.join(name).is_file())
}

/// The Zarr archive in a directory, for what only knows of the errors of sources.
fn archive(path: &Path) -> Result<Box<dyn Source>, SourceError> {
    let failed = |error: Box<dyn std::error::Error + Send + Sync>| {
        SourceError::new(
            SourceErrorKind::Invalid,
            path,
            "it is no Zarr archive that can be read",
        )
        .caused_by(error)
    };
    let store = FilesystemStore::open(path, FsyncMode::Never).map_err(|e| failed(e.into()))?;
    let input = ZarrInput::open(Arc::new(store), path).map_err(|e| failed(e.into()))?;
    Ok(Box::new(input))
}

/// The files that an archive's records name: where they were, or those given by hand.
#[derive(Debug)]
pub(super) struct Recorded<'a> {
    config: &'a Config,
    by_hand: Vec<(SourceRecord, PathBuf)>,
}

impl<'a> Recorded<'a> {
    /// Files where they were.
    pub(super) fn new(config: &'a Config) -> Self {
        Self {
            config,
            by_hand: Vec::new(),
        }
    }

    /// The same with files that have come to lie elsewhere.
    pub(super) fn with(mut self, files: Vec<PathBuf>) -> Self {
        let config = self.config;
        let known = files.into_iter();
        self.by_hand
            .extend(known.filter_map(|file| Some((record(&file, config)?, file))));
        self
    }

    /// The file that is the recorded one, wherever it lies.
    fn find(&self, recorded: &SourceRecord) -> Option<(SourceRecord, PathBuf)> {
        let place = PathBuf::from(&recorded.path);
        let now = record(&place, self.config);
        let mut by_hand = self.by_hand.iter();
        match now {
            Some(now) if now.is_same_file(recorded) => Some((now, place)),
            now => by_hand
                .find(|(other, _)| other.is_same_file(recorded))
                .cloned()
                .or_else(|| now.map(|now| (now, place))),
        }
    }
}

impl Sources for Recorded<'_> {
    fn now(&self, recorded: &SourceRecord) -> Option<SourceRecord> {
        self.find(recorded).map(|(now, _)| now)
    }

    fn open(&self, recorded: &SourceRecord) -> Result<Box<dyn Source>, SourceError> {
        let found = self.find(recorded);
        let path = found.map_or_else(|| PathBuf::from(&recorded.path), |(_, path)| path);
        if is_archive(&path) {
            return archive(&path);
        }
        Ok(Box::new(try_open(&path, self.config)?))
    }
}
