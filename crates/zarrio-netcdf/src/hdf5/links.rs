//! What a group contains, in the order in which netCDF-C lists it.

use hdf5_reader::btree_v1;
use hdf5_reader::btree_v2::{self, BTreeV2Header, BTreeV2Record};
use hdf5_reader::fractal_heap::{FractalHeap, FractalHeapDirectBlockCache};
use hdf5_reader::io::Cursor;
use hdf5_reader::local_heap::LocalHeap;
use hdf5_reader::messages::symbol_table_msg;
use hdf5_reader::messages::{MSG_LINK, MSG_LINK_INFO, MSG_SYMBOL_TABLE, link_info};
use hdf5_reader::symbol_table::SymbolTableNode;

use super::fault::{Fault, Outcome};
use super::file::HdfFile;
use super::header::Header;

/// The most bytes of links or attributes of one object that are kept.
const LARGEST_DENSE: usize = 256 << 20;
/// The most soft links that one path may lead through.
const MOST_SOFT_LINKS: usize = 16;

/// Where a link leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Target {
    /// The object header at this address.
    Hard(u64),
    /// A path, from the root when it begins with a slash.
    Soft(String),
    /// Another file, or something that only its writer understands.
    Elsewhere,
}

/// One name in a group.
#[derive(Debug, Clone)]
pub(super) struct Link {
    pub(super) name: String,
    pub(super) target: Target,
    order: Option<u64>,
}

/// The links of a group: by creation where every one tells it, by name otherwise.
pub(super) fn of_group(file: &HdfFile, header: &Header) -> Outcome<Vec<Link>> {
    let mut links = Vec::new();
    for message in header
        .messages
        .iter()
        .filter(|message| message.kind == MSG_LINK)
    {
        links.push(parse(file, &message.body(file)?)?);
    }
    if let Some(body) = header.body(file, MSG_LINK_INFO)? {
        let mut cursor = Cursor::new(&body);
        let info = link_info::parse(&mut cursor, file.offset_size, file.length_size, body.len())?;
        if !file.is_undefined(info.fractal_heap_address) {
            let index = info.btree_name_index_address;
            for body in dense_objects(file, info.fractal_heap_address, index)? {
                links.push(parse(file, &body.bytes)?);
            }
        }
    }
    if let Some(body) = header.body(file, MSG_SYMBOL_TABLE)? {
        symbol_table(file, &body, &mut links)?;
    }
    if links.iter().all(|link| link.order.is_some()) {
        links.sort_by_key(|link| link.order);
    } else {
        links.sort_by(|a, b| a.name.as_bytes().cmp(b.name.as_bytes()));
    }
    Ok(links)
}

/// Whether an object header is that of a group.
pub(super) fn is_group(header: &Header) -> bool {
    [MSG_SYMBOL_TABLE, MSG_LINK_INFO, MSG_LINK]
        .into_iter()
        .any(|kind| header.find(kind).is_some())
}

/// The address that a soft link in the group at `group` leads to; `None` when it dangles.
pub(super) fn follow(file: &HdfFile, group: u64, path: &str) -> Outcome<Option<u64>> {
    let mut address = if path.starts_with('/') {
        file.root
    } else {
        group
    };
    let mut rest: Vec<String> = components(path).rev().collect();
    let mut followed = 0;
    while let Some(name) = rest.pop() {
        let header = Header::read(file, address)?;
        let found = of_group(file, &header)?
            .into_iter()
            .find(|link| link.name == name);
        match found.map(|link| link.target) {
            Some(Target::Hard(next)) => address = next,
            Some(Target::Soft(path)) if followed < MOST_SOFT_LINKS => {
                followed += 1;
                if path.starts_with('/') {
                    address = file.root;
                }
                rest.extend(components(&path).rev());
            }
            _ => return Ok(None),
        }
    }
    Ok(Some(address))
}

fn components(path: &str) -> impl DoubleEndedIterator<Item = String> + '_ {
    path.split('/')
        .filter(|name| !name.is_empty() && *name != ".")
        .map(str::to_owned)
}

fn parse(file: &HdfFile, body: &[u8]) -> Outcome<Link> {
    let mut cursor = Cursor::new(body);
    let version = cursor.read_u8()?;
    if version != 1 {
        return Err(Fault::invalid(format!("a link of version {version}")));
    }
    let flags = cursor.read_u8()?;
    let kind = if flags & 0x08 != 0 {
        cursor.read_u8()?
    } else {
        0
    };
    let order = if flags & 0x04 != 0 {
        Some(cursor.read_u64_le()?)
    } else {
        None
    };
    if flags & 0x10 != 0 {
        cursor.skip(1)?;
    }
    let length = cursor.read_uvar(1 << (flags & 0x03))?;
    let name = name(cursor.read_bytes(usize::try_from(length).unwrap_or(usize::MAX))?);
    let target = match kind {
        0 => Target::Hard(cursor.read_offset(file.offset_size)?),
        1 => {
            let length = cursor.read_u16_le()?;
            Target::Soft(self::name(cursor.read_bytes(usize::from(length))?))
        }
        _ => Target::Elsewhere,
    };
    Ok(Link {
        name,
        target,
        order,
    })
}

