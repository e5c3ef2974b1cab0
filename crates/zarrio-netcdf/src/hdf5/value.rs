//! The values of attributes.

use zarrio_model::AttributeValue;

use super::attribute::RawAttribute;
use super::datatype::{Class, Padding};
use super::fault::{Fault, Outcome};
use super::file::HdfFile;
use super::heap::GlobalHeap;
use super::read::swap_bytes;
use crate::chars::attribute_text;
use crate::numbers;

/// The value of an attribute; `None` when its type cannot be carried.
///
/// As netCDF-C has it, one text of a fixed length is a character attribute and several are
/// a list of strings.
pub(super) fn of_attribute(
    file: &HdfFile,
    attribute: &RawAttribute,
) -> Outcome<Option<AttributeValue>> {
    let size = attribute.datatype.size;
    Ok(Some(match &attribute.datatype.class {
        Class::Number(number) | Class::Enumeration { base: number, .. } => {
            let mut bytes = attribute.data.clone();
            if attribute.datatype.big_endian != cfg!(target_endian = "big") {
                swap_bytes(&mut bytes, size);
            }
            numbers::from_native(*number, &bytes)
        }
        Class::Char | Class::FixedText(_) => {
            let padding = match attribute.datatype.class {
                Class::FixedText(padding) => padding,
                _ => Padding::NullPadded,
            };
            if attribute.elements == 0 {
                AttributeValue::Text(String::new())
            } else if attribute.rank == 0 {
                // A character attribute keeps what follows a NUL, and its blanks.
                AttributeValue::Text(attribute_text(&attribute.data))
            } else {
                texts(
                    attribute
                        .data
                        .chunks(size)
                        .map(|text| attribute_text(cut(text, padding))),
                )
            }
        }
        Class::Text => {
            if size != GlobalHeap::reference_size(file) {
                return Err(Fault::invalid(format!(
                    "attribute {:?} has references of {size} bytes",
                    attribute.name
                )));
            }
            let mut heap = GlobalHeap::new(file);
            let mut list = Vec::new();
            for reference in attribute.data.chunks(size) {
                let text = heap
                    .get(reference, 1)
                    .map_err(|fault| fault.within(&format!("attribute {:?}", attribute.name)))?;
                list.push(attribute_text(cut(text, Padding::NullTerminated)));
            }
            texts(list.into_iter())
        }
        Class::ReferenceLists | Class::Other => return Ok(None),
    }))
}

/// The address of the last scale of each dimension in a `DIMENSION_LIST`.
///
/// Several scales may be attached to one dimension; netCDF-C takes the last.
pub(super) fn scale_addresses(
    file: &HdfFile,
    attribute: &RawAttribute,
) -> Outcome<Vec<Option<u64>>> {
    let size = attribute.datatype.size;
    if attribute.datatype.class != Class::ReferenceLists || size != GlobalHeap::reference_size(file)
    {
        return Err(Fault::invalid(
            "the attribute DIMENSION_LIST is no list of references",
        ));
    }
    let width = usize::from(file.offset_size);
    let mut heap = GlobalHeap::new(file);
    let mut addresses = Vec::new();
    for reference in attribute.data.chunks(size) {
        let objects = heap.get(reference, width)?;
        let last = objects.rchunks_exact(width).next();
        addresses.push(last.map(|bytes| {
            bytes
                .iter()
                .rev()
                .fold(0u64, |address, &byte| address << 8 | u64::from(byte))
        }));
    }
    Ok(addresses)
}

/// The bytes of a text without what only fills its space.
pub(super) fn cut(bytes: &[u8], padding: Padding) -> &[u8] {
    let end = match padding {
        Padding::NullTerminated => bytes
            .iter()
            .position(|&byte| byte == 0)
            .unwrap_or(bytes.len()),
        Padding::NullPadded => bytes
            .iter()
            .rposition(|&byte| byte != 0)
            .map_or(0, |i| i + 1),
    };
    &bytes[..end]
}

fn texts(mut list: impl Iterator<Item = String>) -> AttributeValue {
    match (list.next(), list.next()) {
        (None, _) => AttributeValue::TextList(Vec::new()),
        (Some(only), None) => AttributeValue::Text(only),
        (Some(first), Some(second)) => {
            AttributeValue::TextList([first, second].into_iter().chain(list).collect())
        }
    }
}
