//! What a file is, told by its content and never by its name.

use std::path::Path;

use zarrio_model::{SourceError, SourceErrorKind};

use crate::data::{Data, Input, cannot_read};
use crate::identity::cannot_open;

const HDF5_SIGNATURE: [u8; 8] = *b"\x89HDF\r\n\x1a\n";

/// The kinds of file that are NetCDF.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// CDF-1, CDF-2 or CDF-5.
    Classic,
    /// HDF5, which NetCDF-4 is.
    Hdf5,
}

/// Finds out what kind of NetCDF a file is.
///
/// # Errors
/// When it is none; the message says what it is instead, as far as that can be told.
pub(crate) fn kind(input: &Input) -> Result<Kind, SourceError> {
    if let Input::Local(path) = input {
        check_regular(path)?;
    }
    let (data, identity) = input.open()?;
    let (path, size) = (input.path(), identity.public.size);
    let read = |offset| head(&data, offset, size).map_err(|error| cannot_read(path, error));
    let first = read(0)?;
    if matches!(first.as_slice(), [b'C', b'D', b'F', 1 | 2 | 5, ..]) {
        return Ok(Kind::Classic);
    }
    // Before its first member is taken for the whole, where that is HDF5.
    if read(TAR.0)?.starts_with(TAR.1) {
        return Err(invalid(path, "it is no NetCDF file but a tar archive")
            .hint("unpack it first: tar -xf"));
    }
    // HDF5 may stand behind a block of the user's own, at 512 bytes times a power of two.
    let mut offset = 0;
    while offset < size {
        if read(offset)?.starts_with(&HDF5_SIGNATURE) {
            return Ok(Kind::Hdf5);
        }
        offset = if offset == 0 {
            512
        } else {
            offset.saturating_mul(2)
        };
    }
    Err(foreign(path, &first))
}

/// Fails where a path does not lead to a regular file.
fn check_regular(path: &Path) -> Result<(), SourceError> {
    let metadata = std::fs::metadata(path).map_err(|error| cannot_open(path, error))?;
    if metadata.is_dir() {
        return Err(directory(path));
    }
    if !metadata.is_file() {
        return Err(
            invalid(path, "it is a pipe, socket or device, not a regular file")
                .hint("NetCDF is read at many positions: save the data to a file first"),
        );
    }
    Ok(())
}

/// The first bytes at an offset, up to 16.
fn head(data: &Data, offset: u64, size: u64) -> std::io::Result<Vec<u8>> {
    let count = size.saturating_sub(offset).min(16);
    let mut bytes = vec![0; count as usize];
    data.read_exact_at(&mut bytes, offset)?;
    Ok(bytes)
}

fn invalid(path: &Path, message: impl Into<String>) -> SourceError {
    SourceError::new(SourceErrorKind::Invalid, path, message)
}

fn directory(path: &Path) -> SourceError {
    let is_zarr = ["zarr.json", ".zgroup", ".zarray", ".zmetadata"]
        .iter()
        .any(|n| path.join(n).exists());
    if is_zarr {
        invalid(path, "it is a Zarr archive, and zarr input is not NetCDF")
            .hint("name NetCDF files as input; an archive can only be the output")
    } else {
        invalid(path, "it is a directory, not a file").hint("name the NetCDF files within it")
    }
}

/// What a tar archive has at a position.
const TAR: (u64, &[u8]) = (257, b"ustar");

/// Beginnings of files that are taken for NetCDF by mistake: what they are, and what helps.
const FOREIGN: &[(&[u8], &str, &str)] = &[
    (
        b"\x1f\x8b",
        "compressed with gzip",
        "decompress it first: gunzip",
    ),
    (
        b"BZh",
        "compressed with bzip2",
        "decompress it first: bunzip2",
    ),
    (
        b"\x28\xb5\x2f\xfd",
        "compressed with zstd",
        "decompress it first: unzstd",
    ),
    (
        b"\xfd7zXZ\0",
        "compressed with xz",
        "decompress it first: unxz",
    ),
    (b"PK\x03\x04", "a zip archive", "unpack it first: unzip"),
    (
        b"\x0e\x03\x13\x01",
        "HDF4",
        "convert it to NetCDF-4 first, with h4tonccf_nc4 or gdalmdimtranslate",
    ),
    (
        b"GRIB",
        "GRIB",
        "convert it to NetCDF first, with `cdo -f nc4 copy` or `grib_to_netcdf`",
    ),
    (b"BUFR", "BUFR", "convert it to NetCDF first, with ecCodes"),
    (
        b"II*\0",
        "TIFF",
        "convert it to NetCDF first, with gdal_translate",
    ),
    (
        b"MM\0*",
        "TIFF",
        "convert it to NetCDF first, with gdal_translate",
    ),
    (
        b"\xcd\xf3\x00\x01",
        "NASA's CDF, which is not NetCDF",
        "convert it to NetCDF first, with cdf-to-netCDF",
    ),
    (
        b"version https:",
        "a pointer of Git LFS in place of the data",
        "fetch the data first: git lfs pull",
    ),
    (
        b"\x89HDF\n",
        "HDF5 damaged by a transfer as text",
        "transfer the file again, in binary mode",
    ),
];