/// A name as the file stores it: some writers pad it with NULs.
pub(super) fn name(bytes: &[u8]) -> String {
    let end = bytes
        .iter()
        .position(|&byte| byte == 0)
        .unwrap_or(bytes.len());
    String::from_utf8_lossy(&bytes[..end]).into_owned()
}

/// A message that is stored in a heap, with its creation order where the index has one.
pub(super) struct Dense {
    pub(super) bytes: Vec<u8>,
    pub(super) order: Option<u32>,
}

/// The links or attributes that a B-tree lists and a fractal heap holds.
pub(super) fn dense_objects(file: &HdfFile, heap: u64, index: u64) -> Outcome<Vec<Dense>> {
    let (offset, length) = (file.offset_size, file.length_size);
    let heap = FractalHeap::parse_at_storage(file, heap, offset, length)?;
    let tree = BTreeV2Header::parse_at_storage(file, index, offset, length)?;
    let records =
        btree_v2::collect_btree_v2_records_storage(file, &tree, offset, length, None, &[], None)?;
    let mut blocks = FractalHeapDirectBlockCache::default();
    let mut objects = Vec::new();
    // Records are small and may all name one large object, so the sum is what has to be bounded.
    let mut bytes_left = LARGEST_DENSE;
    for record in &records {
        let (id, order) = match record {
            BTreeV2Record::LinkNameHash { heap_id, .. } => (heap_id, None),
            BTreeV2Record::AttributeNameHash {
                heap_id,
                creation_order,
                flags,
                ..
            } => {
                if flags & 0x02 != 0 {
                    return Err(Fault::unsupported(
                        "an attribute in a table of shared messages",
                    ));
                }
                (heap_id, Some(*creation_order))
            }
            _ => {
                return Err(Fault::invalid(
                    "the index of a heap has entries of another kind",
                ));
            }
        };
        let bytes = heap.get_object_storage_cached(id, file, offset, length, &mut blocks)?;
        bytes_left = bytes_left
            .checked_sub(bytes.len())
            .ok_or_else(|| Fault::invalid("an object has too many links or attributes"))?;
        objects.push(Dense { bytes, order });
    }
    Ok(objects)
}

/// The links of a group as they were stored before HDF5 1.8.
fn symbol_table(file: &HdfFile, body: &[u8], links: &mut Vec<Link>) -> Outcome<()> {
    let (offset, length) = (file.offset_size, file.length_size);
    let mut cursor = Cursor::new(body);
    let table = symbol_table_msg::parse(&mut cursor, offset, length, body.len())?;
    let nodes = btree_v1::collect_btree_v1_leaves_storage(
        file,
        table.btree_address,
        offset,
        length,
        None,
        &[],
        None,
    )?;
    if nodes.is_empty() {
        return Ok(());
    }
    let heap = LocalHeap::parse_at_storage(file, table.heap_address, offset, length)?;
    let names = file.read_vec(
        heap.data_segment_address,
        usize::try_from(heap.data_segment_size).unwrap_or(usize::MAX),
    )?;
    let name_at = |position: u64| {
        let position = usize::try_from(position).unwrap_or(usize::MAX);
        let bytes = names.get(position..);
        bytes
            .map(name)
            .ok_or_else(|| Fault::invalid("a name lies outside its heap"))
    };
    for (_, address) in nodes {
        let count = file.read_vec(address, 8)?;
        let count = usize::from(u16::from_le_bytes([count[6], count[7]]));
        let node = file.read_vec(address, 8 + count * (2 * usize::from(offset) + 24))?;
        let node = SymbolTableNode::parse(&mut Cursor::new(&node), offset, length)?;
        for entry in node.entries {
            let name = name_at(entry.link_name_offset)?;
            let target = if entry.cache_type == 2 {
                let [a, b, c, d, ..] = entry.scratch;
                Target::Soft(name_at(u64::from(u32::from_le_bytes([a, b, c, d])))?)
            } else {
                Target::Hard(entry.object_header_address)
            };
            links.push(Link {
                name,
                target,
                order: None,
            });
        }
    }
    Ok(())
}
