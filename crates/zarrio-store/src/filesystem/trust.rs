//! On which file systems a lock is one.

use std::path::Path;

use super::shown;
use crate::{StoreError, StoreErrorKind};

/// Local file systems, whose locks hold between all processes: ext2-4, XFS, Btrfs, tmpfs,
/// overlayfs, ZFS, F2FS, Bcachefs, ramfs.
const LOCAL: [u64; 9] = [
    0xEF53,
    0x5846_5342,
    0x9123_683E,
    0x0102_1994,
    0x794C_7630,
    0x2FC1_2FC1,
    0xF2F5_2010,
    0xCA45_1A4E,
    0x8584_58F6,
];
/// Network file systems, whose locks hold between hosts unless their mount says otherwise.
const NFS: u64 = 0x6969;
const LUSTRE: u64 = 0x0BD0_0BD0;
const GPFS: u64 = 0x4750_4653;

/// Whether advisory locks in a directory exclude every other writer.
///
/// # Errors
/// [`StoreErrorKind::Unsupported`] with the reason when they do not, or nobody knows.
pub(super) fn check(directory: &Path) -> Result<(), StoreError> {
    let error = |e: rustix::io::Errno| StoreError::io(shown(directory), "look at it", e.into());
    let kind = rustix::fs::statfs(directory).map_err(error)?.f_type as u64 & 0xFFFF_FFFF;
    let refuse = |reason: String| {
        Err(StoreError::new(
            StoreErrorKind::Unsupported,
            shown(directory),
            reason,
        ))
    };
    match kind {
        GPFS => Ok(()),
        kind if LOCAL.contains(&kind) => Ok(()),
        NFS => match mount_options(directory) {
            Some(options)
                if has(&options, "nolock") || has_prefix(&options, "local_lock=", &["none"]) =>
            {
                refuse(
                    "it is mounted so that locks do not reach the server (nolock or local_lock)"
                        .into(),
                )
            }
            _ => Ok(()),
        },
        LUSTRE => match mount_options(directory) {
            Some(options) if has(&options, "flock") => Ok(()),
            _ => refuse(
                "Lustre is mounted without the option flock, so locks do not hold between nodes"
                    .into(),
            ),
        },
        other => refuse(format!(
            "nobody knows whether locks hold between processes on this file system (type {other:#x})"
        )),
    }
}

fn has(options: &str, option: &str) -> bool {
    options.split(',').any(|o| o == option)
}

/// Whether an option is set to anything but the allowed values.
fn has_prefix(options: &str, prefix: &str, allowed: &[&str]) -> bool {
    options
        .split(',')
        .filter_map(|o| o.strip_prefix(prefix))
        .any(|value| !allowed.contains(&value))
}

/// The options of the mount that holds a directory: the longest mount point above it.
fn mount_options(directory: &Path) -> Option<String> {
    let mounts = std::fs::read_to_string("/proc/self/mounts").ok()?;
    let directory = directory.canonicalize().ok()?;
    mounts
        .lines()
        .filter_map(|line| {
            let mut fields = line.split(' ').skip(1);
            let (point, _kind, options) = (fields.next()?, fields.next()?, fields.next()?);
            // Blanks in mount points are written in octal.
            let point = point.replace("\\040", " ");
            directory
                .starts_with(&point)
                .then(|| (point.len(), options.to_owned()))
        })
        .max_by_key(|(length, _)| *length)
        .map(|(_, options)| options)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn local_file_systems_are_trusted_and_others_are_not() {
        check(tempfile::tempdir().unwrap().path()).unwrap();
        let error = check(Path::new("/proc")).unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::Unsupported);
    }

    #[test]
    fn mount_options_are_read_whole() {
        let options = "rw,relatime,local_lock=none,addr=1";
        assert!(has(options, "relatime") && !has(options, "relat"));
        assert!(!has_prefix(options, "local_lock=", &["none"]));
        assert!(has_prefix("local_lock=all", "local_lock=", &["none"]));
    }
}
