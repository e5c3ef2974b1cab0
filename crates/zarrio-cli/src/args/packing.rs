//! Options of packing.

use clap::Args;

/// How floating-point variables become integers.
#[derive(Debug, Clone, Args)]
pub(crate) struct PackingArgs {
    /// Packs floating-point variables into integers with CF's scale_factor and add_offset:
    /// smaller, and rounded to even steps. Coordinates, times, flags and integers are left
    /// alone. Default: values are kept as they are
    #[arg(long, help_heading = "How values are packed")]
    pub(crate) packing: bool,

    /// Packs into integers of so many bits: 8, 16 or 32. Default: 16
    #[arg(long, value_name = "N", help_heading = "How values are packed")]
    pub(crate) packing_bits: Option<String>,

    /// Tells readers of the packing by CF's attributes (cf), or by the filter of the Python
    /// zarrio, to which arrays are floating-point (fixedscaleoffset). Default: cf
    #[arg(long, value_name = "HOW", help_heading = "How values are packed")]
    pub(crate) packing_representation: Option<String>,

    /// Packs for these ranges, as in '{"t2m":{"min":180,"max":340}}'; a variable that has one
    /// here is packed even if it has integers or flags. Default: valid_min and valid_max or
    /// valid_range, else actual_range, else the range of the data, which are read once before;
    /// a template takes the latter two from several files only
    #[arg(long, value_name = "JSON", help_heading = "How values are packed")]
    pub(crate) packing_manual_ranges: Option<String>,

    /// Widens a range that was found in the data by this part of its width at either end.
    /// Default: 0.01
    #[arg(
        long,
        value_name = "X",
        allow_hyphen_values = true,
        help_heading = "How values are packed"
    )]
    pub(crate) packing_auto_buffer_factor: Option<String>,

    /// Does not pack these variables. Default: none
    #[arg(long, value_name = "NAME,...", help_heading = "How values are packed")]
    pub(crate) packing_exclude: Option<String>,

    /// Keeps variables in steps of this size, as in t2m=0.01,u=0.001, packed into as few bits
    /// as their range needs; no --packing is needed for them. Default: none
    #[arg(
        long,
        value_name = "NAME=X,...",
        help_heading = "How values are packed"
    )]
    pub(crate) precision: Option<String>,

    /// Keeps so many bits of the significand of floating-point variables, as in t2m=12, which
    /// then compress better and stay floating-point. Default: all
    #[arg(
        long,
        value_name = "NAME=N,...",
        help_heading = "How values are packed"
    )]
    pub(crate) keep_bits: Option<String>,

    /// Keeps the bits that so many significant decimal digits need, as in q=3. Default: all
    #[arg(
        long,
        value_name = "NAME=N,...",
        help_heading = "How values are packed"
    )]
    pub(crate) significant_digits: Option<String>,

    /// Keeps the bits that have so much of the information that neighbours have of each other,
    /// found in the data, which are read once before: 0.99 of all variables, or as in
    /// t2m=0.99,q=0.999. Default: all
    #[arg(
        long,
        value_name = "[NAME=]X,...",
        help_heading = "How values are packed"
    )]
    pub(crate) keep_information: Option<String>,

    /// Treats values beyond the range as an error; stores the nearest end and says so (warn),
    /// or does not (ignore); or packs the variable into 32 bits that hold all of it (widen).
    /// Default: error
    #[arg(long, value_name = "WHAT", help_heading = "How values are packed")]
    pub(crate) packing_range_exceeded_action: Option<String>,

    /// Whether values are compared with their range; false is the same as ignore. Default:
    /// true
    #[arg(
        long,
        value_name = "BOOL",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "true",
        hide = true
    )]
    pub(crate) packing_check_range_exceeded: Option<bool>,
}
