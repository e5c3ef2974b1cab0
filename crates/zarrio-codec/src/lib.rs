//! Encoding plans and compression codecs of zarrio.
