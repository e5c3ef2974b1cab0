//! Exit codes: the one table from what happened to what the process answers.

use std::process::ExitCode;

/// How the process ends. Workflow engines decide by it whether to run a task again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Exit {
    /// Done, or already done before.
    Done = 0,
    /// Failed for a reason that has no code of its own.
    Failed = 1,
    /// The command line or the configuration is wrong; nothing was written.
    Usage = 2,
    /// The input cannot be read.
    Input = 3,
    /// Labels or structure of files do not match.
    Mismatch = 4,
    /// Something is not complete, or not what it should be.
    Unverified = 6,
    /// Some files failed, the rest is done.
    Partly = 7,
    /// A temporary trouble: the same command may succeed when it is run again.
    Temporary = 75,
    /// Stopped by Ctrl-C.
    Interrupted = 130,
    /// Stopped by a termination signal.
    Terminated = 143,
}

impl Exit {
    /// The number.
    pub(crate) const fn code(self) -> u8 {
        self as u8
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}
