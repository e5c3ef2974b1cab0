//! Groups of a rolling archive: which go, and that no death leaves a part of one.

use std::path::Path;
use std::process::{Command, Stdio};

use super::transcript::Transcript;
use crate::support::{RENAME, can_trace, strace};
use crate::support::{python, skip, zarrio};

const CYCLES: [&str; 6] = [
    "cycle/20240101T000000",
    "cycle/2024-01-01T06:00:00",
    "cycle/20240101120000",
    "cycle/may",
    "cycle/20240102T000000",
    "static",
];

/// An archive with these groups.
fn rolling(transcript: &mut Transcript, format: u8) {
    transcript.run("expire out.zarr --rolling-archive-hours 24");
    for group in CYCLES {
        transcript.run(&format!(
            "convert part-1.nc out.zarr --group {group} --variables t2m --zarr-format {format} -q"
        ));
    }
}

#[test]
fn old_groups_go_and_new_ones_stay() {
    let mut transcript = Transcript::with(&["part-1.nc"]);
    transcript.run("expire --help");
    rolling(&mut transcript, 3);
    transcript
        .run("expire out.zarr")
        .run("expire out.zarr --rolling-archive-hours 0")
        .run("expire none.zarr --rolling-archive-hours 24")
        .run("expire out.zarr --rolling-archive-hours 24 --at 2024-01-02T08:00:00Z --dry-run")
        .run("expire out.zarr --rolling-archive-hours 24 --at 2024-01-02T08:00:00Z")
        .run("cleanup out.zarr --rolling-archive-hours 24 --at 2024-01-02T08:00:00Z")
        .run("expire out.zarr --rolling-archive-hours 1 --at 2025-01-01T00:00:00Z --min-groups-to-keep 2 --json")
        .run("expire out.zarr --rolling-archive-hours 1 --at 2025-01-01T00:00:00Z --min-groups-to-keep 0")
        .run("convert part-1.nc out.zarr --group cycle/20250101T000000 --rolling-archive-hours 24 --variables t2m -q")
        .run("info out.zarr")
        .check("expire");
}

#[test]
fn settings_of_a_rolling_archive() {
    let mut transcript = Transcript::with(&["part-1.nc"]);
    transcript.file(
        "rolling.toml",
        "[rolling_archive]\nenabled = true\nretention_window = \"PT24H\"\nmin_groups_to_keep = 2\n",
    );
    for group in &CYCLES[..3] {
        transcript.run(&format!(
            "convert part-1.nc out.zarr --group {group} --variables t2m --config rolling.toml -q"
        ));
    }
    transcript
        .run("expire out.zarr --config rolling.toml --min-groups-to-keep 1 --dry-run --at 2024-01-09T00:00:00Z")
        .check("expire-settings");
}

/// Who has a group open has until the end of the grace; who opens the archive does not find it.
#[test]
fn readers_have_a_grace() {
    let mut transcript = Transcript::with(&["part-1.nc"]);
    transcript.run("convert part-1.nc out.zarr --variables t2m -q");
    for group in [CYCLES[0], CYCLES[4]] {
        transcript.run(&format!(
            "convert part-1.nc out.zarr --group {group} --variables t2m -q"
        ));
    }
    let archive = transcript.path("out.zarr");
    let place = archive.join(CYCLES[0]);
    let before = super::write_region::objects(&place);
    let expire = |grace: &str| {
        let mut command = zarrio();
        command
            .arg("expire")
            .arg(&archive)
            .args(["--rolling-archive-hours", "24"])
            .args(["--at", "2024-01-02T08:00:00Z", "--grace", grace, "--quiet"]);
        command
    };
    let listed = || {
        let root = std::fs::read_to_string(archive.join("zarr.json")).unwrap();
        root.contains(CYCLES[0])
    };
    assert!(listed());
    let mut waiting = expire("1d").spawn().unwrap();
    while listed() {
        assert!(waiting.try_wait().unwrap().is_none(), "it ended before");
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    assert_eq!(super::write_region::objects(&place), before);
    super::process::send("INT", &waiting);
    assert_eq!(waiting.wait().unwrap().code(), Some(130));
    assert_eq!(super::write_region::objects(&place), before);
    assert!(expire("0s").status().unwrap().success());
    assert!(!place.exists());
    assert!(archive.join(CYCLES[4]).exists());
}

/// What xarray finds of the groups, by consolidated metadata and by their own.
const READ: &str = "
import sys, warnings, xarray
warnings.simplefilter('error')
tree = xarray.open_datatree(sys.argv[1], engine='zarr', consolidated=True)
for path, node in tree.subtree_with_keys:
    if 't2m' in node.dataset:
        values = node.dataset.t2m.values
        assert values.shape == (8, 3, 4) and not (values != values).any(), path
        assert 249 < values.min() and values.max() < 300, path
        print(path)
";

fn groups(python: &Path, archive: &Path) -> Vec<String> {
    let output = Command::new(python)
        .args(["-c", READ])
        .arg(archive)
        .output()
        .unwrap();
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{complaint}");
    let mut names: Vec<String> = String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .map(|line| line.trim_matches('/').to_owned())
        .filter(|name| !name.is_empty() && name != ".")
        .collect();
    names.sort();
    names
}

#[test]
fn who_dies_leaves_a_group_whole_or_gone() {
    let Some(python) = python() else { return };
    if !can_trace() {
        return skip("no deaths are tried");
    }
    for format in [3, 2] {
        let mut whole = 0;
        for (calls, each) in [(RENAME, 1), ("?unlink,?unlinkat,?rmdir", 3)] {
            for k in (1..200).step_by(each) {
                let mut transcript = Transcript::with(&["part-1.nc"]);
                // By its root's consolidated metadata an archive is opened.
                transcript.run(&format!(
                    "convert part-1.nc out.zarr --variables t2m --zarr-format {format} -q"
                ));
                for group in [CYCLES[0], CYCLES[4]] {
                    transcript.run(&format!(
                        "convert part-1.nc out.zarr --group {group} --variables t2m --chunking time:4 --zarr-format {format} -q"
                    ));
                }
                let archive = transcript.path("out.zarr");
                let expire = || {
                    let mut command = zarrio();
                    command.arg("expire").arg(&archive).args([
                        "--rolling-archive-hours",
                        "24",
                        "--at",
                        "2024-01-02T08:00:00Z",
                        "--quiet",
                    ]);
                    command
                };
                let status = strace(&expire(), calls, "signal=KILL", k, &[]).status();
                let dead = !status.unwrap().success();
                let found = groups(&python, &archive);
                let both = found == [CYCLES[0], CYCLES[4]];
                assert!(both || found == [CYCLES[4]], "{calls} {k}: {found:?}");
                whole += u32::from(both);
                let mut again = expire();
                let output = again.stderr(Stdio::piped()).output().unwrap();
                assert!(output.status.success(), "{calls} {k}: {output:?}");
                assert_eq!(groups(&python, &archive), [CYCLES[4]], "{calls} {k}");
                let place = archive.join(CYCLES[0]);
                assert!(
                    !place.exists(),
                    "{calls} {k}: something is left of {}",
                    place.display()
                );
                if !dead {
                    break;
                }
                assert!(k < 190);
            }
        }
        assert!(whole > 0, "the group was never whole");
    }
}
