//! The second reader: the netCDF C library.
//!
//! It serves what the first reader does not support, and the tests as the oracle. The
//! library holds one lock for the whole process, so its reads do not scale with threads.

mod errors;
mod ffi;
mod schema;
mod types;

use std::collections::HashMap;
use std::ffi::CString;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use zarrio_model::{
    DataType, DatasetSchema, NodePath, Region, Source, SourceError, SourceErrorKind, SourceIdentity,
};

use self::errors::Context;
use self::ffi::{File, Status, VariableId};
use crate::axes::Axes;
use crate::identity::Identity;
use crate::text::CharRows;

/// A file that the C library reads.
#[derive(Debug)]
pub(crate) struct CSource {
    file: File,
    identity: Identity,
    schema: DatasetSchema,
    slots: HashMap<NodePath, Slot>,
}

/// Where the library keeps a variable, and what its values are.
#[derive(Debug)]
struct Slot {
    id: VariableId,
    values: Values,
    /// The shape in the file, which for characters has one dimension more than ours.
    shape: Vec<u64>,
}

#[derive(Debug, Clone, Copy)]
enum Values {
    Numbers(DataType),
    /// Characters that are carried as bytes.
    Bytes,
    /// Characters that are carried as text.
    Rows(CharRows),
    Strings,
}

impl CSource {
    /// Opens a file and reads its metadata.
    pub(crate) fn open(path: &Path) -> Result<Self, SourceError> {
        let identity = Identity::of(path)?;
        let errors = Context { path };
        let file = errors.check(File::open(&c_path(path)?))?;
        let mut reader = schema::Reader {
            file: &file,
            errors,
            axes: Axes::new(),
            declared_in: HashMap::new(),
            slots: HashMap::new(),
            notes: Vec::new(),
        };
        let schema = reader.dataset()?;
        let slots = reader.slots;
        Ok(Self {
            file,
            identity,
            schema,
            slots,
        })
    }

    fn errors(&self) -> Context<'_> {
        Context {
            path: &self.identity.public.path,
        }
    }

    fn request(&self, variable: &NodePath, message: impl Into<String>) -> SourceError {
        SourceError::new(
            SourceErrorKind::Request,
            &self.identity.public.path,
            message,
        )
        .variable(variable)
    }

    fn slot(&self, variable: &NodePath) -> Result<&Slot, SourceError> {
        self.slots
            .get(variable)
            .ok_or_else(|| self.request(variable, "there is no such variable"))
    }
}

/// The path for the library: absolute, because it takes some relative ones for addresses.
fn c_path(path: &Path) -> Result<CString, SourceError> {
    let absolute = std::path::absolute(path).map_err(|error| {
        SourceError::new(SourceErrorKind::Io, path, "the path cannot be resolved").caused_by(error)
    })?;
    CString::new(absolute.as_os_str().as_bytes())
        .map_err(|_| SourceError::new(SourceErrorKind::NotFound, path, "the path contains NUL"))
}

/// Reads numbers or characters; `out` has the size of the region, which fits.
fn fetch(file: &File, slot: &Slot, region: &Region, out: &mut [u8]) -> Result<(), Status> {
    let (start, count) = position(region)?;
    if out.is_empty() {
        return Ok(());
    }
    let aligned = (out.as_ptr() as usize).is_multiple_of(align_of::<u64>());
    #[expect(unsafe_code, reason = "the library fills memory")]
    if aligned {
        // The library leaves memory as it was where nothing was written and there is no fill value.
        out.fill(0);
        // SAFETY: the callers check that the region fits the variable and `out` the region.
        unsafe { file.read(slot.id, &start, &count, out.as_mut_ptr().cast()) }
    } else {
        let mut words = vec![0_u64; out.len().div_ceil(8)];
        // SAFETY: as above; there are at least as many bytes in the words as in `out`.
        unsafe { file.read(slot.id, &start, &count, words.as_mut_ptr().cast()) }?;
        for (bytes, word) in out.chunks_mut(8).zip(&words) {
            bytes.copy_from_slice(&word.to_ne_bytes()[..bytes.len()]);
        }
        Ok(())
    }
}

fn position(region: &Region) -> Result<(Vec<usize>, Vec<usize>), Status> {
    let sizes = |values: Vec<u64>| {
        values
            .into_iter()
            .map(usize::try_from)
            .collect::<Result<Vec<_>, _>>()
    };
    match (sizes(region.start()), sizes(region.shape())) {
        (Ok(start), Ok(count)) => Ok((start, count)),
        _ => Err(Status(netcdf_sys::NC_EINVALCOORDS)),
    }
}

impl Source for CSource {
    fn schema(&self) -> &DatasetSchema {
        &self.schema
    }

    fn identity(&self) -> &SourceIdentity {
        &self.identity.public
    }

    fn read(
        &self,
        variable: &NodePath,
        region: &Region,
        out: &mut [u8],
    ) -> Result<(), SourceError> {
        let slot = self.slot(variable)?;
        let size = match slot.values {
            Values::Numbers(data_type) => data_type.size().unwrap_or(1),
            Values::Bytes => 1,
            Values::Rows(_) | Values::Strings => {
                return Err(self.request(variable, "its values are text"));
            }
        };
        self.identity
            .check_request(variable, &slot.shape, region, Some((size, out.len())))?;
        fetch(&self.file, slot, region, out).map_err(|status| self.errors().at(status, variable))
    }

    fn read_text(&self, variable: &NodePath, region: &Region) -> Result<Vec<String>, SourceError> {
        let slot = self.slot(variable)?;
        let failed = |status| self.errors().at(status, variable);
        match slot.values {
            Values::Rows(rows) => {
                self.identity
                    .read_rows(variable, &slot.shape, region, rows, |region, out| {
                        fetch(&self.file, slot, region, out).map_err(failed)
                    })
            }
            Values::Strings => {
                self.identity
                    .check_request(variable, &slot.shape, region, None)?;
                if region.is_empty() {
                    return Ok(Vec::new());
                }
                let (start, count) = position(region).map_err(failed)?;
                #[expect(unsafe_code, reason = "the library fills memory")]
                // SAFETY: the region has as many dimensions as the variable.
                let texts = unsafe { self.file.read_strings(slot.id, &start, &count) };
                texts
                    .map_err(failed)?
                    .into_iter()
                    .map(|bytes| {
                        String::from_utf8(bytes).map_err(|error| {
                            self.errors()
                                .invalid("a text is not UTF-8")
                                .variable(variable)
                                .caused_by(error)
                        })
                    })
                    .collect()
            }
            Values::Numbers(_) | Values::Bytes => {
                Err(self.request(variable, "its values are not text"))
            }
        }
    }

    fn check_unchanged(&self) -> Result<(), SourceError> {
        self.identity.check_unchanged()
    }
}
