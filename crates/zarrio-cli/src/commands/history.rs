//! The line that a command adds to `history` (CF 2.6.2).

use std::path::PathBuf;

use chrono::{DateTime, SecondsFormat, Utc};

use crate::env::{self, SOURCE_DATE_EPOCH};
use crate::failure::Failure;
use crate::location;
use crate::place::Place;

/// `2024-05-01T12:00:00Z: zarrio 0.1.0 convert era5.nc era5.zarr`
///
/// Of several inputs the first one is named.
///
/// # Errors
/// When `SOURCE_DATE_EPOCH` is no time.
pub(super) fn line(command: &str, inputs: &[PathBuf], output: &Place) -> Result<String, Failure> {
    let now = match env::read(SOURCE_DATE_EPOCH) {
        None => Utc::now(),
        Some(text) => epoch(&text)?,
    };
    let now = now.to_rfc3339_opts(SecondsFormat::Secs, true);
    let version = env!("CARGO_PKG_VERSION");
    // Names alone: a path would make the bytes depend on where the files lie.
    let mut input = inputs
        .first()
        .map(|path| location::name(path))
        .unwrap_or_default();
    if inputs.len() > 1 {
        input.push_str(&format!(" (and {} more)", inputs.len() - 1));
    }
    let output = output.name();
    Ok(format!(
        "{now}: zarrio {version} {command} {input} {output}"
    ))
}

fn epoch(text: &str) -> Result<DateTime<Utc>, Failure> {
    let seconds = text.trim().parse().ok();
    seconds.and_then(|seconds| DateTime::from_timestamp(seconds, 0)).ok_or_else(|| {
        Failure::usage(
            format!("{SOURCE_DATE_EPOCH}: {text:?} is no number of seconds since 1970"),
            format!("set it to a number, such as the output of 'date +%s', or unset {SOURCE_DATE_EPOCH}"),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn epochs() {
        assert_eq!(
            epoch("0")
                .unwrap()
                .to_rfc3339_opts(SecondsFormat::Secs, true),
            "1970-01-01T00:00:00Z"
        );
        assert!(epoch("yesterday").is_err());
        assert!(epoch("99999999999999999").is_err());
    }
}
