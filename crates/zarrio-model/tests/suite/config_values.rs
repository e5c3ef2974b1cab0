//! Values of every key, for the tests of layers.

/// Two values of every key, in TOML and as environment text.
pub(crate) const VALUES: &[(&str, [&str; 2], [&str; 2])] = &[
    ("zarr_format", ["2", "3"], ["2", "3"]),
    ("group", ["\"a\"", "\"b/c\""], ["a", "b/c"]),
    ("overwrite", ["true", "false"], ["true", "0"]),
    ("skip_unsupported", ["true", "false"], ["1", "no"]),
    ("fsync", ["true", "false"], ["on", "off"]),
    ("check", ["\"none\"", "\"encoded\""], ["none", "encoded"]),
    ("jobs", ["3", "\"auto\""], ["3", "auto"]),
    ("memory", ["\"512MiB\"", "\"2GiB\""], ["512MiB", "2GiB"]),
    ("scratch", ["\"a\"", "\"/b c\""], ["a", "/b c"]),
    ("reader", ["\"rust\"", "\"c\""], ["rust", "c"]),
    ("intelligent_chunking", ["true", "false"], ["true", "false"]),
    (
        "access_pattern",
        ["\"temporal\"", "\"temporal=3,balanced=1\""],
        ["temporal", "temporal=3,balanced=1"],
    ),
    (
        "chunk_strategy",
        ["\"classic\"", "\"optimal\""],
        ["classic", "optimal"],
    ),
    ("storage", ["\"local\"", "\"cloud\""], ["local", "cloud"]),
    (
        "target_chunk_size",
        ["\"64MiB\"", "\"1MiB\""],
        ["64MiB", "1048576"],
    ),
    (
        "chunking",
        ["{ time = 5 }", "{ time = \"full\" }"],
        ["time:5", "time:full"],
    ),
    (
        "shards",
        ["\"auto\"", "{ time = 50, lat = \"full\" }"],
        ["auto", "time:50,lat:full"],
    ),
    (
        "compression.method",
        ["\"gzip:5\"", "\"none\""],
        ["gzip:5", "none"],
    ),
    (
        "compression.cname",
        ["\"lz4\"", "\"zlib\""],
        ["lz4", "zlib"],
    ),
    ("compression.clevel", ["5", "9"], ["5", "9"]),
    (
        "compression.shuffle",
        ["\"bitshuffle\"", "\"noshuffle\""],
        ["bitshuffle", "noshuffle"],
    ),
    (
        "compression.variables",
        ["{ t = \"lz4\" }", "{ t = \"none\" }"],
        ["t=lz4", "t=none"],
    ),
    (
        "compression.checksum",
        ["\"crc32c\"", "\"none\""],
        ["crc32c", "none"],
    ),
    ("packing.enabled", ["true", "false"], ["true", "false"]),
    ("packing.bits", ["8", "32"], ["8", "32"]),
    (
        "packing.representation",
        ["\"fixedscaleoffset\"", "\"cf\""],
        ["fixedscaleoffset", "cf"],
    ),
    (
        "packing.manual_ranges",
        [
            "{ t = { min = 0.0, max = 1.0 } }",
            "{ t = { min = -1.5, max = 2.0 } }",
        ],
        [
            "{\"t\": {\"min\": 0, \"max\": 1}}",
            "{\"t\": {\"min\": -1.5, \"max\": 2}}",
        ],
    ),
    (
        "packing.auto_buffer_factor",
        ["0.5", "0.25"],
        ["0.5", "0.25"],
    ),
    (
        "packing.check_range_exceeded",
        ["false", "true"],
        ["false", "true"],
    ),
    (
        "packing.range_exceeded_action",
        ["\"error\"", "\"ignore\""],
        ["error", "ignore"],
    ),
    (
        "packing.exclude",
        ["[\"a\"]", "[\"b\", \"c\"]"],
        ["a", "b, c"],
    ),
    (
        "packing.precision",
        ["{ t = 0.5 }", "{ t = 0.25 }"],
        ["t=0.5", "t=0.25"],
    ),
    (
        "quantization.keep_bits",
        ["{ t = 7 }", "{ t = 9 }"],
        ["t=7", "t=9"],
    ),
    (
        "quantization.significant_digits",
        ["{ t = 3 }", "{ t = 4 }"],
        ["t=3", "t=4"],
    ),
    (
        "quantization.keep_information",
        ["{ t = 0.99 }", "{ t = 1.0 }"],
        ["t=0.99", "t=1.0"],
    ),
    ("time.dim", ["\"t\"", "\"valid_time\""], ["t", "valid_time"]),
    ("time.append_dim", ["\"t\"", "\"step\""], ["t", "step"]),
    (
        "time.global_start",
        ["\"2000-01-01\"", "\"2001\""],
        ["2000-01-01", "2001"],
    ),
    (
        "time.global_end",
        ["\"2002-01-01\"", "\"2003-06\""],
        ["2002-01-01", "2003-06"],
    ),
    ("time.freq", ["\"1h\"", "\"MS\""], ["1h", "MS"]),
    (
        "variables.include",
        ["[\"a\"]", "[\"b\", \"c\"]"],
        ["a", "b,c"],
    ),
    (
        "variables.exclude",
        ["[\"a\"]", "[\"b\", \"c\"]"],
        ["a", " b , c "],
    ),
    ("missing_data.retries_on_missing", ["1", "2"], ["1", "2"]),
    (
        "missing_data.missing_check_vars",
        ["\"all\"", "[\"a\"]"],
        ["all", "a"],
    ),
    (
        "rolling_archive.enabled",
        ["false", "false"],
        ["false", "false"],
    ),
    (
        "rolling_archive.retention_window",
        ["\"P2D\"", "\"PT5H\""],
        ["P2D", "PT5H"],
    ),
    (
        "rolling_archive.time_reference_attr",
        ["\"x\"", "\"y\""],
        ["x", "y"],
    ),
    (
        "rolling_archive.auto_cleanup",
        ["false", "true"],
        ["false", "true"],
    ),
    ("rolling_archive.min_groups_to_keep", ["5", "0"], ["5", "0"]),
    (
        "remote.options",
        ["{ endpoint = \"http://a\" }", "{ endpoint = \"b\" }"],
        ["endpoint=http://a", "endpoint=b"],
    ),
    ("remote.retries", ["5", "0"], ["5", "0"]),
    ("remote.timeout", ["5.0", "0.5"], ["5", "0.5"]),
    ("remote.max_backoff", ["5.0", "0.5"], ["5", "0.5"]),
    ("remote.max_concurrent_requests", ["5", "1"], ["5", "1"]),
    ("remote.cache_dir", ["\"a\"", "\"/b c\""], ["a", "/b c"]),
    (
        "attrs",
        ["{ a = 1 }", "{ a = \"x\" }"],
        ["{\"a\": 1}", "{\"a\": \"x\"}"],
    ),
];
