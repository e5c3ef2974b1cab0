//! A panic is a bug, and says so.

use std::panic;

use crate::diagnostics;
use crate::exit::Exit;
use crate::failure::Failure;

const REPORT: &str = concat!(
    "this is a bug in zarrio ",
    env!("CARGO_PKG_VERSION"),
    "; please report it with the command and this message at ",
    env!("CARGO_PKG_REPOSITORY"),
    "/issues"
);

/// Replaces Rust's message by one that tells a user what to do.
pub(crate) fn install_hook() {
    panic::set_hook(Box::new(|info| {
        let payload = info.payload();
        let message = payload
            .downcast_ref::<&str>()
            .copied()
            .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
            .unwrap_or("panic");
        let place = info
            .location()
            .map(|l| format!(" at {l}"))
            .unwrap_or_default();
        let error = anyhow::Error::msg(format!("internal error: {message}{place}"));
        let failure = Failure::new(Exit::Failed, error, Some(REPORT.into()));
        diagnostics::print(&diagnostics::render(&failure));
    }));
}
