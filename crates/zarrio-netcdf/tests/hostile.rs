//! Files that mean harm: an error or a right result, but no panic and no large allocation.

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test fails by a panic and says what it skips"
)]

mod support;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::panic::catch_unwind;
use std::path::Path;

use proptest::prelude::*;
use support::{corpus, corpus_files, fixture, open};
use zarrio_model::{Region, Source, SourceError};
use zarrio_netcdf::Reader;

/// Counts what each thread allocates.
struct Counting;

thread_local! {
    static LIVE: Cell<isize> = const { Cell::new(0) };
    static PEAK: Cell<isize> = const { Cell::new(0) };
}

fn count(change: isize) {
    // A thread that is ending has no counters any more.
    let _ = LIVE.try_with(|live| {
        live.set(live.get() + change);
        let _ = PEAK.try_with(|peak| peak.set(peak.get().max(live.get())));
    });
}

#[expect(unsafe_code, reason = "an allocator is unsafe by its trait")]
// SAFETY: every call is handed to the system's allocator as it is.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as isize);
        // SAFETY: the caller keeps the rules of the trait.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as isize);
        // SAFETY: the caller keeps the rules of the trait.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        count(-(layout.size() as isize));
        // SAFETY: the caller keeps the rules of the trait.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(size as isize - layout.size() as isize);
        // SAFETY: the caller keeps the rules of the trait.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// What a closure gives, and the most bytes that it held at a time.
fn with_peak<T>(run: impl FnOnce() -> T) -> (T, isize) {
    let before = LIVE.get();
    PEAK.set(before);
    let result = run();
    (result, PEAK.get() - before)
}

/// Opens a file and reads what is not too large to be read in a test.
fn exercise(path: &Path) -> Result<usize, SourceError> {
    let source = open(path, Reader::Rust)?;
    let mut read = 0;
    for variable in source.schema().variables() {
        let region = Region::full(&variable.shape);
        let elements = region.num_elements();
        if elements > 1 << 24 {
            continue;
        }
        match variable.data_type.size() {
            None => drop(source.read_text(&variable.path, &region)?),
            Some(size) => {
                let mut out = vec![0; elements as usize * size];
                source.read(&variable.path, &region, &mut out)?;
            }
        }
        read += 1;
    }
    Ok(read)
}

#[test]
fn hostile_files_do_no_harm() {
    let Some(corpus) = corpus() else { return };
    let mut panics = Vec::new();
    let mut total = 0;
    for (name, corrupt) in corpus_files(&corpus) {
        if !corrupt {
            continue;
        }
        total += 1;
        let path = corpus.join(&name);
        let (result, peak) = with_peak(|| catch_unwind(|| exercise(&path)));
        let outcome = match &result {
            Ok(Ok(variables)) => format!("{variables} variables read"),
            Ok(Err(error)) => format!("{:?}: {}", error.kind, error.message),
            Err(_) => "PANIC".to_owned(),
        };
        println!("{name:45} {:>6} KiB  {outcome}", peak / 1024);
        if result.is_err() {
            panics.push(name.clone());
        }
        assert!(peak < 256 << 20, "{name} took {peak} bytes");
    }
    assert!(panics.is_empty(), "panics on {panics:?}");
    assert!(total > 0, "no file is marked corrupt");
}

fn classic_fixture() -> impl Strategy<Value = Vec<u8>> {
    prop::sample::select(vec![
        "mixed_cdf1.nc",
        "mixed_cdf2.nc",
        "mixed_cdf5.nc",
        "single_record.nc",
        "streaming_cdf5.nc",
        "chars.nc",
    ])
    .prop_map(|name| std::fs::read(fixture(name)).unwrap())
}

/// Values that headers are attacked with.
fn nasty() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        any::<u8>().prop_map(|byte| vec![byte]),
        prop::sample::select(vec![
            0_u32,
            1,
            10,
            11,
            12,
            0x7fff_ffff,
            0x8000_0000,
            u32::MAX
        ])
        .prop_map(|n| n.to_be_bytes().to_vec()),
        prop::sample::select(vec![1_u64 << 31, 1 << 32, 1 << 62, u64::MAX >> 1, u64::MAX])
            .prop_map(|n| n.to_be_bytes().to_vec()),
    ]
}

fn check_content(content: &[u8]) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("file.nc");
    std::fs::write(&path, content).unwrap();
    let (_, peak) = with_peak(|| exercise(&path));
    // Beside the buffer of the header, names and attributes take a multiple of their bytes;
    // gaps of a record are read along with it.
    let most = 64 * 1024 + 32 * content.len();
    assert!(
        peak < most as isize,
        "{peak} bytes for a file of {}",
        content.len()
    );
}

proptest! {
    #![proptest_config(support::cases(2000))]

    #[test]
    fn damaged_headers_do_no_harm(
        mut content in classic_fixture(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), nasty()), 1..4),
        cut in prop::option::of(any::<prop::sample::Index>()),
    ) {
        for (place, bytes) in changes {
            let at = place.index(content.len() - 8) & !3;
            content[at..at + bytes.len()].copy_from_slice(&bytes);
        }
        if let Some(cut) = cut {
            content.truncate(cut.index(content.len()));
        }
        check_content(&content);
    }

    #[test]
    fn any_bytes_behind_the_magic_do_no_harm(
        version in prop::sample::select(vec![1_u8, 2, 5]),
        bytes in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        check_content(&[&[b'C', b'D', b'F', version], &bytes[..]].concat());
    }
}
