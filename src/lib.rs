//! Turns NetCDF files into one Zarr archive.
