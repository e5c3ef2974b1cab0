//! Reads data for what their bits tell.

use rayon::ThreadPool;
use rayon::prelude::*;
use zarrio_codec::information::BitInformation;
use zarrio_model::{Region, Source, VariableSchema};

use crate::RegionError;
use crate::convert::CancelToken;
use crate::limits::Limits;
use crate::recode::missing_numbers;

/// Elements that one thread counts at a time, and what is left of the row.
const PIECE: usize = 1 << 16;

/// The information of a variable's bits, of all its data, each read once; neighbours are those
/// along the last dimension that has some. `None` where its type has none, or nobody is
/// anybody's neighbour.
pub(crate) fn information(
    source: &dyn Source,
    variable: &VariableSchema,
    limits: Limits,
    pool: &ThreadPool,
    cancel: &CancelToken,
) -> Result<Option<BitInformation>, RegionError> {
    let along = variable.shape.iter().rposition(|length| *length > 1);
    let (Some(nothing), Some(along)) = (BitInformation::new(variable.data_type), along) else {
        return Ok(None);
    };
    let mut chunks = match variable.layout.unit() {
        Some(chunks) => chunks.to_vec(),
        None => vec![1; variable.shape.len()],
    };
    chunks
        .iter_mut()
        .for_each(|length| *length = (*length).max(1));
    // Rows stay whole, so that neighbours do not depend on how the data are cut.
    chunks[along..].clone_from_slice(&variable.shape[along..]);
    let row = variable.shape[along] as usize;
    let whole = Region::full(&variable.shape);
    let limits = limits.for_variables(std::iter::once((variable, chunks.as_slice())));
    let blocks = limits.blocks(variable, &whole, &chunks, 0)?;
    let missing = missing_numbers(variable);
    let width = variable.data_type.size().unwrap_or(1);
    let (mut sum, mut buffer) = (nothing, Vec::new());
    for region in blocks.regions() {
        cancel.check()?;
        buffer.resize(region.num_elements() as usize * width, 0);
        let part = pool.install(|| {
            source.read(&variable.path, &region, &mut buffer)?;
            let rows = buffer.par_chunks(PIECE.div_ceil(row) * row * width);
            let rows = rows.map(|rows| {
                let mut counts = nothing;
                counts.count(rows, row, &missing);
                counts
            });
            Ok::<_, RegionError>(rows.reduce(|| nothing, |a, b| a.and(&b)))
        })?;
        sum = sum.and(&part);
    }
    Ok(Some(sum))
}
