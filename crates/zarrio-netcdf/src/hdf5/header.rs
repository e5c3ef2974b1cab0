//! Object headers: the messages of a group, dataset or named type, not yet interpreted.
//!
//! The messages are kept as bytes, because one that cannot be understood (an attribute of
//! a type unknown here) must not make the whole object unreadable.

use std::borrow::Cow;
use std::collections::HashSet;

use hdf5_reader::checksum::jenkins_lookup3;
use hdf5_reader::io::Cursor;
use hdf5_reader::messages::shared::{self, SharedMessage};
use hdf5_reader::messages::{MSG_CONTINUATION, MSG_NIL, continuation};

use super::fault::{Fault, Outcome};
use super::file::HdfFile;

/// The most bytes of one header that are read, over all its chunks.
const LARGEST_HEADER: usize = 64 << 20;
/// The most chunks of one header.
const MOST_CHUNKS: usize = 1024;
/// The message is stored elsewhere, and its body says where.
const SHARED: u8 = 0x02;

/// One message of an object header.
#[derive(Debug, Clone)]
pub(super) struct Message {
    /// The type number, as in `hdf5_reader::messages`.
    pub(super) kind: u16,
    flags: u8,
    /// The creation order of an attribute, where the header tracks it.
    pub(super) order: Option<u16>,
    body: Vec<u8>,
}

/// The messages of one object.
#[derive(Debug)]
pub(super) struct Header {
    pub(super) messages: Vec<Message>,
}

impl Header {
    /// Reads the header at an address, with all its continuations.
    pub(super) fn read(file: &HdfFile, address: u64) -> Outcome<Self> {
        if file.is_undefined(address) {
            return Err(Fault::invalid("an object has no address"));
        }
        let mut chunks = Chunks {
            file,
            bytes_left: LARGEST_HEADER,
            visited: HashSet::new(),
        };
        let mut messages = Vec::new();
        let mut pending = Vec::new();
        let version = if file.read_vec(address, 4)? == *b"OHDR" {
            Version::Two {
                ordered: chunks.first_v2(address, &mut messages, &mut pending)?,
            }
        } else {
            chunks.first_v1(address, &mut messages, &mut pending)?;
            Version::One
        };
        // First come, first read: that is the order in which the library numbers messages.
        let mut next = 0;
        while let Some(&(address, length)) = pending.get(next) {
            next += 1;
            chunks.continuation(version, address, length, &mut messages, &mut pending)?;
        }
        Ok(Self { messages })
    }

    /// The first message of a kind.
    pub(super) fn find(&self, kind: u16) -> Option<&Message> {
        self.messages.iter().find(|message| message.kind == kind)
    }

    /// The bytes of the first message of a kind, wherever they are stored.
    pub(super) fn body(&self, file: &HdfFile, kind: u16) -> Outcome<Option<Cow<'_, [u8]>>> {
        self.find(kind)
            .map(|message| message.body(file))
            .transpose()
    }
}

impl Message {
    /// The bytes of the message, wherever they are stored.
    pub(super) fn body(&self, file: &HdfFile) -> Outcome<Cow<'_, [u8]>> {
        if self.flags & SHARED == 0 {
            return Ok(Cow::Borrowed(&self.body));
        }
        Ok(Cow::Owned(shared_body(file, self.kind, &self.body)?))
    }
}

/// The bytes of a message that is stored in another header.
pub(super) fn shared_body(file: &HdfFile, kind: u16, reference: &[u8]) -> Outcome<Vec<u8>> {
    let mut cursor = Cursor::new(reference);
    let parsed = shared::parse(
        &mut cursor,
        kind,
        file.offset_size,
        file.length_size,
        reference.len(),
    )?;
    let address = match parsed {
        SharedMessage::SharedInOhdr { address, .. } => address,
        SharedMessage::SharedInSohm { .. } => {
            return Err(Fault::unsupported("metadata in a table of shared messages"));
        }
    };
    let target = Header::read(file, address)?;
    let message = target
        .messages
        .into_iter()
        .find(|message| message.kind == kind && message.flags & SHARED == 0)
        .ok_or_else(|| Fault::invalid("a shared message leads nowhere"))?;
    Ok(message.body)
}

#[derive(Clone, Copy)]
enum Version {
    One,
    /// `ordered`: messages carry their creation order.
    Two {
        ordered: bool,
    },
}

/// Reads the chunks of one header within bounds.
struct Chunks<'f> {
    file: &'f HdfFile,
    bytes_left: usize,
    visited: HashSet<u64>,
}

