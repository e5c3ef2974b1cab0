//! Archives on an object store: a real server, writers at once, and a network that fails.

mod azure;
mod faults;
mod flight;
mod inputs;
mod killed;
mod mended;
mod messages;
mod proxy;
mod readme;
mod requests;
mod server;
mod sources;
mod web;
mod writers;
