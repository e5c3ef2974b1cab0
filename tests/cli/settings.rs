//! `config`, and the order of the layers.

use super::transcript::Transcript;

#[test]
fn every_value_has_an_origin() {
    let mut transcript = Transcript::with(&[]);
    transcript
        .file(
            "zarrio.toml",
            "jobs = 4\nmemory = \"2GiB\"\n[chunking]\ntime = 100\n[attrs]\ntitle = \"Test\"\n",
        )
        .file(
            "python.yaml",
            "chunking:\n  time: 24\npacking:\n  bits: 8\ntarget_chunk_size_mb: 20\n",
        )
        .run("config show")
        .set("ZARRIO_MEMORY", "512MiB")
        .run("config show --config zarrio.toml")
        .run("--config python.yaml config show");
    transcript.check("config-show");
}

#[test]
fn shown_settings_are_a_file_that_gives_them_again() {
    let mut transcript = Transcript::with(&[]);
    let tables = r#"
        jobs = 3
        [chunking]
        time = 100
        "odd name" = "full"
        "a.b" = 2
        [attrs]
        title = "x \" \\ # y"
        [compression.variables]
        u10 = "zstd:3"
        "a/b" = "gzip:1"
        [packing.precision]
        u10 = 0.1
        "a.b" = 1.0
        [packing.manual_ranges]
        u10 = { min = -50.0, max = 50.0 }
        [quantization.keep_bits]
        v10 = 7
    "#;
    transcript.file("a.toml", tables);
    let show = |transcript: &Transcript, file: &str| {
        let mut zarrio = crate::support::zarrio();
        zarrio
            .args(["config", "show", "--config"])
            .arg(transcript.path(file));
        String::from_utf8(zarrio.output().unwrap().stdout).unwrap()
    };
    let values = |text: &str| -> Vec<String> {
        text.lines()
            .filter_map(|line| Some(line.rsplit_once("  # ")?.0.trim_end().to_owned()))
            .collect()
    };
    let first = show(&transcript, "a.toml");
    transcript.file("b.toml", &first);
    for entry in [
        "odd name",
        "variables.u10",
        "precision.\"a.b\"",
        "keep_bits.v10",
    ] {
        assert!(first.contains(entry), "{first}");
    }
    assert_eq!(values(&show(&transcript, "b.toml")), values(&first));
}

#[test]
fn init_writes_a_file_once() {
    let mut transcript = Transcript::with(&[]);
    transcript
        .run("config init")
        .run("config init")
        .run("config init absent/a.toml");
    transcript
        .run("config show --config zarrio.toml")
        .check("config-init");
}

#[test]
fn flags_win_over_environment_over_file() {
    let mut transcript = Transcript::with(&["wind.nc"]);
    transcript
        .file("a.toml", "[chunking]\ntime = 2\nlevel = 1\n[variables]\ninclude = [\"u\"]\n")
        .set("ZARRIO_CHUNKING", "time:3")
        .run("convert wind.nc out.zarr --dry-run --config a.toml --jobs 1 --memory 256MiB")
        .run("convert wind.nc out.zarr --dry-run --config a.toml --jobs 1 --memory 256MiB --chunking time:5")
        .check("config-layers");
}
