//! Attributes of an object, as they are stored.

use hdf5_reader::io::Cursor;
use hdf5_reader::messages::dataspace::{self, DataspaceMessage, DataspaceType};
use hdf5_reader::messages::{
    MSG_ATTRIBUTE, MSG_ATTRIBUTE_INFO, MSG_DATASPACE, MSG_DATATYPE, attribute_info,
};

use super::datatype::Datatype;
use super::fault::{Fault, Outcome};
use super::file::{HdfFile, product};
use super::header::{Header, shared_body};
use super::links;

/// An attribute with the bytes of its value.
#[derive(Debug, Clone)]
pub(super) struct RawAttribute {
    pub(super) name: String,
    pub(super) datatype: Datatype,
    /// The number of dimensions; a scalar has none.
    pub(super) rank: usize,
    /// The number of elements: none for a null dataspace.
    pub(super) elements: usize,
    pub(super) data: Vec<u8>,
}

/// The attributes of an object in the order of their creation, where the file tells it.
pub(super) fn of_object(file: &HdfFile, header: &Header) -> Outcome<Vec<RawAttribute>> {
    let mut attributes = Vec::new();
    for message in header
        .messages
        .iter()
        .filter(|message| message.kind == MSG_ATTRIBUTE)
    {
        attributes.push((
            message.order.map(u32::from),
            parse(file, &message.body(file)?)?,
        ));
    }
    if let Some(body) = header.body(file, MSG_ATTRIBUTE_INFO)? {
        let mut cursor = Cursor::new(&body);
        let info =
            attribute_info::parse(&mut cursor, file.offset_size, file.length_size, body.len())?;
        if !file.is_undefined(info.fractal_heap_address) {
            let index = info.btree_name_index_address;
            for dense in links::dense_objects(file, info.fractal_heap_address, index)? {
                let order = dense.order.filter(|_| info.creation_order_tracked);
                attributes.push((order, parse(file, &dense.bytes)?));
            }
        }
    }
    attributes.sort_by_key(|(order, _)| *order);
    Ok(attributes
        .into_iter()
        .map(|(_, attribute)| attribute)
        .collect())
}

fn parse(file: &HdfFile, body: &[u8]) -> Outcome<RawAttribute> {
    let mut cursor = Cursor::new(body);
    let version = cursor.read_u8()?;
    if !matches!(version, 1..=3) {
        return Err(Fault::invalid(format!("an attribute of version {version}")));
    }
    let flags = cursor.read_u8()?;
    let sizes = [
        cursor.read_u16_le()?,
        cursor.read_u16_le()?,
        cursor.read_u16_le()?,
    ];
    if version == 3 {
        cursor.skip(1)?; // The character set of the name: both are UTF-8.
    }
    let mut take = |size: u16| -> Outcome<&[u8]> {
        let size = usize::from(size);
        let bytes = cursor.read_bytes(size)?;
        if version == 1 {
            cursor.skip(size.next_multiple_of(8) - size)?;
        }
        Ok(bytes)
    };
    let name = links::name(take(sizes[0])?);
    let (datatype, dataspace) = (take(sizes[1])?, take(sizes[2])?);
    let within = |fault: Fault| fault.within(&format!("attribute {name:?}"));

    // From version 2 on, the type or the space may stand in another object.
    let shared = if version == 1 { 0 } else { flags };
    let datatype = if shared & 1 != 0 {
        Datatype::parse(&shared_body(file, MSG_DATATYPE, datatype).map_err(within)?)
    } else {
        Datatype::parse(datatype)
    }
    .map_err(within)?;
    let space = if shared & 2 != 0 {
        parse_space(
            file,
            &shared_body(file, MSG_DATASPACE, dataspace).map_err(within)?,
        )
    } else {
        parse_space(file, dataspace)
    }
    .map_err(within)?;

    let elements = usize::try_from(elements(&space)?).unwrap_or(usize::MAX);
    let length = elements.saturating_mul(datatype.size);
    let data = cursor
        .read_bytes(length)
        .map_err(|error| within(error.into()))?
        .to_vec();
    Ok(RawAttribute {
        name,
        datatype,
        rank: space.dims.len(),
        elements,
        data,
    })
}

/// The dataspace of a message.
pub(super) fn parse_space(file: &HdfFile, body: &[u8]) -> Outcome<DataspaceMessage> {
    let mut cursor = Cursor::new(body);
    Ok(dataspace::parse(
        &mut cursor,
        file.offset_size,
        file.length_size,
        body.len(),
    )?)
}

fn elements(space: &DataspaceMessage) -> Outcome<u64> {
    match space.dataspace_type {
        DataspaceType::Null => Ok(0),
        DataspaceType::Scalar => Ok(1),
        DataspaceType::Simple => product(&space.dims),
    }
}
