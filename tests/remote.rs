//! Archives on an object store: a real server, writers at once, and a network that fails.

mod faults;
mod proxy;
mod server;
mod writers;
