//! Writers of regions as real processes on real files: many at once, killed, or with a disk
//! that fails. Whatever happens to them, the archive in the end is the one that a single
//! undisturbed process writes, object by object.

mod case;
mod days;
pub(crate) mod exact;
mod ingest;
pub(crate) mod killer;
pub(crate) mod objects;
mod tasks;
mod together;
pub(crate) mod year;
