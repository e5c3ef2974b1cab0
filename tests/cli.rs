//! What the program says and how it ends.
//!
//! Commands run in a scratch directory, and all that they say is compared with a transcript
//! in `cli/golden`. `UPDATE_GOLDEN=1` writes the transcripts anew: read the difference before
//! you commit it. What has no fixed words stands in `process.rs`.

mod analyze;
mod append;
mod chunking;
mod convert;
mod create_template;
mod docs;
mod errors;
mod expire;
mod groups;
mod help;
mod info;
mod ingest;
mod process;
mod settings;
mod status;
mod stopped;
mod stores;
mod tasks;
pub(crate) mod transcript;
mod verify;
mod write_region;
