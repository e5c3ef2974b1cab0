//! Writers at once against the emulator of Azure Blob Storage, where there is one.

use std::path::PathBuf;
use std::process::Command;

use tempfile::TempDir;
use zarrio_store::{Address, Key, RemoteOptions, RemoteStore, Store as _};

use super::server::{Running, listening};
use crate::regions::year::{run, year};
use crate::support::{repository, shared_out, skip, zarrio};

const ACCOUNT: &str = "devstoreaccount1";
/// The key of every emulator, which is no secret.
const KEY: &str =
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

/// An emulator with an empty container; gone with this value.
struct Azurite {
    _running: Running,
    port: u16,
    _directory: TempDir,
}

impl Azurite {
    /// Starts one; skips aloud where there is none.
    fn start() -> Option<Self> {
        let program = std::env::var_os("ZARRIO_AZURITE").map_or_else(
            || repository().join(".azurite/node_modules/.bin/azurite-blob"),
            PathBuf::from,
        );
        if !program.exists() {
            skip("there is no Azurite; scripts/test installs it where there is npm");
            return None;
        }
        let directory = tempfile::tempdir().unwrap();
        let (running, port) = listening(
            Command::new(program)
                .args(["--blobHost", "127.0.0.1", "--blobPort", "0"])
                .args(["--skipApiVersionCheck", "--disableTelemetry", "-l"])
                .arg(directory.path()),
        );
        let azurite = Self {
            _running: running,
            port,
            _directory: directory,
        };
        run(Command::new("node")
            .arg(repository().join("tests/remote/container.mjs"))
            .args([&port.to_string(), "archives", KEY]));
        Some(azurite)
    }

    fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}/{ACCOUNT}", self.port)
    }

    fn zarrio(&self) -> Command {
        let mut command = zarrio();
        command
            .env("AZURE_STORAGE_ACCOUNT_NAME", ACCOUNT)
            .env("AZURE_STORAGE_ACCOUNT_KEY", KEY)
            .env("NO_PROXY", "127.0.0.1")
            .args(["--storage-option", &format!("endpoint={}", self.endpoint())]);
        command
    }

    fn store(&self, url: &str) -> RemoteStore {
        let option = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let options = RemoteOptions {
            given: vec![
                option("endpoint", &self.endpoint()),
                option("account_name", ACCOUNT),
                option("account_key", KEY),
            ],
            ..RemoteOptions::default()
        };
        let address = Address::parse(url).unwrap().unwrap();
        RemoteStore::open(address, &options).unwrap()
    }
}

#[test]
fn eight_writers_share_chunks_on_azure() {
    let Some(azurite) = Azurite::start() else {
        return;
    };
    let Some(year) = year() else { return };
    let archive = "az://archives/year.zarr";
    let store = azurite.store("az://archives/files");
    for file in &year.files {
        let name = file.file_name().unwrap().to_str().unwrap();
        let bytes = std::fs::read(file).unwrap();
        store.put(&Key::new(name).unwrap(), &bytes).unwrap();
    }
    run(azurite
        .zarrio()
        .args(["create-template", "az://archives/files/2021-01.nc", archive])
        .args(["--global-start", "2021-01-01", "--global-end", "2021-12-31"])
        .args(["--chunking", "time:100", "--quiet"]));
    shared_out(8, (1..=12).collect::<Vec<u8>>(), |month| {
        let file = format!("az://archives/files/2021-{month:02}.nc");
        let mut command = azurite.zarrio();
        let output = run(command.args(["write-region", &file, archive]));
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.contains(" LIST 0, "), "{said}");
    });
    run(azurite
        .zarrio()
        .args(["status", "--require-complete", archive]));
    run(azurite.zarrio().args(["verify", archive]).args(&year.files));
    run(azurite
        .zarrio()
        .args(["verify", archive, "az://archives/files/"]));
}
