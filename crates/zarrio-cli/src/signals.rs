//! Ctrl-C and termination: stop as soon as possible and leave nothing that looks whole.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};
use std::thread;

use signal_hook::consts::{SIGINT, SIGTERM, SIGXFSZ};
use signal_hook::flag;
use signal_hook::iterator::Signals;
use zarrio_region::CancelToken;

use crate::context::Context;
use crate::diagnostics::Talk;
use crate::exit::Exit;
use crate::failure::Failure;

/// Set with the first signal that a watch turns into a cancellation.
static STOPPING: AtomicBool = AtomicBool::new(false);

/// Whether the process was asked to stop, for what waits without a token: inputs on servers.
pub(crate) fn is_stopping() -> bool {
    STOPPING.load(Ordering::SeqCst)
}

/// Turns the first signal into a cancellation; the second ends the process at once.
#[derive(Debug)]
pub(crate) struct Watch {
    received: Arc<AtomicI32>,
}

impl Watch {
    /// Starts watching; the first signal switches `token`.
    ///
    /// # Errors
    /// When the system does not let the process handle signals.
    pub(crate) fn start(context: &Context, token: &CancelToken) -> Result<Self, Failure> {
        let received = Arc::default();
        match watch(context.talk.clone(), token.clone(), Arc::clone(&received)) {
            Ok(()) => Ok(Self { received }),
            Err(error) => {
                let error = anyhow::Error::new(error).context("cannot handle signals");
                Err(Failure::new(Exit::Failed, error, None))
            }
        }
    }

    /// How the process ends when it was stopped.
    pub(crate) fn exit(&self) -> Exit {
        exit_of(self.received.load(Ordering::SeqCst))
    }
}

fn watch(talk: Talk, token: CancelToken, received: Arc<AtomicI32>) -> io::Result<()> {
    // A file that is larger than the shell lets it be is an error of the write, then.
    flag::register(SIGXFSZ, Arc::default())?;
    let mut signals = Signals::new([SIGINT, SIGTERM])?;
    let name = thread::Builder::new().name("signals".into());
    name.spawn(move || {
        for signal in signals.forever() {
            if received.swap(signal, Ordering::SeqCst) != 0 {
                // Whatever is half-written has no valid name; there is nothing to tidy.
                signal_hook::low_level::exit(i32::from(exit_of(signal).code()));
            }
            STOPPING.store(true, Ordering::SeqCst);
            token.cancel();
            talk.result("stopping after the chunks at hand; a second signal ends at once");
        }
    })?;
    Ok(())
}

fn exit_of(signal: i32) -> Exit {
    if signal == SIGTERM {
        Exit::Terminated
    } else {
        Exit::Interrupted
    }
}
