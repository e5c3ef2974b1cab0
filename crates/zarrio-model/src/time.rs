//! CF time.
