//! A file elsewhere, read from its copy by a reader that takes only paths.

use std::sync::Arc;

use zarrio_model::{DatasetSchema, NodePath, Region, Source, SourceError, SourceIdentity};

use crate::data::RemoteFile;

/// The source of a copy under the name of what it is a copy of.
#[derive(Debug)]
pub(crate) struct Copied {
    inner: Box<dyn Source>,
    file: Arc<dyn RemoteFile>,
}

impl Copied {
    /// What `open` makes of the copy.
    pub(crate) fn open(
        file: &Arc<dyn RemoteFile>,
        open: impl FnOnce(&std::path::Path) -> Result<Box<dyn Source>, SourceError>,
    ) -> Result<Self, SourceError> {
        let inner = open(&file.copy()?).map_err(|error| named(error, file.as_ref()))?;
        Ok(Self {
            inner,
            file: Arc::clone(file),
        })
    }

    fn named(&self, error: SourceError) -> SourceError {
        named(error, self.file.as_ref())
    }
}

/// The error of a copy as one of the file itself.
fn named(error: SourceError, file: &dyn RemoteFile) -> SourceError {
    let copy = error.path.display().to_string();
    let path = file.identity().path.clone();
    SourceError {
        message: error.message.replace(&copy, &path.display().to_string()),
        path,
        ..error
    }
}

impl Source for Copied {
    fn schema(&self) -> &DatasetSchema {
        self.inner.schema()
    }

    fn identity(&self) -> &SourceIdentity {
        self.file.identity()
    }

    fn read(
        &self,
        variable: &NodePath,
        region: &Region,
        out: &mut [u8],
    ) -> Result<(), SourceError> {
        let read = self.inner.read(variable, region, out);
        read.map_err(|error| self.named(error))
    }

    fn read_text(&self, variable: &NodePath, region: &Region) -> Result<Vec<String>, SourceError> {
        let read = self.inner.read_text(variable, region);
        read.map_err(|error| self.named(error))
    }

    fn check_unchanged(&self) -> Result<(), SourceError> {
        self.file.check_unchanged()
    }
}
