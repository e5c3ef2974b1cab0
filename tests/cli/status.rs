//! What `status`, `log` and `declare-gap` say.

use std::fs;

use serde_json::{Value, json};

use super::transcript::{Transcript, tree};
use crate::support::zarrio;

/// An archive whose chunks the files share.
const TEMPLATE: &str =
    "create-template part-1.nc out.zarr --global-end 2020-01-06 --freq 6h --chunking time:6 -q";

fn archive(files: &[&str]) -> Transcript {
    let mut transcript = Transcript::with(files);
    transcript.run(TEMPLATE);
    transcript
}

#[test]
fn help() {
    Transcript::with(&[])
        .run("status --help")
        .run("log --help")
        .run("declare-gap --help")
        .check("help-status");
}

/// At 80 columns, which is what a pipe gets, and at 200.
#[test]
fn pictures() {
    let mut transcript = archive(&["part-1.nc", "part-tile.nc", "part-void.nc"]);
    transcript
        .run("status out.zarr")
        .run("write-region part-1.nc out.zarr -q")
        .run("write-region part-tile.nc out.zarr --variables t2m -q")
        .run("write-region part-void.nc out.zarr -q")
        .run("declare-gap out.zarr --from 2020-01-05T12:00 --to 2020-01-06T00:00 --reason 'no power'")
        .run("declare-gap out.zarr --region time=:17,lat=1: --variables t2m --reason nothing")
        .run("declare-gap out.zarr --region time=16:17,lat=1: --variables t2m --reason 'half of it' --json")
        .run("status out.zarr")
        .set("COLUMNS", "200")
        .run("status out.zarr --require-complete")
        .check("status");
}

#[test]
fn one_absent_day_of_a_year() {
    Transcript::with(&["part-year.nc"])
        .run("create-template part-year.nc out.zarr --global-start 2020-01-01 --global-end 2020-12-31 --freq 1D -q")
        .run("write-region part-year.nc out.zarr -q")
        .run("status out.zarr")
        .set("COLUMNS", "200")
        .run("status out.zarr")
        .set("COLUMNS", "80")
        .run("declare-gap out.zarr --from 2020-07-19 --to 2020-07-19 --reason 'broken disk'")
        .run("status out.zarr --require-complete")
        .check("status-year");
}

#[test]
fn what_is_wrong() {
    let mut transcript = archive(&["part-1.nc", "part-2.nc"]);
    transcript.run("write-region part-1.nc part-2.nc out.zarr -q");
    let ledger = transcript.path("out.zarr/height/.zarrio/ledger");
    fs::remove_file(transcript.path("out.zarr/t2m/c/1/0/0")).unwrap();
    fs::create_dir_all(ledger.join("intents")).unwrap();
    // Another file was begun over some steps, by one that is gone.
    let intent = r#"{"id":"0f","began":"2020-03-01T12:00:00Z","order":9000000000000000000,
        "source":{"name":"late.nc","path":"/data/late.nc","size":7,"modified":null},
        "writer":"node1:17","parts":[[["rain"],
        [["time",[[4,6]]],["lat",[[0,3]]],["lon",[[0,4]]]]]]}"#;
    transcript.file("out.zarr/height/.zarrio/ledger/intents/0f-1.json", intent);
    transcript.file(
        "out.zarr/height/.zarrio/ledger/records/aa.json",
        "{\"form\":1",
    );
    transcript.file("out.zarr/rain/c/3/0/0", "");
    transcript.run("status out.zarr --require-complete");
    // A record that is gone leaves data outside of all records.
    for name in tree(&ledger.join("records")) {
        fs::remove_file(ledger.join("records").join(name)).unwrap();
    }
    transcript.run("status out.zarr").check("status-wrong");
}

#[test]
fn reports() {
    let mut transcript = archive(&["part-1.nc", "part-tile.nc"]);
    transcript
        .run("write-region part-1.nc out.zarr -q --variables t2m")
        .run("write-region part-tile.nc out.zarr -q")
        .run("declare-gap out.zarr --region time=20: --reason 'no power' -q");
    let status = say(&transcript, &["status", "out.zarr", "--json"]);
    let status: Value = serde_json::from_str(&status).unwrap();
    assert_eq!(status["archive"], "out.zarr");
    assert_eq!(
        (&status["complete"], &status["records"]),
        (&json!(false), &json!(4))
    );
    let variables = status["variables"].as_array().unwrap();
    let found = variables.iter().find(|v| v["path"] == "rain").unwrap();
    let time =
        |first: &str, last: &str| json!({"first": first, "last": last, "calendar": "standard"});
    let stretches = json!([
        {"start": 0, "end": 8, "state": "absent", "covered": 2.0 / 3.0,
         "time": time("2020-01-01T00:00:00", "2020-01-02T18:00:00")},
        {"start": 8, "end": 20, "state": "absent",
         "time": time("2020-01-03T00:00:00", "2020-01-05T18:00:00")},
        {"start": 20, "end": 24, "state": "gap",
         "time": time("2020-01-06T00:00:00", "2020-01-06T18:00:00")},
    ]);
    assert_eq!(found["stretches"], stretches);
    assert_eq!(
        (&found["dimension"], &found["length"]),
        (&json!("time"), &json!(24))
    );
    let chunks = json!({"total": 4, "stored": 2, "lost": 0, "outside": 0});
    assert_eq!((&found["chunks"], &found["sources"]), (&chunks, &json!(1)));
    let [gap] = status["gaps"].as_array().unwrap().as_slice() else {
        panic!("{status}")
    };
    assert_eq!(
        (&gap["reason"], &gap["variables"]),
        (&json!("no power"), &json!(["t2m", "rain"]))
    );
    let [overlap] = status["overlaps"].as_array().unwrap().as_slice() else {
        panic!("{status}")
    };
    assert!(overlap["later"].as_str().unwrap().ends_with("part-tile.nc"));
    assert_eq!((&overlap["start"], &overlap["end"]), (&json!(0), &json!(8)));
    assert_eq!(status["sources"].as_array().unwrap().len(), 2);
    for empty in ["writers", "damaged", "unsupported"] {
        assert_eq!(status[empty], json!([]), "{empty}");
    }
}

