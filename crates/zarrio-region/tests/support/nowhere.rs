#![allow(unreachable_pub, missing_docs, reason = "tests")]
//! Sources that are gone.

use zarrio_model::{Source, SourceError, SourceErrorKind};
use zarrio_region::{SourceRecord, Sources};

/// No file is where it was.
#[derive(Debug)]
pub struct Nowhere;

impl Sources for Nowhere {
    fn now(&self, _: &SourceRecord) -> Option<SourceRecord> {
        None
    }

    fn open(&self, recorded: &SourceRecord) -> Result<Box<dyn Source>, SourceError> {
        let (kind, message) = (SourceErrorKind::NotFound, "it is not there");
        Err(SourceError::new(kind, &recorded.path, message))
    }
}
