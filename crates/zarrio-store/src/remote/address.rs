//! URLs of archives and files.

use std::fmt;

use percent_encoding::percent_decode_str;
use url::Url;

use crate::{StoreError, StoreErrorKind};

/// Which kind of service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Service {
    S3,
    Google,
    Azure,
    Web,
}

/// The URL of a place on an object store or a web server, without secrets.
///
/// `s3://bucket/path`, `gs://bucket/path`, `az://container/path` (also `abfs://`), and
/// `http://` or `https://host/path`, which can be read only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    pub(super) service: Service,
    pub(super) url: Url,
    /// The path in the bucket, decoded, without slashes at its ends.
    pub(super) path: String,
}

impl Address {
    /// Reads a URL; `None` when it is of a scheme that is not known here.
    ///
    /// # Errors
    /// When it is of a known scheme and cannot be one: no bucket, a password in it, a query.
    pub fn parse(text: &str) -> Result<Option<Self>, StoreError> {
        let Some((scheme, _)) = text.split_once("://") else {
            return Ok(None);
        };
        let service = match scheme.to_ascii_lowercase().as_str() {
            "s3" | "s3a" => Service::S3,
            "gs" | "gcs" => Service::Google,
            "az" | "azure" | "abfs" | "abfss" => Service::Azure,
            "http" | "https" => Service::Web,
            _ => return Ok(None),
        };
        let refuse = |shown: &str, message: String| {
            Err(StoreError::new(StoreErrorKind::InvalidKey, shown, message))
        };
        let shown = text.split(['?', '#']).next().unwrap_or_default();
        let url = match Url::parse(text) {
            Ok(url) => url,
            // Anything in it may be a secret that was not meant to be there.
            Err(error) => {
                return refuse(&format!("{scheme}://…"), format!("is not a URL: {error}"));
            }
        };
        if url.password().is_some()
            || (!url.username().is_empty() && scheme != "abfss" && scheme != "abfs")
        {
            let hidden = format!("{}://…", url.scheme());
            return refuse(
                &hidden,
                "credentials do not belong in a URL: give them in the environment".to_owned(),
            );
        }
        if url.query().is_some() || url.fragment().is_some() {
            return refuse(
                shown,
                "the URL of an archive has no '?' and no '#'".to_owned(),
            );
        }
        if url.host_str().is_none_or(str::is_empty) {
            return refuse(shown, "names no bucket".to_owned());
        }
        let Ok(path) = percent_decode_str(url.path()).decode_utf8() else {
            return refuse(shown, "is not text in UTF-8".to_owned());
        };
        let path = path.trim_matches('/').to_owned();
        Ok(Some(Self { service, url, path }))
    }

    /// The last name of the path.
    #[must_use]
    pub fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or_default()
    }

    /// Whether nothing can be written there: a web server.
    #[must_use]
    pub const fn is_read_only(&self) -> bool {
        matches!(self.service, Service::Web)
    }

    /// Whether this place is another one or lies within it.
    #[must_use]
    pub fn is_within(&self, other: &Self) -> bool {
        let below = self.path.strip_prefix(other.path.as_str());
        let below = below
            .is_some_and(|rest| rest.is_empty() || other.path.is_empty() || rest.starts_with('/'));
        let of = |address: &Self| {
            let url = &address.url;
            (
                address.service,
                url.host_str().map(str::to_owned),
                url.port(),
            )
        };
        below && of(self) == of(other)
    }

    /// The place above, and the last name in it; `None` for a whole bucket.
    #[must_use]
    pub fn split(&self) -> Option<(Self, String)> {
        let (above, name) = match self.path.rsplit_once('/') {
            Some((above, name)) => (above, name),
            None if self.path.is_empty() => return None,
            None => ("", self.path.as_str()),
        };
        let mut url = self.url.clone();
        url.path_segments_mut().ok()?.pop_if_empty().pop();
        let parent = Self {
            service: self.service,
            url,
            path: above.to_owned(),
        };
        Some((parent, name.to_owned()))
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = self.url.scheme();
        f.write_str(scheme)?;
        f.write_str("://")?;
        if !self.url.username().is_empty() {
            write!(f, "{}@", self.url.username())?;
        }
        f.write_str(self.url.host_str().unwrap_or_default())?;
        if let Some(port) = self.url.port() {
            write!(f, ":{port}")?;
        }
        match self.path.is_empty() {
            true => Ok(()),
            false => write!(f, "/{}", self.path),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Address {
        Address::parse(text).unwrap().expect("a known scheme")
    }

    #[test]
    fn urls_are_shown_as_they_were_given() {
        for (text, path) in [
            ("s3://bucket/a/b.zarr", "a/b.zarr"),
            ("gs://bucket", ""),
            ("az://container/a b.zarr", "a b.zarr"),
            ("abfss://container@account.dfs.core.windows.net/a", "a"),
            ("http://127.0.0.1:8080/a.zarr", "a.zarr"),
        ] {
            let address = parse(text);
            assert_eq!(address.to_string(), text);
            assert_eq!(address.path, path);
        }
        assert_eq!(parse("s3://b/a.zarr/").to_string(), "s3://b/a.zarr");
        assert_eq!(parse("s3://b/a%20b").path, "a b");
        assert_eq!(parse("s3://b/100%+1").path, "100%+1");
        assert_eq!(parse("s3://b/x/a.zarr").name(), "a.zarr");
    }

    #[test]
    fn paths_and_other_schemes_are_none() {
        for text in ["a/b.zarr", "/a", "file:///a", "ftp://host/a"] {
            assert_eq!(Address::parse(text).unwrap(), None, "{text}");
        }
    }

    #[test]
    fn what_cannot_be_a_place_is_refused_and_no_secret_shown() {
        for text in [
            "s3://",
            "s3://b/a?sig=SECRET",
            "https://me:SECRET@host/a",
            "https://me:SECRET@host:99999/a",
            "s3://id:se/SECRET@bucket/x",
            "s3://b/%ff",
        ] {
            let error = Address::parse(text).unwrap_err();
            assert!(!error.to_string().contains("SECRET"), "{error}");
        }
    }

    #[test]
    fn places_lie_within_others() {
        let within = |a: &str, b: &str| parse(a).is_within(&parse(b));
        assert!(within("s3://b/a.zarr", "s3://b/a.zarr/"));
        assert!(within("s3a://b/a.zarr/x", "s3://b/a.zarr"));
        assert!(within("s3://b/a.zarr", "s3://b"));
        assert!(!within("s3://b/a.zarr2", "s3://b/a.zarr"));
        assert!(!within("s3://b/a.zarr", "s3://b/a.zarr/x"));
        assert!(!within("s3://c/a.zarr", "s3://b/a.zarr"));
        assert!(!within("gs://b/a.zarr", "s3://b/a.zarr"));
    }

    #[test]
    fn a_file_is_in_the_place_above() {
        let (parent, name) = parse("s3://b/a/c.nc").split().unwrap();
        assert_eq!(
            (parent.to_string().as_str(), name.as_str()),
            ("s3://b/a", "c.nc")
        );
        let (parent, name) = parse("s3://b/c.nc").split().unwrap();
        assert_eq!(
            (parent.to_string().as_str(), name.as_str()),
            ("s3://b", "c.nc")
        );
        assert!(parse("s3://b").split().is_none());
    }
}
