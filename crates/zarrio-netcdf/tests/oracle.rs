//! The Rust reader against the netCDF C library, on every file there is.

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test fails by a panic and says what it skips"
)]

mod support;

use std::collections::BTreeMap;
use std::path::Path;

use support::{corpus, corpus_files, fixture, open, read_all};
use zarrio_model::{Attributes, DatasetSchema, GroupSchema, Source, SourceErrorKind};
use zarrio_netcdf::{NetcdfSource, Reader};

/// Differences between the two readers: the file, how the difference begins, and the reason
/// why it is right.
const EXCEPTIONS: &[(&str, &str, &str)] = &[
    ("btree_v1.h5", "group \"\": variables", NULL_SPACE),
    ("btree_v1.h5", "group \"\": unsupported", NULL_SPACE),
    (
        "compliance-checker__bad_missing_data.nc",
        "temp: the values differ",
        "the C library gives nothing where a variable ends before its dimension, when the \
         dimension is there twice, so that zeros are there; the Rust reader gives the fill value",
    ),
    (
        "cve_hdf5__cve-2024-29159.h5",
        "group \"\": unsupported",
        LEFT_OUT,
    ),
    (
        "cve_hdf5__cve-2024-29159.h5",
        "group \"\": dimensions",
        LEFT_OUT,
    ),
    (
        "cve_hdf5__cve-2024-32605.h5",
        "group \"\": unsupported",
        LEFT_OUT,
    ),
    (
        "cve_hdf5__cve-2024-32622.h5",
        "group \"\": unsupported",
        LEFT_OUT,
    ),
    (
        "cve_hdf5__cve-2024-33877.h5",
        "group \"\": unsupported",
        LEFT_OUT,
    ),
    (
        "cve_hdf5__cve-2025-2308.h5",
        "Scale_offset_long_long_data_le: only C reads it",
        "the file lies about the length of its packed data, and the C library reads past it",
    ),
    (
        "cve_hdf5__cve-2025-2308.h5",
        "group \"\": unsupported",
        FLOATS_OF_20_BITS,
    ),
    (
        "cve_hdf5__cve-2025-2308.h5",
        "group \"\": variables",
        FLOATS_OF_20_BITS,
    ),
    (
        "hdf5_plugins__h5ex_d_bshuf.h5",
        "variable \"DS1\": codecs",
        FILTER_NAME,
    ),
    (
        "hdf5_plugins__h5ex_d_zfp.h5",
        "variable \"DS1\": codecs",
        FILTER_NAME,
    ),
    (
        "pytables__Tables_lzo1_shuffle.h5",
        "group \"\": unsupported",
        LEFT_OUT,
    ),
    (
        "pytables__Tables_lzo1_shuffle.h5",
        "group \"\": dimensions",
        LEFT_OUT,
    ),
    (
        "pytables__Tables_lzo1_shuffle.h5",
        "group \"group0\": unsupported",
        LEFT_OUT,
    ),
    (
        "pytables__Tables_lzo1_shuffle.h5",
        "group \"group0\": dimensions",
        LEFT_OUT,
    ),
    (
        "pytables__Tables_lzo1_shuffle.h5",
        "group \"group0/group1\": unsupported",
        LEFT_OUT,
    ),
    (
        "pytables__Tables_lzo1_shuffle.h5",
        "group \"group0/group1\": dimensions",
        LEFT_OUT,
    ),
];

const LEFT_OUT: &str = "the C library leaves out, without a word, variables of types that it \
                        does not know; the Rust reader lists them";
const NULL_SPACE: &str = "the C library shows a dataset without any element as a scalar, and \
                          reads what is not there";
const FLOATS_OF_20_BITS: &str = "the C library converts floats of 20 bits to 32";
const FILTER_NAME: &str = "the C library does not tell the name that the file gives a filter";

/// Files that the C library opens and the Rust reader refuses, with the reason.
const REFUSED: &[(&str, &str)] = &[];

