//! Templates as Python reads them, against what it computes itself.

use crate::support::{check_by, python};

#[test]
fn xarray_reads_the_dates_and_values_that_it_expects() {
    let Some(python) = python() else { return };
    let directory = tempfile::tempdir().unwrap();
    check_by(&python, "templates.py", directory.path(), 70);
}
