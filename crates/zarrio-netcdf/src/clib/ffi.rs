//! Safe calls into the netCDF C library: the only module that talks to it.
//!
//! We call the library's own functions and not the safe wrapper of the `netcdf` crate,
//! which panics on names that are no UTF-8 and on types that it does not know, changes
//! character data, and cannot tell filters. The library is not thread-safe; every call
//! holds the process-wide lock that the crates of HDF5 and netCDF share.

#![expect(unsafe_code, reason = "the library has a C interface")]

mod call;

use std::ffi::{CStr, CString, c_int, c_uint, c_void};
use std::ptr::null_mut;

use netcdf_sys as nc;

pub(super) use self::call::Status;
use self::call::{call, list, name, strings};

/// A group of an open file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct GroupId(c_int);

/// A variable of an open file, or the group itself as the owner of attributes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct VariableId {
    group: c_int,
    variable: c_int,
}

impl GroupId {
    /// The group as the owner of its attributes.
    pub(super) const fn global(self) -> VariableId {
        VariableId {
            group: self.0,
            variable: nc::NC_GLOBAL,
        }
    }
}

/// What a variable declares.
#[derive(Debug)]
pub(super) struct Declaration {
    pub(super) name: Vec<u8>,
    pub(super) type_id: c_int,
    pub(super) dimensions: Vec<c_int>,
}

/// A user-defined type.
#[derive(Debug)]
pub(super) struct UserType {
    pub(super) name: Vec<u8>,
    pub(super) size: usize,
    pub(super) base: c_int,
    pub(super) members: usize,
    pub(super) class: c_int,
}

/// An open file; closed when dropped.
#[derive(Debug)]
pub(super) struct File {
    id: c_int,
}

impl Drop for File {
    fn drop(&mut self) {
        // SAFETY: the id is open and nobody uses it after this. A read-only file has
        // nothing to lose when closing fails.
        let _ = call(|| unsafe { nc::nc_close(self.id) });
    }
}

impl File {
    /// Opens a file for reading.
    pub(super) fn open(path: &CStr) -> Result<Self, Status> {
        let mut id = 0;
        // SAFETY: the path is NUL-terminated and the id is ours to write.
        call(|| unsafe { nc::nc_open(path.as_ptr(), nc::NC_NOWRITE, &raw mut id) })?;
        Ok(Self { id })
    }

    pub(super) const fn root(&self) -> GroupId {
        GroupId(self.id)
    }

    /// The number of the format, `NC_FORMAT_*`.
    pub(super) fn format(&self) -> Result<c_int, Status> {
        let mut format = 0;
        // SAFETY: the id is open and the number is ours to write.
        call(|| unsafe { nc::nc_inq_format(self.id, &raw mut format) })?;
        Ok(format)
    }

    pub(super) fn groups(&self, group: GroupId) -> Result<Vec<GroupId>, Status> {
        // SAFETY: the library writes as many ids as it announced, or checks for null.
        let ids = list(0, |n, ids| unsafe { nc::nc_inq_grps(group.0, n, ids) })?;
        Ok(ids.into_iter().map(GroupId).collect())
    }

    pub(super) fn group_name(&self, group: GroupId) -> Result<Vec<u8>, Status> {
        // SAFETY: the buffer is longer than any name.
        name(|buffer| unsafe { nc::nc_inq_grpname(group.0, buffer) })
    }

    /// Ids of the dimensions that a group itself declares.
    pub(super) fn dimensions(&self, group: GroupId) -> Result<Vec<c_int>, Status> {
        // SAFETY: as for groups; the last argument leaves parents out.
        list(0, |n, ids| unsafe { nc::nc_inq_dimids(group.0, n, ids, 0) })
    }

    /// Ids of the unlimited dimensions that a group itself declares.
    pub(super) fn unlimited(&self, group: GroupId) -> Result<Vec<c_int>, Status> {
        // SAFETY: as for groups.
        list(0, |n, ids| unsafe { nc::nc_inq_unlimdims(group.0, n, ids) })
    }

    /// The name and length of a dimension that the group sees.
    pub(super) fn dimension(&self, group: GroupId, id: c_int) -> Result<(Vec<u8>, u64), Status> {
        let mut length = 0;
        // SAFETY: the buffer is longer than any name.
        let name = name(|n| unsafe { nc::nc_inq_dim(group.0, id, n, &raw mut length) })?;
        Ok((name, length as u64))
    }

