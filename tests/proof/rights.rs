//! Archives that may not be read.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::os::unix::process::CommandExt as _;

use super::place::Place;
use crate::support::{skip, zarrio};

/// Somebody whom rights bind, also where the tests are run by root.
const NOBODY: u32 = 65534;

fn set(place: &Place, name: &str, mode: u32) {
    fs::set_permissions(place.path(name), Permissions::from_mode(mode)).unwrap();
}

/// What a command says, and its exit code, to somebody without rights; none where there is nobody.
fn said(place: &Place, line: &str) -> Option<(String, Option<i32>)> {
    let mut command = zarrio();
    command.args(line.split_whitespace());
    command.current_dir(place.path(""));
    if fs::metadata("/proc/self").unwrap().uid() == 0 {
        command.uid(NOBODY).gid(NOBODY);
    }
    let output = command.output().ok()?;
    let said = [&output.stdout[..], &output.stderr[..]].concat();
    Some((String::from_utf8(said).unwrap(), output.status.code()))
}

#[test]
fn an_archive_that_may_not_be_read_is_an_input_that_cannot_be_read() {
    let place = Place::parts("");
    set(&place, "", 0o755);
    let Some((_, Some(0))) = said(&place, "--version") else {
        return skip("nobody may run the program here");
    };
    let reading = [
        "info", "status", "verify", "digest", "log", "repair", "clean",
    ];
    for name in ["out.zarr", "out.zarr/zarr.json"] {
        let mode = fs::metadata(place.path(name)).unwrap().mode();
        set(&place, name, 0);
        let mut lines: Vec<String> = reading.iter().map(|c| format!("{c} out.zarr")).collect();
        lines.push("expire out.zarr --rolling-archive-hours 1".into());
        lines.push("write-region part-1.nc out.zarr".into());
        lines.push("append part-1.nc out.zarr".into());
        for line in lines {
            let (said, code) = said(&place, &line).unwrap();
            assert_eq!(code, Some(3), "{line}: {said}");
            assert!(said.contains("Permission denied"), "{line}: {said}");
            assert!(said.contains("owner and mode"), "{line}: {said}");
        }
        set(&place, name, mode);
    }
    set(&place, "out.zarr/t2m", 0);
    for line in [
        "status out.zarr",
        "digest out.zarr",
        "verify out.zarr --quick",
    ] {
        let (said, code) = said(&place, line).unwrap();
        assert_eq!(code, Some(3), "{line}: {said}");
        assert!(said.contains("Permission denied"), "{line}: {said}");
        assert!(said.contains("owner and mode"), "{line}: {said}");
    }
    set(&place, "out.zarr/t2m", 0o755);
}

#[test]
fn a_group_that_may_not_be_deleted_is_told_with_the_cause() {
    let place = Place::with(&["part-1.nc"]);
    set(&place, "", 0o755);
    let Some((_, Some(0))) = said(&place, "--version") else {
        return skip("nobody may run the program here");
    };
    place.done("convert part-1.nc out.zarr --group 20200101T000000 -q");
    place.done("convert part-1.nc out.zarr --group 20200102T000000 -q");
    set(&place, "out.zarr", 0o555);
    let line = "expire out.zarr --rolling-archive-hours 1";
    let (said, code) = said(&place, line).unwrap();
    set(&place, "out.zarr", 0o755);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("Permission denied"), "{said}");
    assert!(said.contains("owner and mode"), "{said}");
}
