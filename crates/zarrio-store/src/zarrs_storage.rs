//! A store as the zarrs library sees it.

use std::sync::Arc;

use ::zarrs_storage::byte_range::{ByteRange as ZarrsRange, ByteRangeIterator};
use ::zarrs_storage::{
    Bytes, ListableStorageTraits, MaybeBytes, MaybeBytesIterator, OffsetBytesIterator,
    ReadableStorageTraits, StorageError, StoreKey, StoreKeys, StoreKeysPrefixes, StorePrefix,
    WritableStorageTraits,
};

use crate::{ByteRange, Key, Prefix, Store, StoreError, StoreErrorKind};

/// Lets zarrs use any [`Store`].
///
/// Objects are only ever put whole: writing a part of one is refused, because zarrs would
/// do it in place.
#[derive(Debug, Clone)]
pub struct ZarrsStorage(Arc<dyn Store>);

impl ZarrsStorage {
    /// The given store for zarrs.
    #[must_use]
    pub fn new(store: Arc<dyn Store>) -> Self {
        Self(store)
    }
}

impl From<StoreError> for StorageError {
    fn from(error: StoreError) -> Self {
        let whole = match std::error::Error::source(&error) {
            Some(source) => format!("{error}: {source}"),
            None => error.to_string(),
        };
        match error.kind() {
            StoreErrorKind::ReadOnly => Self::ReadOnly,
            StoreErrorKind::Unsupported => Self::Unsupported(whole),
            _ => Self::Other(whole),
        }
    }
}

fn key(key: &StoreKey) -> Result<Key, StorageError> {
    Ok(Key::new(key.as_str())?)
}

fn prefix(prefix: &StorePrefix) -> Result<Prefix, StorageError> {
    Ok(Prefix::new(prefix.as_str())?)
}

fn zarrs_keys(objects: Vec<crate::ObjectMeta>) -> Result<StoreKeys, StorageError> {
    objects
        .into_iter()
        .map(|object| Ok(StoreKey::new(object.key.as_str())?))
        .collect()
}

impl ReadableStorageTraits for ZarrsStorage {
    fn get(&self, store_key: &StoreKey) -> Result<MaybeBytes, StorageError> {
        Ok(self.0.get(&key(store_key)?)?.map(Bytes::from))
    }

    fn get_partial_many<'a>(
        &'a self,
        store_key: &StoreKey,
        byte_ranges: ByteRangeIterator<'a>,
    ) -> Result<MaybeBytesIterator<'a>, StorageError> {
        let ranges: Vec<_> = byte_ranges
            .map(|range| match range {
                ZarrsRange::FromStart(offset, None) => ByteRange::From(offset),
                ZarrsRange::FromStart(offset, Some(length)) => {
                    ByteRange::Bounded { offset, length }
                }
                ZarrsRange::Suffix(length) => ByteRange::Last(length),
            })
            .collect();
        let Some(parts) = self.0.get_ranges(&key(store_key)?, &ranges)? else {
            return Ok(None);
        };
        Ok(Some(Box::new(
            parts.into_iter().map(|part| Ok(Bytes::from(part))),
        )))
    }

    fn size_key(&self, store_key: &StoreKey) -> Result<Option<u64>, StorageError> {
        Ok(self.0.size(&key(store_key)?)?)
    }

    fn supports_get_partial(&self) -> bool {
        true
    }
}

impl ListableStorageTraits for ZarrsStorage {
    fn list(&self) -> Result<StoreKeys, StorageError> {
        zarrs_keys(self.0.list(&Prefix::root())?)
    }

    fn list_prefix(&self, store_prefix: &StorePrefix) -> Result<StoreKeys, StorageError> {
        zarrs_keys(self.0.list(&prefix(store_prefix)?)?)
    }

    fn list_dir(&self, store_prefix: &StorePrefix) -> Result<StoreKeysPrefixes, StorageError> {
        let children = self.0.list_children(&prefix(store_prefix)?)?;
        let prefixes = children
            .prefixes
            .iter()
            .map(|child| Ok(StorePrefix::new(format!("{child}/"))?))
            .collect::<Result<_, StorageError>>()?;
        Ok(StoreKeysPrefixes::new(
            zarrs_keys(children.objects)?,
            prefixes,
        ))
    }

    fn size_prefix(&self, store_prefix: &StorePrefix) -> Result<u64, StorageError> {
        let objects = self.0.list(&prefix(store_prefix)?)?;
        Ok(objects
            .iter()
            .fold(0, |sum, object| sum.saturating_add(object.size)))
    }
}

