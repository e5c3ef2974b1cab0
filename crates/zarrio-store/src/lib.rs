//! Where zarrio archives live: atomic objects on a file system, on an object store or in memory.
//!
//! A [`Store`] holds objects by [`Key`]. A put replaces an object whole or not at all,
//! whatever happens meanwhile, and absence is told from failure; the trait's text has the
//! contract. [`FilesystemStore`] keeps an archive in a directory, [`MemoryStore`] in the
//! process, and [`ZarrsStorage`] lets the zarrs library read and write through either.
//!
//! A [`Claim`] lets one writer at a time do what two must not do at once. This crate knows
//! nothing of Zarr documents or chunks.
//!
//! ```
//! use std::sync::Arc;
//! use zarrio_store::{FilesystemStore, FsyncMode, Key, Prefix, Store, ZarrsStorage};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let directory = tempfile::tempdir()?;
//! # let root = directory.path().join("archive.zarr");
//! let store = Arc::new(FilesystemStore::open(root, FsyncMode::Never)?);
//! let key = Key::new("t2m/c/0/0")?;
//! assert_eq!(store.get(&key)?, None);
//! store.put(&key, b"chunk")?;
//! assert_eq!(store.get(&key)?.as_deref(), Some(b"chunk".as_slice()));
//! assert_eq!(store.list(&Prefix::new("t2m")?)?[0].size, 5);
//!
//! // The same objects, as zarrs sees them.
//! use zarrs_storage::ReadableStorageTraits;
//! let storage = ZarrsStorage::new(store);
//! assert_eq!(storage.size_key(&"t2m/c/0/0".try_into()?)?, Some(5));
//! # Ok(())
//! # }
//! ```

mod claim;
mod error;
mod filesystem;
mod key;
mod memory;
mod range;
#[cfg(feature = "remote")]
mod remote;
mod requests;
mod stop;
mod store;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
mod zarrs_storage;

pub use self::zarrs_storage::ZarrsStorage;
pub use claim::{Claim, Since};
pub use error::{StoreError, StoreErrorKind};
pub use filesystem::{FilesystemStore, FsyncMode};
pub use key::{Key, Prefix, TEMPORARY_PREFIX};
pub use memory::MemoryStore;
pub use range::ByteRange;
#[cfg(feature = "remote")]
pub use remote::{Address, RemoteObject, RemoteOptions, RemoteStore};
pub use requests::Requests;
pub use store::{Children, Dated, Merge, ObjectMeta, Store, Swept, Unfinished};