fn foreign(path: &Path, first: &[u8]) -> SourceError {
    if first.is_empty() {
        return invalid(path, "the file is empty")
            .hint("copy or download it again; an interrupted transfer leaves such files");
    }
    if b"CDF".starts_with(first) || HDF5_SIGNATURE.starts_with(first) {
        return invalid(path, "the file ends within its first bytes")
            .hint("copy or download it again; an interrupted transfer leaves such files");
    }
    if let Some((_, what, remedy)) = FOREIGN.iter().find(|(magic, ..)| first.starts_with(magic)) {
        return invalid(path, format!("it is no NetCDF file but {what}")).hint(*remedy);
    }
    let shown = format!("it is no NetCDF file: it begins with {}", show(first));
    if let [b'C', b'D', b'F', version, ..] = first {
        return invalid(
            path,
            format!("it is CDF version {version}, which does not exist"),
        )
        .hint("the versions are 1, 2 and 5: the file is damaged");
    }
    if first.iter().all(|&byte| byte == 0) {
        return invalid(path, shown)
            .hint("copy or download it again; an interrupted transfer leaves such files");
    }
    if first.trim_ascii_start().starts_with(b"<") {
        return invalid(path, shown)
            .hint("this looks like a web page: the download got an error page or a login form");
    }
    invalid(path, shown).hint("NetCDF begins with \"CDF\", or \"\\x89HDF\" for NetCDF-4")
}

/// Bytes as text where they are, in hexadecimal otherwise.
fn show(bytes: &[u8]) -> String {
    if bytes.iter().all(|byte| (b' '..=b'~').contains(byte)) {
        return format!("{:?}", String::from_utf8_lossy(bytes));
    }
    bytes
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind_of(content: &[u8]) -> Result<Kind, SourceError> {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("file.nc");
        std::fs::write(&path, content).unwrap();
        kind(&Input::Local(path))
    }

    #[test]
    fn netcdf_is_known_by_its_first_bytes() {
        for version in [1, 2, 5] {
            let content = [b'C', b'D', b'F', version, 0, 0];
            assert_eq!(kind_of(&content).unwrap(), Kind::Classic);
        }
        for offset in [0, 512, 1024, 2048] {
            let mut content = vec![7; offset];
            content.extend(HDF5_SIGNATURE);
            assert_eq!(kind_of(&content).unwrap(), Kind::Hdf5, "at {offset}");
        }
        let mut content = vec![7; 1000];
        content.extend(HDF5_SIGNATURE);
        assert_eq!(
            kind_of(&content).unwrap_err().kind,
            SourceErrorKind::Invalid
        );
    }

    #[test]
    fn other_files_are_named_with_a_remedy() {
        let tar = [
            &b"data.nc"[..],
            &[0; 250],
            b"ustar\x0000",
            &[0; 248],
            &HDF5_SIGNATURE,
        ]
        .concat();
        for (content, message) in [
            (&b""[..], "empty"),
            (b"\x1f\x8b\x08", "gzip"),
            (b"\x0e\x03\x13\x01", "HDF4"),
            (b"GRIB\0\0\0\x02", "GRIB"),
            (b"CDF\x03", "CDF version 3"),
            (b"CDF", "ends within"),
            (b"\x89HDF", "ends within"),
            (&tar, "a tar archive"),
            (b"<!DOCTYPE html>", "<!DOCTYPE html>"),
            (b"\0\0\0\0", "00 00 00 00"),
            (b"time,value", "time,value"),
        ] {
            let error = kind_of(content).unwrap_err();
            assert_eq!(error.kind, SourceErrorKind::Invalid);
            assert!(error.message.contains(message), "{}", error.message);
            assert!(error.hint.is_some(), "{message}");
        }
    }

    #[test]
    fn directories_and_absent_files_are_told_apart() {
        let directory = tempfile::tempdir().unwrap();
        let kind = |path: &Path| kind(&Input::Local(path.to_owned()));
        assert!(
            kind(directory.path())
                .unwrap_err()
                .message
                .contains("directory")
        );
        std::fs::write(directory.path().join("zarr.json"), "{}").unwrap();
        assert!(
            kind(directory.path())
                .unwrap_err()
                .message
                .contains("zarr input is not NetCDF")
        );
        let absent = kind(&directory.path().join("absent.nc")).unwrap_err();
        assert_eq!(absent.kind, SourceErrorKind::NotFound);
        let device = kind(Path::new("/dev/null")).unwrap_err();
        assert!(device.message.contains("device"), "{}", device.message);
    }
}
