//! Archives that grow, under readers, beside other writers, and killed at any time.

mod appended;
mod killed;
mod readers;
mod together;
