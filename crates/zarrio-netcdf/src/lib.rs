//! Reads NetCDF files of every kind as a [`Source`](zarrio_model::Source).
//!
//! The kind is found by content, never by name. Two readers stand behind one trait: the
//! first is pure Rust, the second is the netCDF C library (feature `libnetcdf`), which
//! takes over what the first calls *unsupported* and never what it calls *invalid*.

mod chars;
mod classic;
#[cfg(feature = "libnetcdf")]
mod clib;
mod detect;
mod fallback;
mod hdf5;
mod identity;
mod numbers;
mod open;
mod text;

pub use open::{NetcdfSource, OpenOptions, Reader, UnknownReader};
