//! Choosing the reader of a file.

use std::path::Path;
use std::sync::Arc;

use tracing::debug;
use zarrio_model::{
    DatasetSchema, NodePath, Region, Source, SourceError, SourceErrorKind, SourceIdentity,
};

use crate::copied::Copied;
use crate::data::{Input, RemoteFile};
use crate::detect::{self, Kind};
use crate::fallback::Fallback;
use crate::reader::Reader;

/// How a file is to be opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct OpenOptions {
    /// Which reader is to be used.
    pub reader: Reader,
}

/// A NetCDF file of any kind.
#[derive(Debug)]
pub struct NetcdfSource {
    first: Box<dyn Source>,
    /// The C library, where it may take over single variables.
    fallback: Option<Fallback>,
}

impl NetcdfSource {
    /// Opens a file: finds its kind by content and reads its metadata.
    ///
    /// # Errors
    /// When there is no such file, when it is no NetCDF, when it is cut short or breaks the
    /// rules of its format, and when no reader that may be used supports it.
    pub fn open(path: &Path, options: &OpenOptions) -> Result<Self, SourceError> {
        Self::open_input(&Input::Local(path.to_owned()), options)
    }

    /// The same of a file that is elsewhere.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn open_remote(
        file: Arc<dyn RemoteFile>,
        options: &OpenOptions,
    ) -> Result<Self, SourceError> {
        Self::open_input(&Input::Remote(file), options)
    }

    fn open_input(input: &Input, options: &OpenOptions) -> Result<Self, SourceError> {
        let kind = detect::kind(input)?;
        choose(
            input,
            options.reader,
            || open_rust(input, kind),
            || open_c(input, kind),
        )
    }

    /// Asks the first reader, and the second one where the first does not support the
    /// variable.
    fn either<T>(
        &self,
        variable: &NodePath,
        mut ask: impl FnMut(&dyn Source) -> Result<T, SourceError>,
    ) -> Result<T, SourceError> {
        let Some(fallback) = &self.fallback else {
            return ask(&*self.first).map_err(with_remedy);
        };
        if fallback.serves(variable) {
            return ask(fallback.source(&*self.first, variable)?);
        }
        match ask(&*self.first) {
            Err(error) if error.kind == SourceErrorKind::Unsupported => {
                if !cfg!(feature = "libnetcdf") {
                    return Err(without_c(error));
                }
                debug!(%variable, reason = %error, "the C reader takes over the variable");
                let answer = fallback
                    .source(&*self.first, variable)
                    .and_then(ask)
                    .map_err(|second| neither(error, second))?;
                fallback.remember(variable);
                Ok(answer)
            }
            answer => answer,
        }
    }
}

/// Picks the reader of a whole file.
fn choose(
    input: &Input,
    reader: Reader,
    rust: impl FnOnce() -> Result<Box<dyn Source>, SourceError>,
    c: impl FnOnce() -> Result<Box<dyn Source>, SourceError>,
) -> Result<NetcdfSource, SourceError> {
    let path = input.path();
    if reader == Reader::C {
        debug!(path = %path.display(), "the C reader serves the file, as asked");
        return Ok(NetcdfSource {
            first: c()?,
            fallback: None,
        });
    }
    match rust() {
        Ok(first) => {
            debug!(path = %path.display(), "the Rust reader serves the file");
            let fallback = (reader == Reader::Auto).then(|| Fallback::new(input.clone()));
            Ok(NetcdfSource { first, fallback })
        }
        Err(error) if reader == Reader::Rust || error.kind != SourceErrorKind::Unsupported => {
            Err(with_remedy(error))
        }
        Err(error) if !cfg!(feature = "libnetcdf") => Err(without_c(error)),
        Err(error) => {
            debug!(path = %path.display(), reason = %error, "the C reader takes over the file");
            let first = c().map_err(|second| neither(error, second))?;
            Ok(NetcdfSource {
                first,
                fallback: None,
            })
        }
    }
}

fn open_rust(input: &Input, kind: Kind) -> Result<Box<dyn Source>, SourceError> {
    Ok(match kind {
        Kind::Classic => Box::new(crate::classic::ClassicSource::open(input)?),
        Kind::Hdf5 => Box::new(crate::hdf5::Hdf5Source::open(input)?),
    })
}

fn open_c(input: &Input, kind: Kind) -> Result<Box<dyn Source>, SourceError> {
    match input {
        Input::Local(path) => open_c_at(path, kind),
        Input::Remote(file) => {
            debug!(path = %input.path().display(), "the C reader needs a copy of the file");
            Ok(Box::new(Copied::open(file, |path| open_c_at(path, kind))?))
        }
    }
}

