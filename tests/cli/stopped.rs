//! Writers of regions that are told to stop.

use std::fs;
use std::io::Read;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use zarrio_store::{FilesystemStore, FsyncMode, Key, Store};

use super::process::{noise, send, wait_for};
use super::transcript::Transcript;
use super::write_region::{archive, objects};
use crate::support::zarrio;

/// How long a writer may take to stop: far less than it waits for a lock.
const SOON: Duration = Duration::from_secs(20);

fn writer(directory: &Path, arguments: &str) -> Child {
    let mut command = zarrio();
    command
        .arg("write-region")
        .args(arguments.split(' '))
        .current_dir(directory)
        .stderr(Stdio::piped());
    command.spawn().unwrap()
}

/// The code and the words of a process that ends soon.
fn end(mut child: Child) -> (Option<i32>, String) {
    let begun = Instant::now();
    while child.try_wait().unwrap().is_none() && begun.elapsed() < SOON {
        std::thread::sleep(Duration::from_millis(10));
    }
    if child.try_wait().unwrap().is_none() {
        child.kill().unwrap();
        panic!("it is still there after {SOON:?}");
    }
    let mut said = String::new();
    let mut stderr = child.stderr.take().unwrap();
    stderr.read_to_string(&mut said).unwrap();
    (child.wait().unwrap().code(), said)
}

fn write(directory: &Path, arguments: &str) {
    let (code, said) = end(writer(directory, arguments));
    assert_eq!(code, Some(0), "{said}");
}

/// Whether a process has a lock file open.
fn has_lock_file(child: &Child) -> bool {
    let Ok(open) = fs::read_dir(format!("/proc/{}/fd", child.id())) else {
        return false;
    };
    open.filter_map(|entry| fs::read_link(entry.ok()?.path()).ok())
        .any(|path| path.ends_with(".zarrio/locks"))
}

#[test]
fn a_writer_that_waits_for_a_lock_stops_at_once() {
    for (signal, code) in [("TERM", 143), ("INT", 130)] {
        let transcript = archive(&["part-1.nc"]);
        let (directory, output) = (transcript.path(""), transcript.path("out.zarr"));
        let before = objects(&output);
        let store = FilesystemStore::open(&output, FsyncMode::Never).unwrap();
        let key = |name| Key::new(name).unwrap();
        let (object, lock) = (key("t2m/c/0/0/0"), key("t2m/.zarrio/locks"));
        let (held, is_held) = channel();
        let (release, released) = channel::<()>();
        std::thread::scope(|scope| {
            // Somebody who is stuck while a chunk is locked.
            scope.spawn(move || {
                let stuck = &mut |_: Option<&[u8]>| {
                    held.send(()).unwrap();
                    let _ = released.recv();
                    None
                };
                store.merge(&object, &lock, stuck).unwrap();
            });
            is_held.recv().unwrap();
            let child = writer(&directory, "part-1.nc out.zarr --variables t2m --jobs 1");
            let begun = Instant::now();
            while !has_lock_file(&child) {
                assert!(begun.elapsed() < SOON, "it does not come to the lock");
                std::thread::sleep(Duration::from_millis(5));
            }
            send(signal, &child);
            let (ended, said) = end(child);
            assert_eq!(ended, Some(code), "{said}");
            assert!(said.contains("run the same command again"), "{said}");
            assert_eq!(objects(&output), before, "nothing is written or torn");
            drop(release);
        });
        write(&directory, "part-1.nc out.zarr -q");
        let undisturbed = archive(&["part-1.nc"]);
        write(&undisturbed.path(""), "part-1.nc out.zarr -q");
        assert_eq!(objects(&output), objects(&undisturbed.path("out.zarr")));
    }
}

#[test]
fn a_writer_that_is_told_to_end_leaves_whole_chunks_and_is_followed_by_another() {
    let mut transcript = Transcript::with(&[]);
    transcript.file("noise.nc", noise());
    let directory = transcript.path("");
    let convert = "convert noise.nc out.zarr --compression zstd:15 --chunking y:64 -q";
    transcript.run(convert);
    let output = transcript.path("out.zarr");
    let whole = objects(&output);
    // What does not grow is written where the archive lacks it: here, all of it.
    fs::remove_dir_all(output.join("v/c")).unwrap();
    let child = writer(&directory, "noise.nc out.zarr --jobs 1");
    wait_for(&output.join("v/c"));
    send("TERM", &child);
    let (code, said) = end(child);
    assert_eq!(code, Some(143), "{said}");
    assert!(said.contains("run the same command again"), "{said}");
    let left = objects(&output);
    assert!(left.len() < whole.len(), "it was to be stopped on its way");
    for (name, bytes) in &left {
        assert!(whole[name] == *bytes, "{name} is torn");
    }
    let temporaries = Command::new("find")
        .arg(&output)
        .args(["-name", ".zarrio-tmp-*"])
        .output();
    assert!(
        temporaries.unwrap().stdout.is_empty(),
        "what it began is gone"
    );
    write(&directory, "noise.nc out.zarr -q");
    assert!(objects(&output) == whole, "the other finishes the work");
}
