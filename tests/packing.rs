//! Packed archives as Python reads them, against the bound that is promised.

use crate::support::{check_by, python};

#[test]
fn xarray_reads_packed_values_within_the_bound() {
    let Some(python) = python() else { return };
    let directory = tempfile::tempdir().unwrap();
    check_by(&python, "packing.py", directory.path(), 40);
}
