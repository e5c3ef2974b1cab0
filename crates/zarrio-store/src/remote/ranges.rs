//! Parts of objects.

use bytes::Bytes;
use object_store::{GetOptions, GetRange};

use super::{RemoteStore, failure};
use crate::range::range_error;
use crate::requests::Kind;
use crate::{ByteRange, Key, StoreError};

/// How often parts are read again because the object changed between them.
const ATTEMPTS: usize = 3;

impl RemoteStore {
    /// The size of an object and which of its states it is.
    pub(super) fn head(&self, key: &Key) -> Result<Option<(u64, Option<String>)>, StoreError> {
        Ok(self.meta(key)?.map(|meta| (meta.size, meta.e_tag)))
    }

    /// Several parts of one state of an object.
    pub(super) fn ranges(
        &self,
        key: &Key,
        ranges: &[ByteRange],
    ) -> Result<Option<Vec<Vec<u8>>>, StoreError> {
        for _ in 0..ATTEMPTS {
            let Some((size, state)) = self.head(key)? else {
                return Ok(None);
            };
            if let Some(parts) = self.parts(key, ranges, size, state.as_deref())? {
                return Ok(Some(parts));
            }
        }
        // What changes all the time is one state only as a whole.
        let Some(found) = self.find(key)? else {
            return Ok(None);
        };
        let size = found.bytes.len() as u64;
        let part = |&range: &ByteRange| {
            let (offset, length) = range
                .within(size)
                .ok_or_else(|| range_error(self.shown(key.as_str()), range, size))?;
            // Both are within a length in memory.
            let (start, end) = (offset as usize, (offset + length) as usize);
            Ok(found.bytes[start..end].to_vec())
        };
        ranges.iter().map(part).collect::<Result<_, _>>().map(Some)
    }

    /// The parts, unless the object is another one meanwhile.
    fn parts(
        &self,
        key: &Key,
        ranges: &[ByteRange],
        size: u64,
        state: Option<&str>,
    ) -> Result<Option<Vec<Vec<u8>>>, StoreError> {
        let mut parts = Vec::with_capacity(ranges.len());
        for &range in ranges {
            let (offset, length) = range
                .within(size)
                .ok_or_else(|| range_error(self.shown(key.as_str()), range, size))?;
            if length == 0 {
                parts.push(Vec::new());
                continue;
            }
            let Some(part) = self.part(key, offset, length, state)? else {
                return Ok(None);
            };
            parts.push(part.into());
        }
        Ok(Some(parts))
    }

    pub(super) fn part(
        &self,
        key: &Key,
        offset: u64,
        length: u64,
        state: Option<&str>,
    ) -> Result<Option<Bytes>, StoreError> {
        let doing = "read a part of it";
        let options = GetOptions {
            if_match: state.map(str::to_owned),
            range: Some(GetRange::Bounded(offset..offset + length)),
            ..GetOptions::default()
        };
        let read = self.ask(Kind::Get, key.as_str(), doing, |client, path| {
            let options = options.clone();
            async move { client.get_opts(&path, options).await?.bytes().await }
        })?;
        match read {
            Ok(part) if part.len() as u64 == length => Ok(Some(part)),
            Ok(_) => Ok(None),
            Err(cause) if failure::is_conflict(&cause) || failure::is_absent(&cause) => Ok(None),
            Err(cause) => Err(self.failed(key.as_str(), doing, &cause)),
        }
    }
}
