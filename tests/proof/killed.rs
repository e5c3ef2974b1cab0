//! A repair that is killed midway.

use std::fs;
use std::os::unix::process::ExitStatusExt as _;

use super::place::{Place, assert_same};
use crate::support::{LINK, RENAME, can_trace, strace, zarrio};

/// More calls than this mean that nothing is ever disturbed.
const MOST: u32 = 60;

/// Killed before any of its puts and removals, run again it mends what is left, and nothing tells
/// the archive from one that was never damaged.
#[test]
fn a_repair_that_is_killed_is_run_again() {
    if !can_trace() {
        return;
    }
    let place = Place::parts("");
    let whole = place.objects();
    let mut killed = 0;
    for calls in [RENAME, LINK, "?unlink,?unlinkat"] {
        for k in 1.. {
            assert!(k < MOST, "{MOST} calls of {calls} and no end");
            let when = format!("killed at call {k} of {calls}");
            // Shared by both files: one that is gone, one that cannot be read; of one file: one
            // with other values; and what does not grow.
            fs::remove_file(place.path("out.zarr/rain/c/1/0/0")).unwrap();
            place.change("t2m/c/1/0/0", |bytes| bytes.truncate(20));
            let other = place.objects()["rain/c/2/0/0"].clone();
            place.change("rain/c/0/0/0", |bytes| bytes.clone_from(&other));
            fs::remove_file(place.path("out.zarr/lat/c/0")).unwrap();

            let mut plain = zarrio();
            plain
                .args(["repair", "--jobs", "1"])
                .arg(place.path("out.zarr"));
            let status = strace(&plain, calls, "signal=KILL", k, &[])
                .status()
                .unwrap();
            if status.success() {
                assert_same(&place.objects(), &whole, &when);
                break;
            }
            assert!(
                status.code() == Some(137) || status.signal() == Some(9),
                "{when}: {status}"
            );
            killed += 1;
            place.done("repair out.zarr");
            place.done("clean out.zarr --older-than 0s");
            assert_same(&place.objects(), &whole, &when);
        }
    }
    place.done("verify out.zarr --sources");
    eprintln!("{killed} repairs were killed");
    assert!(killed >= 10, "only {killed} were killed");
}
