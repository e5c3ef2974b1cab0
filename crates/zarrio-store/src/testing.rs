//! What tests of stores, and of what is built on them, need: the suite that every store
//! passes, and a store that fails on demand.

mod conformance;
mod fault;

pub use conformance::check_store;
pub use fault::{Calls, Fault, FaultStore};
