//! `zarrio clean`.

use clap::Args;

const EXAMPLES: &str = "\
Examples:
  zarrio clean era5.zarr --dry-run
  zarrio clean era5.zarr
  zarrio clean era5.zarr --older-than 2d

Nothing that a reader sees is touched, and it may run beside writers at any time.";

/// Removes what killed writers have left in an archive, and puts its records together.
///
/// Unfinished objects go when they are old enough and nobody holds them; announcements of
/// writers that died go when the same work has been recorded since. The records of what was
/// written stay, in fewer objects.
#[derive(Debug, Clone, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct CleanArgs {
    /// The archive: a directory, or a URL such as s3://bucket/era5.zarr.
    #[arg(value_name = "ARCHIVE")]
    pub(crate) archive: String,

    /// Cleans this group of the archive. Default: the root group, and all below it
    #[arg(long, value_name = "PATH")]
    pub(crate) group: Option<String>,

    /// Removes unfinished objects that are older than this, by the clock of the file system:
    /// a number with s, min, h or d. Default: 1h
    #[arg(long, value_name = "TIME", default_value = "1h", value_parser = age, hide_default_value = true)]
    pub(crate) older_than: std::time::Duration,

    /// Tells what would be done, and does nothing. Default: it is done
    #[arg(long)]
    pub(crate) dry_run: bool,

    /// Prints what was done as JSON to standard output. Default: a summary for people on
    /// standard error
    #[arg(long)]
    pub(crate) json: bool,
}

/// `90`, `90s`, `15min`, `1h`, `2d`
pub(super) fn age(text: &str) -> Result<std::time::Duration, String> {
    let text = text.trim();
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (number, unit) = text.split_at(digits);
    let unit = match unit.trim() {
        "" | "s" => Some(1),
        "min" | "m" => Some(60),
        "h" => Some(3600),
        "d" => Some(86400),
        _ => None,
    };
    let number = number.parse::<u64>().ok();
    number
        .zip(unit)
        .and_then(|(number, unit)| number.checked_mul(unit))
        .map(std::time::Duration::from_secs)
        .ok_or_else(|| "write a time such as 90s, 15min, 1h or 2d".to_owned())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::age;

    #[test]
    fn ages() {
        assert_eq!(age("0"), Ok(Duration::ZERO));
        assert_eq!(age("15min"), Ok(Duration::from_secs(900)));
        assert_eq!(age(" 2d "), Ok(Duration::from_secs(172_800)));
        for wrong in ["", "h", "-1h", "1 week", "99999999999999999999d"] {
            assert!(age(wrong).is_err(), "{wrong}");
        }
    }
}
