//! The command-line program of zarrio.
