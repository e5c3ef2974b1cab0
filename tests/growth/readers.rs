//! What xarray sees of an archive while it grows.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::support::{python, repository, zarrio};

#[test]
fn xarray_never_sees_an_inconsistent_dataset() {
    let Some(python) = python() else {
        return;
    };
    for format in ["3", "2"] {
        let directory = tempfile::tempdir().unwrap();
        let script = repository().join("tests/growth/reader.py");
        let step = |name: &str| -> Command {
            let mut command = Command::new(&python);
            command.arg(&script).arg(name).arg(directory.path());
            command
        };
        assert!(step("make").status().unwrap().success());
        let archive = directory.path().join("archive.zarr");
        let run = |command: &mut Command, file: usize, archive: &Path| {
            let output = command
                .args([&directory.path().join(format!("{file:03}.nc")), archive])
                .arg("--quiet")
                .output()
                .unwrap();
            assert!(output.status.success(), "{output:?}");
        };
        run(
            zarrio()
                .args(["convert", "--chunking", "time:3"])
                .args(["--zarr-format", format]),
            0,
            &archive,
        );
        let mut reader = step("read").stdout(Stdio::piped()).spawn().unwrap();
        for file in 1..=100 {
            run(zarrio().arg("append"), file, &archive);
        }
        std::fs::write(directory.path().join("done"), "").unwrap();
        let status = reader.wait().unwrap();
        let mut said = String::new();
        std::io::Read::read_to_string(&mut reader.stdout.take().unwrap(), &mut said).unwrap();
        eprintln!("format {format}: {}", said.trim());
        assert!(status.success(), "{said}");
    }
}