    pub(super) fn variables(&self, group: GroupId) -> Result<Vec<VariableId>, Status> {
        // SAFETY: as for groups.
        let ids = list(0, |n, ids| unsafe { nc::nc_inq_varids(group.0, n, ids) })?;
        Ok(ids
            .into_iter()
            .map(|variable| VariableId {
                group: group.0,
                variable,
            })
            .collect())
    }

    pub(super) fn declaration(&self, id: VariableId) -> Result<Declaration, Status> {
        let VariableId { group, variable } = id;
        let mut type_id = 0;
        // SAFETY: the buffer is longer than any name, the numbers are ours to write.
        let name = name(|n| unsafe { nc::nc_inq_varname(group, variable, n) })?;
        // SAFETY: as above.
        call(|| unsafe { nc::nc_inq_vartype(group, variable, &raw mut type_id) })?;
        let dimensions = list(0, |n, ids: *mut c_int| {
            if ids.is_null() {
                // SAFETY: as above.
                unsafe { nc::nc_inq_varndims(group, variable, n) }
            } else {
                // SAFETY: the list has room for as many ids as the call above announced.
                unsafe { nc::nc_inq_vardimid(group, variable, ids) }
            }
        })?;
        Ok(Declaration {
            name,
            type_id,
            dimensions,
        })
    }

    /// The chunk shape of a variable; `None` when it has no chunks.
    pub(super) fn chunks(&self, id: VariableId, rank: usize) -> Result<Option<Vec<u64>>, Status> {
        let mut storage = 0;
        let mut sizes = vec![0_usize; rank];
        // SAFETY: the library writes one size for each dimension of the variable.
        call(|| unsafe {
            nc::nc_inq_var_chunking(id.group, id.variable, &raw mut storage, sizes.as_mut_ptr())
        })?;
        let chunked = storage == nc::NC_CHUNKED && rank > 0;
        Ok(chunked.then(|| sizes.into_iter().map(|size| size as u64).collect()))
    }

    /// Ids and parameters of the filters, in the order in which they are applied.
    pub(super) fn filters(&self, id: VariableId) -> Result<Vec<(u32, Vec<u32>)>, Status> {
        let VariableId { group, variable } = id;
        let mut count = 0;
        // SAFETY: null asks for the number alone.
        call(|| unsafe { nc::nc_inq_var_filter_ids(group, variable, &raw mut count, null_mut()) })?;
        let mut ids: Vec<c_uint> = vec![0; count];
        if count > 0 {
            // SAFETY: there is room for the number of ids that was announced.
            call(|| unsafe {
                nc::nc_inq_var_filter_ids(group, variable, &raw mut count, ids.as_mut_ptr())
            })?;
        }
        ids.into_iter()
            .map(|filter| Ok((filter, self.filter_parameters(id, filter)?)))
            .collect()
    }

    fn filter_parameters(&self, id: VariableId, filter: u32) -> Result<Vec<u32>, Status> {
        let VariableId { group, variable } = id;
        let mut count = 0;
        // SAFETY: null asks for the number alone.
        call(|| unsafe {
            nc::nc_inq_var_filter_info(group, variable, filter, &raw mut count, null_mut())
        })?;
        let mut values: Vec<c_uint> = vec![0; count];
        if count > 0 {
            // SAFETY: there is room for the number of values that was announced.
            call(|| unsafe {
                nc::nc_inq_var_filter_info(
                    group,
                    variable,
                    filter,
                    &raw mut count,
                    values.as_mut_ptr(),
                )
            })?;
        }
        Ok(values)
    }

    pub(super) fn user_type(&self, group: GroupId, type_id: c_int) -> Result<UserType, Status> {
        let (mut size, mut members) = (0, 0);
        let (mut base, mut class) = (0, 0);
        // SAFETY: the buffer is longer than any name, the numbers are ours to write.
        let name = name(|buffer| unsafe {
            nc::nc_inq_user_type(
                group.0,
                type_id,
                buffer,
                &raw mut size,
                &raw mut base,
                &raw mut members,
                &raw mut class,
            )
        })?;
        Ok(UserType {
            name,
            size,
            base,
            members,
            class,
        })
    }

