//! What is said about a wrong configuration.

use zarrio_model::config::{Chunking, ConfigError, Layers, PartialConfig};

use crate::support::{problems, resolve};

#[track_caller]
fn check(path: &str, text: &str, expected: &[&str]) {
    assert_eq!(problems(path, text), expected);
}

#[test]
fn all_problems_are_told_at_once_with_their_lines() {
    let text = "jobs = -1\ncompresion = \"zstd\"\n\n[packing]\nbits = 12\n\n[chunking]\ntime = 0\nlat = \"x\"\n";
    check(
        "zarrio.toml",
        text,
        &[
            "zarrio.toml:1: jobs: expected \"auto\" or a number of threads up to 1024 \
             (0 for all cores), got the number -1",
            "zarrio.toml:2: compresion: unknown key",
            "zarrio.toml:5: packing.bits: expected 8, 16 or 32, got the number 12",
            "zarrio.toml:8: chunking.time: expected a length of 1 or more, \"full\" (or -1) or \
             \"auto\", got the number 0",
            "zarrio.toml:9: chunking.lat: expected a length of 1 or more, \"full\" (or -1) or \
             \"auto\", got the text \"x\"",
        ],
    );
}

#[test]
fn problems_of_every_layer_are_told() {
    let flags = PartialConfig {
        compression_clevel: Some(12),
        ..PartialConfig::default()
    };
    let error = Layers::new()
        .file("a.yaml", "packing:\n  bits: 7\n")
        .environment([
            ("ZARRIO_READER", "java"),
            ("ZARRIO_TARGET_CHUNK_SIZE_MB", "big"),
        ])
        .flags(flags)
        .resolve()
        .unwrap_err();
    let told: Vec<_> = error.problems.iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        [
            "a.yaml:2: packing.bits: expected 8, 16 or 32, got the number 7",
            "ZARRIO_READER: reader: \"java\" is none of auto, rust, c",
            "ZARRIO_TARGET_CHUNK_SIZE_MB: target_chunk_size_mb: expected a whole number of MiB, \
             got the text \"big\"",
            "command line: compression.clevel: a compression level is from 0 to 9, not 12",
        ]
    );
}

#[test]
fn unknown_keys_come_with_what_was_meant() {
    let remedy = |key: &str| {
        let error: ConfigError = resolve("a.yaml", &format!("{key}: 1\n")).unwrap_err();
        error.problems[0].remedy.clone().unwrap()
    };
    assert_eq!(remedy("compresion"), "did you mean compression?");
    assert_eq!(remedy("drop_variables"), "did you mean variables.exclude?");
    assert_eq!(remedy("bits"), "did you mean packing.bits?");
    assert_eq!(remedy("acces_pattern"), "did you mean access_pattern?");
    assert_eq!(
        remedy("bananas"),
        "`zarrio config init` writes a file with every key"
    );
}

#[test]
fn wrong_types_name_both_types() {
    check(
        "a.yaml",
        "overwrite: 3\n",
        &["a.yaml:1: overwrite: expected true or false, got the number 3"],
    );
    check(
        "a.toml",
        "packing = 3\n",
        &["a.toml:1: packing: expected true or false, got the number 3"],
    );
    check(
        "a.toml",
        "time = 3\n",
        &["a.toml:1: time: expected a table, got the number 3"],
    );
    check("a.json", "[1]", &["a.json: expected a table, got a list"]);
    check(
        "a.toml",
        "[variables]\ninclude = [\"a\", 3]\n",
        &["a.toml:2: variables.include: expected a name, got the number 3"],
    );
    check(
        "a.json",
        "{\"packing\": {\"manual_ranges\": {\n\"t\": {\"min\": 1},\n\"u\": {\"min\": 0, \"mx\": 2}}}}",
        &[
            "a.json:2: packing.manual_ranges.t: a range needs both min and max",
            "a.json:3: packing.manual_ranges.u.mx: a range has only min and max",
        ],
    );
}

#[test]
fn values_out_of_range() {
    let range = "[packing.manual_ranges]\nt = { min = 3, max = 1 }\n";
    check(
        "a.toml",
        range,
        &["a.toml:2: packing.manual_ranges: the range of \"t\" holds nothing: min is 3, max is 1"],
    );
    check(
        "a.toml",
        "packing.auto_buffer_factor = -0.5\n",
        &["a.toml:1: packing.auto_buffer_factor: a part of a range is 0 or more, not -0.5"],
    );
    check(
        "a.toml",
        "rolling_archive.retention_window = 60\n",
        &[
            "a.toml:1: rolling_archive.retention_window: a retention window is at least one hour, \
           not 60 seconds",
        ],
    );
    check(
        "a.toml",
        "group = \"a/__b\"\n",
        &[
            "a.toml:1: group: \"__b\" cannot be the name of a group: names that begin with two \
           underscores are reserved by Zarr",
        ],
    );
    check(
        "a.toml",
        "time.freq = \"sometimes\"\n",
        &[
            "a.toml:1: time.freq: \"sometimes\" is no time step: its unit is none of ns, us, ms, \
           s, min, h, D, MS, ME, YS and YE; write for example 1h, 15min, 1D, MS or PT3H",
        ],
    );
    check(
        "a.json",
        "{\"attrs\": {\"a\": [1, null]}}",
        &["a.json:1: attrs.a[1]: an attribute cannot be null"],
    );
}

