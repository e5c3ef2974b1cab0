//! `zarrio inspect-inputs`.

use clap::Args;

const EXAMPLES: &str = "\
Examples:
  zarrio inspect-inputs 'data/*.nc'
  zarrio inspect-inputs 'data/*.nc' --variables t2m --json

Exit codes: 0 the files can be parts of one archive; 3 some cannot be read; 4 they differ in what
values depend on, or have labels twice.";

/// Tells where files that should be parts of one archive differ, before anything is written.
///
/// Each file is held against the first one: variables, types, dimensions, the grid, units,
/// packing, calendar, attributes, chunks and compression. Their times are looked at together:
/// which are missing between them, which occur twice, and which files are out of order.
#[derive(Debug, Clone, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct InspectInputsArgs {
    /// The NetCDF files, or patterns such as 'data/*.nc'.
    #[arg(value_name = "FILE", required = true, num_args = 1..)]
    pub(crate) files: Vec<String>,

    /// Looks only at these variables, and the coordinates that belong to them. Default: all
    #[arg(long, value_name = "NAME,...")]
    pub(crate) variables: Option<String>,

    /// Leaves these variables out. Default: none
    #[arg(long, value_name = "NAME,...")]
    pub(crate) drop_variables: Option<String>,

    /// Leaves out variables of types that Zarr cannot hold. Default: they are an error
    #[arg(long)]
    pub(crate) skip_unsupported: bool,

    /// Names the time dimension. Default: time, and where there is none, the one that CF
    /// attributes tell
    #[arg(long, value_name = "NAME")]
    pub(crate) time_dim: Option<String>,

    /// Reads files by the Rust reader (rust), the netCDF C library (c), or by the first and, what
    /// that one does not support, by the second (auto). Default: auto
    #[arg(long, value_name = "READER")]
    pub(crate) reader: Option<String>,

    /// Prints the report as JSON to standard output. Default: text for people
    #[arg(long)]
    pub(crate) json: bool,
}
