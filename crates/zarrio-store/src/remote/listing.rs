//! What lies where.

use futures_util::TryStreamExt;
use object_store::path::Path;

use super::RemoteStore;
use crate::requests::Kind;
use crate::{Children, Key, ObjectMeta, Prefix, StoreError};

impl RemoteStore {
    /// The key of an object of a listing.
    fn key(&self, path: &Path) -> Result<Key, StoreError> {
        Key::new(self.name(path))
    }

    /// The name of an object, as seen from the store.
    fn name<'p>(&self, path: &'p Path) -> &'p str {
        let whole = path.as_ref();
        match self.base.as_ref() {
            "" => whole,
            base => whole
                .strip_prefix(base)
                .unwrap_or(whole)
                .trim_start_matches('/'),
        }
    }

    /// Whether an object of a listing is the empty one by which web consoles and other programs
    /// keep a place as a folder: its key is that of the place with a slash behind.
    fn is_folder(&self, prefix: &Prefix, meta: &object_store::ObjectMeta) -> bool {
        self.name(&meta.location) == prefix.as_str()
    }

    /// An object of a listing.
    fn found(&self, meta: &object_store::ObjectMeta) -> Result<ObjectMeta, StoreError> {
        Ok(ObjectMeta {
            key: self.key(&meta.location)?,
            size: meta.size,
            modified: Some(meta.last_modified.into()),
        })
    }

    /// Every object in a place, at any depth.
    pub(super) fn each(
        &self,
        prefix: &Prefix,
        visit: &mut dyn FnMut(ObjectMeta),
    ) -> Result<(), StoreError> {
        let doing = "list it";
        let listed = self.ask(
            Kind::List,
            prefix.as_str(),
            doing,
            |client, place| async move {
                let objects = client.list(within(&place));
                objects.try_collect::<Vec<_>>().await
            },
        )?;
        match listed {
            Ok(objects) => {
                for meta in objects {
                    if !self.is_folder(prefix, &meta) {
                        visit(self.found(&meta)?);
                    }
                }
                Ok(())
            }
            Err(cause) => Err(self.failed(prefix.as_str(), doing, &cause)),
        }
    }

    /// What lies directly in a place.
    pub(super) fn children(&self, prefix: &Prefix) -> Result<Children, StoreError> {
        let doing = "list it";
        let listed = self.ask(
            Kind::List,
            prefix.as_str(),
            doing,
            |client, place| async move { client.list_with_delimiter(within(&place)).await },
        )?;
        let listed = listed.map_err(|cause| self.failed(prefix.as_str(), doing, &cause))?;
        let objects = listed.objects.iter();
        let objects = objects.filter(|meta| !self.is_folder(prefix, meta));
        let objects = objects.map(|meta| self.found(meta));
        let mut objects: Vec<ObjectMeta> = objects.collect::<Result<_, _>>()?;
        objects.sort();
        let mut prefixes = Vec::new();
        for place in &listed.common_prefixes {
            prefixes.push(Prefix::new(self.key(place)?.as_str())?);
        }
        prefixes.sort();
        Ok(Children { objects, prefixes })
    }

    /// Whether nothing lies in a place, at any depth.
    pub(super) fn has_none(&self, prefix: &Prefix) -> Result<bool, StoreError> {
        let doing = "list it";
        let first = self.ask(
            Kind::List,
            prefix.as_str(),
            doing,
            |client, place| async move {
                let mut objects = client.list(within(&place));
                loop {
                    match objects.try_next().await? {
                        // It keeps the place as a folder.
                        Some(first) if first.location == place => {}
                        first => return Ok(first),
                    }
                }
            },
        )?;
        match first {
            Ok(first) => Ok(first.is_none()),
            Err(cause) => Err(self.failed(prefix.as_str(), doing, &cause)),
        }
    }
}

/// The place of a listing; the client library wants none for the whole bucket.
fn within(place: &Path) -> Option<&Path> {
    (!place.as_ref().is_empty()).then_some(place)
}
