//! What several tests need.

use zarrio_model::config::{Config, ConfigError, Layers, Resolved};

/// The configuration of one file.
pub(crate) fn resolve(path: &str, text: &str) -> Result<Resolved, ConfigError> {
    Layers::new().file(path, text).resolve()
}

/// The configuration of one valid file.
#[track_caller]
pub(crate) fn config(path: &str, text: &str) -> Config {
    match resolve(path, text) {
        Ok(resolved) => resolved.config,
        Err(error) => panic!("{error}"),
    }
}

/// What is wrong with one file, one line a problem, without its remedies.
#[track_caller]
pub(crate) fn problems(path: &str, text: &str) -> Vec<String> {
    let error = resolve(path, text).expect_err("the file is valid");
    error.problems.iter().map(ToString::to_string).collect()
}
