//! Files: the three formats, the keys of the Python tool, and the file of defaults.

use zarrio_model::config::{ChunkLength, Config, Layers, VariableChoice, Warning};

use crate::support::{config, resolve};

/// The sample file that comes with the Python tool.
const SAMPLE: &str = "\
chunking:
  dir: 24
  freq: 31
  point: 10
  time: 100
compression:
  method: blosc:zstd:1
packing:
  bits: 16
  enabled: true
";

#[test]
fn the_sample_of_the_python_tool_is_read_in_full() {
    let config = config("config.yaml", SAMPLE);
    assert_eq!(
        config.chunking.to_string(),
        "dir:24,freq:31,point:10,time:100"
    );
    assert_eq!(config.compression.method.as_deref(), Some("blosc:zstd:1"));
    assert!(config.packing.enabled);
}

/// All that the Python tool writes when it dumps its configuration.
const DUMP: &str = r#"{
  "chunking": {"time": null, "lat": null, "lon": null, "depth": null},
  "compression": null,
  "packing": {"enabled": false, "bits": 8, "manual_ranges": null, "auto_buffer_factor": 0.01,
    "check_range_exceeded": true, "range_exceeded_action": "warn", "exclude": null},
  "time": {"dim": "time", "append_dim": "time", "global_start": null, "global_end": null,
    "freq": null},
  "variables": {"include": null, "exclude": null},
  "missing_data": {"check_vars": "all", "retries_on_missing": 0, "missing_check_vars": "all"},
  "datamesh": null,
  "remote_files": {"engine": "h5netcdf", "cache_local": false, "cache_dir": null},
  "attrs": {},
  "target_chunk_size_mb": null,
  "access_pattern": "spatial",
  "rolling_archive": {"enabled": false, "retention_window": null,
    "time_reference_attr": "cycle_time", "auto_cleanup": true, "min_groups_to_keep": 1},
  "retries_on_missing": 0,
  "missing_check_vars": "all"
}"#;

#[test]
fn a_dump_of_the_python_tool_is_read() {
    let resolved = resolve("config.json", DUMP).unwrap();
    assert_eq!(resolved.config.packing.bits.bits(), 8);
    assert_eq!(
        resolved.config.missing_data.missing_check_vars,
        Some(VariableChoice::All)
    );
    assert_eq!(
        resolved.provenance("packing.bits").to_string(),
        "config.json:4"
    );
    let ignored = resolved.warnings.iter().map(|warning| match warning {
        Warning::Ignored { key, .. } => key.as_str(),
        other => panic!("{other}"),
    });
    let ignored: Vec<_> = ignored.collect();
    let expected = [
        "missing_data.check_vars",
        "remote_files.engine",
        "remote_files.cache_local",
    ];
    assert_eq!(ignored, expected);
}

#[test]
fn short_forms_of_the_old_documents_work() {
    let config = config(
        "a.yml",
        "compression: blosc:lz4:3\nvariables: [t2m, u10]\npacking: yes\n",
    );
    assert_eq!(config.compression.text().as_deref(), Some("blosc:lz4:3"));
    assert_eq!(
        config.variables.include,
        Some(vec!["t2m".to_owned(), "u10".to_owned()])
    );
    assert!(config.packing.enabled);
}

#[test]
fn the_three_formats_say_the_same() {
    let toml = "jobs = 2\nmemory = 1073741824\n[chunking]\ntime = -1\nlat = \"auto\"\n\
                [time]\nglobal_start = 2000-01-01\n[attrs]\nx = [1, 2.5]\n";
    let yaml = "jobs: 2\nmemory: 1073741824\nchunk_strategy: optimal\nchunking: {time: -1, lat: auto}\n\
                time:\n  global_start: 2000-01-01\nattrs:\n  x: [1, 2.5]\n";
    let json = r#"{"jobs": 2, "memory": 1073741824, "chunk_strategy": "optimal",
        "chunking": {"time": -1, "lat": "auto"}, "time": {"global_start": "2000-01-01"},
        "attrs": {"x": [1, 2.5]}}"#;
    let expected = config("a.toml", toml);
    assert_eq!(expected.chunking.get("time"), Some(ChunkLength::Full));
    assert_eq!(config("a.yaml", yaml), expected);
    assert_eq!(config("a.json", json), expected);
}

#[test]
fn compression_by_its_parts() {
    let text = |toml: &str| config("a.toml", toml).compression.text();
    assert_eq!(text(""), None);
    let parts = "[compression]\ncname = \"lz4\"\nclevel = 5\nshuffle = \"bitshuffle\"\n";
    assert_eq!(text(parts).as_deref(), Some("blosc:lz4:5:bitshuffle"));
    assert_eq!(
        text("[compression]\nclevel = 3\n").as_deref(),
        Some("blosc:zstd:3:shuffle")
    );

    let both = resolve("a.toml", "[compression]\nmethod = \"gzip:3\"\nclevel = 5\n").unwrap();
    assert_eq!(both.config.compression.text().as_deref(), Some("gzip:3"));
    let warnings: Vec<_> = both.warnings.iter().map(ToString::to_string).collect();
    let expected = "a.toml:3: compression.clevel has no effect because compression.method is given";
    assert_eq!(warnings, [expected]);
}

#[test]
fn the_file_of_defaults_is_the_default() {
    let text = Config::default_toml();
    assert_eq!(config("zarrio.toml", text), Config::default());
    for setting in Layers::new().resolve().unwrap().show() {
        let name = setting.key.rsplit('.').next().unwrap();
        let mentions = |line: &str| {
            let line = line.trim_start_matches(['#', ' ']);
            line.starts_with(&format!("{name} = "))
                || line == format!("[{name}]")
                || line == format!("[{}]", setting.key)
        };
        assert!(
            text.lines().any(mentions),
            "{} is not in the file",
            setting.key
        );
    }
}

#[test]
fn the_examples_in_the_file_of_defaults_are_valid() {
    let example = |line: &str| {
        let rest = line.strip_prefix("# ")?;
        let (name, _) = rest.split_once(" = ")?;
        name.chars()
            .all(|c| c.is_ascii_lowercase() || c == '_')
            .then(|| rest.to_owned())
    };
    let text: Vec<_> = Config::default_toml()
        .lines()
        .map(|line| example(line).unwrap_or_else(|| line.to_owned()))
        .collect();
    let config = config("zarrio.toml", &text.join("\n"));
    assert_eq!(config.chunking.to_string(), "time:100,lat:full,lon:auto");
    assert!(config.time.freq.is_some() && config.rolling_archive.retention_window.is_some());
}

#[test]
fn serialised_it_has_the_shape_of_the_file() {
    let json = serde_json::to_value(config("config.yaml", SAMPLE)).unwrap();
    assert_eq!(json["zarr_format"], 3);
    assert_eq!(json["chunking"]["dir"], 24);
    assert_eq!(json["packing"]["bits"], 16);
    assert_eq!(json["compression"]["method"], "blosc:zstd:1");
}
