//! The files of archives, and whether they are the same.

use std::collections::BTreeMap;
use std::path::Path;

use zarrio_store::TEMPORARY_PREFIX;

/// Objects by their paths.
pub(crate) type Objects = BTreeMap<String, Vec<u8>>;

/// Every file of an archive but what is private to zarrio, by its path.
pub(crate) fn objects(archive: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut objects = files(archive);
    objects.retain(|path, _| !path.contains("/.zarrio/") && !path.contains(TEMPORARY_PREFIX));
    objects
}

/// The unfinished objects that killed writers have left.
pub(crate) fn leftovers(archive: &Path) -> usize {
    let files = files(archive);
    files
        .keys()
        .filter(|p| p.contains(TEMPORARY_PREFIX))
        .count()
}

fn files(directory: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut open = vec![directory.to_owned()];
    while let Some(place) = open.pop() {
        for entry in std::fs::read_dir(place).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                let name = path.strip_prefix(directory).unwrap();
                let name = format!("/{}", name.to_str().unwrap());
                files.insert(name, std::fs::read(path).unwrap());
            }
        }
    }
    files
}

/// Copies a directory to a place where nothing is.
pub(crate) fn copy(from: &Path, to: &Path) {
    for (name, bytes) in files(from) {
        let path = to.join(&name[1..]);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
}

/// Fails when two archives differ in any object.
pub(crate) fn assert_same(
    found: &BTreeMap<String, Vec<u8>>,
    reference: &BTreeMap<String, Vec<u8>>,
    when: &str,
) {
    let names = found.keys().chain(reference.keys());
    let mut different: Vec<_> = names
        .filter(|n| found.get(*n) != reference.get(*n))
        .collect();
    different.sort();
    different.dedup();
    assert!(different.is_empty(), "{when}: these differ: {different:?}");
}
