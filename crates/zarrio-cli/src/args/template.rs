//! The archive that a template makes.

use clap::Args;

/// What an archive that is made for many files is like.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "A new archive")]
pub(crate) struct TemplateArgs {
    /// Begins the time axis of a new archive at this date, or date and time. Default: the
    /// first label of the files
    #[arg(long, value_name = "TIME")]
    pub(crate) global_start: Option<String>,

    /// Ends the time axis of a new archive here, inclusive: 2023-12-31 is the whole day,
    /// 2023-12 the whole month. Default: the last label of the files
    #[arg(long, value_name = "TIME")]
    pub(crate) global_end: Option<String>,

    /// Steps of the time axis of a new archive: 1h, 3h, 15min, 1D, MS (starts of months), ME
    /// (ends), YS, or as in ISO 8601 PT3H, P1M. Default: as the labels of the files tell
    #[arg(long, value_name = "STEP")]
    pub(crate) freq: Option<String>,

    /// Gives a variable of a new archive that has none a missing value, as which unwritten
    /// data read; may be given several times. Default: unwritten data of such variables read
    /// as 0
    #[arg(long, value_name = "NAME=VALUE", allow_hyphen_values = true)]
    pub(crate) fill: Vec<String>,

    /// Refuses to make an archive that would have more objects. Default: 1000000
    #[arg(long, value_name = "N")]
    pub(crate) max_objects: Option<u64>,
}