    /// The name of a member of an enumeration, and its value in native byte order: the
    /// first bytes, as many as the base type has.
    pub(super) fn enum_member(
        &self,
        group: GroupId,
        type_id: c_int,
        index: usize,
    ) -> Result<(Vec<u8>, [u8; 8]), Status> {
        let index = c_int::try_from(index).map_err(|_| Status(nc::NC_EINVAL))?;
        let mut value = 0_u64;
        // SAFETY: the base of an enumeration is an integer, of eight bytes at most.
        let name = name(|buffer| unsafe {
            nc::nc_inq_enum_member(group.0, type_id, index, buffer, (&raw mut value).cast())
        })?;
        Ok((name, value.to_ne_bytes()))
    }

    /// The number of attributes.
    pub(super) fn attribute_count(&self, owner: VariableId) -> Result<c_int, Status> {
        let mut count = 0;
        // SAFETY: the number is ours to write.
        call(|| unsafe { nc::nc_inq_varnatts(owner.group, owner.variable, &raw mut count) })?;
        Ok(count)
    }

    /// The name, type and length of an attribute.
    pub(super) fn attribute(
        &self,
        owner: VariableId,
        index: c_int,
    ) -> Result<(CString, c_int, usize), Status> {
        let VariableId { group, variable } = owner;
        // SAFETY: the buffer is longer than any name.
        let name = name(|n| unsafe { nc::nc_inq_attname(group, variable, index, n) })?;
        let name = CString::new(name).map_err(|_| Status(nc::NC_EBADNAME))?;
        let (mut type_id, mut length) = (0, 0);
        // SAFETY: the name is NUL-terminated, the numbers are ours to write.
        call(|| unsafe {
            nc::nc_inq_att(
                group,
                variable,
                name.as_ptr(),
                &raw mut type_id,
                &raw mut length,
            )
        })?;
        Ok((name, type_id, length))
    }

    /// The values of an attribute of a type of `size` bytes that holds no pointers.
    pub(super) fn attribute_bytes(
        &self,
        owner: VariableId,
        name: &CStr,
        bytes: usize,
    ) -> Result<Vec<u8>, Status> {
        // Words, so that values of every type are aligned; one more keeps the pointer real.
        let mut words = vec![0_u64; bytes / 8 + 1];
        // SAFETY: the caller computed `bytes` from the attribute's own length and type.
        call(|| unsafe {
            nc::nc_get_att(
                owner.group,
                owner.variable,
                name.as_ptr(),
                words.as_mut_ptr().cast(),
            )
        })?;
        let mut values: Vec<u8> = words.into_iter().flat_map(u64::to_ne_bytes).collect();
        values.truncate(bytes);
        Ok(values)
    }

    /// The texts of a string attribute, as bytes.
    pub(super) fn attribute_strings(
        &self,
        owner: VariableId,
        name: &CStr,
        length: usize,
    ) -> Result<Vec<Vec<u8>>, Status> {
        strings(length, |pointers| {
            // SAFETY: there is room for as many pointers as the attribute has texts.
            unsafe { nc::nc_get_att_string(owner.group, owner.variable, name.as_ptr(), pointers) }
        })
    }

    /// Reads a hyperslab of a type without pointers; `out` holds it exactly and is aligned
    /// to eight bytes.
    ///
    /// # Safety
    /// `start` and `count` have one number for each dimension, and `out` room for the
    /// product of `count` times the size of the variable's type.
    pub(super) unsafe fn read(
        &self,
        id: VariableId,
        start: &[usize],
        count: &[usize],
        out: *mut c_void,
    ) -> Result<(), Status> {
        // SAFETY: the caller vouches for the lengths.
        call(|| unsafe {
            nc::nc_get_vara(id.group, id.variable, start.as_ptr(), count.as_ptr(), out)
        })
    }

    /// Reads a hyperslab of a string variable, as bytes.
    ///
    /// # Safety
    /// `start` and `count` have one number for each dimension.
    pub(super) unsafe fn read_strings(
        &self,
        id: VariableId,
        start: &[usize],
        count: &[usize],
    ) -> Result<Vec<Vec<u8>>, Status> {
        let length = count.iter().product();
        strings(length, |pointers| {
            // SAFETY: there is room for a pointer to each element.
            unsafe {
                nc::nc_get_vara_string(
                    id.group,
                    id.variable,
                    start.as_ptr(),
                    count.as_ptr(),
                    pointers,
                )
            }
        })
    }
}