impl WritableStorageTraits for ZarrsStorage {
    fn set(&self, store_key: &StoreKey, value: Bytes) -> Result<(), StorageError> {
        Ok(self.0.put(&key(store_key)?, &value)?)
    }

    fn set_partial_many(
        &self,
        store_key: &StoreKey,
        _offset_values: OffsetBytesIterator<'_>,
    ) -> Result<(), StorageError> {
        Err(StorageError::Unsupported(format!(
            "{store_key}: an object is only ever written whole"
        )))
    }

    fn erase(&self, store_key: &StoreKey) -> Result<(), StorageError> {
        Ok(self.0.delete(&key(store_key)?)?)
    }

    fn erase_prefix(&self, store_prefix: &StorePrefix) -> Result<(), StorageError> {
        Ok(self.0.delete_prefix(&prefix(store_prefix)?)?)
    }

    fn supports_set_partial(&self) -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    use zarrs::array::{ArrayBuilder, ArraySubset, data_type};
    use zarrs::storage::{ReadableListableStorage, ReadableWritableListableStorage};

    use super::*;
    use crate::{FilesystemStore, FsyncMode, MemoryStore};

    fn stores(directory: &std::path::Path) -> [Arc<dyn Store>; 2] {
        let files = FilesystemStore::open(directory, FsyncMode::Never).unwrap();
        [Arc::new(MemoryStore::new()), Arc::new(files)]
    }

    #[test]
    fn zarrs_writes_and_reads_an_array() {
        let directory = tempfile::tempdir().unwrap();
        for store in stores(directory.path()) {
            let storage: ReadableWritableListableStorage =
                Arc::new(ZarrsStorage::new(Arc::clone(&store)));
            let array = ArrayBuilder::new(vec![4, 6], vec![2, 3], data_type::int32(), 0_i32)
                .build(storage, "/group/values")
                .unwrap();
            array.store_metadata().unwrap();
            let values: Vec<i32> = (1..=24).collect();
            array
                .store_array_subset(&ArraySubset::new_with_shape(vec![4, 6]), &values)
                .unwrap();
            assert_eq!(
                store
                    .list(&Prefix::new("group/values/c").unwrap())
                    .unwrap()
                    .len(),
                4
            );

            let storage: ReadableListableStorage = Arc::new(ZarrsStorage::new(store));
            let array = zarrs::array::Array::open(storage, "/group/values").unwrap();
            let read: Vec<i32> = array
                .retrieve_array_subset(&ArraySubset::new_with_shape(vec![4, 6]))
                .unwrap();
            assert_eq!(read, values);
        }
    }

    #[test]
    fn places_and_ranges_are_translated() {
        let directory = tempfile::tempdir().unwrap();
        for store in stores(directory.path()) {
            let storage = ZarrsStorage::new(store);
            let name = StoreKey::new("a/b/c").unwrap();
            storage.set(&name, vec![0, 1, 2, 3].into()).unwrap();
            let root = storage.list_dir(&StorePrefix::root()).unwrap();
            assert_eq!(root.prefixes(), &[StorePrefix::new("a/").unwrap()]);
            let inner = storage
                .list_dir(&StorePrefix::new("a/b/").unwrap())
                .unwrap();
            assert_eq!(inner.keys(), std::slice::from_ref(&name));
            assert_eq!(storage.size().unwrap(), 4);
            let part = |range| storage.get_partial(&name, range);
            assert_eq!(&part(ZarrsRange::Suffix(1)).unwrap().unwrap()[..], [3]);
            assert_eq!(
                &part(ZarrsRange::FromStart(1, None)).unwrap().unwrap()[..],
                [1, 2, 3]
            );
            assert_eq!(
                &part(ZarrsRange::FromStart(1, Some(2))).unwrap().unwrap()[..],
                [1, 2]
            );
            assert!(part(ZarrsRange::FromStart(1, Some(4))).is_err());
            assert!(storage.set_partial(&name, 1, vec![9].into()).is_err());
            assert!(
                storage.get(&StoreKey::new("a/../b").unwrap()).is_err(),
                "not absent"
            );
            storage
                .erase_prefix(&StorePrefix::new("a/").unwrap())
                .unwrap();
            assert_eq!(storage.get(&name).unwrap(), None);
        }
    }
}
