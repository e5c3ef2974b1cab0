//! What tests of stores, and of what is built on them, need: the suite that every store
//! passes, and a store that fails on demand.

#[cfg(feature = "remote")]
mod bucket;
mod conformance;
mod fault;

#[cfg(feature = "remote")]
pub use bucket::Bucket;
pub use conformance::check_store;
pub use fault::{Calls, Fault, FaultStore};
