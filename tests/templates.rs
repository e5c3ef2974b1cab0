//! Templates as Python reads them, against what it computes itself.

use std::process::Command;

use serde_json::Value;

use crate::support::{python, repository};

#[test]
fn xarray_reads_the_dates_and_values_that_it_expects() {
    let Some(python) = python() else { return };
    let directory = tempfile::tempdir().unwrap();
    let output = Command::new(python)
        .arg(repository().join("tests/interop/templates.py"))
        .arg(env!("CARGO_BIN_EXE_zarrio"))
        .arg(directory.path())
        .output()
        .unwrap();
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{complaint}");
    let text = String::from_utf8(output.stdout).unwrap();
    let checks: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert!(checks.len() > 70, "{text}");
    let faults: Vec<String> = checks
        .iter()
        .filter_map(|check| Some(format!("{}: {}", check["check"], check["fault"].as_str()?)))
        .collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