#[cfg(feature = "libnetcdf")]
fn open_c_at(path: &Path, kind: Kind) -> Result<Box<dyn Source>, SourceError> {
    if kind == Kind::Classic {
        // The library takes names of any length and reads past the end of files that are cut
        // short, so our own checks come first.
        crate::classic::check(path)?;
    }
    Ok(Box::new(crate::clib::CSource::open(path)?))
}

#[cfg(not(feature = "libnetcdf"))]
fn open_c_at(path: &Path, _kind: Kind) -> Result<Box<dyn Source>, SourceError> {
    Err(without_c(SourceError::new(
        SourceErrorKind::Unsupported,
        path,
        "the C reader is asked for, but this build does not contain it",
    )))
}

/// What both readers say of that which neither reads.
fn neither(first: SourceError, second: SourceError) -> SourceError {
    if matches!(second.kind, SourceErrorKind::Io | SourceErrorKind::Changed) {
        return second;
    }
    // The first one knows what is in the file; the second one often only that it failed.
    let said = match second.message.starts_with("the netCDF C library") {
        true => second.message,
        false => format!("the netCDF C library says: {}", second.message),
    };
    let message = format!("{}; {said}", first.message);
    let hint = second.hint.or(first.hint);
    // The message has said what the second one says.
    SourceError {
        message,
        hint,
        source: second.source,
        ..first
    }
}

/// An error of the only reader that was asked, with a remedy where it has none.
fn with_remedy(error: SourceError) -> SourceError {
    if error.kind != SourceErrorKind::Unsupported || error.hint.is_some() {
        return error;
    }
    error.hint(
        "`--reader auto` lets the netCDF C library try; or rewrite the file with `nccopy`, or \
         leave the variable out",
    )
}

/// An error that the C library might have averted.
fn without_c(error: SourceError) -> SourceError {
    let remedy = "build with the feature `libnetcdf` to read it through the netCDF C library";
    match error.hint.clone() {
        Some(hint) => error.hint(format!("{hint}; or {remedy}")),
        None => error.hint(remedy),
    }
}

impl Source for NetcdfSource {
    fn schema(&self) -> &DatasetSchema {
        self.first.schema()
    }

    fn identity(&self) -> &SourceIdentity {
        self.first.identity()
    }

    fn read(
        &self,
        variable: &NodePath,
        region: &Region,
        out: &mut [u8],
    ) -> Result<(), SourceError> {
        self.either(variable, |source| source.read(variable, region, out))
    }

    fn prefers_whole(&self, variable: &NodePath) -> bool {
        // The C library answers one question at a time.
        let by_c = |fallback: &Fallback| fallback.serves(variable);
        self.fallback.as_ref().is_some_and(by_c) || self.first.prefers_whole(variable)
    }

    fn read_text(&self, variable: &NodePath, region: &Region) -> Result<Vec<String>, SourceError> {
        self.either(variable, |source| source.read_text(variable, region))
    }

    fn check_unchanged(&self) -> Result<(), SourceError> {
        self.first.check_unchanged()
    }
}

#[cfg(test)]
mod tests {
    #[cfg(feature = "libnetcdf")]
    use zarrio_model::VariableSchema;

    use super::*;

    fn local(path: &Path) -> Input {
        Input::Local(path.to_owned())
    }

