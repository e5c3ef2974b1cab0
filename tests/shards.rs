//! Archives whose chunks are kept in shards, as other programs read them.

use std::sync::Arc;

use zarrio_store::{FilesystemStore, FsyncMode, ZarrsStorage};
use zarrs::array::Array;
use zarrs::storage::ReadableListableStorage;

use crate::support::{check_by, python, repository, zarrio};

#[test]
fn xarray_and_zarr_python_read_shards() {
    let Some(python) = python() else { return };
    let directory = tempfile::tempdir().unwrap();
    check_by(&python, "shards.py", directory.path(), 5);
}

/// Shards at the edges and within, read by another library, hold what plain chunks hold.
#[test]
fn zarrs_reads_shards() {
    let directory = tempfile::tempdir().unwrap();
    let values = |name: &str, shards: &str| -> Vec<i16> {
        let archive = directory.path().join(name);
        let output = zarrio()
            .arg("convert")
            .args([&repository().join("tests/data/wind.nc"), &archive])
            .args([
                "--chunking",
                "time:3,latitude:2,longitude:5",
                "--shards",
                shards,
            ])
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        let store = FilesystemStore::open(&archive, FsyncMode::Never).unwrap();
        let storage: ReadableListableStorage = Arc::new(ZarrsStorage::new(Arc::new(store)));
        let array = Array::open(storage, "/u").unwrap();
        let sharded = array
            .metadata()
            .to_string_pretty()
            .contains("sharding_indexed");
        assert_eq!(sharded, shards != "none");
        array.retrieve_array_subset(&array.subset_all()).unwrap()
    };
    let plain = values("plain.zarr", "none");
    assert!(plain.iter().any(|value| *value != plain[0]));
    assert_eq!(
        values("some.zarr", "time:6,latitude:4,longitude:full"),
        plain
    );
    assert_eq!(
        values(
            "all.zarr",
            "time:full,level:full,latitude:full,longitude:full"
        ),
        plain
    );
}
