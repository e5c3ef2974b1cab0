//! Damaged and hostile files: an error or some values, but no panic and no abort.

use std::panic::{AssertUnwindSafe, catch_unwind};

use hdf5_reader::checksum::jenkins_lookup3;
use zarrio_model::SourceErrorKind;

use super::*;
use crate::data::Input;

const FILES: [&str; 13] = [
    "btree_v1.h5",
    "dimensions.nc",
    "filters.h5",
    "filters.nc",
    "fixed_texts.h5",
    "flags.nc",
    "indexes.h5",
    "indexes_latest.h5",
    "links.h5",
    "numbers.h5",
    "phony.h5",
    "texts.nc",
    "user_block.h5",
];

/// Opens a file and reads all that is not absurdly large.
fn exercise(path: &Path) -> Result<(), SourceError> {
    let source = Hdf5Source::open(&Input::Local(path.to_owned()))?;
    for variable in source.schema().variables() {
        let elements = variable.num_elements();
        if elements > 1 << 16 {
            continue;
        }
        let region = Region::full(&variable.shape);
        let read = match variable.data_type.size() {
            Some(size) => source.read(
                &variable.path,
                &region,
                &mut vec![0; elements as usize * size],
            ),
            None => source.read_text(&variable.path, &region).map(drop),
        };
        if let Err(error) = read {
            assert_ne!(error.kind, SourceErrorKind::Io, "{error}");
        }
    }
    Ok(())
}

/// Reads each variant of a file and tells how many could be opened.
fn variants(name: &str, count: usize, mut variant: impl FnMut(&[u8], usize) -> Vec<u8>) -> usize {
    let bytes = std::fs::read(fixture(name)).unwrap();
    let file = tempfile::NamedTempFile::new().unwrap();
    let mut opened = 0;
    for number in 0..count {
        std::fs::write(file.path(), variant(&bytes, number)).unwrap();
        let result = catch_unwind(AssertUnwindSafe(|| exercise(file.path())));
        match result {
            Ok(Ok(())) => opened += 1,
            Ok(Err(error)) => {
                let kind = error.kind;
                let known = [SourceErrorKind::Invalid, SourceErrorKind::Unsupported];
                assert!(known.contains(&kind), "{name} {number}: {kind:?} {error}");
            }
            Err(_) => panic!("{name}, variant {number}"),
        }
    }
    opened
}

#[test]
fn a_file_cut_short_is_invalid() {
    for name in FILES {
        let length = std::fs::read(fixture(name)).unwrap().len();
        let opened = variants(name, 40, |bytes, number| {
            bytes[..length * number / 40].to_vec()
        });
        assert_eq!(opened, 0, "{name}");
    }
}

/// The blocks of a file that end in a checksum: where they start, and where it stands.
fn sealed_blocks(bytes: &[u8]) -> Vec<(usize, usize)> {
    const SIGNATURES: [&[u8]; 13] = [
        b"OHDR", b"OCHK", b"FRHP", b"FHDB", b"FHIB", b"BTHD", b"BTIN", b"BTLF", b"FAHD", b"FADB",
        b"EAHD", b"EAIB", b"EADB",
    ];
    let starts = (0..bytes.len()).filter(|&start| {
        SIGNATURES
            .iter()
            .any(|signature| bytes[start..].starts_with(signature))
    });
    starts
        .filter_map(|start| {
            let ends = (start + 8..bytes.len().saturating_sub(3)).take(2048);
            ends.map(|end| (start, end)).find(|&(start, end)| {
                let stored = u32::from_le_bytes(bytes[end..end + 4].try_into().unwrap());
                jenkins_lookup3(&bytes[start..end]) == stored
            })
        })
        .collect()
}

/// Writes the checksums anew, so that a change is not noticed before it does harm.
fn seal(bytes: &mut [u8], blocks: &[(usize, usize)]) {
    for &(start, end) in blocks {
        let checksum = jenkins_lookup3(&bytes[start..end]);
        bytes[end..end + 4].copy_from_slice(&checksum.to_le_bytes());
    }
}

#[test]
fn changed_bytes_are_survived() {
    for name in FILES {
        let original = std::fs::read(fixture(name)).unwrap();
        let blocks = sealed_blocks(&original);
        let step = 89;
        for (offset, change) in [(0, 0xff), (31, 0x01), (62, 0x80)] {
            let count = original.len() / step;
            variants(name, count, |bytes, number| {
                let mut bytes = bytes.to_vec();
                bytes[number * step + offset] ^= change;
                seal(&mut bytes, &blocks);
                bytes
            });
        }
    }
}

#[test]
fn groups_below_groups_do_not_reach_the_stack() {
    let error = Hdf5Source::open(&Input::Local(fixture("deep.h5"))).unwrap_err();
    assert_eq!(error.kind, SourceErrorKind::Invalid);
    assert!(error.to_string().contains("64 deep"), "{error}");
}

/// A datatype of many levels: the parser of `hdf5-reader`, which recurses, is not used.
#[test]
fn types_within_types_do_not_reach_the_stack() {
    // A list of lists of lists: class 9, version 1, 16 bytes.
    let nested: Vec<u8> = [0x19, 0, 0, 0, 16, 0, 0, 0].repeat(8000);
    let datatype = super::super::datatype::Datatype::parse(&nested).unwrap();
    assert_eq!(datatype.name, "vlen");
    // An enumeration of enumerations.
    let nested: Vec<u8> = [0x18, 1, 0, 0, 4, 0, 0, 0].repeat(8000);
    let datatype = super::super::datatype::Datatype::parse(&nested).unwrap();
    assert_eq!(datatype.name, "enum");
}

#[test]
fn a_member_without_a_name_is_invalid() {
    let mut bytes = std::fs::read(fixture("btree_v1.h5")).unwrap();
    let name = b"\0filtered\0";
    let start = bytes.windows(name.len()).position(|found| found == name);
    bytes[start.unwrap() + 1] = 0;
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), &bytes).unwrap();
    let error = Hdf5Source::open(&Input::Local(file.path().to_owned())).unwrap_err();
    assert_eq!(error.kind, SourceErrorKind::Invalid);
    assert!(error.to_string().contains("no name of a member"), "{error}");
}