/// Files that the C library is not given.
///
/// Version 4.9.0 allots a string of fixed length too little memory and writes past it, which
/// kills `ncdump` too.
const FIXED_STRINGS: &[&str] = &["fixed_texts.h5", "hidefix__chunked_string_array.h5"];

#[derive(Debug, Default)]
struct Tally {
    files: usize,
    variables: usize,
    unsupported: usize,
    only_c: Vec<String>,
    only_rust: Vec<String>,
    neither: usize,
    differences: BTreeMap<String, Vec<String>>,
}

#[test]
fn both_readers_give_the_same() {
    let mut tally = Tally::default();
    for entry in std::fs::read_dir(fixture("")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if !name.ends_with(".py") {
            compare_file(&path, &name, &mut tally);
        }
    }
    if let Some(corpus) = corpus() {
        for (name, corrupt) in corpus_files(&corpus) {
            let path = corpus.join(&name);
            // The C library crashes on some hostile files: it gets those that we open.
            if !corrupt || open(&path, Reader::Rust).is_ok() {
                compare_file(&path, &name, &mut tally);
            }
        }
    }
    report(&tally);
    let is_exception = |name: &str, difference: &str| {
        EXCEPTIONS
            .iter()
            .any(|(file, what, _)| *file == name && difference.starts_with(what))
    };
    let all = || {
        tally
            .differences
            .iter()
            .flat_map(|(name, all)| all.iter().map(move |d| (name, d)))
    };
    let unexpected: Vec<_> = all().filter(|(name, d)| !is_exception(name, d)).collect();
    assert!(unexpected.is_empty(), "the readers differ: {unexpected:#?}");
    let refused: Vec<_> = tally
        .only_c
        .iter()
        .filter(|name| !REFUSED.iter().any(|(file, _)| file == name))
        .collect();
    assert!(refused.is_empty(), "the Rust reader refuses {refused:#?}");
}

fn report(tally: &Tally) {
    println!(
        "{} files and {} variables compared, {} variables listed as unsupported by both; \
         {} files only by C, {} only by Rust, {} by neither",
        tally.files,
        tally.variables,
        tally.unsupported,
        tally.only_c.len(),
        tally.only_rust.len(),
        tally.neither
    );
    for (name, differences) in &tally.differences {
        println!("{name}:");
        for difference in differences {
            println!("    {difference}");
        }
    }
}

fn compare_file(path: &Path, name: &str, tally: &mut Tally) {
    if FIXED_STRINGS.contains(&name) {
        println!("left out {name}: it would kill the C library");
        return;
    }
    match (open(path, Reader::Rust), open(path, Reader::C)) {
        (Ok(rust), Ok(c)) => {
            tally.files += 1;
            let differences = compare(&rust, &c, tally);
            if !differences.is_empty() {
                tally.differences.insert(name.to_owned(), differences);
            }
        }
        (Err(rust), Ok(_)) => {
            println!("only C opens {name}: {:?}: {rust}", rust.kind);
            // What is unsupported is handed over; what is refused must be listed.
            if rust.kind != SourceErrorKind::Unsupported {
                tally.only_c.push(name.to_owned());
            }
        }
        (Ok(_), Err(c)) => {
            println!("only Rust opens {name}: {c}");
            tally.only_rust.push(name.to_owned());
        }
        (Err(_), Err(_)) => tally.neither += 1,
    }
}

