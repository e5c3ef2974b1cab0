//! On which file systems a lock is one.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
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
            Some(_) => Ok(()),
            None => refuse(
                "it is NFS, and /proc/self/mounts does not tell whether locks reach the server"
                    .into(),
            ),
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

/// The options of the mount that holds a directory; none where they cannot be told.
fn mount_options(directory: &Path) -> Option<String> {
    let mounts = std::fs::read("/proc/self/mounts").ok()?;
    options_of(&mounts, &directory.canonicalize().ok()?)
}

/// Those of the longest mount point above a directory, the last one of several. Names of mounts
/// are bytes, and anybody's: one that is no text hides none of the others.
fn options_of(mounts: &[u8], directory: &Path) -> Option<String> {
    let lines = mounts.split(|byte| *byte == b'\n');
    let above = lines.filter_map(|line| {
        let mut fields = line.split(|byte| *byte == b' ').skip(1);
        let (point, _kind, options) = (fields.next()?, fields.next()?, fields.next()?);
        let point = unescaped(point);
        directory
            .starts_with(OsStr::from_bytes(&point))
            .then_some((point.len(), options))
    });
    let (_, options) = above.max_by_key(|(length, _)| *length)?;
    Some(String::from_utf8_lossy(options).into_owned())
}

/// The name of a mount point: blanks and the like are written in octal, as in `\040`.
fn unescaped(point: &[u8]) -> Vec<u8> {
    let mut name = Vec::with_capacity(point.len());
    let mut rest = point;
    while let Some((first, after)) = rest.split_first() {
        let digits = after.get(..3).filter(|_| *first == b'\\');
        let digits = digits.and_then(|digits| std::str::from_utf8(digits).ok());
        let code = digits.and_then(|digits| u8::from_str_radix(digits, 8).ok());
        name.push(code.unwrap_or(*first));
        rest = if code.is_some() { &after[3..] } else { after };
    }
    name
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

    #[test]
    fn a_mount_is_found_whatever_others_are_called() {
        let mounts = b"/dev/sda / ext4 rw 0 0\n\
            //host/\xff /mnt/\xff\xfe cifs rw 0 0\n\
            host:/a /mnt/my\\040data nfs rw,local_lock=all 0 0\n\
            host:/b /mnt/\xff\xfe/b\\134040 nfs rw,nolock 0 0\n\
            host:/c /mnt/twice nfs rw,local_lock=all 0 0\n\
            host:/d /mnt/twice nfs rw 0 0\n";
        let options =
            |directory: &[u8]| options_of(mounts, Path::new(OsStr::from_bytes(directory)));
        let is = |directory, wanted: &str| assert_eq!(options(directory).as_deref(), Some(wanted));
        is(b"/mnt/my data/archive.zarr", "rw,local_lock=all");
        is(b"/mnt/\xff\xfe/b\\040/x", "rw,nolock");
        is(b"/mnt/\xff\xfe/other", "rw");
        is(b"/mnt/twice", "rw");
        is(b"/home", "rw");
        assert_eq!(options_of(b"", Path::new("/")), None);
    }
}
