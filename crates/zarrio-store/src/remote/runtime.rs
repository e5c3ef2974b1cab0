//! The one place with an async runtime.
//!
//! Callers are plain threads, of which some may belong to a runtime of their own: a request
//! is sent off to the runtime here, and the caller waits for the answer on a channel. That
//! works in both.

use std::future::Future;
use std::sync::OnceLock;
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::time::{Duration, Instant};

use tokio::runtime::{Builder, Runtime};

use crate::stop::Stop;
use crate::{StoreError, StoreErrorKind};

/// Requests wait for the network most of the time: two threads serve many.
const THREADS: usize = 2;
/// How often a waiting caller looks whether it shall stop.
const LOOK: Duration = Duration::from_millis(50);
/// How long a request may take all the same once the caller was asked to stop: what tidies up
/// after an interruption needs answers too.
const GRACE: Duration = Duration::from_secs(5);

fn runtime() -> Result<&'static Runtime, StoreError> {
    static RUNTIME: OnceLock<Result<Runtime, String>> = OnceLock::new();
    let made = RUNTIME.get_or_init(|| {
        Builder::new_multi_thread()
            .worker_threads(THREADS)
            .thread_name("zarrio-store")
            .enable_all()
            .build()
            .map_err(|error| error.to_string())
    });
    made.as_ref().map_err(|error| {
        let message = format!("cannot start the threads that talk to it: {error}");
        StoreError::new(StoreErrorKind::Io, "object store", message)
    })
}

/// The result of a future, waited for by this thread.
///
/// # Errors
/// [`StoreErrorKind::Interrupted`] when `stop` says so meanwhile; the request may have been
/// carried out then.
pub(super) fn wait<F>(future: F, stop: &Stop) -> Result<F::Output, StoreError>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    let (sender, receiver) = sync_channel(1);
    let task = runtime()?.spawn(async move {
        let _ = sender.send(future.await);
    });
    let begun = Instant::now();
    loop {
        match receiver.recv_timeout(LOOK) {
            Ok(output) => return Ok(output),
            Err(RecvTimeoutError::Timeout) if begun.elapsed() < GRACE || !stop.is_asked() => {}
            Err(RecvTimeoutError::Timeout) => {
                task.abort();
                return Err(StoreError::new(
                    StoreErrorKind::Interrupted,
                    "object store",
                    "stopped while it waited for an answer",
                ));
            }
            Err(RecvTimeoutError::Disconnected) => {
                return Err(StoreError::new(
                    StoreErrorKind::Io,
                    "object store",
                    "a request ended without an answer",
                ));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_caller_inside_another_runtime_waits_too() {
        let other = Builder::new_current_thread().build().unwrap();
        let answer = other.block_on(async { wait(async { 7 }, &Stop::default()) });
        assert_eq!(answer.unwrap(), 7);
    }

    #[test]
    fn a_wait_ends_when_it_is_asked_to() {
        let stop = Stop::new(|| true);
        let error = wait(std::future::pending::<()>(), &stop).unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::Interrupted);
    }

    #[test]
    fn a_request_that_panics_is_an_error() {
        let error = wait(async { panic!("on purpose") }, &Stop::default());
        let error: Result<(), _> = error;
        assert_eq!(error.unwrap_err().kind(), StoreErrorKind::Io);
    }
}