    fn fixture() -> &'static Path {
        Path::new(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/tests/fixtures/mixed_cdf2.nc"
        ))
    }

    /// A first reader that supports no reading at all.
    #[derive(Debug)]
    struct Refuses(NetcdfSource, SourceErrorKind);

    impl Source for Refuses {
        fn schema(&self) -> &DatasetSchema {
            self.0.schema()
        }

        fn identity(&self) -> &SourceIdentity {
            self.0.identity()
        }

        fn read(&self, v: &NodePath, _: &Region, _: &mut [u8]) -> Result<(), SourceError> {
            Err(SourceError::new(self.1, fixture(), "filter 4242").variable(v))
        }

        fn read_text(&self, v: &NodePath, _: &Region) -> Result<Vec<String>, SourceError> {
            Err(SourceError::new(self.1, fixture(), "filter 4242").variable(v))
        }

        fn check_unchanged(&self) -> Result<(), SourceError> {
            Ok(())
        }
    }

    fn refusing(kind: SourceErrorKind, reader: Reader) -> NetcdfSource {
        let inner = NetcdfSource::open(
            fixture(),
            &OpenOptions {
                reader: Reader::Rust,
            },
        )
        .unwrap();
        NetcdfSource {
            first: Box::new(Refuses(inner, kind)),
            fallback: (reader == Reader::Auto).then(|| Fallback::new(local(fixture()))),
        }
    }

    fn read_lat(source: &NetcdfSource) -> Result<[u8; 24], SourceError> {
        let mut out = [0; 24];
        source
            .read(&NodePath::parse("lat"), &Region::full(&[3]), &mut out)
            .map(|()| out)
    }

    /// What becomes of a file of which the Rust reader says so.
    fn chosen(reader: Reader, kind: SourceErrorKind) -> Result<NetcdfSource, SourceError> {
        let rust = || {
            Err(SourceError::new(
                kind,
                fixture(),
                "the first reader's words",
            ))
        };
        let input = local(fixture());
        choose(&input, reader, rust, || open_c(&input, Kind::Classic))
    }

    #[test]
    #[cfg(feature = "libnetcdf")]
    fn an_unsupported_file_goes_to_the_c_library() {
        let source = chosen(Reader::Auto, SourceErrorKind::Unsupported).unwrap();
        read_lat(&source).unwrap();
        chosen(Reader::C, SourceErrorKind::Invalid).unwrap();
    }

    #[test]
    fn an_invalid_file_goes_nowhere() {
        for (reader, kind) in [
            (Reader::Auto, SourceErrorKind::Invalid),
            (Reader::Auto, SourceErrorKind::Io),
            (Reader::Rust, SourceErrorKind::Unsupported),
        ] {
            let error = chosen(reader, kind).unwrap_err();
            assert_eq!(
                (error.kind, &error.message[..]),
                (kind, "the first reader's words")
            );
        }
    }

    #[test]
    #[cfg(feature = "libnetcdf")]
    fn an_unsupported_variable_goes_to_the_c_library() {
        let source = refusing(SourceErrorKind::Unsupported, Reader::Auto);
        // The second time it goes there directly.
        for _ in 0..2 {
            let expected = [1.0_f64, 8.0, 15.0].map(f64::to_ne_bytes).concat();
            assert_eq!(read_lat(&source).unwrap()[..], expected);
        }
        assert!(
            source
                .fallback
                .as_ref()
                .unwrap()
                .serves(&NodePath::parse("lat"))
        );
    }

    #[test]
    #[cfg(feature = "libnetcdf")]
    fn a_variable_that_the_two_see_differently_stays_refused() {
        let mut source = refusing(SourceErrorKind::Unsupported, Reader::Auto);
        let other = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/tests/fixtures/single_record.nc"
        );
        source.fallback = Some(Fallback::new(local(Path::new(other))));
        let shape = |v: &VariableSchema| v.shape.clone();
        let flag = NodePath::parse("flag");
        assert_eq!(source.schema().variable(&flag).map(shape), Some(vec![4, 5]));
        let error = source
            .read(&flag, &Region::full(&[4, 5]), &mut [0; 20])
            .unwrap_err();
        assert_eq!(error.kind, SourceErrorKind::Unsupported);
        assert_eq!(
            error.message,
            "filter 4242; the netCDF C library sees it differently"
        );
        assert!(error.hint.is_some());
    }

    #[test]
    fn an_invalid_variable_goes_nowhere() {
        let error = read_lat(&refusing(SourceErrorKind::Invalid, Reader::Auto)).unwrap_err();
        assert_eq!(
            (error.kind, &error.message[..]),
            (SourceErrorKind::Invalid, "filter 4242")
        );
        let error = read_lat(&refusing(SourceErrorKind::Unsupported, Reader::Rust)).unwrap_err();
        assert_eq!(error.kind, SourceErrorKind::Unsupported);
        assert!(
            error
                .hint
                .is_some_and(|hint| hint.contains("--reader auto"))
        );
    }

    #[test]
    #[cfg(not(feature = "libnetcdf"))]
    fn without_the_c_library_the_feature_is_named() {
        let feature = |error: SourceError| {
            assert_eq!(error.kind, SourceErrorKind::Unsupported);
            assert!(error.hint.is_some_and(|hint| hint.contains("libnetcdf")));
        };
        let c = NetcdfSource::open(fixture(), &OpenOptions { reader: Reader::C });
        feature(c.unwrap_err());
        feature(read_lat(&refusing(SourceErrorKind::Unsupported, Reader::Auto)).unwrap_err());
    }
}
