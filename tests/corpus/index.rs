//! The list of the collection.

use std::collections::BTreeMap;
use std::path::Path;

/// A file of the collection.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) file: String,
    /// Marked as corrupt or made to do harm; some of these open well nevertheless.
    pub(super) hostile: bool,
    /// Whether Python's netCDF library and xarray open it.
    pub(super) readable: bool,
    /// Whether xarray writes it to Zarr.
    pub(super) convertible: bool,
}

pub(super) fn entries(corpus: &Path) -> Vec<Entry> {
    let text = std::fs::read_to_string(corpus.join("index.csv")).unwrap();
    let mut rows = rows(&text).into_iter();
    let header = rows.next().unwrap();
    let entries = rows.map(|row| {
        let row: BTreeMap<&str, String> = header.iter().map(String::as_str).zip(row).collect();
        let hostile = row["corrupt"] == "yes";
        let convertible = row["xarray_to_zarr_v3"] == "ok" && !row["xarray_open"].contains("||");
        Entry {
            hostile,
            readable: row["xarray_open"] == "ok",
            // A hostile file may be refused, whoever else accepts it.
            convertible: convertible && !hostile,
            file: row["file"].clone(),
        }
    });
    entries.collect()
}

/// The rows of a CSV text with quoted fields.
fn rows(text: &str) -> Vec<Vec<String>> {
    let mut rows = vec![vec![String::new()]];
    let mut quoted = false;
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let row = rows.last_mut().unwrap();
        match character {
            '"' if quoted && characters.peek() == Some(&'"') => {
                characters.next();
                row.last_mut().unwrap().push('"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => row.push(String::new()),
            '\n' if !quoted => rows.push(vec![String::new()]),
            '\r' if !quoted => {}
            other => row.last_mut().unwrap().push(other),
        }
    }
    rows.retain(|row| row.len() > 1);
    rows
}

#[test]
fn quotes_and_commas_are_understood() {
    let read = rows("a,\"b \"\"c\"\", d\"\n1,\"x\ny\"\n");
    assert_eq!(read, [["a", "b \"c\", d"], ["1", "x\ny"]]);
}
