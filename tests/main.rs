//! End-to-end tests: one program, a module for each topic.

#[cfg(test)]
mod architecture;
#[cfg(test)]
mod cli;
#[cfg(test)]
mod corpus;
#[cfg(test)]
mod growth;
#[cfg(test)]
mod interop;
#[cfg(test)]
mod ledger;
#[cfg(test)]
mod packing;
#[cfg(test)]
mod proof;
#[cfg(test)]
mod regions;
#[cfg(test)]
mod remote;
#[cfg(test)]
mod scratch;
#[cfg(test)]
mod shards;
#[cfg(test)]
mod support;
#[cfg(test)]
mod templates;
#[cfg(test)]
mod zarr_input;
