//! Where zarrio archives live: atomic objects on a file system or in memory.
