//! Places that are full, or whose locks nobody knows. Needs the right to mount.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::write_region::{archive, objects};
use crate::support::skip;

/// A mount that is gone with the value.
struct Mount(PathBuf);

impl Mount {
    /// What a program mounts at a directory; `None` where it is absent or may not.
    fn by(program: &str, arguments: &[&str], directory: PathBuf) -> Option<Self> {
        fs::create_dir(&directory).unwrap();
        let mut command = Command::new(program);
        let output = command.args(arguments).arg(&directory).output().ok()?;
        output.status.success().then_some(Self(directory))
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(&self.0).status();
    }
}

fn copy(from: &Path, to: &Path) {
    let status = Command::new("cp").arg("-r").arg(from).arg(to).status();
    assert!(status.unwrap().success());
}

fn temporaries(archive: &Path) -> String {
    let mut find = Command::new("find");
    let found = find.arg(archive).args(["-name", ".zarrio-tmp-*"]).output();
    String::from_utf8(found.unwrap().stdout).unwrap()
}

#[test]
fn a_full_disk_is_named_and_the_work_is_finished_when_there_is_space() {
    let mut transcript = archive(&["part-1.nc", "part-2.nc"]);
    let options = ["-t", "tmpfs", "-o", "size=1m", "tmpfs"];
    let Some(_mount) = Mount::by("mount", &options, transcript.path("disk")) else {
        return skip("nobody here may mount a small disk");
    };
    let disk = transcript.path("disk/out.zarr");
    copy(&transcript.path("out.zarr"), &disk);
    transcript.run("write-region part-1.nc disk/out.zarr -q");
    let before = objects(&disk);
    let filler = transcript.path("disk/filler");
    let all = vec![0; 2 << 20];
    fs::write(&filler, all).expect_err("the disk is smaller");
    transcript.run("write-region part-2.nc disk/out.zarr --jobs 1");
    assert_eq!(
        objects(&disk),
        before,
        "nothing is begun without an announcement"
    );

    // Room for what announces the work, and for one chunk.
    let file = fs::File::options().write(true).open(&filler).unwrap();
    file.set_len(file.metadata().unwrap().len() - 2 * 4096)
        .unwrap();
    drop(file);
    transcript
        .run("write-region part-2.nc disk/out.zarr --jobs 1")
        .check("error-write-region-full");
    let stopped = objects(&disk);
    assert_eq!(temporaries(&disk), "");

    fs::remove_file(&filler).unwrap();
    transcript
        .run("write-region part-2.nc disk/out.zarr -q")
        .run("write-region part-1.nc part-2.nc out.zarr -q");
    let done = objects(&disk);
    assert!(
        done == objects(&transcript.path("out.zarr")),
        "the rerun finishes the work"
    );
    for (name, bytes) in stopped {
        assert!(
            done[&name] == bytes || before.get(&name) == Some(&bytes),
            "{name} is torn"
        );
    }
}

#[test]
fn chunks_are_shared_only_where_locks_are_known_to_hold() {
    let mut transcript = archive(&["part-1.nc", "part-2.nc"]);
    let origin = transcript.path("origin");
    fs::create_dir(&origin).unwrap();
    let origin = origin.join("out.zarr");
    copy(&transcript.path("out.zarr"), &origin);
    let from = transcript.path("origin");
    let arguments = [from.to_str().unwrap()];
    let Some(_mount) = Mount::by("bindfs", &arguments, transcript.path("fuse")) else {
        return skip("no bindfs here, or nobody may mount it");
    };
    let before = objects(&origin);
    transcript.run("write-region part-1.nc fuse/out.zarr");
    assert_eq!(objects(&origin), before, "refused before the first write");
    transcript
        .run("write-region part-1.nc part-2.nc fuse/out.zarr --assume-locks")
        .check("error-write-region-untrusted");
    transcript.run("write-region part-1.nc part-2.nc out.zarr -q");
    assert_eq!(objects(&origin), objects(&transcript.path("out.zarr")));
}

/// A client of a file server may take an object that another host has made for absent.
#[test]
fn what_another_host_has_just_made_is_merged_with() {
    let mut transcript = archive(&["part-1.nc", "part-2.nc"]);
    let origin = transcript.path("out.zarr");
    let arguments = ["-o", "negative_timeout=600", origin.to_str().unwrap()];
    let Some(_mount) = Mount::by("bindfs", &arguments, transcript.path("fuse")) else {
        return skip("no bindfs here, or nobody may mount it");
    };
    transcript.run("write-region part-1.nc out.zarr -q");
    for name in ["t2m/c/1/0/0", "rain/c/1/0/0"] {
        // Here it is looked for before the other host makes it.
        let (there, here) = (origin.join(name), transcript.path("fuse").join(name));
        fs::rename(&there, transcript.path("aside")).unwrap();
        fs::metadata(&here).unwrap_err();
        fs::rename(transcript.path("aside"), &there).unwrap();
        fs::metadata(&here).expect_err("that it was absent is remembered");
    }
    transcript.run("write-region part-2.nc fuse --assume-locks -q");
    let both = objects(&origin);

    let mut transcript = archive(&["part-1.nc", "part-2.nc"]);
    transcript.run("write-region part-1.nc part-2.nc out.zarr -q");
    let expected = objects(&transcript.path("out.zarr"));
    for name in expected.keys().filter(|name| name.contains("/c/")) {
        assert!(both[name] == expected[name], "{name}");
    }
}
