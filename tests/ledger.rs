//! What other programs say of an archive with a full ledger: nothing.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::support::{have, python, repository, zarrio};

fn run(directory: &Path, line: &str) -> String {
    let output = zarrio()
        .current_dir(directory)
        .args(line.split(' '))
        .output()
        .unwrap();
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{line}: {complaint}");
    String::from_utf8(output.stdout).unwrap()
}

/// An archive of a format that has everything that a ledger can have: records of every kind,
/// alone and many in one object, and what a writer leaves that was killed.
fn full_archive(directory: &Path, format: &str) -> String {
    let name = format!("v{format}.zarr");
    for file in ["part-1.nc", "part-2.nc", "part-tile.nc"] {
        let from = repository().join("tests/cli/data").join(file);
        std::fs::copy(from, directory.join(file)).unwrap();
    }
    run(
        directory,
        &format!(
            "create-template part-1.nc {name} --global-end 2020-02-01 --freq 6h --chunking time:6 --zarr-format {format} -q"
        ),
    );
    for step in 20..90 {
        let region = format!("time={step}:{}", step + 1);
        run(
            directory,
            &format!("declare-gap {name} --region {region} --reason none -q"),
        );
    }
    run(directory, &format!("clean {name} -q"));
    run(
        directory,
        &format!("write-region part-1.nc part-2.nc {name} -q"),
    );
    run(
        directory,
        &format!("write-region part-tile.nc {name} --variables t2m -q"),
    );
    run(
        directory,
        &format!("declare-gap {name} --from 2020-01-30 --reason late -q"),
    );
    let ledger = directory.join(&name).join("height/.zarrio/ledger");
    let count = |place: &str| std::fs::read_dir(ledger.join(place)).map_or(0, Iterator::count);
    assert!(
        count("records") > 2 && count("segments") > 0,
        "{}",
        count("records")
    );
    let intents = ledger.join("intents");
    std::fs::create_dir_all(&intents).unwrap();
    let intent = r#"{"id":"0f","began":"2020-03-01T12:00:00Z","order":9000000000000000000,
        "writer":"node1:17","parts":[[["rain"],[["time",[[4,6]]],["lat",[[0,3]]],["lon",[[0,4]]]]]]}"#;
    std::fs::write(intents.join("0f-1.json"), intent).unwrap();
    std::fs::write(intents.join("0f-1.live"), "").unwrap();
    std::fs::write(ledger.join("records/.zarrio-tmp-0123"), "{").unwrap();
    name
}

#[test]
fn no_reader_is_disturbed() {
    let directory = tempfile::tempdir().unwrap();
    let archives = ["3", "2"].map(|format| full_archive(directory.path(), format));
    let status = |name: &String| status(directory.path(), name);
    let before = archives.each_ref().map(status);
    let rain = &before[0].variables["rain"]["stretches"][1];
    assert_eq!(
        (&rain["start"], &rain["unfinished"]),
        (&json!(4), &json!(true))
    );
    if let Some(python) = python() {
        let output = Command::new(python)
            .arg(repository().join("tests/interop/ledger.py"))
            .args(&archives)
            .current_dir(directory.path())
            .output()
            .unwrap();
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert!(
            output.status.success() && complaint.is_empty(),
            "{complaint}"
        );
        let text = String::from_utf8(output.stdout).unwrap();
        let checks: Vec<Value> = text
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        assert_eq!(checks.len(), 14, "{text}");
        let faults: Vec<String> = checks
            .iter()
            .filter_map(|check| Some(format!("{}: {}", check["check"], check["fault"].as_str()?)))
            .collect();
        assert!(faults.is_empty(), "{}", faults.join("\n"));
    }
    if have("gdalmdiminfo") {
        for name in &archives {
            let output = Command::new("gdalmdiminfo")
                .arg(directory.path().join(name))
                .output()
                .unwrap();
            let complaint = String::from_utf8_lossy(&output.stderr);
            assert!(
                output.status.success() && complaint.is_empty(),
                "{name}: {complaint}"
            );
            let info: Value = serde_json::from_slice(&output.stdout).unwrap();
            // Which of the arrays it shows depends on the version; never anything else.
            let arrays = info["arrays"]
                .as_object()
                .into_iter()
                .flat_map(|arrays| arrays.keys());
            let arrays: Vec<&String> = arrays.collect();
            let known = ["time", "lat", "lon", "height", "t2m", "rain"];
            assert!(
                arrays.iter().all(|array| known.contains(&array.as_str())),
                "{arrays:?}"
            );
            assert!(
                name == "v3.zarr" || arrays.len() == known.len(),
                "{arrays:?}"
            );
            assert!(
                info["groups"]
                    .as_object()
                    .is_none_or(serde_json::Map::is_empty),
                "{info}"
            );
        }
    }
    // Other programs that rewrite metadata do no harm to it.
    assert_eq!(archives.each_ref().map(status), before);
}

/// What the status of an archive says. Others put the names of variables into another order.
#[derive(Debug, PartialEq)]
struct Said {
    variables: BTreeMap<String, Value>,
    records: Value,
    damaged: Value,
}

fn status(directory: &Path, archive: &str) -> Said {
    let said = run(directory, &format!("status {archive} --json"));
    let mut said: Value = serde_json::from_str(&said).unwrap();
    let variables = said["variables"].as_array().unwrap().iter();
    Said {
        variables: variables
            .map(|v| (v["path"].as_str().unwrap().to_owned(), v.clone()))
            .collect(),
        records: said["records"].take(),
        damaged: said["damaged"].take(),
    }
}
