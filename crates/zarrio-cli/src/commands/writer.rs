//! Who writes, for the archive's records.

/// Machine and process: `node17:4711`.
pub(super) fn name() -> String {
    let system = rustix::system::uname();
    let node = system.nodename().to_string_lossy().into_owned();
    format!("{node}:{}", std::process::id())
}
