//! How an archive is examined, and how it finds its sources.

use std::time::Duration;

use zarrio_model::{Source, SourceError};

use crate::ledger::SourceRecord;

/// How an archive is examined.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct VerifyOptions {
    /// Looks at names, sizes and heads of chunks only, and decodes none.
    pub quick: bool,
    /// Looks at this share of the chunks, from 0 to 1; at all of them where absent.
    pub sample: Option<f64>,
    /// Looks at chunks here and there until so much time has passed.
    pub max_duration: Option<Duration>,
    /// Compares with all recorded sources that are still there unchanged.
    pub sources: bool,
}

/// The files that an archive was written from.
pub trait Sources: Sync {
    /// A recorded file as it is now; none where there is none.
    fn now(&self, recorded: &SourceRecord) -> Option<SourceRecord>;

    /// Opens a recorded file.
    ///
    /// # Errors
    /// When it cannot be read.
    fn open(&self, recorded: &SourceRecord) -> Result<Box<dyn Source>, SourceError>;
}
