//! Names of the attributes of the CF conventions that come in sets.

/// Attributes that name other variables, without which a variable cannot be understood
/// (CF 5, 7.1, 7.4, 5.6). `grid_mapping` may be `crs: x y`.
pub const NAMING: [&str; 4] = ["coordinates", "bounds", "climatology", "grid_mapping"];

/// The attribute that names the sizes of a variable's cells, as `area: areacella` (CF 7.2).
pub const CELL_MEASURES: &str = "cell_measures";

/// The attribute of a vertical coordinate that names what its formula takes, as
/// `a: a b: b ps: ps` (CF 4.3.3).
pub const FORMULA_TERMS: &str = "formula_terms";

/// Terms of those formulas that are fields; others are coefficients (CF, appendix D).
pub const FIELD_TERMS: [&str; 6] = ["ps", "eta", "depth", "orog", "zsurf1", "zsurf2"];

/// Attributes by which numbers are packed (CF 8.1).
pub const PACKING: [&str; 2] = ["scale_factor", "add_offset"];

/// Attributes whose values mean missing (CF 2.5.1).
pub const MISSING: [&str; 2] = ["_FillValue", "missing_value"];

/// Attributes that change what stored numbers mean (CF 2.5.1, 8.1), in the order in which
/// digests have them.
pub const MEANING: [&str; 5] = [
    "_FillValue",
    "missing_value",
    "scale_factor",
    "add_offset",
    "_Unsigned",
];

/// Attributes of the range of valid values, in the units of the stored numbers (CF 2.5.1).
pub const VALID: [&str; 3] = ["valid_min", "valid_max", "valid_range"];
