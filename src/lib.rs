//! Turns NetCDF files into Zarr archives: everything that the `zarrio` program does, for
//! other Rust programs.
//!
//! This crate only gathers the libraries under one name:
//!
//! - [`model`]: the words that all share: schema, regions, CF time, configuration;
//! - [`netcdf`]: reads NetCDF files of every kind as a [`model::Source`];
//! - [`store`]: where archives live: a directory, or memory;
//! - [`chunking`]: chooses chunk shapes;
//! - [`codec`]: encodes chunks and writes Zarr's metadata documents;
//! - [`region`]: the [`Converter`](region::Converter) that puts them together, and
//!   [`describe`](region::describe()), which tells what a dataset contains.
//!
//! # A conversion
//!
//! ```
//! use zarrio::model::config::{Config, ZarrFormat};
//! use zarrio::netcdf::{NetcdfSource, OpenOptions};
//! use zarrio::region::{Converter, Event};
//! use zarrio::store::{Key, MemoryStore, Store};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let source = NetcdfSource::open("tests/data/wind.nc".as_ref(), &OpenOptions::default())?;
//! let store = MemoryStore::new();
//!
//! let config = Config {
//!     chunking: "time:5".parse()?,
//!     zarr_format: ZarrFormat::V3,
//!     ..Config::default()
//! };
//! let progress = |event: &Event<'_>| {
//!     if let Event::ChunkWritten { variable, stored_bytes, .. } = event {
//!         println!("{variable}: {stored_bytes} bytes");
//!     }
//! };
//! let report = Converter::new(config).observer(&progress).convert(&source, &store)?;
//!
//! assert_eq!(report.variables.len(), 6);
//! assert!(store.get(&Key::new("zarr.json")?)?.is_some());
//! # Ok(())
//! # }
//! ```
//!
//! With a [`store::FilesystemStore`] in place of the memory the archive is a directory.
//!
//! # What holds
//!
//! - The libraries never print, never read the environment, install no log subscriber and no
//!   signal handler. They trace with the `tracing` crate and report through an
//!   [`Observer`](region::Observer).
//! - Every operation is planned before anything is written:
//!   [`Converter::plan`](region::Converter::plan) gives the plan, and every error that can be
//!   found from metadata is found then.
//! - An archive becomes visible when it is complete: its root document is written last.
//! - The memory setting bounds what is held at once, whatever the size of the file.
//!
//! # Features
//!
//! - `cli` (default): the program, and with it clap and a progress bar.
//! - `libnetcdf` (default): the netCDF C library, for what the Rust reader does not support.
//! - `static`: the same, built from source and linked into the binary.
//!
//! Without default features the package is a library that needs a C compiler only.

pub use zarrio_chunking as chunking;
pub use zarrio_codec as codec;
pub use zarrio_model as model;
pub use zarrio_netcdf as netcdf;
pub use zarrio_region as region;
pub use zarrio_store as store;

/// The examples of the README, compiled and run like all others.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

/// The programs of the page on embedding.
#[cfg(doctest)]
#[doc = include_str!("../docs/src/guides/embedding.md")]
struct Embedding;
