//! Archives that are damaged on purpose: what `verify` says, and what `repair` makes of them.
//! What is mended is the undamaged archive again, object by object.

mod damage;
mod digests;
mod documents;
mod doubtful;
mod files;
mod foreign;
mod killed;
mod place;
mod records;
mod rights;