impl Chunks<'_> {
    fn read(&mut self, address: u64, length: usize) -> Outcome<Vec<u8>> {
        if !self.visited.insert(address) || self.visited.len() > MOST_CHUNKS {
            return Err(Fault::invalid("an object header continues without end"));
        }
        self.bytes_left = self
            .bytes_left
            .checked_sub(length)
            .ok_or_else(|| Fault::invalid("an object header is too large"))?;
        self.file.read_vec(address, length)
    }

    fn first_v1(
        &mut self,
        address: u64,
        messages: &mut Vec<Message>,
        pending: &mut Vec<(u64, u64)>,
    ) -> Outcome<()> {
        let prefix = self.file.read_vec(address, 16)?;
        if prefix[0] != 1 {
            return Err(Fault::invalid(format!(
                "there is no object header at byte {address}"
            )));
        }
        let size = u32::from_le_bytes([prefix[8], prefix[9], prefix[10], prefix[11]]);
        let chunk = self.read(address.saturating_add(16), size as usize)?;
        self.messages(Version::One, &chunk, messages, pending)
    }

    fn first_v2(
        &mut self,
        address: u64,
        messages: &mut Vec<Message>,
        pending: &mut Vec<(u64, u64)>,
    ) -> Outcome<bool> {
        let prefix = self.file.read_vec(address, 6)?;
        let (version, flags) = (prefix[4], prefix[5]);
        if version != 2 {
            return Err(Fault::invalid(format!(
                "an object header of version {version}"
            )));
        }
        // Four times; the numbers at which attributes change their storage; the size.
        let width = 1usize << (flags & 0x03);
        let start = 6
            + if flags & 0x20 != 0 { 16 } else { 0 }
            + if flags & 0x10 != 0 { 4 } else { 0 }
            + width;
        let prefix = self.file.read_vec(address, start)?;
        let mut cursor = Cursor::new(&prefix[start - width..]);
        let size = usize::try_from(cursor.read_uvar(width)?)
            .ok()
            .and_then(|size| size.checked_add(start + 4))
            .ok_or_else(|| Fault::invalid("an object header is too large"))?;
        let chunk = self.read(address, size)?;
        let ordered = flags & 0x04 != 0;
        let body = checked(&chunk)?;
        self.messages(Version::Two { ordered }, &body[start..], messages, pending)?;
        Ok(ordered)
    }

    fn continuation(
        &mut self,
        version: Version,
        address: u64,
        length: u64,
        messages: &mut Vec<Message>,
        pending: &mut Vec<(u64, u64)>,
    ) -> Outcome<()> {
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        let chunk = self.read(address, length)?;
        match version {
            Version::One => self.messages(version, &chunk, messages, pending),
            Version::Two { .. } => {
                let body = checked(&chunk)?
                    .strip_prefix(b"OCHK")
                    .ok_or_else(|| Fault::invalid("an object header continues nowhere"))?;
                self.messages(version, body, messages, pending)
            }
        }
    }

    fn messages(
        &self,
        version: Version,
        chunk: &[u8],
        messages: &mut Vec<Message>,
        pending: &mut Vec<(u64, u64)>,
    ) -> Outcome<()> {
        let mut cursor = Cursor::new(chunk);
        let envelope = match version {
            Version::One => 8,
            Version::Two { ordered } => 4 + if ordered { 2 } else { 0 },
        };
        while cursor.remaining() >= envelope {
            let message = read_message(version, &mut cursor)?;
            if message.kind == MSG_NIL {
                continue;
            }
            if message.kind == MSG_CONTINUATION && message.flags & SHARED == 0 {
                let (offset, length) = (self.file.offset_size, self.file.length_size);
                let mut body = Cursor::new(&message.body);
                let next = continuation::parse(&mut body, offset, length, message.body.len())?;
                pending.push((next.offset, next.length));
                continue;
            }
            messages.push(message);
        }
        Ok(())
    }
}

fn read_message(version: Version, cursor: &mut Cursor<'_>) -> Outcome<Message> {
    let (kind, size, flags, order) = match version {
        Version::One => {
            let (kind, size) = (cursor.read_u16_le()?, cursor.read_u16_le()?);
            let flags = cursor.read_u8()?;
            cursor.skip(3)?;
            (kind, size, flags, None)
        }
        Version::Two { ordered } => {
            let (kind, size) = (u16::from(cursor.read_u8()?), cursor.read_u16_le()?);
            let flags = cursor.read_u8()?;
            let order = if ordered {
                Some(cursor.read_u16_le()?)
            } else {
                None
            };
            (kind, size, flags, order)
        }
    };
    let body = cursor.read_bytes(usize::from(size))?.to_vec();
    Ok(Message {
        kind,
        flags,
        order,
        body,
    })
}

/// The bytes before the checksum at the end, if it is right.
fn checked(chunk: &[u8]) -> Outcome<&[u8]> {
    // Bytes that are made up would not get further.
    let is_right = |body: &[u8], checksum: [u8; 4]| {
        cfg!(fuzzing) || jenkins_lookup3(body) == u32::from_le_bytes(checksum)
    };
    match chunk.split_last_chunk::<4>() {
        Some((body, checksum)) if is_right(body, *checksum) => Ok(body),
        _ => Err(Fault::invalid("the checksum of an object header is wrong")),
    }
}
