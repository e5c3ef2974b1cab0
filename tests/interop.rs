//! What other programs say of the archives that this one makes.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use serde_json::Value;
use zarrio_store::{FilesystemStore, FsyncMode, ZarrsStorage};
use zarrs::array::Array;
use zarrs::group::Group;
use zarrs::storage::ReadableListableStorage;

use crate::support::{Pair, check_by, compare, data_files, file_name, have, python, skip, zarrio};

const FORMATS: [&str; 2] = ["3", "2"];

/// Converts every file of `tests/data` to a format; what each became.
fn convert_all(directory: &Path, format: &str) -> Vec<Pair> {
    let convert = |source: PathBuf| {
        let archive = directory.join(format!("{}.v{format}.zarr", file_name(&source)));
        let output = zarrio()
            .arg("convert")
            .args([&source, &archive])
            .args(["--zarr-format", format])
            .output()
            .unwrap();
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{}: {complaint}", source.display());
        Pair {
            source,
            archive,
            skipped: false,
        }
    };
    data_files().into_iter().map(convert).collect()
}

#[test]
fn xarray_and_zarr_python_see_what_the_source_holds() {
    let Some(python) = python() else { return };
    let directory = tempfile::tempdir().unwrap();
    let pairs: Vec<_> = FORMATS
        .iter()
        .flat_map(|f| convert_all(directory.path(), f))
        .collect();
    let mut faults = Vec::new();
    for (archive, verdict) in compare(&python, &pairs) {
        assert!(verdict.variables > 0, "{}", file_name(&archive));
        if let Some(fault) = verdict.fault() {
            faults.push(format!("{}: {fault}", file_name(&archive)));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn xarray_masks_what_it_masks_in_the_source() {
    let Some(python) = python() else { return };
    let directory = tempfile::tempdir().unwrap();
    check_by(&python, "missing.py", directory.path(), 5);
}

/// A comparison that never finds anything proves nothing.
#[test]
fn the_comparison_notices_what_is_wrong() {
    let Some(python) = python() else { return };
    let absent_chunks = |archive: &Path| std::fs::remove_dir_all(archive.join("v/c"));
    let absent_array = |archive: &Path| std::fs::remove_dir_all(archive.join("level"));
    let other_attribute = |archive: &Path| {
        let path = archive.join("zarr.json");
        let text = std::fs::read_to_string(&path)?;
        std::fs::write(&path, text.replace("eastward_wind", "westward_wind"))
    };
    type Spoil<'a> = &'a dyn Fn(&Path) -> std::io::Result<()>;
    let spoil: [(&str, Spoil<'_>); 3] = [
        ("v: stored values", &absent_chunks),
        ("consolidated metadata name", &absent_array),
        ("u: attribute standard_name", &other_attribute),
    ];
    for (expected, spoil) in spoil {
        let directory = tempfile::tempdir().unwrap();
        let pairs = convert_all(directory.path(), "3");
        let pair = pairs
            .iter()
            .find(|pair| file_name(&pair.source) == "wind.nc")
            .unwrap();
        spoil(&pair.archive).unwrap();
        let verdict = &compare(&python, std::slice::from_ref(pair))[&pair.archive];
        let words = verdict.fault().expect(expected);
        assert!(words.contains(expected), "{expected}: {words}");
    }
}

/// GDAL 3.6, which Debian 12 has, reads format 2; of format 3 it knows a draft only and
/// shows a group without arrays. A newer one must show all in both.
#[test]
fn gdal_opens_archives() {
    if !have("gdalmdiminfo") {
        return;
    }
    let version = Command::new("gdalmdiminfo")
        .arg("--version")
        .output()
        .unwrap();
    let version = String::from_utf8(version.stdout).unwrap();
    let number = version.split([' ', ',']).nth(1).unwrap_or_default();
    let mut parts = number
        .split('.')
        .map(|part| part.parse::<u32>().unwrap_or(0));
    let knows_format_3 = (parts.next(), parts.next()) >= (Some(3), Some(8));
    let directory = tempfile::tempdir().unwrap();
    for format in FORMATS {
        for pair in convert_all(directory.path(), format) {
            let output = Command::new("gdalmdiminfo")
                .arg(&pair.archive)
                .output()
                .unwrap();
            let complaint = String::from_utf8_lossy(&output.stderr);
            assert!(
                output.status.success(),
                "{}: {complaint}",
                pair.archive.display()
            );
            // GDAL has no texts of any length in format 2, whoever wrote them.
            let (texts, other): (Vec<_>, Vec<_>) = complaint
                .lines()
                .partition(|line| line.ends_with("for dtype: |O"));
            assert_eq!(other, [""; 0], "{}", pair.archive.display());
            let info: Value = serde_json::from_slice(&output.stdout).unwrap();
            if format == "2" || knows_format_3 {
                let shown = gdal_arrays(&info) + texts.len();
                let all = arrays(&pair.archive).len();
                assert_eq!(shown, all, "{}", pair.archive.display());
            }
        }
    }
    if !knows_format_3 {
        skip(&format!(
            "the arrays of format 3, which GDAL {number} does not know"
        ));
    }
}

fn gdal_arrays(group: &Value) -> usize {
    let inner = |name: &str| {
        group[name]
            .as_object()
            .into_iter()
            .flat_map(|map| map.values())
    };
    inner("arrays").count() + inner("groups").map(gdal_arrays).sum::<usize>()
}

fn storage(archive: &Path) -> ReadableListableStorage {
    let store = FilesystemStore::open(archive, FsyncMode::Never).unwrap();
    Arc::new(ZarrsStorage::new(Arc::new(store)))
}

/// Every array as zarrs finds it, sorted by path.
fn arrays(archive: &Path) -> Vec<Array<dyn zarrs::storage::ReadableListableStorageTraits>> {
    let root = Group::open(storage(archive), "/").unwrap();
    let nodes = root.traverse().unwrap();
    let mut arrays: Vec<_> = nodes
        .into_iter()
        .filter(|(_, metadata)| matches!(metadata, zarrs::node::NodeMetadata::Array(_)))
        .map(|(path, _)| Array::open(storage(archive), path.as_str()).unwrap())
        .collect();
    arrays.sort_by(|a, b| a.path().as_str().cmp(b.path().as_str()));
    arrays
}

/// The other readers hold format 3 and 2 against the source; this one holds them against
/// each other.
#[test]
fn zarrs_reads_the_same_from_both_formats() {
    let directory = tempfile::tempdir().unwrap();
    let [three, two] = FORMATS.map(|format| convert_all(directory.path(), format));
    for (three, two) in three.iter().zip(&two) {
        let (three, two) = (arrays(&three.archive), arrays(&two.archive));
        assert!(!three.is_empty());
        assert_eq!(three.len(), two.len());
        for (a, b) in three.iter().zip(&two) {
            assert_eq!(a.path(), b.path());
            assert_eq!(a.shape(), b.shape(), "{}", a.path());
            let whole = a.subset_all();
            let read = |array: &Array<_>| {
                let bytes: zarrs::array::ArrayBytes<'_> =
                    array.retrieve_array_subset(&whole).unwrap();
                bytes
            };
            assert!(read(a) == read(b), "{} differs", a.path());
        }
    }
}
