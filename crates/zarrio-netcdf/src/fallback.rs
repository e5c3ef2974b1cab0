//! The C library as the second reader of single variables.

use std::collections::HashSet;
use std::sync::{Mutex, OnceLock, PoisonError, RwLock};

use zarrio_model::{NodePath, Source, SourceError, SourceErrorKind};

#[cfg(feature = "libnetcdf")]
use crate::copied::Copied;
use crate::data::Input;

/// A second reader that is opened when it is first needed.
#[derive(Debug)]
pub(crate) struct Fallback {
    input: Input,
    source: OnceLock<Box<dyn Source>>,
    /// Held while it is opened: many threads may need it for the first time at once.
    opening: Mutex<()>,
    /// Variables that the first reader is known not to support.
    variables: RwLock<HashSet<NodePath>>,
}

impl Fallback {
    /// A fallback for a file; opens nothing.
    pub(crate) fn new(input: Input) -> Self {
        Self {
            input,
            source: OnceLock::new(),
            opening: Mutex::new(()),
            variables: RwLock::new(HashSet::new()),
        }
    }

    /// Whether a variable is known to be read here.
    pub(crate) fn serves(&self, variable: &NodePath) -> bool {
        // Nothing panics while it holds the lock, and a set is whole after any panic.
        self.variables
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .contains(variable)
    }

    /// Has a variable read here from now on.
    pub(crate) fn remember(&self, variable: &NodePath) {
        self.variables
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(variable.clone());
    }

    /// The second reader, when it sees the variable as the first one does.
    ///
    /// # Errors
    /// When it cannot open the file, when the file changed, and when it sees another variable.
    pub(crate) fn source(
        &self,
        first: &dyn Source,
        variable: &NodePath,
    ) -> Result<&dyn Source, SourceError> {
        let second = self.opened()?;
        let (here, there) = (first.identity(), second.identity());
        if (here.size, here.modified) != (there.size, there.modified) {
            first.check_unchanged()?;
        }
        let seen = |source: &dyn Source| {
            source
                .schema()
                .variable(variable)
                .map(|v| (v.data_type, v.shape.clone()))
        };
        if seen(first) != seen(second) {
            return Err(SourceError::new(
                SourceErrorKind::Unsupported,
                self.input.path(),
                "the netCDF C library sees it differently",
            )
            .variable(variable)
            .hint("read the file with `--reader c`, or leave the variable out"));
        }
        Ok(second)
    }

    fn opened(&self) -> Result<&dyn Source, SourceError> {
        if let Some(second) = self.source.get() {
            return Ok(&**second);
        }
        let _opening = self.opening.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(second) = self.source.get() {
            return Ok(&**second);
        }
        let opened = open(&self.input)?;
        Ok(&**self.source.get_or_init(|| opened))
    }
}

#[cfg(feature = "libnetcdf")]
fn open(input: &Input) -> Result<Box<dyn Source>, SourceError> {
    let open = |path: &std::path::Path| -> Result<Box<dyn Source>, SourceError> {
        Ok(Box::new(crate::clib::CSource::open(path)?))
    };
    match input {
        Input::Local(path) => open(path),
        Input::Remote(file) => Ok(Box::new(Copied::open(file, open)?)),
    }
}

#[cfg(not(feature = "libnetcdf"))]
fn open(input: &Input) -> Result<Box<dyn Source>, SourceError> {
    Err(SourceError::new(
        SourceErrorKind::Unsupported,
        input.path(),
        "this build does not contain the netCDF C library",
    ))
}
