//! Reads NetCDF files of every kind as a [`Source`](zarrio_model::Source).
//!
//! [`NetcdfSource::open`] finds out by content, never by name, whether a file is classic
//! (CDF-1, CDF-2, CDF-5) or NetCDF-4, and picks a reader:
//!
//! - The first is written in Rust. It reads from many threads at once, holds no lock, never
//!   maps a file into memory, and checks every count of a header against the size of the
//!   file before it believes it. A file that is cut short is an error, not zeros.
//! - The second is the netCDF C library (feature `libnetcdf`). It takes over a file, or a
//!   single variable, that the first one calls *unsupported*, and never one that it calls
//!   *invalid*: hostile files crash the library. It also serves the tests as the oracle.
//!
//! A file may also be elsewhere than on a file system: [`NetcdfSource::open_remote`] reads it
//! through what the caller gives as a [`RemoteFile`].
//!
//! Both show the same [`DatasetSchema`](zarrio_model::DatasetSchema): enumerations as their
//! integers with `flag_values` and `flag_meanings`, characters as text, without the
//! last dimension where it is the length of the texts, and variables of types that cannot be carried in a list of their own.
//!
//! # Example
//! ```
//! use zarrio_model::{NodePath, Region, Source};
//! use zarrio_netcdf::{NetcdfSource, OpenOptions};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/mixed_cdf1.nc");
//! let source = NetcdfSource::open(path.as_ref(), &OpenOptions::default())?;
//!
//! let lat = source.schema().variable(&NodePath::parse("lat")).ok_or("no latitudes")?;
//! assert_eq!(lat.shape, [3]);
//! assert_eq!(lat.attributes.text("units"), Some("degrees_north"));
//!
//! // The last two of the three values, in native byte order.
//! let mut bytes = [0; 16];
//! source.read(&lat.path, &Region::new(vec![1..3]), &mut bytes)?;
//! assert_eq!(bytes, [8_f64.to_ne_bytes(), 15_f64.to_ne_bytes()].concat()[..]);
//! # Ok(())
//! # }
//! ```

mod axes;
mod chars;
mod classic;
#[cfg(feature = "libnetcdf")]
mod clib;
mod copied;
mod data;
mod detect;
mod fallback;
mod hdf5;
mod identity;
mod numbers;
mod open;
mod reader;
mod text;

pub use data::RemoteFile;
pub use open::{NetcdfSource, OpenOptions};
pub use reader::{Reader, UnknownReader};

// The words of the interface, under the names of the crate `zarrio`: this crate is enough.
pub use zarrio_model as model;
