//! Reads NetCDF files of every kind as a [`Source`](zarrio_model::Source).
//!
//! The kind is found by content, never by name. Two readers stand behind one trait: the
//! first is pure Rust, the second is the netCDF C library (feature `libnetcdf`), which
//! takes over what the first calls *unsupported* and never what it calls *invalid*.

mod classic;
#[cfg(feature = "libnetcdf")]
mod clib;
mod detect;
mod hdf5;
mod open;
mod text;


