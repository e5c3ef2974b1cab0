//! Opening inputs.

mod remote;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use zarrio_model::config::{Config, ReaderChoice};
use zarrio_model::{Source, SourceError, SourceErrorKind};
use zarrio_netcdf::RemoteFile as _;
use zarrio_netcdf::{NetcdfSource, OpenOptions, Reader};
use zarrio_region::{SourceRecord, Sources, ZarrInput};
use zarrio_store::{Address, FilesystemStore, FsyncMode, Key, RemoteStore, Store, StoreError};

use self::remote::Remote;
use crate::failure::Failure;
use crate::location::NODE_DOCUMENTS;
use crate::place::{self, Place};
use crate::signals;

/// What an input is.
enum Input {
    /// A file on a disk, or nothing.
    File,
    /// A file at a URL.
    Remote(Arc<Remote>),
    /// A Zarr archive, in a directory or at a URL.
    Archive(Arc<dyn Store>),
}

impl Input {
    /// Looks what there is.
    fn find(path: &Path, config: &Config) -> Result<Self, SourceError> {
        let failed = |error: StoreError| {
            let message = "it cannot be told what is there";
            SourceError::new(SourceErrorKind::Io, path, message).caused_by(error)
        };
        let Some(address) = address(path) else {
            let is_archive = NODE_DOCUMENTS.iter().any(|name| path.join(name).is_file());
            if !is_archive {
                return Ok(Self::File);
            }
            let store = FilesystemStore::open(path, FsyncMode::Never).map_err(failed)?;
            return Ok(Self::Archive(Arc::new(store)));
        };
        let is_named = address.name().ends_with(".zarr");
        if !is_named && let Some(file) = Remote::find(&address, config)? {
            return Ok(Self::Remote(file));
        }
        let store = RemoteStore::open(address, &place::options(&config.remote));
        let store = store.map_err(failed)?.stop_when(signals::is_stopping);
        for name in NODE_DOCUMENTS {
            let key = Key::new(name).map_err(failed)?;
            if is_named || store.exists(&key).map_err(failed)? {
                return Ok(Self::Archive(Arc::new(store)));
            }
        }
        Err(
            SourceError::new(SourceErrorKind::NotFound, path, "there is no such file")
                .hint("check the URL"),
        )
    }
}

/// Opens a NetCDF file by the reader of the settings, or a Zarr archive, on a disk or at a URL.
///
/// # Errors
/// When it cannot be read.
pub(super) fn open(path: &Path, config: &Config) -> Result<Box<dyn Source>, Failure> {
    match Input::find(path, config)? {
        Input::Archive(store) => Ok(Box::new(ZarrInput::open(store, path)?)),
        input => Ok(file(input, path, config)?),
    }
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
    match Input::find(path, config).ok()? {
        Input::File => SourceRecord::of_file(path),
        Input::Remote(file) => Some(SourceRecord::new(file.identity())),
        Input::Archive(store) => SourceRecord::of_archive(&*store, path),
    }
}

/// The URL that stands for a path.
fn address(path: &Path) -> Option<Address> {
    Address::parse(path.to_str()?).ok()?
}

/// Opens an input, for what only knows of the errors of sources.
fn file(input: Input, path: &Path, config: &Config) -> Result<Box<dyn Source>, SourceError> {
    let reader = match config.reader {
        ReaderChoice::Auto => Reader::Auto,
        ReaderChoice::Rust => Reader::Rust,
        ReaderChoice::C => Reader::C,
    };
    let options = OpenOptions { reader };
    match input {
        Input::File => Ok(Box::new(NetcdfSource::open(path, &options)?)),
        Input::Remote(file) => Ok(Box::new(NetcdfSource::open_remote(file, &options)?)),
        Input::Archive(store) => {
            let input = ZarrInput::open(store, path).map_err(|error| {
                let message = "it is no Zarr archive that can be read";
                SourceError::new(SourceErrorKind::Invalid, path, message).caused_by(error)
            })?;
            Ok(Box::new(input))
        }
    }
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
    ///
    /// # Errors
    /// When one of them is not there, or cannot be read.
    pub(super) fn with(mut self, files: Vec<PathBuf>) -> Result<Self, Failure> {
        for path in files {
            match record(&path, self.config) {
                Some(known) => self.by_hand.push((known, path)),
                // To open it says what is wrong with it.
                None => drop(open(&path, self.config)?),
            }
        }
        Ok(self)
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
        file(Input::find(&path, self.config)?, &path, self.config)
    }
}
