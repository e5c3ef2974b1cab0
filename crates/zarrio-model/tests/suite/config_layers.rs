//! Which layer wins, and where a value is said to come from.

use zarrio_model::config::{
    ChunkStrategy, Config, Jobs, Layer, Layers, PartialConfig, Warning, environment_variables,
};

use crate::config_values::VALUES;

fn toml(key: &str, value: &str) -> String {
    format!("{key} = {value}\n")
}

fn variable(key: &str) -> String {
    let of_key = |v: &zarrio_model::config::EnvironmentVariable| v.key == Some(key);
    environment_variables()
        .into_iter()
        .find(of_key)
        .unwrap()
        .name
}

#[test]
fn for_every_key_a_higher_layer_wins() {
    for (key, [low, high], [low_text, high_text]) in VALUES {
        let of_file = |value| {
            Layers::new()
                .file("a.toml", toml(key, value))
                .resolve()
                .unwrap()
        };
        let (low_config, high_config) = (of_file(low), of_file(high));
        assert!(
            key.ends_with("enabled") || low_config.config != high_config.config,
            "{key}"
        );
        assert_eq!(low_config.provenance(key).layer(), Layer::File, "{key}");

        let environment = Layers::new()
            .environment([(variable(key), *low_text)])
            .resolve();
        let environment = environment.unwrap();
        assert_eq!(
            environment.config, low_config.config,
            "{key} from the environment"
        );
        assert_eq!(environment.provenance(key).to_string(), variable(key));

        let over_file = Layers::new()
            .environment([(variable(key), *high_text)])
            .file("a.toml", toml(key, low))
            .resolve()
            .unwrap();
        assert_eq!(
            over_file.config, high_config.config,
            "{key}: environment over file"
        );
        assert_eq!(
            over_file.provenance(key).layer(),
            Layer::Environment,
            "{key}"
        );

        let second_file = Layers::new()
            .file("a.toml", toml(key, low))
            .file("b.toml", toml(key, high));
        let second_file = second_file.resolve().unwrap();
        assert_eq!(second_file.config, high_config.config, "{key}: second file");
        assert_eq!(second_file.provenance(key).to_string(), "b.toml:1");
    }
}

#[test]
fn the_table_of_values_above_has_every_key() {
    let shown = Layers::new().resolve().unwrap().show();
    let keys: Vec<_> = shown.iter().map(|setting| setting.key.as_str()).collect();
    let tested: Vec<_> = VALUES.iter().map(|(key, _, _)| *key).collect();
    assert_eq!(keys, tested);
}

#[test]
fn flags_win_over_everything_and_defaults_of_flags_do_not_exist() {
    let flags = PartialConfig {
        jobs: Some(Jobs::from(7)),
        ..PartialConfig::default()
    };
    let resolved = Layers::new()
        .file("zarrio.toml", "jobs = 1\n[packing]\nbits = 8\n")
        .environment([("ZARRIO_JOBS", "2")])
        .flags(flags)
        .resolve()
        .unwrap();
    assert_eq!(resolved.config.jobs, Jobs::from(7));
    assert_eq!(resolved.provenance("jobs").to_string(), "--jobs");
    assert_eq!(resolved.config.packing.bits.bits(), 8);
    assert_eq!(
        resolved.provenance("packing.bits").to_string(),
        "zarrio.toml:3"
    );
    assert_eq!(resolved.provenance("memory").layer(), Layer::Default);
}

#[test]
fn tables_merge_entry_by_entry() {
    let flags = PartialConfig {
        chunking: Some("lat:5,depth:auto".parse().unwrap()),
        attrs: Some("{\"title\": \"new\"}".parse().unwrap()),
        ..PartialConfig::default()
    };
    let text = "[chunking]\ntime = 100\nlat = 50\n[attrs]\ntitle = \"old\"\nnumber = 3\n";
    let resolved = Layers::new()
        .file("a.toml", text)
        .flags(flags)
        .resolve()
        .unwrap();
    assert_eq!(
        resolved.config.chunking.to_string(),
        "time:100,lat:5,depth:auto"
    );
    let attrs = serde_json::to_string(resolved.config.attrs.as_map()).unwrap();
    assert_eq!(attrs, "{\"title\":\"new\",\"number\":3}");
    let origins: Vec<_> = resolved
        .show()
        .iter()
        .filter(|setting| setting.key.starts_with("chunking"))
        .map(|s| {
            format!(
                "{} = {} ({})",
                s.key,
                s.value.clone().unwrap_or_default(),
                s.origin
            )
        })
        .collect();
    assert_eq!(
        origins,
        [
            "chunking.time = 100 (a.toml:2)",
            "chunking.lat = 5 (--chunking)",
            "chunking.depth = \"auto\" (--chunking)",
        ]
    );
}

#[test]
fn files_of_the_python_tool_get_its_strategy() {
    let strategy = |path: &str, text: &str| {
        Layers::new()
            .file(path, text)
            .resolve()
            .unwrap()
            .config
            .chunk_strategy
    };
    assert_eq!(strategy("a.toml", ""), ChunkStrategy::Optimal);
    assert_eq!(strategy("a.yaml", ""), ChunkStrategy::Classic);
    assert_eq!(strategy("a.JSON", "{}"), ChunkStrategy::Classic);
    assert_eq!(
        strategy("a.yml", "chunk_strategy: optimal"),
        ChunkStrategy::Optimal
    );
}