fn compare(rust: &NetcdfSource, c: &NetcdfSource, tally: &mut Tally) -> Vec<String> {
    let mut differences = compare_schemas(rust.schema(), c.schema());
    for group in rust.schema().groups() {
        tally.unsupported += group.unsupported.len();
    }
    for variable in rust.schema().variables() {
        let path = &variable.path;
        let Some(theirs) = c.schema().variable(path) else {
            continue;
        };
        if variable.data_type != theirs.data_type || variable.shape != theirs.shape {
            continue;
        }
        match (read_all(rust, variable), read_all(c, theirs)) {
            (Ok(ours), Ok(theirs)) if ours == theirs => tally.variables += 1,
            (Ok(_), Ok(_)) => differences.push(format!("{path}: the values differ")),
            (Err(error), Ok(_)) if error.kind == SourceErrorKind::Unsupported => {
                println!("only C reads {error}");
            }
            (Err(error), Ok(_)) => differences.push(format!("{path}: only C reads it: {error}")),
            (Ok(_), Err(error)) => println!("only Rust reads {path}: {error}"),
            (Err(_), Err(_)) => {}
        }
    }
    differences
}

fn compare_schemas(rust: &DatasetSchema, c: &DatasetSchema) -> Vec<String> {
    let mut differences = Vec::new();
    let mut check = |what: String, ours: String, theirs: String| {
        if ours != theirs {
            differences.push(format!("{what}: {ours} != {theirs}"));
        }
    };
    check("format".to_owned(), rust.format.clone(), c.format.clone());
    let groups = |schema: &DatasetSchema| -> BTreeMap<String, GroupSchema> {
        schema
            .groups()
            .map(|group| (group.path.as_str().to_owned(), group.clone()))
            .collect()
    };
    let (ours, theirs) = (groups(rust), groups(c));
    check(
        "groups".to_owned(),
        format!("{:?}", ours.keys()),
        format!("{:?}", theirs.keys()),
    );
    for (path, group) in &ours {
        let Some(other) = theirs.get(path) else {
            continue;
        };
        let at = |what: &str| format!("group {path:?}: {what}");
        let dims = |g: &GroupSchema| format!("{:?}", sorted(g.dimensions.iter()));
        check(at("dimensions"), dims(group), dims(other));
        check(
            at("attributes"),
            attributes(&group.attributes),
            attributes(&other.attributes),
        );
        let names = |g: &GroupSchema| {
            format!(
                "{:?}",
                g.variables
                    .iter()
                    .map(|v| v.path.as_str())
                    .collect::<Vec<_>>()
            )
        };
        check(at("variables"), names(group), names(other));
        let unsupported = |g: &GroupSchema| {
            format!(
                "{:?}",
                sorted(
                    g.unsupported
                        .iter()
                        .map(|v| (v.path.as_str(), &v.declared_type))
                )
            )
        };
        check(at("unsupported"), unsupported(group), unsupported(other));
        for variable in &group.variables {
            let Some(twin) = other.variable(variable.name()) else {
                continue;
            };
            let at = |what: &str| format!("variable {:?}: {what}", variable.path.as_str());
            check(
                at("type"),
                variable.data_type.to_string(),
                twin.data_type.to_string(),
            );
            check(
                at("shape"),
                format!("{:?}", variable.shape),
                format!("{:?}", twin.shape),
            );
            check(
                at("dimensions"),
                format!("{:?}", variable.dimensions),
                format!("{:?}", twin.dimensions),
            );
            check(
                at("attributes"),
                attributes(&variable.attributes),
                attributes(&twin.attributes),
            );
            let (ours, theirs) = (&variable.layout, &twin.layout);
            check(
                at("chunks"),
                format!("{:?}", ours.chunks),
                format!("{:?}", theirs.chunks),
            );
            check(
                at("codecs"),
                format!("{:?}", ours.codecs),
                format!("{:?}", theirs.codecs),
            );
        }
    }
    differences
}

fn sorted<T: std::fmt::Debug>(items: impl Iterator<Item = T>) -> Vec<String> {
    let mut items: Vec<_> = items.map(|item| format!("{item:?}")).collect();
    items.sort();
    items
}

/// Attributes as text, in the order of the file; so that NaN equals NaN and -0.0 not 0.0.
fn attributes(attributes: &Attributes) -> String {
    format!("{:?}", attributes.iter().collect::<Vec<_>>())
}
