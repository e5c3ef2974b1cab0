//! An object store in memory.

use std::sync::Arc;

use object_store::memory::InMemory;

use crate::{Address, RemoteStore, StoreError};

/// An object store that keeps conditions, as several processes see it.
#[derive(Debug, Clone, Default)]
pub struct Bucket(Arc<InMemory>);

impl Bucket {
    /// What one process has of it.
    ///
    /// # Errors
    /// When its address is none.
    pub fn store(&self) -> Result<RemoteStore, StoreError> {
        let address = Address::parse("s3://bucket/some/archive.zarr")?;
        let address = address.ok_or_else(|| {
            let kind = crate::StoreErrorKind::InvalidKey;
            StoreError::new(kind, "s3://bucket", "is no address")
        })?;
        RemoteStore::over(self.0.clone(), address)
    }
}
