//! Templates, regions and the block pipeline of zarrio.
