//! The section of the README about object stores, as it is written there.

use std::process::Command;

use zarrio_store::{Key, Store as _};

use super::server::{SECRET, Server};
use super::writers::s3fs;
use crate::regions::year::{run, year};
use crate::support::repository;

/// The blocks of a language behind the line that begins the section.
fn block(language: &str) -> String {
    let readme = std::fs::read_to_string(repository().join("README.md")).unwrap();
    let (_, section) = readme
        .split_once("\nOn object stores, ")
        .expect("the section");
    let (_, block) = section
        .split_once(&format!("```{language}\n"))
        .expect("a block");
    block.split_once("```").expect("its end").0.to_owned()
}

#[test]
fn the_section_of_the_readme_runs_as_it_is_written() {
    let (Some(server), Some(year)) = (Server::start(), year()) else {
        return;
    };
    server.make_bucket("bucket");
    let store = server.store_at("s3://bucket/era5");
    for file in &year.files {
        let name = file.file_name().unwrap().to_str().unwrap();
        let bytes = std::fs::read(file).unwrap();
        store.put(&Key::new(name).unwrap(), &bytes).unwrap();
    }
    let program = server.zarrio();
    let directory = std::path::Path::new(program.get_program())
        .parent()
        .unwrap();
    let path = std::env::var("PATH").unwrap();
    let script = block("sh");
    assert!(script.contains("-P 4"), "{script}");
    let mut shell = Command::new("bash");
    shell.args(["-euo", "pipefail", "-c", &script]);
    for (name, value) in program.get_envs() {
        match value {
            Some(value) => shell.env(name, value),
            None => shell.env_remove(name),
        };
    }
    shell.env("PATH", format!("{}:{path}", directory.display()));
    let said = run(&mut shell);
    let said = String::from_utf8_lossy(&said.stdout).into_owned();
    assert!(said.contains("temperature"), "{said}");

    let Some(python) = s3fs() else { return };
    let mut python = Command::new(python);
    python.args(["-W", "error::UserWarning", "-c", &block("python")]);
    let output = run(python
        .env(
            "AWS_ENDPOINT_URL",
            format!("http://127.0.0.1:{}", server.port),
        )
        .env("AWS_ACCESS_KEY_ID", "test")
        .env("AWS_SECRET_ACCESS_KEY", SECRET)
        .env("AWS_DEFAULT_REGION", "us-east-1"));
    let shown = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(shown.contains("time: 1460"), "{shown}");
}