#[test]
fn the_old_variable_still_works_but_yields_to_the_new_one() {
    let old = ("ZARRIFY_TARGET_CHUNK_SIZE_MB", "20");
    let resolved = Layers::new().environment([old]).resolve().unwrap();
    assert_eq!(resolved.config.target_chunk_size.0, 20 << 20);
    assert!(matches!(
        &resolved.warnings[..],
        [Warning::Deprecated { .. }]
    ));

    let both = [old, ("ZARRIO_TARGET_CHUNK_SIZE_MB", "30")];
    let resolved = Layers::new().environment(both).resolve().unwrap();
    assert_eq!(resolved.config.target_chunk_size.0, 30 << 20);
    assert_eq!(
        resolved.provenance("target_chunk_size").to_string(),
        "ZARRIO_TARGET_CHUNK_SIZE_MB"
    );

    // The Python tool let the variable beat the argument.
    let flags = PartialConfig {
        target_chunk_size: Some("1MiB".parse().unwrap()),
        ..PartialConfig::default()
    };
    let resolved = Layers::new()
        .environment(both)
        .flags(flags)
        .resolve()
        .unwrap();
    assert_eq!(resolved.config.target_chunk_size.0, 1 << 20);
}

#[test]
fn variables_that_mean_nothing_are_a_warning() {
    let pairs = [
        ("ZARRIO_JOB", "2"),
        ("ZARRIO_SERVICE_HOST", "10.0.0.1"),
        ("ZARRIO_LOG", "debug"),
        ("HOME", "/"),
    ];
    let resolved = Layers::new().environment(pairs).resolve().unwrap();
    let warnings: Vec<_> = resolved.warnings.iter().map(ToString::to_string).collect();
    assert_eq!(
        warnings,
        [
            "the environment variable ZARRIO_JOB is not known and has no effect; did you mean \
             ZARRIO_JOBS?",
            "the environment variable ZARRIO_SERVICE_HOST is not known and has no effect",
        ]
    );
    let empty = Layers::new()
        .environment([("ZARRIO_JOBS", " ")])
        .resolve()
        .unwrap();
    assert_eq!(empty.config, Config::default());
}

#[test]
fn no_two_variables_have_one_name() {
    let mut names: Vec<_> = environment_variables()
        .into_iter()
        .map(|v| v.name)
        .collect();
    let count = names.len();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), count);
}

#[test]
fn storage_decides_about_the_size_that_nobody_gives() {
    let size = |text: &str| {
        let resolved = Layers::new().file("a.toml", text).resolve().unwrap();
        let origin = resolved.provenance("target_chunk_size").to_string();
        (resolved.config.target_chunk_size.to_string(), origin)
    };
    let pair = |size: &str, origin: &str| (size.to_owned(), origin.to_owned());
    assert_eq!(
        size("jobs = 1\nstorage = \"cloud\""),
        pair("128MiB", "a.toml:2")
    );
    assert_eq!(size("storage = \"local\""), pair("16MiB", "a.toml:1"));
    let both = "storage = \"local\"\ntarget_chunk_size = \"5MiB\"";
    assert_eq!(size(both), pair("5MiB", "a.toml:2"));
    assert_eq!(size(""), pair("50MiB", "default"));
}

#[test]
fn the_source_s_chunks_replace_lengths_below_and_yield_to_those_above() {
    let chunking = |file: &str, flag: &str| {
        let flags = PartialConfig {
            chunking: Some(flag.parse().unwrap()),
            ..PartialConfig::default()
        };
        let layers = Layers::new().file("a.toml", file).flags(flags);
        layers.resolve().unwrap().config.chunking
    };
    let length = "[chunking]\ntime = 5";
    assert_eq!(chunking(length, "source").to_string(), "source");
    assert!(chunking(length, "source").keeps_source());
    assert_eq!(
        chunking("chunking = \"source\"", "time:5").to_string(),
        "source,time:5"
    );
    assert!(chunking("", "time:auto").is_open());
    assert!(!chunking("", "source,time:auto").is_open());

    let useless = "intelligent_chunking = true\nchunking = \"source\"";
    let resolved = Layers::new().file("a.toml", useless).resolve().unwrap();
    assert_eq!(
        resolved.warnings[0].to_string(),
        "a.toml:1: intelligent_chunking has no effect because chunking is given"
    );
}

#[test]
fn the_classic_strategy_takes_one_pattern() {
    let text = "access_pattern = \"temporal=1,spatial=2\"\nchunk_strategy = \"classic\"";
    let error = Layers::new().file("a.toml", text).resolve().unwrap_err();
    assert!(error.to_string().contains("one pattern only"), "{error}");
    let table = "[access_pattern]\ntemporal = 1\nspatial = 2.5";
    let resolved = Layers::new().file("a.toml", table).resolve().unwrap();
    let pattern = resolved.config.access_pattern.to_string();
    assert_eq!(pattern, "temporal=1,spatial=2.5");
}
