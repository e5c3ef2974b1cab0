//! What tests of stores, and of what is built on them, need.
