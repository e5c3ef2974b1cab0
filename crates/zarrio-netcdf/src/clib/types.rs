//! The library's types as ours.

use std::ffi::c_int;

use netcdf_sys as nc;
use zarrio_model::{AttributeValue, Attributes, DataType};

use super::ffi::{File, GroupId, Status, UserType};
use crate::chars::attribute_text;
use crate::numbers;

/// What a declared type means for a variable.
#[derive(Debug)]
pub(super) enum Declared {
    /// Numbers of one of our types.
    Number(DataType),
    /// Bytes that stand for text.
    Char,
    /// Texts of any length.
    String,
    /// An enumeration: its integers, and what its members say.
    Enum {
        base: DataType,
        name: String,
        members: Attributes,
    },
    /// A type that cannot be carried: its declaration, and why.
    Unsupported {
        declared: String,
        reason: &'static str,
    },
}

/// The number types of the library.
pub(super) const fn number(type_id: c_int) -> Option<DataType> {
    Some(match type_id {
        nc::NC_BYTE => DataType::Int8,
        nc::NC_UBYTE => DataType::UInt8,
        nc::NC_SHORT => DataType::Int16,
        nc::NC_USHORT => DataType::UInt16,
        nc::NC_INT => DataType::Int32,
        nc::NC_UINT => DataType::UInt32,
        nc::NC_INT64 => DataType::Int64,
        nc::NC_UINT64 => DataType::UInt64,
        nc::NC_FLOAT => DataType::Float32,
        nc::NC_DOUBLE => DataType::Float64,
        _ => return None,
    })
}

/// What a type id that a variable or attribute of `group` names means.
pub(super) fn resolve(file: &File, group: GroupId, type_id: c_int) -> Result<Declared, Status> {
    if let Some(data_type) = number(type_id) {
        return Ok(Declared::Number(data_type));
    }
    match type_id {
        nc::NC_CHAR => Ok(Declared::Char),
        nc::NC_STRING => Ok(Declared::String),
        _ => user_type(file, group, type_id),
    }
}

fn user_type(file: &File, group: GroupId, type_id: c_int) -> Result<Declared, Status> {
    let user = file.user_type(group, type_id)?;
    let name = String::from_utf8_lossy(&user.name).into_owned();
    let unsupported = |declared: String, reason| Ok(Declared::Unsupported { declared, reason });
    match user.class {
        nc::NC_ENUM => match number(user.base) {
            Some(base) => {
                let members = enum_attributes(file, group, type_id, &user, base)?;
                Ok(Declared::Enum {
                    base,
                    name,
                    members,
                })
            }
            None => unsupported(format!("enum {name}"), "its base type is not known"),
        },
        nc::NC_COMPOUND => unsupported(
            "compound".to_owned(),
            "Zarr has no compound type that readers share",
        ),
        nc::NC_VLEN => unsupported(
            "vlen".to_owned(),
            "Zarr has no type for lists of varying length",
        ),
        nc::NC_OPAQUE => unsupported(
            format!("opaque {}", user.size),
            "its bytes have no declared meaning",
        ),
        other => unsupported(
            format!("class {other}"),
            "the class of its type is not known",
        ),
    }
}

/// The members of an enumeration as CF says them.
fn enum_attributes(
    file: &File,
    group: GroupId,
    type_id: c_int,
    user: &UserType,
    base: DataType,
) -> Result<Attributes, Status> {
    let size = base.size().unwrap_or(8);
    let mut values = Vec::new();
    let mut meanings = Vec::new();
    for index in 0..user.members {
        let (name, value) = file.enum_member(group, type_id, index)?;
        values.extend_from_slice(&value[..size]);
        let name = String::from_utf8_lossy(&name).into_owned();
        meanings.push(name.split_whitespace().collect::<Vec<_>>().join("_"));
    }
    let mut attributes = Attributes::new();
    attributes.set("flag_values", numbers::from_native(base, &values));
    attributes.set("flag_meanings", meanings.join(" "));
    Ok(attributes)
}

/// Attributes of a group or variable, and the names of those left out with their type.
pub(super) fn attributes(
    file: &File,
    group: GroupId,
    owner: super::ffi::VariableId,
) -> Result<(Attributes, Vec<(String, String)>), Status> {
    let mut attributes = Attributes::new();
    let mut left_out = Vec::new();
    for index in 0..file.attribute_count(owner)? {
        let (c_name, type_id, length) = file.attribute(owner, index)?;
        let name = c_name.to_string_lossy().into_owned();
        let of_size = |size: usize| {
            let bytes = length.checked_mul(size).ok_or(Status(nc::NC_ENOMEM))?;
            file.attribute_bytes(owner, &c_name, bytes)
        };
        let value = match resolve(file, group, type_id)? {
            Declared::Number(base) | Declared::Enum { base, .. } => Some(numbers::from_native(
                base,
                &of_size(base.size().unwrap_or(8))?,
            )),
            Declared::Char => Some(AttributeValue::Text(attribute_text(&of_size(1)?))),
            Declared::String => Some(texts(&file.attribute_strings(owner, &c_name, length)?)),
            Declared::Unsupported { declared, .. } => {
                left_out.push((name.clone(), declared));
                None
            }
        };
        if let Some(value) = value {
            attributes.set(name, value);
        }
    }
    Ok((attributes, left_out))
}

fn texts(texts: &[Vec<u8>]) -> AttributeValue {
    match texts {
        [one] => AttributeValue::Text(attribute_text(one)),
        several => {
            AttributeValue::TextList(several.iter().map(|text| attribute_text(text)).collect())
        }
    }
}