/// What a command prints.
fn say(transcript: &Transcript, arguments: &[&str]) -> String {
    let output = zarrio()
        .current_dir(transcript.path("."))
        .args(arguments)
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn what_cannot_be_declared_or_shown() {
    archive(&["part-1.nc"])
        .run("write-region part-1.nc out.zarr -q")
        .run("declare-gap out.zarr --reason 'no data'")
        .run("declare-gap out.zarr --region time=8:9")
        .run("declare-gap out.zarr --region time=8:9 --reason ' '")
        .run("declare-gap out.zarr --region time=7:9 --reason 'no data'")
        .run("declare-gap out.zarr --region time=8:99 --reason 'no data'")
        .run("declare-gap out.zarr --region depth=8:9 --reason 'no data'")
        .run("declare-gap out.zarr --region time=8:9 --variables height --reason 'no data'")
        .run("declare-gap out.zarr --region time=8:9 --variables snow --reason 'no data'")
        .run("declare-gap out.zarr --from 2021-01-01 --reason 'no data'")
        .run("declare-gap out.zarr --from 2020-02-30 --reason 'no data'")
        .run("declare-gap out.zarr --from soon --reason 'no data'")
        .run("declare-gap absent.zarr --region time=8:9 --reason 'no data'")
        .run("status out.zarr --time-dim level")
        .run("status absent.zarr")
        .run("status part-1.nc")
        .run("log out.zarr --group forecast")
        .check("error-status");
}

/// Times and processes differ from run to run: here the words are looked at one by one.
#[test]
fn the_log_has_a_line_for_each_write() {
    let mut transcript = archive(&["part-1.nc", "part-2.nc", "part-fine.nc", "part-tile.nc"]);
    transcript
        .run("write-region part-1.nc part-2.nc out.zarr -q")
        .run("write-region part-fine.nc out.zarr -q")
        .run("write-region part-tile.nc out.zarr --variables t2m -q")
        .run("declare-gap out.zarr --region time=20:22 --reason 'no power' -q");
    let text = say(&transcript, &["log", "out.zarr"]);
    let lines: Vec<&str> = text.lines().collect();
    let expected = [
        [
            "part-1.nc (dataset)",
            "(time=0:24)",
            "4 variables",
            "stands",
        ],
        ["part-1.nc", "(time=0:8)", "t2m, rain", "  superseded"],
        ["part-2.nc", "(time=8:16)", "t2m, rain", "stands"],
        [
            "part-fine.nc",
            "(time=0:8)",
            "t2m, rain",
            "partly superseded",
        ],
        ["part-tile.nc", "(time=0:8), lat=1:3", "t2m", "stands"],
        [
            "declared gap: no power",
            "(time=20:22)",
            "t2m, rain",
            "stands",
        ],
    ];
    assert_eq!(lines.len(), expected.len(), "{text}");
    for (line, words) in lines.iter().zip(expected) {
        for word in words {
            assert!(line.contains(word), "no {word:?} in {line}");
        }
        assert!(line.contains(env!("CARGO_PKG_VERSION")), "{line}");
    }
    let log: Value =
        serde_json::from_str(&say(&transcript, &["log", "out.zarr", "--json"])).unwrap();
    let entries = log["entries"].as_array().unwrap();
    let forces: Vec<&str> = entries
        .iter()
        .map(|e| e["force"].as_str().unwrap())
        .collect();
    assert_eq!(
        forces,
        [
            "stands",
            "superseded",
            "stands",
            "partly_superseded",
            "stands",
            "stands"
        ]
    );
    assert_eq!(entries[4]["place"][1]["start"], 1);
    assert_eq!(entries[5]["reason"], "no power");
    assert_eq!(entries[2]["source"]["name"], "part-2.nc");
}
