//! What holds of the code as a whole: who may depend on whom, how long a file may be, under
//! which licences the dependencies are.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::support::repository;

/// The arrows of the architecture: a crate and those of ours that it may depend on.
const ARROWS: &[(&str, &[&str])] = &[
    ("zarrio-model", &[]),
    ("zarrio-chunking", &["zarrio-model"]),
    ("zarrio-codec", &["zarrio-model"]),
    ("zarrio-store", &["zarrio-model"]),
    ("zarrio-netcdf", &["zarrio-model"]),
    (
        "zarrio-region",
        &[
            "zarrio-model",
            "zarrio-chunking",
            "zarrio-codec",
            "zarrio-store",
        ],
    ),
    (
        "zarrio-cli",
        &[
            "zarrio-model",
            "zarrio-chunking",
            "zarrio-codec",
            "zarrio-store",
            "zarrio-netcdf",
            "zarrio-region",
        ],
    ),
    (
        "zarrio",
        &[
            "zarrio-model",
            "zarrio-chunking",
            "zarrio-codec",
            "zarrio-store",
            "zarrio-netcdf",
            "zarrio-region",
            "zarrio-cli",
        ],
    ),
];

/// Crates of others that only some of ours may name outside of tests.
const OWNERS: &[(&[&str], &[&str])] = &[
    // Reading sources, and the C library.
    (
        &[
            "netcdf",
            "netcdf-sys",
            "hdf5-metno",
            "hdf5-metno-sys",
            "hdf5-reader",
            "netcdf-reader",
        ],
        &["zarrio-netcdf"],
    ),
    // Talking to people.
    (
        &[
            "clap",
            "indicatif",
            "anyhow",
            "anstream",
            "tracing-subscriber",
            "signal-hook",
        ],
        &["zarrio-cli"],
    ),
    // Servers, credentials, async.
    (
        &["object_store", "zarrs_object_store", "tokio", "reqwest"],
        &["zarrio-store"],
    ),
    // The Zarr library: not the model, not the planner, not the readers, not the command line.
    (&["zarrs"], &["zarrio-codec", "zarrio-region"]),
    // Its traits of storage alone.
    (&["zarrs_storage"], &["zarrio-store"]),
];

/// The longest source file, in lines.
const MAX_LINES: usize = 450;

fn metadata() -> Value {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["metadata", "--format-version", "1", "--locked"])
        .current_dir(repository())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).unwrap()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

/// Name and dependencies of each of our crates; tests aside unless `dev`.
fn dependencies(metadata: &Value, dev: bool) -> BTreeMap<String, BTreeSet<String>> {
    let members: BTreeSet<&str> = metadata["workspace_members"]
        .as_array()
        .unwrap()
        .iter()
        .map(text)
        .collect();
    let packages = metadata["packages"].as_array().unwrap();
    packages
        .iter()
        .filter(|package| members.contains(text(&package["id"])))
        .map(|package| {
            let names = package["dependencies"].as_array().unwrap().iter();
            let names = names
                .filter(|dependency| dev || dependency["kind"].as_str() != Some("dev"))
                .map(|dependency| text(&dependency["name"]).to_owned());
            (text(&package["name"]).to_owned(), names.collect())
        })
        .collect()
}

#[test]
fn arrows_point_down_only() {
    let dependencies = dependencies(&metadata(), true);
    let arrows: BTreeMap<_, _> = ARROWS.iter().copied().collect();
    assert_eq!(
        dependencies.keys().map(String::as_str).collect::<Vec<_>>(),
        arrows.keys().copied().collect::<Vec<_>>(),
        "a crate came or went: say where it stands"
    );
    for (name, found) in &dependencies {
        for other in found.iter().filter(|other| other.starts_with("zarrio")) {
            assert!(
                other == name || arrows[name.as_str()].contains(&other.as_str()),
                "{name} must not depend on {other}"
            );
        }
    }
}