#[test]
fn what_only_the_whole_can_tell() {
    check(
        "a.toml",
        "[time]\nglobal_start = \"2001-01-01\"\nglobal_end = 2000-12-31\n",
        &["a.toml:3: time.global_end: 2000-12-31 lies before time.global_start, 2001-01-01"],
    );
    check(
        "a.toml",
        "[rolling_archive]\nenabled = true\n",
        &["a.toml:2: rolling_archive.enabled: no retention window is given"],
    );
    check(
        "a.yaml",
        "retries_on_missing: 2\nmissing_data:\n  retries_on_missing: 3\n",
        &[
            "a.yaml:3: missing_data.retries_on_missing: it is the same setting as \
           retries_on_missing (a.yaml:1), with another value",
        ],
    );
}

#[test]
fn files_that_cannot_be_read() {
    check(
        "a.ini",
        "",
        &["a.ini: a configuration file ends in .toml, .yml, .yaml or .json"],
    );
    check(
        "zarrio",
        "",
        &["zarrio: a configuration file ends in .toml, .yml, .yaml or .json"],
    );
    assert!(problems("a.toml", "jobs = 1\njobs = 2\n")[0].starts_with("a.toml:2: "));
    assert!(problems("a.json", "{\"jobs\": 1,\n\"jobs\": 2}")[0].starts_with("a.json:2: "));
    assert!(problems("a.yaml", "jobs: 1\njobs: 2\n")[0].contains("\"jobs\" stands twice"));
    assert!(problems("a.json", "{\"jobs\":\n")[0].starts_with("a.json:2: EOF"));
    assert!(problems("a.yaml", "a: [1\nb: 2\n")[0].starts_with("a.yaml:2: "));
    // What the Python tool writes for a retention window.
    let tag =
        "rolling_archive:\n  retention_window: !!python/object/apply:datetime.timedelta [1]\n";
    assert_eq!(problems("a.yaml", tag).len(), 1);
}

#[test]
fn hostile_files_end_in_an_error() {
    let deep = |open: &str, n: usize| open.repeat(n);
    for path in ["a.toml", "a.yaml", "a.json"] {
        for text in [
            deep("[", 5_000),
            deep("{\"a\":", 5_000),
            format!("a = {}", deep("[", 5_000)),
        ] {
            assert!(resolve(path, &text).is_err(), "{path}");
        }
    }
    let mut laughs = String::from("a0: &a0 [x,x,x,x,x,x,x,x,x]\n");
    for i in 1..12 {
        let parts = vec![format!("*a{}", i - 1); 9].join(",");
        laughs.push_str(&format!("a{i}: &a{i} [{parts}]\n"));
    }
    assert!(resolve("a.yaml", &laughs).is_err());
}

#[test]
fn datamesh_is_not_supported() {
    check(
        "a.yaml",
        "datamesh:\n  token: x\n",
        &["a.yaml:1: datamesh: datamesh is not supported"],
    );
    let nothing = "datamesh:\n  datasource: null\n  token: null\n  service: https://a.b\n  \
                   use_zarr_client: true\n";
    assert!(resolve("a.yaml", nothing).is_ok());
}

#[test]
fn chunk_texts() {
    let error = |text: &str| text.parse::<Chunking>().unwrap_err().to_string();
    assert_eq!(
        error("time=5"),
        "\"time=5\" is not of the form dimension:length"
    );
    assert_eq!(error("time:5,"), "\"\" is not of the form dimension:length");
    assert_eq!(error(":5"), "\":5\" names no dimension");
    assert_eq!(error("time:5, time:6"), "\"time\" is given twice");
    let length = |text: &str| {
        format!(
            "\"{text}\" is no chunk length for \"time\"; write a length of 1 or more, \"full\" (or -1) or \"auto\""
        )
    };
    for text in ["0", "-2", "x", "", "99999999999999999999999"] {
        assert_eq!(error(&format!("time:{text}")), length(text));
    }
    let parsed = |text: &str| text.parse::<Chunking>().unwrap().to_string();
    assert_eq!(
        parsed(" time : 100 ,lat:-1,lon:FULL,z:auto"),
        "time:100,lat:full,lon:full,z:auto"
    );
    assert_eq!(parsed(" "), "");
}
