//! What `analyze` says, and that what it writes is taken.

use std::process::{Command, Stdio};

use serde_json::Value;

use super::process::noise;
use super::transcript::Transcript;
use crate::support::{have, repository, skip, zarrio};

#[test]
fn reports() {
    let mut transcript = Transcript::with(&["sst.nc", "wind.nc"]);
    transcript
        .run("analyze wind.nc")
        .run("analyze sst.nc --target-chunk-size 8KiB --access-pattern temporal --test-performance")
        .check("analyze");
}

#[test]
fn sets_of_files() {
    let files = [
        "tas-2005.nc",
        "tas-2030.nc",
        "tas-2055.nc",
        "january.nc4",
        "february.nc4",
    ];
    let bytes = std::fs::read(repository().join("tests/data/tas-2005.nc")).unwrap();
    Transcript::with(&files)
        .file("again.nc", bytes)
        .run("analyze 'tas-*.nc' --target-chunk-size 1KiB")
        .run("analyze tas-2055.nc tas-2005.nc again.nc --variables tas")
        .run("analyze january.nc4 tas-2030.nc --variables P")
        .check("analyze-sets");
}

#[test]
fn recommendations_are_written_once_and_taken() {
    let mut transcript = Transcript::with(&["wind.nc", "sst.nc"]);
    transcript
        .file("there.toml", "")
        .run("analyze sst.nc --target-chunk-size 8KiB --storage cloud --output sst.toml -q")
        .cat("sst.toml")
        .run("convert sst.nc sst.zarr --config sst.toml --dry-run --jobs 2 --memory 256MiB")
        .run("create-template wind.nc wind.zarr --config sst.toml --global-end 2100 --freq 1D -q")
        .run("analyze wind.nc --output there.toml")
        .run("analyze wind.nc --output there.yaml")
        .run("analyze wind.nc --interactive")
        .run("analyze wind.nc --budget 5")
        .run("analyze absent.nc")
        .check("analyze-output");
}

#[test]
fn json_has_everything() {
    let file = repository().join("tests/data/sst.nc");
    let output = zarrio()
        .args([
            "analyze",
            "--json",
            "--test-performance",
            "--run-tests",
            "--budget",
            "3",
        ])
        .arg(&file)
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(told["files"], 1);
    assert_eq!(told["chunking"].as_array().unwrap().len(), 6);
    assert_eq!(told["predictions"].as_array().unwrap().len(), 18);
    let measured = &told["measured"];
    assert!(!measured["codecs"].as_array().unwrap().is_empty());
    for layout in measured["layouts"].as_array().unwrap() {
        for read in ["series", "map", "region"] {
            assert!(layout[read].as_f64().unwrap() > 0.0, "{layout}");
        }
    }
    assert_eq!(told["recommended"]["access_pattern"], "balanced");
}

/// `script` gives the program a terminal and hands over what is written to it.
#[test]
fn questions_are_asked_in_a_terminal() {
    if !have("script") {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let program = env!("CARGO_BIN_EXE_zarrio");
    let file = repository().join("tests/data/sst.nc");
    let command = format!("{program} analyze {} --interactive", file.display());
    let mut child = Command::new("script")
        .args(["-q", "-e", "-c", &command, "/dev/null"])
        .current_dir(directory.path())
        .env("TERM", "dumb")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    // Where, a wrong pattern, a mixture, wrong steps, steps, the codec as it is, the file.
    let answers = "tape\ncloud\nspacial\ntemporal=0.7,spatial=0.3\n\
                   sst=0.01\nanalysed_sst=0\nanalysed_sst=0.01\n\nmine.toml\n";
    std::io::Write::write_all(child.stdin.as_mut().unwrap(), answers.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    if said.contains("no terminal") {
        skip("script gives no terminal here");
        return;
    }
    assert!(output.status.success(), "{said}");
    assert!(
        said.contains("is none of local, server, cloud, any"),
        "{said}"
    );
    assert!(said.contains("chunks of about 128MiB"), "{said}");
    assert!(said.contains("did you mean \"spatial\"?"), "{said}");
    assert!(said.contains("map at an instant"), "{said}");
    assert!(said.contains("\"sst\" is none of analysed_sst"), "{said}");
    assert!(said.contains("a step is a number above 0"), "{said}");
    assert!(said.contains("analysed_sst takes 8 bits a value"), "{said}");
    let written = std::fs::read_to_string(directory.path().join("mine.toml")).unwrap();
    assert!(
        written.contains("access_pattern = \"temporal=0.7,spatial=0.3\""),
        "{written}"
    );
    assert!(written.contains("storage = \"cloud\""), "{written}");

    let converted = zarrio()
        .args(["convert", "--config", "mine.toml"])
        .arg(&file)
        .arg("out.zarr")
        .current_dir(directory.path())
        .output()
        .unwrap();
    assert!(converted.status.success(), "{converted:?}");
    assert!(directory.path().join("out.zarr/zarr.json").exists());
    let array = std::fs::read(directory.path().join("out.zarr/analysed_sst/zarr.json")).unwrap();
    let array: Value = serde_json::from_slice(&array).unwrap();
    // Its valid_min and valid_max are further apart than its values.
    assert_eq!(array["data_type"], "int32");
    assert_eq!(array["attributes"]["scale_factor"], 0.01);
}

/// What `--packing` leaves as it is has no outlook either: all but the areas and volumes of cells
/// is missing in this file.
#[test]
fn packing_is_told_of_measured_values_alone() {
    let ocean = repository().join("tests/data/ocean.nc");
    let output = zarrio()
        .args(["analyze", "--json"])
        .arg(ocean)
        .output()
        .unwrap();
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    let variables = told["packing"].as_array().unwrap().iter();
    let variables: Vec<&Value> = variables.map(|outlook| &outlook["variable"]).collect();
    assert!(variables.is_empty(), "{variables:?}");
}

/// A sample need not have the extremes, and what is written must not refuse them.
#[test]
fn ranges_are_left_to_whoever_reads_everything() {
    let directory = tempfile::tempdir().unwrap();
    let place = |name: &str| directory.path().join(name);
    // Of each 128 rows the second half is not looked at.
    let mut file = noise();
    let element = file.len() - (2048 - 100) * 1024 * 8;
    file[element..element + 8].copy_from_slice(&100f64.to_be_bytes());
    std::fs::write(place("noise.nc"), file).unwrap();
    std::fs::write(place("pack.toml"), "[packing]\nenabled = true\n").unwrap();
    let run = |command: &str| {
        let output = zarrio()
            .args(command.split(' '))
            .current_dir(directory.path())
            .output()
            .unwrap();
        assert!(output.status.success(), "{command}: {output:?}");
        output
    };
    run("analyze noise.nc --config pack.toml --output noise.toml");
    let told = run("analyze noise.nc --json");
    let told: Value = serde_json::from_slice(&told.stdout).unwrap();
    let largest = told["packing"][0]["max"].as_f64().unwrap();
    assert!((1.0..2.0).contains(&largest), "{largest}");
    let written = std::fs::read_to_string(place("noise.toml")).unwrap();
    assert!(
        written.contains("# \"v\" = { min = ") && written.contains("enabled = true"),
        "{written}"
    );

    run("convert noise.nc noise.zarr --config noise.toml");
    let array = std::fs::read(place("noise.zarr/v/zarr.json")).unwrap();
    let array: Value = serde_json::from_slice(&array).unwrap();
    let attribute = |name: &str| array["attributes"][name].as_f64().unwrap();
    let top = attribute("add_offset") + 32767.0 * attribute("scale_factor");
    assert!(top > 100.0, "{top}");
}
