//! A source or an archive with the roles of its variables.

use std::ops::Deref;

use zarrio_model::Source;

use super::roles::Roles;

/// One of the two datasets that are matched.
#[derive(Debug)]
pub(crate) struct Side<'a> {
    pub(super) source: &'a dyn Source,
    roles: Roles<'a>,
}

impl<'a> Side<'a> {
    pub(crate) fn new(source: &'a dyn Source) -> Self {
        Self {
            source,
            roles: Roles::new(source.schema()),
        }
    }
}

impl<'a> Deref for Side<'a> {
    type Target = Roles<'a>;

    fn deref(&self) -> &Roles<'a> {
        &self.roles
    }
}
