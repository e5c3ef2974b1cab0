//! Copies on the disk of variables whose chunks lie across those of the archive.

use crate::support::{check_by, python};

#[test]
fn a_copy_on_the_disk_makes_the_same_archive() {
    let Some(python) = python() else { return };
    let directory = tempfile::tempdir().unwrap();
    check_by(&python, "scratch.py", directory.path(), 6);
}
