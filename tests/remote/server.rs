//! A server of the S3 protocol, and the program as it talks to it.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, mpsc};
use std::time::Duration;

use zarrio_store::{Address, Prefix, RemoteOptions, RemoteStore, Store as _};

use crate::support::{repository, skip, zarrio};

/// A secret that must never be seen.
pub(super) const SECRET: &str = "tops3cretkey";
const BUCKET: &str = "archives";

/// A server with an empty bucket; gone with this value.
#[derive(Debug)]
pub(super) struct Server {
    _running: Running,
    pub(super) port: u16,
}

impl Server {
    /// Starts one; skips aloud where there is none, or fails where all must be there.
    pub(super) fn start() -> Option<Self> {
        let program = std::env::var_os("ZARRIO_MOTO")
            .map_or_else(|| repository().join(".venv-moto/bin/python"), PathBuf::from);
        if !program.exists() {
            let message = format!(
                "no S3 server at {}; scripts/test installs it",
                program.display()
            );
            let must = std::env::var_os("ZARRIO_REQUIRE_PYTHON").is_some_and(|v| v == "1");
            assert!(!must, "{message}");
            skip(&message);
            return None;
        }
        let (running, port) =
            listening(Command::new(program).arg(repository().join("tests/remote/server.py")));
        let server = Self {
            _running: running,
            port,
        };
        server.make_bucket(BUCKET);
        Some(server)
    }

    /// Makes another bucket.
    pub(super) fn make_bucket(&self, name: &str) {
        self.put_nothing(name);
    }

    /// Makes the empty object by which consoles keep the place of an archive as a folder.
    pub(super) fn make_folder(&self, name: &str) {
        self.put_nothing(&format!("{BUCKET}/{name}.zarr/"));
    }

    fn put_nothing(&self, name: &str) {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        let request = format!(
            "PUT /{name} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.contains(" 200 "), "{answer}");
    }

    /// The program with the credentials of this server in its environment.
    pub(super) fn zarrio(&self) -> Command {
        through(self.port)
    }

    /// The store of an archive on this server.
    pub(super) fn store(&self, name: &str) -> Arc<RemoteStore> {
        self.store_at(&url(name))
    }

    /// The store at a URL on this server.
    pub(super) fn store_at(&self, url: &str) -> Arc<RemoteStore> {
        let address = Address::parse(url).unwrap().unwrap();
        let option = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let options = RemoteOptions {
            given: vec![
                option("endpoint", &format!("http://127.0.0.1:{}", self.port)),
                option("access_key_id", "test"),
                option("secret_access_key", SECRET),
                option("region", "us-east-1"),
            ],
            ..RemoteOptions::default()
        };
        Arc::new(RemoteStore::open(address, &options).unwrap())
    }

    /// The names of all objects of an archive.
    pub(super) fn names(&self, name: &str) -> Vec<String> {
        let objects = self.store(name).list(&Prefix::root()).unwrap();
        objects
            .into_iter()
            .map(|object| object.key.as_str().to_owned())
            .collect()
    }
}

/// The program as it talks to a server, or to what stands before one, at a port.
pub(super) fn through(port: u16) -> Command {
    let mut command = zarrio();
    for name in ["AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_DEFAULT_REGION"] {
        command.env_remove(name);
    }
    command
        .env("AWS_ENDPOINT_URL", format!("http://127.0.0.1:{port}"))
        .env("AWS_ACCESS_KEY_ID", "test")
        .env("AWS_SECRET_ACCESS_KEY", SECRET)
        .env("AWS_REGION", "us-east-1")
        .env("AWS_CONFIG_FILE", "/nonexistent")
        .env("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
        .env("NO_PROXY", "127.0.0.1")
        .env("ZARRIO_REMOTE_MAX_BACKOFF", "0.2");
    command
}

/// The URL of an archive.
pub(super) fn url(name: &str) -> String {
    format!("s3://{BUCKET}/{name}.zarr")
}

/// A program that runs; gone with this value.
#[derive(Debug)]
pub(super) struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts a server that says on its standard output where it listens, and waits for that.
///
/// A server takes a port itself: one that was looked for before would be free for all that is
/// started meanwhile.
pub(super) fn listening(command: &mut Command) -> (Running, u16) {
    command.stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    let said = BufReader::new(child.stdout.take().unwrap());
    let running = Running(child);
    let (tell, told) = mpsc::channel();
    // It must not wait for a reader of what it says later.
    std::thread::spawn(move || {
        for line in said.lines().map_while(Result::ok) {
            if let Some((_, port)) = line.trim().split_once("http://127.0.0.1:") {
                let _ = tell.send(port.parse().unwrap());
            }
        }
    });
    let port = told.recv_timeout(Duration::from_secs(120));
    let port = port.unwrap_or_else(|_| panic!("{command:?} does not say where it listens"));
    (running, port)
}

/// A port that nobody listens on: none that is given to who asks for any, as all here do.
pub(super) const NOBODY: u16 = 1023;
