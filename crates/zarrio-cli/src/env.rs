//! The environment: the only place that reads it.
//!
//! Every configuration key has a variable of its own (`zarrio_model::config`); those that
//! steer the program itself stand here.

use std::env;

/// What is logged; beats `-v` and `-q`.
pub(crate) const LOG: &str = "ZARRIO_LOG";
/// Seconds since 1970 that stand for now in what is written (reproducible-builds.org).
pub(crate) const SOURCE_DATE_EPOCH: &str = "SOURCE_DATE_EPOCH";

/// How wide lines for people are.
const COLUMNS: &str = "COLUMNS";
/// Where nothing tells how wide they are.
const WIDTH: usize = 80;

/// The value of a variable; an empty one is as good as none.
pub(crate) fn read(name: &str) -> Option<String> {
    let value = env::var_os(name)?.to_string_lossy().into_owned();
    (!value.trim().is_empty()).then_some(value)
}

/// Names and values of the variables that may set configuration keys.
pub(crate) fn settings() -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = env::vars_os()
        .filter_map(|(name, _)| name.into_string().ok())
        .filter(|name| name.starts_with("ZARRIO_") || name.starts_with("ZARRIFY_"))
        .filter_map(|name| Some((name.clone(), read(&name)?)))
        .collect();
    found.sort();
    found
}

/// The columns of lines for people: what the environment says, else those of the terminal that
/// standard output is, else 80.
pub(crate) fn columns() -> usize {
    let told = read(COLUMNS).and_then(|text| text.trim().parse().ok());
    let of_terminal = || {
        let (width, _) = terminal_size::terminal_size_of(std::io::stdout())?;
        Some(usize::from(width.0))
    };
    let columns = told.or_else(of_terminal).unwrap_or(WIDTH);
    // Narrower than this no line makes sense, and wider ones nobody reads.
    columns.clamp(40, 1000)
}
