//! Any bytes as a NetCDF file for the Rust readers: metadata, chunk tables, filters, text.
//! It shall end with an error or with data, never in a panic or with memory that no input can
//! justify.

#![no_main]

use std::sync::Arc;

use libfuzzer_sys::fuzz_target;
use zarrio_model::{Region, Source, SourceError, SourceErrorKind, SourceIdentity};
use zarrio_netcdf::{NetcdfSource, OpenOptions, Reader, RemoteFile};

/// Bytes of a variable that are read at once.
const MOST: u64 = 4 << 20;

/// A file in memory.
#[derive(Debug)]
struct Bytes {
    bytes: Vec<u8>,
    identity: SourceIdentity,
}

impl RemoteFile for Bytes {
    fn identity(&self) -> &SourceIdentity {
        &self.identity
    }

    fn read_exact_at(&self, out: &mut [u8], offset: u64) -> Result<(), SourceError> {
        let start = usize::try_from(offset).unwrap_or(usize::MAX);
        let found = start
            .checked_add(out.len())
            .and_then(|end| self.bytes.get(start..end));
        let found = found.ok_or_else(|| {
            SourceError::new(SourceErrorKind::Io, &self.identity.path, "beyond the end")
        })?;
        out.copy_from_slice(found);
        Ok(())
    }

    fn check_unchanged(&self) -> Result<(), SourceError> {
        Ok(())
    }

    fn copy(&self) -> Result<std::path::PathBuf, SourceError> {
        unreachable!("only the C library asks for a copy")
    }
}

fuzz_target!(|bytes: &[u8]| {
    let file = Bytes {
        bytes: bytes.to_vec(),
        identity: SourceIdentity {
            path: "fuzz.nc".into(),
            size: bytes.len() as u64,
            modified: None,
            version: None,
        },
    };
    let options = OpenOptions {
        reader: Reader::Rust,
    };
    let Ok(source) = NetcdfSource::open_remote(Arc::new(file), &options) else {
        return;
    };
    for variable in source.schema().variables() {
        let width = variable.data_type.size().unwrap_or(64) as u64;
        // As much of the variable as is quickly read, from its end.
        let mut ranges: Vec<_> = variable.shape.iter().map(|length| 0..*length).collect();
        for d in 0..ranges.len() {
            let bytes = |ranges: &[std::ops::Range<u64>]| {
                let lengths = ranges.iter().map(|range| range.end - range.start);
                lengths.fold(width, u64::saturating_mul)
            };
            while bytes(&ranges) > MOST && ranges[d].end - ranges[d].start > 1 {
                ranges[d].start += (ranges[d].end - ranges[d].start) / 2;
            }
        }
        let region = Region::new(ranges);
        let _ = source.stored_parts(&variable.path, &region);
        match variable.data_type.size() {
            Some(width) => {
                let mut out = vec![0; region.num_elements() as usize * width];
                let _ = source.read(&variable.path, &region, &mut out);
            }
            None => {
                let _ = source.read_text(&variable.path, &region);
            }
        }
    }
});
