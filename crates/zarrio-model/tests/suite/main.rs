//! Tests of the public face of the crate, in one binary.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "helpers of tests fail by panicking"
)]

mod cftime;
mod config_errors;
mod config_files;
mod config_layers;
mod config_properties;
mod config_values;
mod support;
mod time_properties;
mod time_values;
mod words;
