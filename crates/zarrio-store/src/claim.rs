//! One writer at a time for work that must not be done by two at once.

use std::fmt::Debug;

use crate::StoreError;

/// The exclusive right to work on something, named by an object.
///
/// It ends with the process that holds it, however that ends. The object itself stays
/// until [`withdraw`](Self::withdraw): what a killed process leaves is a mark that its
/// work is unfinished, which anyone may claim again.
pub trait Claim: Send + Debug {
    /// Makes sure that the claim is still held, before something that nobody else may have done
    /// meanwhile. A claim that ends with its process only always is; a lease may have run out.
    ///
    /// # Errors
    /// When another process has it, or that cannot be told.
    fn check(&self) -> Result<(), StoreError> {
        Ok(())
    }

    /// Changes the text of an object that is both the claim and what it says; `false`, and nothing
    /// was done, where those are two: see [`Store::claim_saying`](crate::Store::claim_saying).
    ///
    /// # Errors
    /// When another process has the claim, or the object cannot be written.
    fn say(&self, _text: &[u8]) -> Result<bool, StoreError> {
        Ok(false)
    }

    /// Ends the claim and removes its object: the work is done.
    ///
    /// # Errors
    /// When the object cannot be removed. The claim has ended all the same.
    fn withdraw(self: Box<Self>) -> Result<(), StoreError>;
}
