//! How the library is called: under its lock, with its error numbers checked, and silently.

use std::cell::Cell;
use std::ffi::{CStr, c_char, c_int};
use std::fmt;
use std::ptr::null_mut;

use netcdf_sys as nc;

/// Longer than any name that the library hands out (256 bytes and NUL, or HDF5's 266).
const NAME_BUFFER: usize = 1024;

/// An error number of the library.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::clib) struct Status(pub(in crate::clib) c_int);

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // SAFETY: the library returns a pointer to a constant, NUL-terminated text for
        // every number.
        let text = unsafe {
            let _guard = nc::libnetcdf_lock.lock();
            CStr::from_ptr(nc::nc_strerror(self.0))
        };
        let text = text.to_string_lossy();
        // Who says it is said already.
        let text = text.strip_prefix("NetCDF: ").unwrap_or(&text);
        write!(f, "{text} (netCDF error {})", self.0)
    }
}

impl std::error::Error for Status {}

thread_local! {
    static IS_SILENT: Cell<bool> = const { Cell::new(false) };
}

/// Keeps HDF5 from writing its errors to stderr.
///
/// netCDF asks for that once, but HDF5 holds the wish for each thread. The errors are
/// expected: netCDF tries for attributes that need not be there.
fn silence() {
    if !IS_SILENT.replace(true) {
        // SAFETY: the default stack of errors is always there, and no function is given.
        unsafe { hdf5_metno_sys::h5e::H5Eset_auto2(0, None, null_mut()) };
    }
}

/// Makes one call under the lock.
pub(super) fn call(function: impl FnOnce() -> c_int) -> Result<(), Status> {
    let _guard = nc::libnetcdf_lock.lock();
    silence();
    match function() {
        nc::NC_NOERR => Ok(()),
        code => Err(Status(code)),
    }
}

/// Asks for a list whose length the first call tells and which the second one fills.
pub(super) fn list<T: Clone>(
    zero: T,
    mut function: impl FnMut(&mut c_int, *mut T) -> c_int,
) -> Result<Vec<T>, Status> {
    let mut length = 0;
    call(|| function(&mut length, null_mut()))?;
    let mut items = vec![zero; usize::try_from(length).unwrap_or(0)];
    if !items.is_empty() {
        call(|| function(&mut length, items.as_mut_ptr()))?;
    }
    Ok(items)
}

/// Asks for a name.
pub(super) fn name(function: impl FnOnce(*mut c_char) -> c_int) -> Result<Vec<u8>, Status> {
    let mut buffer = [0_u8; NAME_BUFFER];
    call(|| function(buffer.as_mut_ptr().cast()))?;
    let end = buffer
        .iter()
        .position(|&byte| byte == 0)
        .unwrap_or(NAME_BUFFER);
    Ok(buffer[..end].to_vec())
}

/// Has texts allocated by the library, copies them and gives them back.
pub(super) fn strings(
    length: usize,
    function: impl FnOnce(*mut *mut c_char) -> c_int,
) -> Result<Vec<Vec<u8>>, Status> {
    let mut pointers: Vec<*mut c_char> = vec![null_mut(); length];
    let _guard = nc::libnetcdf_lock.lock();
    let result = call(|| function(pointers.as_mut_ptr()));
    let texts = pointers
        .iter()
        .map(|&pointer| {
            if pointer.is_null() {
                Vec::new()
            } else {
                // SAFETY: the library's texts are NUL-terminated and live until freed.
                unsafe { CStr::from_ptr(pointer) }.to_bytes().to_vec()
            }
        })
        .collect();
    // SAFETY: every pointer is null or was allocated by the library, and is used no more.
    let freed = call(|| unsafe { nc::nc_free_string(length, pointers.as_mut_ptr()) });
    result.and(freed)?;
    Ok(texts)
}
