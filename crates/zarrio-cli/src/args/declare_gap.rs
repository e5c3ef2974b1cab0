//! `zarrio declare-gap`.

use clap::Args;
use zarrio_model::time::TimeBound;
use zarrio_region::NamedRegion;

const EXAMPLES: &str = "\
Examples:
  zarrio declare-gap era5.zarr --region time=744:768 --reason 'no satellite'
  zarrio declare-gap era5.zarr --from 2020-02-01 --to 2020-02-03 --reason 'station closed'
  zarrio declare-gap era5.zarr --from 2021-07 --to 2021-07 --variables rain --reason 'gauge lost'

Nothing is written but the record. A file that is written there later supersedes it.
Exit codes: 0 done; 2 data are recorded there, or the place does not exist; 4 no label lies
between the dates.";

/// Records that there are no data in some region of an archive, and why.
///
/// 'zarrio status' then shows a declared gap where it showed something absent, and counts it as
/// complete.
#[derive(Debug, Clone, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct DeclareGapArgs {
    /// The archive: a directory, or a URL such as s3://bucket/era5.zarr.
    #[arg(value_name = "ARCHIVE")]
    pub(crate) archive: String,

    /// Declares these positions, half-open and from 0, as in time=744:768,lat=0:50; either end
    /// may be left out. Default: all positions of a dimension that is not named
    #[arg(long, value_name = "DIM=A:B,...", required_unless_present_any = ["from", "to"])]
    pub(crate) region: Option<NamedRegion>,

    /// Declares from this date on, as in 2020-02-01 or 2020-02-01T12:00. Default: from the
    /// archive's beginning, if --to is given
    #[arg(long, value_name = "DATE")]
    pub(crate) from: Option<TimeBound>,

    /// Declares up to this date, which belongs to it with its whole day, month or year.
    /// Default: to the archive's end, if --from is given
    #[arg(long, value_name = "DATE")]
    pub(crate) to: Option<TimeBound>,

    /// Says why there are no data.
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: String,

    /// Declares it for these variables. Default: all that have the dimensions, without
    /// coordinates
    #[arg(long, value_name = "NAME,...", value_delimiter = ',')]
    pub(crate) variables: Option<Vec<String>>,

    /// Names the dimension that the dates are about. Default: time
    #[arg(long, value_name = "NAME")]
    pub(crate) time_dim: Option<String>,

    /// Looks for the variables in this group of the archive and those below it. Default: the
    /// root group
    #[arg(long, value_name = "PATH")]
    pub(crate) group: Option<String>,

    /// Prints what was declared as JSON to standard output. Default: a line on standard error
    #[arg(long)]
    pub(crate) json: bool,
}
