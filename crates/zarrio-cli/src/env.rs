//! The environment: the only place that reads it.
//!
//! Every configuration key has a variable of its own (`zarrio_model::config`); those that
//! steer the program itself stand here.

use std::env;

/// What is logged; beats `-v` and `-q`.
pub(crate) const LOG: &str = "ZARRIO_LOG";
/// Seconds since 1970 that stand for now in what is written (reproducible-builds.org).
pub(crate) const SOURCE_DATE_EPOCH: &str = "SOURCE_DATE_EPOCH";

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
