//! Which reader serves what, on real files.

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test fails by a panic and says what it skips"
)]

mod support;

use std::path::Path;

use support::{corpus, fixture, native, open, read_all};
use zarrio_model::{DataType, Source, SourceErrorKind};
use zarrio_netcdf::Reader;

#[test]
fn all_readers_open_a_plain_file() {
    for reader in [Reader::Auto, Reader::Rust, Reader::C] {
        match open(&fixture("types.nc"), reader) {
            Ok(source) => assert_eq!(source.schema().format, "NetCDF-4"),
            Err(error) => {
                assert!(
                    reader == Reader::C && !cfg!(feature = "libnetcdf"),
                    "{error}"
                );
                assert_eq!(error.kind, SourceErrorKind::Unsupported);
                assert!(error.hint.unwrap().contains("libnetcdf"));
            }
        }
    }
}

#[test]
#[cfg(feature = "libnetcdf")]
fn the_c_library_is_not_given_what_it_reads_wrongly() {
    let error = open(&fixture("streaming_cdf1.nc"), Reader::C).unwrap_err();
    assert_eq!(error.kind, SourceErrorKind::Unsupported);
    let content = std::fs::read(fixture("mixed_cdf1.nc")).unwrap();
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("cut.nc");
    std::fs::write(&path, &content[..content.len() - 20]).unwrap();
    assert_eq!(
        open(&path, Reader::C).unwrap_err().kind,
        SourceErrorKind::Invalid
    );
}

/// `virtual.nc` holds a view of another file, which the Rust reader does not support.
#[test]
fn a_variable_goes_to_the_c_library_and_the_rest_does_not() {
    let read = |reader, name: &str| {
        let source = open(&fixture("virtual.nc"), reader).unwrap();
        read_all(&source, source.schema().root.variable(name).unwrap())
    };
    let error = read(Reader::Rust, "joined").unwrap_err();
    assert_eq!(error.kind, SourceErrorKind::Unsupported);
    assert!(error.hint.unwrap().contains("--reader auto"));
    let joined = read(Reader::Auto, "joined");
    if cfg!(feature = "libnetcdf") {
        let expected = native(DataType::Int32, (0..6).map(|i| i * 10));
        assert_eq!(joined.unwrap(), expected);
    } else {
        assert!(joined.unwrap_err().hint.unwrap().contains("libnetcdf"));
    }
    let x = native(DataType::Float64, 0..6);
    assert_eq!(read(Reader::Rust, "x").unwrap(), x);
    assert_eq!(read(Reader::Auto, "x").unwrap(), x);
}

#[test]
fn an_unknown_filter_is_an_error_with_a_remedy() {
    let Some(corpus) = corpus() else { return };
    for reader in [Reader::Auto, Reader::Rust] {
        let source = open(&corpus.join("hdf5_plugins__h5ex_d_zfp.h5"), reader).unwrap();
        let variable = source.schema().root.variable("DS1").unwrap();
        let error = read_all(&source, variable).unwrap_err();
        assert_eq!(error.kind, SourceErrorKind::Unsupported, "{error}");
        assert_eq!(error.variable.as_ref(), Some(&variable.path));
        assert!(error.hint.is_some(), "{reader}: {error}");
    }
}

#[test]
fn committed_types_in_attributes_open() {
    let Some(corpus) = corpus() else { return };
    for name in [
        "netcdf-c__ref_tst_compounds2.nc",
        "pyfive__enum_variable.nc",
    ] {
        open(&corpus.join(name), Reader::Auto).unwrap();
    }
}

#[test]
fn paths_that_are_no_files_are_errors() {
    let error = open(Path::new("/no/such/file.nc"), Reader::Auto).unwrap_err();
    assert_eq!(error.kind, SourceErrorKind::NotFound);
    let directory = tempfile::tempdir().unwrap();
    assert!(
        open(directory.path(), Reader::Auto)
            .unwrap_err()
            .message
            .contains("directory")
    );
    std::fs::write(directory.path().join(".zgroup"), "{}").unwrap();
    assert!(
        open(directory.path(), Reader::Auto)
            .unwrap_err()
            .message
            .contains("Zarr")
    );
}
