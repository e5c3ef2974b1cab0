//! `zarrio verify`.

use std::time::Duration;

use clap::Args;
use zarrio_region::NamedRegion;

use super::clean::age;
use super::{PlaceArgs, ReadingArgs};

const EXAMPLES: &str = "\
Examples:
  zarrio verify era5.zarr
  zarrio verify era5.zarr 'data/2020-*.nc'
  zarrio verify era5.zarr --quick
  zarrio verify era5.zarr --sources --max-duration 10min
  zarrio verify era5.zarr --json | jq .findings

Exit codes: 0 all is as it should be; 3 a file or the archive cannot be read; 6 something is
not as it should be.";

/// Proves that an archive holds what was written, and what files have.
///
/// Without files every chunk is read, the numbers and digests of the archive's records are
/// taken again and compared, and everything is named that is not as it should be: chunks that
/// are torn or absent, data that no record tells of, damaged records, and recorded files that
/// changed since. With files each of them is compared with its place in the archive point by
/// point, as it would be stored. Nothing is written.
#[derive(Debug, Clone, Args)]
#[command(
    after_help = EXAMPLES,
    mut_arg("on_unmatched", |arg| arg.requires("files")),
    mut_arg("on_duplicate", |arg| arg.requires("files"))
)]
pub(crate) struct VerifyArgs {
    /// The archive: a directory, or a URL such as s3://bucket/era5.zarr.
    #[arg(value_name = "ARCHIVE", required = true)]
    pub(crate) archive: String,

    /// NetCDF files to compare with the archive, or patterns such as 'data/*.nc'. Default: the
    /// archive is held against its own records
    #[arg(value_name = "FILE")]
    pub(crate) files: Vec<String>,

    /// Looks at structure, names, sizes and the heads of chunks, and decodes none. Default:
    /// everything is read
    #[arg(
        long,
        conflicts_with_all = ["files", "sources", "sample", "max_duration"],
        help_heading = "How thoroughly"
    )]
    pub(crate) quick: bool,

    /// Compares with every recorded file that is still there unchanged, point by point.
    /// Default: only where the records say that something is wrong
    #[arg(long, conflicts_with = "files", help_heading = "How thoroughly")]
    pub(crate) sources: bool,

    /// Looks at this part of the chunks only, such as 5%. The same ones are taken every time.
    /// Default: all
    #[arg(long, value_name = "PART", value_parser = share, help_heading = "How thoroughly")]
    pub(crate) sample: Option<f64>,

    /// Looks at chunks here and there until so much time has passed: a number with s, min, h or
    /// d. Default: until all is done
    #[arg(long, value_name = "TIME", value_parser = time, help_heading = "How thoroughly")]
    pub(crate) max_duration: Option<Duration>,

    /// Looks for files at these positions, as for write-region. Default: the labels decide
    #[arg(
        long,
        value_name = "DIM=A:B,...",
        requires = "files",
        help_heading = "Where it goes"
    )]
    pub(crate) region: Option<NamedRegion>,

    /// How their places are found.
    #[command(flatten)]
    pub(crate) place: PlaceArgs,

    /// Looks at this group of the archive. Default: the root group, and all below it
    #[arg(long, value_name = "PATH", help_heading = "Where it goes")]
    pub(crate) group: Option<String>,

    /// Compares only these variables of the files. Default: all
    #[arg(
        long,
        value_name = "NAME,...",
        requires = "files",
        help_heading = "Where it goes"
    )]
    pub(crate) variables: Option<String>,

    /// Leaves these variables of the files out. Default: none
    #[arg(
        long,
        value_name = "NAME,...",
        requires = "files",
        help_heading = "Where it goes"
    )]
    pub(crate) drop_variables: Option<String>,

    /// Leaves out variables of types that Zarr cannot hold. Default: they are an error
    #[arg(long, requires = "files", help_heading = "Where it goes")]
    pub(crate) skip_unsupported: bool,

    /// How it is done.
    #[command(flatten)]
    pub(crate) reading: ReadingArgs,

    /// Prints the report as JSON to standard output. Default: a table for people
    #[arg(long, help_heading = "What is told")]
    pub(crate) json: bool,
}

/// `5%`, `0.05`
fn share(text: &str) -> Result<f64, String> {
    let text = text.trim();
    let number = match text.strip_suffix('%') {
        Some(percent) => percent.trim().parse::<f64>().map(|n| n / 100.0),
        None => text.parse(),
    };
    match number {
        Ok(share) if share > 0.0 && share <= 1.0 => Ok(share),
        _ => Err("write a part above 0 and up to 1, such as 5% or 0.05".into()),
    }
}

/// A time in which something can be looked at.
fn time(text: &str) -> Result<Duration, String> {
    let time = age(text)?;
    let is_some = (time > Duration::ZERO).then_some(time);
    is_some.ok_or_else(|| "write a time above 0 such as 90s, 15min, 1h or 2d".into())
}

#[cfg(test)]
mod tests {
    use super::{share, time};

    #[test]
    fn times() {
        assert!(time("1s").is_ok());
        for wrong in ["0", "0s", "0min", "soon"] {
            assert!(time(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn shares() {
        assert_eq!(share("5%"), Ok(0.05));
        assert_eq!(share(" 100 % "), Ok(1.0));
        assert_eq!(share("0.25"), Ok(0.25));
        for wrong in ["0", "101%", "-1%", "five", "5", "NaN", ""] {
            assert!(share(wrong).is_err(), "{wrong}");
        }
    }
}