#[test]
fn what_needs_a_seam_stays_behind_it() {
    for (name, found) in dependencies(&metadata(), false) {
        for (owned, owners) in OWNERS {
            for dependency in *owned {
                assert!(
                    !found.contains(*dependency) || owners.contains(&name.as_str()),
                    "{name} must not depend on {dependency}: that is for {owners:?}"
                );
            }
        }
    }
}

/// What a crate brings to whoever embeds it without features, to any depth.
fn embedded(package: &str) -> BTreeSet<String> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args([
            "tree",
            "--package",
            package,
            "--no-default-features",
            "--edges",
            "normal",
        ])
        .args(["--prefix", "none", "--format", "{p}", "--locked"])
        .current_dir(repository())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let tree = String::from_utf8(output.stdout).unwrap();
    let names = tree.lines().filter_map(|l| l.split(' ').next());
    names.map(str::to_owned).collect()
}

#[test]
fn the_library_without_features_has_no_command_line_and_no_c_library() {
    let names = embedded("zarrio");
    assert!(
        names.contains("zarrio-region") && names.contains("zarrs"),
        "{names:?}"
    );
    for unwanted in [
        "clap",
        "indicatif",
        "netcdf-sys",
        "hdf5-metno-sys",
        "tokio",
        "openssl-sys",
        "zarrio-cli",
    ] {
        assert!(!names.contains(unwanted), "{unwanted} is in the library");
    }
}

#[test]
fn the_planner_reads_no_configuration_files() {
    let names = embedded("zarrio-chunking");
    assert!(names.contains("zarrio-model"), "{names:?}");
    for unwanted in ["toml", "serde_yaml_ng", "zarrs"] {
        assert!(!names.contains(unwanted), "{unwanted} is in the planner");
    }
}

#[test]
fn no_source_file_is_long() {
    let mut long = Vec::new();
    for directory in ["crates", "src", "tests", "benches"] {
        let mut files = Vec::new();
        rust_files(&repository().join(directory), &mut files);
        for file in files {
            let lines = std::fs::read_to_string(&file).unwrap().lines().count();
            if lines >= MAX_LINES {
                long.push(format!("{} has {lines} lines", file.display()));
            }
        }
    }
    assert!(long.is_empty(), "one file, one idea:\n{}", long.join("\n"));
}

fn rust_files(directory: &Path, files: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(directory) else {
        return;
    };
    for entry in entries {
        let path = entry.unwrap().path();
        if path.is_dir() {
            rust_files(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

#[test]
fn every_dependency_has_a_licence_of_the_list() {
    let deny = std::fs::read_to_string(repository().join("deny.toml")).unwrap();
    let list = deny
        .split_once("allow = [")
        .unwrap()
        .1
        .split_once(']')
        .unwrap()
        .0;
    let allowed: BTreeSet<&str> = list.split('"').skip(1).step_by(2).collect();
    assert!(
        allowed.contains("MIT") && allowed.contains("Apache-2.0"),
        "{allowed:?}"
    );
    let metadata = metadata();
    for package in metadata["packages"].as_array().unwrap() {
        let licence = package["license"].as_str().unwrap_or_default();
        assert!(
            permitted(licence, &allowed),
            "{} {}: licence {licence:?}",
            text(&package["name"]),
            text(&package["version"])
        );
    }
}

/// Whether an SPDX expression can be satisfied; `/` is the old way of writing `OR`.
fn permitted(licence: &str, allowed: &BTreeSet<&str>) -> bool {
    let licence = licence.replace('/', " OR ");
    licence.split(" AND ").all(|part| {
        part.trim_matches(['(', ')'])
            .split(" OR ")
            .any(|name| allowed.contains(name.trim()))
    })
}

#[test]
fn licence_expressions_are_understood() {
    let allowed = BTreeSet::from(["MIT", "Zlib"]);
    for yes in [
        "MIT",
        "GPL-3.0 OR MIT",
        "Apache-2.0/MIT",
        "(X OR MIT) AND Zlib",
    ] {
        assert!(permitted(yes, &allowed), "{yes}");
    }
    for no in ["", "GPL-3.0", "MIT AND GPL-3.0", "(MIT OR X) AND Y"] {
        assert!(!permitted(no, &allowed), "{no}");
    }
}
