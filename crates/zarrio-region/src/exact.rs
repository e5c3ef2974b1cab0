//! Whether every value of a source has a place in the archive, found before any is written.
//!
//! What is written while the encodings differ would otherwise stop in the middle, where the
//! first value without a place is met. So everything that is changed on its way is read
//! twice: once here, block by block within the same memory, and once to be written.

use zarrio_model::NodePath;

use crate::RegionError;
use crate::matching::labels_at;
use crate::memory::Buffer;
use crate::pipeline::Pipeline;
use crate::recode::Recode;
use crate::transfer::{Elements, Parts, Transfer};

/// Reads and changes what the transfers change, and keeps nothing of it.
///
/// # Errors
/// [`RegionError::Lossy`] with the first value that would be lost and where it lies.
pub(crate) fn check(pipeline: &Pipeline<'_>, transfers: &[Transfer]) -> Result<(), RegionError> {
    let (mut buffer, mut parts) = (Buffer::default(), Parts::default());
    let changing = |transfer: &&Transfer| transfer.recode.as_deref().is_some_and(Recode::may_lose);
    for transfer in transfers.iter().filter(changing) {
        tracing::debug!(
            variable = transfer.variable.as_str(),
            "checking that nothing is lost"
        );
        for region in transfer.blocks.regions() {
            if !transfer.has(&region) {
                continue;
            }
            pipeline.cancel.check()?;
            let space = std::mem::take(&mut buffer);
            let read = || transfer.read(pipeline.source, &region, space, &mut parts);
            match pipeline.pool.install(read) {
                Ok(Elements::Bytes(bytes)) => buffer = bytes,
                Ok(Elements::Text(_)) => {}
                Err(error) => return Err(with_labels(error, pipeline, &transfer.variable)),
            }
        }
    }
    Ok(())
}

/// The same error with the labels of its place, as far as they can be read.
fn with_labels(error: RegionError, pipeline: &Pipeline<'_>, path: &NodePath) -> RegionError {
    match error {
        RegionError::Lossy {
            variable,
            index,
            reason,
            ..
        } => RegionError::Lossy {
            labels: labels_at(pipeline.source, path, &index),
            variable,
            index,
            reason,
        },
        other => other,
    }
}
